import type { ChangeSubjectOf } from "../../../subjects/index.ts";

/** At what something is given. */
export type GrantScope = NonNullable<NonNullable<ChangeSubjectOf<"deployment">["grant"]>["scope"]>;

/** Things of a vault that a role can be given at, by how their ids call them. */
const WITHIN: Readonly<Record<string, GrantScope>> = {
  certificates: "certificate",
  keys: "key",
  secrets: "secret",
};

/**
 * At what an id lies: `elsewhere` is a resource that is no vault and holds none, and undefined one that is not read. Names in it may be symbols.
 * Ids that a template begins with a type, such as `Microsoft.KeyVault/vaults/payments`, lie in what is deployed to.
 */
export function scopeOf(id: string): GrantScope | "elsewhere" | undefined {
  const plain = id.toLowerCase().replace(/\/+$/, "");
  if (id === "/") return "tenant";
  const [provider, type = "", name, within, ...deeper] = providerPath(plain) ?? [];
  if (provider !== undefined) {
    if (name === undefined) return undefined;
    if (provider === "microsoft.management")
      return type === "managementgroups" ? "management_group" : "elsewhere";
    if (provider !== "microsoft.keyvault") return "elsewhere";
    if (type !== "vaults" && type !== "managedhsms") return "elsewhere";
    if (within === undefined) return "vault";
    return deeper.length === 0 ? undefined : WITHIN[within];
  }
  if (/^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+$/.test(plain)) return "resource_group";
  return /^\/subscriptions\/[^/]+$/.test(plain) ? "subscription" : undefined;
}

/** From the last provider that an id names: what is given at a resource's own resource is given there. */
function providerPath(plain: string): string[] | undefined {
  const marker = "/providers/";
  const at = plain.lastIndexOf(marker);
  if (at >= 0) return plain.slice(at + marker.length).split("/");
  return /^microsoft\.[a-z.]+\//.test(plain) ? plain.split("/") : undefined;
}
