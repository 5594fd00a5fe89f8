import type { FactOf } from "../../facts/index.ts";

/** Names that Vault gives to tokens which nobody named. */
const NO_NAMES: ReadonlySet<string> = new Set(["", "root", "token"]);

/** Characters of an accessor that are told: few tokens of a store have the same. */
const TOLD = 8;

type NamedToken = Pick<FactOf<"token">, "accessor" | "display_name" | "root">;

/** A token so that it is told from others of its name: `root token (accessor d2HZwxyz…)`. */
export function tokenName(token: NamedToken): string {
  const { accessor, display_name, root } = token;
  const name = root ? "root token" : NO_NAMES.has(display_name) ? "token" : `token ${display_name}`;
  return `${name} (accessor ${accessor.length > TOLD ? `${accessor.slice(0, TOLD)}…` : accessor})`;
}

/** Vault's name for an identity that came to be by its first login. */
const MADE_UP = /^entity_[0-9a-f]{6,}$/;

/** An identity, with the logins by which it comes in where its name says nothing: `entity_fca3dbd8 (logs in by auth/approle/settlement)`. */
export function entityName(name: string, logins: readonly string[]): string {
  return MADE_UP.test(name) && logins.length > 0 ? `${name} (logs in by ${logins.join(", ")})` : name;
}

/** What people call a principal. By nothing but the principal: another one of its name renames it not. */
export function principalName(
  name: string,
  { token, logins }: { readonly token: NamedToken | undefined; readonly logins: readonly string[] },
): string {
  if (token !== undefined) return token.root || NO_NAMES.has(token.display_name) ? tokenName(token) : name;
  return entityName(name, logins);
}
