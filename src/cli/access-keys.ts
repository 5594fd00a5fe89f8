import { CloudKeys } from "../subjects/index.ts";
import type { Principals, SeenAccess } from "./access-names.ts";

/**
 * One line where somebody with no path to a secret administers the key that it is under: "no path" alone would pass for "nothing to
 * do with it". Undefined: it does not, or the key is not known.
 */
export function administersKey(
  { model, facts }: Pick<SeenAccess, "facts" | "model">,
  principals: Principals,
  secret: string,
): string | undefined {
  const metadata = facts.of("secret_metadata").find(({ id }) => id === secret);
  const { id: key } = new CloudKeys({ facts }).of(metadata, false);
  if (key === undefined) return undefined;
  for (const { id } of principals) {
    const some = model.path(id, key).some(({ actions }) => actions.includes("administer"));
    if (some)
      return `It administers the key that the secret is under, which alone opens nothing: \`countersign access path ${id} ${key}\` shows how.`;
  }
  return undefined;
}
