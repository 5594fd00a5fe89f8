import type { FactOf, FactSet } from "../../facts/index.ts";
import { groupsOfUser } from "./session.ts";
import { StoreFacts } from "./store-facts.ts";

type Principal = FactOf<"principal">;

/** What an identity has again, beside its own policies, once it is enabled. Names in order. */
interface DormantAccess {
  /**
   * Of the users and roles that are it at every login, since one of its aliases bears their one name, of the groups that these name,
   * and of settings that hold for every login. What a directory alone decides is not in it. Absent where some of that could not
   * be read and no policy was seen.
   */
  readonly login_policies?: readonly string[];
  /** Of the groups that it is in, and of those that these are in. Likewise. */
  readonly group_policies?: readonly string[];
  /** Digests of the records behind it. */
  readonly records: readonly string[];
}

/** Answers for any identity of these facts. */
export function dormantAccess(facts: FactSet): (principal: Principal) => DormantAccess {
  const stores = new Map<string, StoreFacts>();
  return (principal) => {
    const store = stores.get(principal.store_id) ?? new StoreFacts(principal.store_id, facts);
    stores.set(principal.store_id, store);
    const logins = principal.aliases.map((alias) => ofLogin(store, principal.scope, alias));
    const { groups, hidden } = store.groupsOf(principal);
    return {
      ...named("login_policies", logins),
      ...named("group_policies", [...groups, { policies: [], hidden: hidden.length > 0 }]),
      records: [
        ...logins.flatMap(({ records }) => records),
        ...groups.flatMap(({ id }) => store.group(principal.scope, id)?.record ?? []),
      ],
    };
  };
}

interface Part {
  readonly policies: readonly string[];
  /** More of it may be hidden. */
  readonly hidden?: boolean;
}

/** None is known to be none only where all could be read; what was seen stands. */
function named(field: "group_policies" | "login_policies", parts: readonly Part[]) {
  const policies = [...new Set(parts.flatMap((part) => part.policies))].sort();
  if (policies.length === 0 && parts.some(({ hidden }) => hidden === true)) return {};
  return { [field]: policies };
}

function ofLogin(store: StoreFacts, scope: string, alias: Principal["aliases"][number]) {
  const mount = store.mountOf(scope, alias);
  if (mount === undefined)
    return { policies: [], records: [], hidden: store.gapsHiding(["auth_method"]).length > 0 };
  const matching = store.loginsOn(scope, mount, alias.name);
  const roles = matching
    .filter((role) => store.fixedAliasName(role) !== undefined)
    .flatMap((role) => [role, ...groupsOfUser(role, store)]);
  const everyone = store.everyLogin(scope, mount);
  return {
    policies: [...roles.flatMap(({ policies }) => policies), ...everyone.policies],
    records: [
      ...roles.map(({ record }) => record),
      ...(everyone.record === undefined ? [] : [everyone.record]),
    ],
    hidden:
      everyone.hidden ||
      store.hiddenLogins(scope, mount, alias.name) ||
      store.hidesBelow(scope, mount, ["auth_method", "auth_role_alias"]) ||
      // Every AppRole has one name for its aliases: this one's was not read.
      matching.some((role) => role.method === "approle" && store.fixedAliasName(role) === undefined),
  };
}
