import {
  AclRule,
  compileSchema,
  Type,
  type FactKind,
  type FactOf,
  type FactSet,
  type Gap,
} from "../../facts/index.ts";
import {
  memberships,
  policyName,
  type AclPolicyState,
  type Dialect,
  type Entity,
  type IdentityGroup,
} from "./identity.ts";
import { isTemplated } from "./template.ts";

const rulesSchema = compileSchema(Type.Array(AclRule));

type AuthRole = FactOf<"auth_role">;
type Principal = FactOf<"principal">;

export const TOKEN_MOUNT = "auth/token/";

/** What the settings of an auth method give to every login by it. */
interface EveryLogin {
  /** Fact id of the settings. */
  readonly id: string;
  readonly record?: string;
  readonly policies: readonly string[];
  readonly withoutDefault: boolean;
  /** The settings could not be read. */
  readonly hidden: boolean;
  /** Whether there is, or may be, anything. */
  readonly applies: boolean;
}

/** Methods whose settings hold policies and limits of tokens for every login. */
const DIRECTORIES: readonly string[] = ["ldap"];

/** Whether the settings of an auth method speak for every login by it, and its users and groups have policies alone. */
export function speaksForLogins({ method }: { readonly method: string }): boolean {
  return DIRECTORIES.includes(method);
}

/** Policies that the settings of an auth method give to whoever logs in by it; none where they can give none. */
export function everyLoginPolicies({ method, settings }: FactOf<"auth_config">): string[] {
  const policies: unknown = settings["token_policies"];
  if (!speaksForLogins({ method }) || !Array.isArray(policies)) return [];
  return policies.filter((name) => typeof name === "string");
}

/** Stands for roles whose logins have no one alias name. */
const OPEN = Symbol("open");

/** Beside what is read of a store, what is known to be hidden of it. */
export class StoreFacts {
  readonly storeId: string;
  readonly dialect: Dialect;
  readonly facts: FactSet;
  readonly #gaps: readonly Gap[];
  readonly #policies = new Map<string, AclPolicyState>();
  readonly #groups = new Map<string, FactOf<"group">>();
  /** Id of a member to the ids of the groups that name it. */
  readonly #groupsNaming = new Map<string, string[]>();
  readonly #aliasNames = new Map<string, string>();
  readonly #rolesByMount = new Map<string, AuthRole[]>();
  readonly #methodsByAccessor = new Map<string, string>();
  readonly #loginsByMount = new Map<string, ReadonlyMap<string | typeof OPEN, readonly AuthRole[]>>();

  constructor(storeId: string, facts: FactSet) {
    this.storeId = storeId;
    this.facts = facts;
    this.#gaps = facts.gaps.filter((gap) => gap.store_id === storeId);
    this.dialect = this.of("store").some((store) => /openbao/i.test(store.product)) ? "openbao" : "vault";
    for (const document of this.of("policy_document")) this.#addPolicy(document);
    for (const group of this.of("group")) {
      this.#groups.set(keyIn(group.scope, group.native_id), group);
      for (const member of [...group.member_entity_ids, ...group.member_group_ids]) {
        const key = keyIn(group.scope, member);
        const list = this.#groupsNaming.get(key);
        if (list === undefined) this.#groupsNaming.set(key, [group.native_id]);
        else list.push(group.native_id);
      }
    }
    for (const alias of this.of("auth_role_alias")) this.#aliasNames.set(alias.id, alias.alias_name);
    for (const method of this.of("auth_method")) {
      if (method.accessor !== undefined)
        this.#methodsByAccessor.set(keyIn(method.scope, method.accessor), method.path);
    }
    for (const role of this.of("auth_role")) {
      const key = keyIn(role.scope, role.mount);
      const list = this.#rolesByMount.get(key);
      if (list === undefined) this.#rolesByMount.set(key, [role]);
      else list.push(role);
    }
  }

  /** Facts of this store, in id order. */
  of<K extends FactKind>(kind: K): readonly FactOf<K>[] {
    return this.facts.of(kind).filter((fact) => fact.store_id === this.storeId);
  }

  /** Empty for the root namespace, else with its trailing slash. */
  namespaceOf(scope: string): string {
    return scope.startsWith(`${this.storeId}/`) ? `${scope.slice(this.storeId.length + 1)}/` : "";
  }

  policies(): Iterable<AclPolicyState> {
    return this.#policies.values();
  }

  /**
   * The policy that a token of this scope gets by a name. `undefined`: the store has none of that name, which counts
   * for nothing. What could not be read is a policy whose rules are absent.
   */
  policy(scope: string, given: string): AclPolicyState | undefined {
    const name = policyName(given);
    const namespace = this.namespaceOf(scope);
    // The server lists it with an empty text, and never looks there.
    if (name === "root") return { name, namespace, templated: false, records: [], rules: ROOT_RULES };
    const known = this.#policies.get(keyIn(scope, name));
    if (known !== undefined) return known;
    const id = `${this.storeId}:${namespace}sys/policies/acl/${name}`;
    return this.hidden("policy_document", id)
      ? { name, namespace, id, templated: false, records: [] }
      : undefined;
  }

  /** Whether a policy of this scope could not be read, or their names could not be listed. */
  hidesPolicies(scope: string): boolean {
    return this.hidesBelow(scope, "sys/policies/acl/", ["policy_document"]);
  }

  /** Whether anything of these kinds could not be read in a folder of a scope, such as `auth/userpass/`. */
  hidesBelow(scope: string, path: string, kinds: readonly FactKind[]): boolean {
    const folder = `${this.storeId}:${this.namespaceOf(scope)}${path}`;
    return this.gapsHiding(kinds).some(
      ({ gap }) => covers(gap, folder) || gap.resource?.startsWith(folder) === true,
    );
  }

  /** Whether a gap covers a fact of this kind and id. */
  hidden(kind: FactKind, id: string): boolean {
    return this.#gaps.some((gap) => gap.hides.includes(kind) && covers(gap, id));
  }

  /** Whether some role that this alias could come in by could not be read: one of the mount's, or all of them. */
  hiddenLogins(scope: string, mount: string, aliasName: string): boolean {
    const prefix = `${this.storeId}:${this.namespaceOf(scope)}${mount}`;
    const named = this.rolesOn(scope, mount).some((role) => role.role_type === "user");
    return this.#gaps.some((gap) => {
      if (!gap.hides.includes("auth_role")) return false;
      if (covers(gap, prefix)) return true;
      const within =
        gap.resource?.startsWith(prefix) === true ? gap.resource.slice(prefix.length) : undefined;
      // Where users carry their own names, an unread one of another name is not this one.
      const other = named && within?.startsWith("users/") === true && within !== "users/";
      return within !== undefined && (!other || within.toLowerCase() === `users/${aliasName.toLowerCase()}`);
    });
  }

  gapsHiding(kinds: readonly FactKind[]): { readonly gap: Gap; readonly kind: FactKind }[] {
    return this.#gaps.flatMap((gap) =>
      kinds.filter((kind) => gap.hides.includes(kind)).map((kind) => ({ gap, kind })),
    );
  }

  rolesOn(scope: string, mount: string): readonly AuthRole[] {
    return this.#rolesByMount.get(keyIn(scope, mount)) ?? [];
  }

  /** Roles and users of a mount that an alias of this name may come in by: those of that fixed name, and the open ones. */
  loginsOn(scope: string, mount: string, aliasName: string): readonly AuthRole[] {
    const key = keyIn(scope, mount);
    let logins = this.#loginsByMount.get(key);
    if (logins === undefined) {
      const roles = this.rolesOn(scope, mount).filter(
        ({ role_type }) => role_type === "role" || role_type === "user",
      );
      logins = Map.groupBy(roles, (role) => this.fixedAliasName(role)?.toLowerCase() ?? OPEN);
      this.#loginsByMount.set(key, logins);
    }
    return [...(logins.get(aliasName.toLowerCase()) ?? []), ...(logins.get(OPEN) ?? [])];
  }

  /**
   * The auth mount behind an alias, e.g. `auth/userpass/`. Absent where no mount is known by its accessor: the server has one
   * for every alias that it can log in by, so the list of mounts lacks it, or it is gone.
   */
  mountOf(scope: string, alias: { readonly mount_accessor: string }): string | undefined {
    return this.#methodsByAccessor.get(keyIn(scope, alias.mount_accessor));
  }

  /** The one alias name that a role's logins carry; absent where it depends on who logs in, or is not known. */
  fixedAliasName(role: AuthRole): string | undefined {
    return role.alias_name ?? this.#aliasNames.get(role.id);
  }

  entity(principal: Principal): Entity {
    return {
      id: principal.native_id,
      name: principal.name,
      metadata: principal.labels,
      policies: principal.policies,
      disabled: principal.disabled,
      groups: principal.direct_group_ids,
      aliases: principal.aliases.map((alias) => ({
        id: alias.alias_id,
        name: alias.name,
        mount_accessor: alias.mount_accessor,
        metadata: alias.labels,
        custom_metadata: alias.custom_labels ?? {},
      })),
    };
  }

  /** What every login by a method brings. Source: `PopulateTokenAuth` in `builtin/credential/ldap/path_login.go`. */
  everyLogin(scope: string, mount: string): EveryLogin {
    const id = `${this.storeId}:${this.namespaceOf(scope)}${mount}config`;
    const method = this.of("auth_method").find((one) => one.scope === scope && one.path === mount);
    const none = { id, policies: [], withoutDefault: false, hidden: false, applies: false };
    if (method === undefined || !speaksForLogins(method)) return none;
    const fact = this.of("auth_config").find((one) => one.id === id);
    if (fact === undefined) {
      const hidden = this.hidden("auth_config", id);
      return { ...none, hidden, applies: hidden };
    }
    const policies = everyLoginPolicies(fact);
    return {
      id,
      record: fact.record,
      policies,
      withoutDefault: fact.settings["token_no_default_policy"] === true,
      hidden: false,
      applies: policies.length > 0,
    };
  }

  /**
   * Groups that an entity is a direct member of, by its own word or by the group's: the two were read one after the other,
   * and whoever is named by either may come in by it.
   */
  directGroups({ scope, native_id, direct_group_ids }: Principal): readonly string[] {
    return [...new Set([...direct_group_ids, ...(this.#groupsNaming.get(keyIn(scope, native_id)) ?? [])])];
  }

  /** A group and those that it is a member of, by its own word or by theirs, and the ids of those that could not be read. */
  groupsAbove(scope: string, nativeId: string) {
    const hidden = new Set<string>();
    const start = { id: "", name: "", metadata: {}, policies: [], disabled: false, aliases: [] };
    const groups = memberships({ ...start, groups: [nativeId] }, (id) =>
      this.#identityGroup(scope, id, hidden),
    );
    return { groups, hidden: [...hidden] };
  }

  #identityGroup(scope: string, nativeId: string, hidden: Set<string>): IdentityGroup | undefined {
    const fact = this.group(scope, nativeId);
    if (fact === undefined) {
      const id = `${this.storeId}:${this.namespaceOf(scope)}identity/group/id/${nativeId}`;
      if (this.hidden("group", id)) hidden.add(nativeId);
      return undefined;
    }
    const { name, labels, policies, parent_group_ids } = fact;
    const naming = this.#groupsNaming.get(keyIn(scope, nativeId)) ?? [];
    const parents = [...new Set([...parent_group_ids, ...naming])];
    return { id: nativeId, name, metadata: labels, policies, parents };
  }

  /** Groups of an entity with what each is reached through, and the ids of those that could not be read. */
  groupsOf(principal: Principal): {
    readonly groups: readonly IdentityGroup[];
    readonly hidden: readonly string[];
  } {
    const hidden = new Set<string>();
    const byId = (nativeId: string) => this.#identityGroup(principal.scope, nativeId, hidden);
    const entity = { ...this.entity(principal), groups: this.directGroups(principal) };
    const direct = memberships(entity, byId);
    // The server's own list of inherited groups fills in where a group between could not be read.
    const all = { ...entity, groups: [...entity.groups, ...principal.inherited_group_ids] };
    return { groups: hidden.size === 0 ? direct : memberships(all, byId), hidden: [...hidden] };
  }

  group(scope: string, nativeId: string): FactOf<"group"> | undefined {
    return this.#groups.get(keyIn(scope, nativeId));
  }

  #addPolicy(document: FactOf<"policy_document">): void {
    if (document.policy_type !== "acl") return;
    const given = (document.ext?.["hashicorp"] as { rules?: unknown } | undefined)?.rules;
    const rules = rulesSchema.fits(given) ? given : undefined;
    const name = policyName(document.name);
    this.#policies.set(keyIn(document.scope, name), {
      name,
      namespace: this.namespaceOf(document.scope),
      id: document.id,
      records: [document.record],
      templated: rules?.some((rule) => isTemplated(rule.path)) ?? false,
      // A document that does not parse is as good as unread.
      ...(rules === undefined ? {} : { rules }),
    });
  }
}

function keyIn(scope: string, name: string): string {
  return `${scope}\n${name}`;
}

function covers({ resource, store_id }: Gap, id: string): boolean {
  if (resource === undefined || resource === id || resource === store_id) return true;
  return (resource.endsWith("/") || resource.endsWith(":")) && id.startsWith(resource);
}

const ROOT_RULES: readonly AclRule[] = [
  {
    index: 0,
    path: "*",
    capabilities: [
      "create",
      "delete",
      "list",
      "patch",
      "read",
      "recover",
      "scan",
      "subscribe",
      "sudo",
      "update",
    ],
    line: 1,
    column: 1,
    end_line: 1,
    end_column: 1,
  },
];
