import type { FactOf } from "../../facts/index.ts";

/** A token so that it is told from others of its name: `root token (accessor d2HZ…)`. */
export function tokenName({
  accessor,
  display_name,
  root,
}: Pick<FactOf<"token">, "accessor" | "display_name" | "root">): string {
  const name = root
    ? "root token"
    : display_name === "" || display_name === "token"
      ? "token"
      : `token ${display_name}`;
  const short = accessor.length > 8 ? `${accessor.slice(0, 8)}…` : accessor;
  return `${name} (accessor ${short})`;
}
