import { powersOf } from "./powers.ts";
import { addedTo, type RoleText } from "./roles.ts";

/**
 * A built-in role whose holders come to secrets, or to giving access to them, by what a role adds to it, and did not before: `view` reads none, `edit`
 * and `admin` give no access. Undefined where there is none.
 */
export function widenedBy(role: RoleText): string | undefined {
  const powers = role.rules.flatMap((rule) => [...powersOf(rule, true)]);
  if (powers.length === 0) return undefined;
  const gives = powers.some(({ actions }) => actions.includes("administer"));
  return addedTo(role).find((name) => name === "view" || gives);
}
