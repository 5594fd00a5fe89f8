import type { FactOf } from "../../facts/index.ts";
import type { StoreFacts } from "./store-facts.ts";

/**
 * Who sets the role id of an AppRole to one that no role has any more, and logs in by it, is the identity whose alias bears that
 * name: the server tells identities apart by mount and role id alone, in any case. It refuses a role id that another role has.
 * Tried on Vault 1.21.
 */
export function formerRoleIds(
  store: StoreFacts,
  { scope, aliases, disabled }: FactOf<"principal">,
): { readonly key: string; readonly mount: string }[] {
  if (disabled) return [];
  const found = aliases.flatMap((alias) => {
    const mount = store.mountOf(scope, alias);
    if (mount === undefined) return [];
    const borne = store
      .loginsOn(scope, mount, alias.name)
      .some((role) => store.fixedAliasName(role) !== undefined);
    return borne ? [] : [{ key: formerRoleIdsOn(scope, mount), mount }];
  });
  return found.filter(({ key }, at) => found.findIndex((other) => other.key === key) === at);
}

/** Stands, where the id of a role does, for all identities that bear a former role id of a mount. */
export function formerRoleIdsOn(scope: string, mount: string): string {
  return `${scope}\n${mount}`;
}
