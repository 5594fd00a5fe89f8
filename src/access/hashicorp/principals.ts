import type { FactOf } from "../../facts/index.ts";
import { starGlob } from "../glob.ts";
import { formerRoleIds } from "./former-role-id.ts";
import type { GrantPrincipal, Through } from "../grant.ts";
import type { Identity, IdentityGroup } from "./identity.ts";
import { RoleIdentities } from "./role-identity.ts";
import { SessionBuilder, addEveryLogin, addNetworks, addRole, defaultOf, type Session } from "./session.ts";
import { TOKEN_MOUNT, type StoreFacts } from "./store-facts.ts";
import { entityAliasesOf, tokenRoleBuilders } from "./token-role.ts";

type AuthRole = FactOf<"auth_role">;
type Principal = FactOf<"principal">;
type Token = FactOf<"token">;

/** The identities, by id, of which a role or user always is one. */
export interface LoginIdentity {
  /** Whether it is this one, so that the two are one; else it perhaps is one of them, or none. */
  readonly certain: boolean;
  readonly ids: readonly string[];
}

export interface Holder {
  readonly principal: GrantPrincipal;
  readonly identity?: LoginIdentity;
  /** Empty for a disabled entity, and for a user who is that entity. */
  readonly sessions: readonly Session[];
  /** What others have who log in as it by one of its former role ids, with the key of these. */
  readonly takenOver?: readonly { readonly key: string; readonly session: Session }[];
  /** What a role or user has once the disabled identity behind it is gone, and of which identities, by fact id. */
  readonly dormant?: { readonly behind: readonly string[]; readonly sessions: readonly Session[] };
}

/** Every principal of a store with the tokens it can have: entities, roles and users of auth methods, tokens without entity. */
export function holdersOf(store: StoreFacts): Holder[] {
  const tokens = new Map<string, Token[]>();
  const entities = store.of("principal").filter((one) => one.principal_type === "entity");
  const known = new Set(entities.map((one) => entityKey(one.scope, one.native_id)));
  const lone: Token[] = [];
  for (const token of store.of("token")) {
    const key = token.entity_id === undefined ? undefined : entityKey(token.scope, token.entity_id);
    const list = key === undefined ? undefined : tokens.get(key);
    if (key === undefined || !known.has(key)) lone.push(token);
    else if (list === undefined) tokens.set(key, [token]);
    else list.push(token);
  }
  const identified = entities.map((entity) =>
    entityHolder(store, entity, tokens.get(entityKey(entity.scope, entity.native_id)) ?? []),
  );
  const logins = Map.groupBy(
    identified.flatMap(({ sessions }) => sessions).filter((login) => login.perhapsThrough === undefined),
    ({ by = "" }) => by,
  );
  const behind = new RoleIdentities(store, entities);
  return [
    ...identified,
    ...store
      .of("auth_role")
      .map((role) => roleHolder(store, role, { logins: logins.get(role.id) ?? [], behind })),
    ...store.of("group").flatMap((group) => outsideGroupHolder(store, group)),
    ...store.of("auth_method").flatMap((method) => directoryHolder(store, method)),
    ...lone.map((token) => tokenHolder(store, token)),
  ];
}

function entityKey(scope: string, nativeId: string): string {
  return `${scope}\n${nativeId}`;
}

function principalOf(
  fact: Principal | AuthRole | Token,
  own: Partial<GrantPrincipal> & Pick<GrantPrincipal, "name" | "principal_type">,
): GrantPrincipal {
  const none = { public: false, external: false, disabled: false, collector: false };
  return { id: fact.id, store_id: fact.store_id, ...none, ...own };
}

function entityHolder(store: StoreFacts, fact: Principal, tokens: readonly Token[]): Holder {
  const { name, disabled } = fact;
  const collector = tokens.some((token) => token.collector);
  const principal = principalOf(fact, { name, principal_type: "entity", disabled, collector });
  if (disabled) return { principal, sessions: [] };
  const { own, identity } = identityOf(store, fact);
  const takenOver = formerRoleIds(store, fact).map(({ key, mount }) => {
    const unread = store.hidesBelow(fact.scope, mount, ["auth_role", "auth_role_alias"]);
    const doubts = unread ? [`which role ids of ${mount} are in use could not be read`] : [];
    return {
      key,
      session: defaultOf(own.fork())
        .doubt(...doubts)
        .build(identity),
    };
  });
  return { principal, sessions: entitySessions(store, fact, tokens, { own, identity }), takenOver };
}

/** What an entity has by itself and by its groups, however it logs in. */
function identityOf(store: StoreFacts, fact: Principal): { own: SessionBuilder; identity: Identity } {
  const { groups, hidden } = store.groupsOf(fact);
  const own = new SessionBuilder(store, fact.scope).from(fact.record);
  own.hold(fact.policies, [{ kind: "entity", id: fact.id, name: fact.name }]);
  for (const chain of groupChains(store.directGroups(fact), groups)) {
    const last = chain.at(-1);
    if (last === undefined) continue;
    own.hold(
      last.policies,
      chain.map((group) => groupThrough(store, fact.scope, group)),
    );
    own.from(...chain.flatMap((group) => store.group(fact.scope, group.id)?.record ?? []));
  }
  own.unknown(...hidden.map((id) => `group ${id} could not be read`)).identified();
  return { own, identity: { entity: store.entity(fact), groups } };
}

/**
 * The tokens of an entity: by each role that its aliases can be matched to for certain, by each role where the match
 * depends on what a login shows (conditional), and those alive now. Only where no login is certain do the entity's own
 * policies stand alone, since a role's policies may also take away.
 */
function entitySessions(
  store: StoreFacts,
  fact: Principal,
  tokens: readonly Token[],
  { own, identity }: ReturnType<typeof identityOf>,
): Session[] {
  const logins = fact.aliases.flatMap((alias) => aliasLogins(store, fact, own, alias));
  const live = tokens.map((token) => heldToken(own.fork(), token));
  const certain = [...logins.filter((login) => login.certain).map((login) => login.builder), ...live];
  const base = defaultOf(own.fork());
  if (fact.aliases.length === 0) base.nobodyUntil("someone gives this entity an alias to log in by");
  const builders = [
    ...(certain.length === 0 ? [base] : certain),
    ...logins.filter((login) => !login.certain).map((login) => login.builder),
  ];
  return builders.map((builder) => builder.build(identity));
}

function groupThrough(store: StoreFacts, scope: string, group: IdentityGroup): Through {
  const id = store.group(scope, group.id)?.id;
  return { kind: "group", name: group.name, ...(id === undefined ? {} : { id }) };
}

/** For each group the shortest chain of memberships that leads to it. */
function groupChains(direct: readonly string[], groups: readonly IdentityGroup[]): IdentityGroup[][] {
  const byId = new Map(groups.map((group) => [group.id, group]));
  const chains = new Map<string, IdentityGroup[]>();
  const queue = direct.map((id) => ({ id, before: [] as IdentityGroup[] }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const group = byId.get(next.id);
    if (group === undefined || chains.has(next.id)) continue;
    const chain = [...next.before, group];
    chains.set(next.id, chain);
    queue.push(...group.parents.map((id) => ({ id, before: chain })));
  }
  // Groups that only the server's own list names, because one between could not be read.
  const rest = groups.filter((group) => !chains.has(group.id)).map((group) => [group]);
  return [...chains.values(), ...rest];
}

interface Login {
  readonly builder: SessionBuilder;
  readonly certain: boolean;
}

/** What an alias can come in by: the roles of its mount, each decided, ruled out, or open. */
function aliasLogins(
  store: StoreFacts,
  fact: Principal,
  own: SessionBuilder,
  alias: Principal["aliases"][number],
): Login[] {
  const mount = store.mountOf(fact.scope, alias);
  if (mount === undefined) {
    return [
      {
        certain: true,
        builder: own.fork().unknown(`the auth method of alias ${alias.name} could not be read`),
      },
    ];
  }
  const groups = store.rolesOn(fact.scope, mount).filter((role) => role.role_type === "group");
  const logins = store.loginsOn(fact.scope, mount, alias.name).flatMap((role): Login[] => {
    const match = aliasMatch(store, role, alias);
    if (match === "no") return [];
    const builder = addRole(own.fork(), role, store).by(role);
    if (match === "open") leftOpen(builder, role);
    return [{ certain: match === "yes", builder }];
  });
  if (mount === TOKEN_MOUNT) logins.push(...tokenRoleLogins(store, fact.scope, own, alias.name));
  const user =
    logins.find((login) => login.certain)?.builder ??
    addEveryLogin(defaultOf(own.fork()), store, fact.scope, mount);
  if (logins.every((login) => !login.certain) && store.everyLogin(fact.scope, mount).applies)
    logins.push({ certain: true, builder: user });
  const unread = store.hiddenLogins(fact.scope, mount, alias.name);
  return [
    ...logins,
    ...groups.map((role) => groupLogin(store, user, role)),
    ...(unread
      ? [{ certain: true, builder: own.fork().unknown(`roles of ${mount} could not be read`) }]
      : []),
  ];
}

/** An AppRole always has one name for its aliases: where it is open, it could not be read. Other methods fix none. */
function leftOpen(builder: SessionBuilder, role: AuthRole): SessionBuilder {
  const { method, mount, name } = role;
  return method === "approle"
    ? builder.unknown(`the role id of ${mount}${name} could not be read`)
    : builder.perhaps(role, `logs in through ${mount}${name}`);
}

/** Token roles may give their tokens an entity: that of an alias on the token method whose name they allow. */
function tokenRoleLogins(store: StoreFacts, scope: string, own: SessionBuilder, aliasName: string): Login[] {
  return store
    .rolesOn(scope, TOKEN_MOUNT)
    .filter((role) =>
      entityAliasesOf(role).some((name) => starGlob(name.toLowerCase()).matches(aliasName.toLowerCase())),
    )
    .flatMap((role) => {
      const builders = tokenRoleBuilders(store, role, own);
      // What the caller has beside it is the caller's.
      const bare = builders.length > 0 ? builders : [own.fork().condition(`may use token role ${role.name}`)];
      return bare.map((builder) => ({ certain: false, builder: builder.by(role) }));
    });
}

/** LDAP: who is in a group is up to the directory, unless the user entry itself says so. */
function groupLogin(store: StoreFacts, user: SessionBuilder, role: AuthRole): Login {
  const builder = addRole(user.fork(), role, store);
  return {
    certain: false,
    builder: builder.perhaps(role, `the directory has the user in group ${role.name}`),
  };
}

/** Names of labels by which methods mark an alias with the role it came in by. */
const ROLE_LABELS = ["role", "role_name"];

function aliasMatch(
  store: StoreFacts,
  role: AuthRole,
  alias: Principal["aliases"][number],
): "yes" | "no" | "open" {
  const fixed = store.fixedAliasName(role);
  // User names are compared in lower case by the methods that keep them.
  if (fixed !== undefined) return fixed.toLowerCase() === alias.name.toLowerCase() ? "yes" : "no";
  if (ROLE_LABELS.some((label) => alias.labels[label] === role.name)) return "yes";
  return serviceAccountMatch(role, alias) ?? "open";
}

/** Kubernetes: the alias says which service account it is, the role which it takes. */
function serviceAccountMatch(
  { bounds }: AuthRole,
  { labels }: Principal["aliases"][number],
): "yes" | "no" | undefined {
  const account = labels["service_account_name"];
  const namespace = labels["service_account_namespace"];
  const accounts = bounds["bound_service_account_names"];
  const namespaces = bounds["bound_service_account_namespaces"];
  if (account === undefined || namespace === undefined || accounts === undefined || namespaces === undefined)
    return undefined;
  if (bounds["bound_service_account_namespace_selector"] !== undefined) return undefined;
  const fits = (list: readonly string[], value: string): boolean =>
    list.some((pattern) => starGlob(pattern).matches(value));
  return fits(accounts, account) && fits(namespaces, namespace) ? "yes" : "no";
}

function heldToken(builder: SessionBuilder, token: Token): SessionBuilder {
  builder.hold(token.policies, [{ kind: "token", id: token.id, name: token.display_name || token.accessor }]);
  addNetworks(builder, token.bound_cidrs);
  return builder.from(token.record);
}

const TYPES = {
  role: "auth_role",
  user: "auth_user",
  group: "auth_group",
  token_role: "token_role",
} as const;

/**
 * A role as such: whoever it lets in, also someone without an entity yet, so that templates are open. A user, or an AppRole,
 * has one name for its aliases: where an entity bears it, every login is that entity, with what its policies deny, and
 * refused where that entity is disabled. Where that cannot be told, what the role gives is only possible.
 */
function roleHolder(
  store: StoreFacts,
  role: AuthRole,
  { logins, behind }: { readonly logins: readonly Session[]; readonly behind: RoleIdentities },
): Holder {
  const open = role.unauthenticated === true;
  const name = `${role.mount}${role.name}`;
  const principal = principalOf(role, { name, principal_type: TYPES[role.role_type], public: open });
  if (role.role_type === "token_role") {
    const builders = tokenRoleBuilders(store, role, new SessionBuilder(store, role.scope));
    return { principal, sessions: builders.flatMap(withOpenIdentity) };
  }
  const plain = (): SessionBuilder => addRole(new SessionBuilder(store, role.scope), role, store);
  const disabled = behind.disabledBehind(role);
  if (logins.length === 0 && disabled.length > 0) {
    const dormant = { behind: disabled, sessions: withOpenIdentity(plain()) };
    return { principal: { ...principal, disabled: true }, sessions: [], dormant };
  }
  if (logins.length > 0 && store.fixedAliasName(role) !== undefined) {
    const identity = behind.identityOf(role);
    const always = identity === undefined ? {} : { identity: { certain: true, ids: [identity.id] } };
    return { principal, sessions: logins, ...always };
  }
  return {
    principal,
    identity: { certain: false, ids: behind.perhaps(role) },
    sessions: withOpenIdentity(plain().doubt(...behind.doubts(role))),
  };
}

/** As nobody in particular, and as whoever the templates may speak of. */
function withOpenIdentity(builder: SessionBuilder): Session[] {
  const plain = builder.build(undefined);
  const templated = plain.policies.some((policy) => policy.templated);
  return templated ? [plain, builder.build(undefined, true)] : [plain];
}

/** Whether an outside directory decides who is in a group. */
export function filledFromOutside(
  group: FactOf<"group">,
): group is FactOf<"group"> & { readonly alias_name: string } {
  return group.alias_name !== undefined;
}

/** A group that an outside directory fills: whoever it names there is let in with its policies, also for the first time. */
function outsideGroupHolder(store: StoreFacts, group: FactOf<"group">): Holder[] {
  if (!filledFromOutside(group)) return [];
  const { alias_name, alias_mount_accessor = "", scope } = group;
  const builder = defaultOf(new SessionBuilder(store, scope));
  const { groups, hidden } = store.groupsAbove(scope, group.native_id);
  for (const chain of groupChains([group.native_id], groups)) {
    const through = chain.map((one) => groupThrough(store, scope, one));
    builder.hold(chain.at(-1)?.policies ?? [], through);
    builder.from(...chain.flatMap((one) => store.group(scope, one.id)?.record ?? []));
  }
  const mount = store.mountOf(scope, { mount_accessor: alias_mount_accessor }) ?? "an auth method";
  builder.condition(`${mount} says that the login is in ${alias_name}`);
  builder.unknown(...hidden.map((id) => `group ${id} could not be read`));
  const none = { public: false, external: false, disabled: false, collector: false };
  const { id, store_id, name } = group;
  return [
    {
      principal: { id, store_id, ...none, name, principal_type: "auth_group" },
      sessions: withOpenIdentity(builder),
    },
  ];
}

/** Whoever a directory knows comes in with what its settings give to everyone. */
function directoryHolder(store: StoreFacts, method: FactOf<"auth_method">): Holder[] {
  const { path, scope, store_id } = method;
  const brings = store.everyLogin(scope, path);
  if (brings.policies.length === 0 && !brings.hidden) return [];
  const builder = addEveryLogin(new SessionBuilder(store, scope), store, scope, path);
  builder.condition(`${path} knows the login`);
  const none = { public: false, external: false, disabled: false, collector: false };
  return [
    {
      principal: { id: brings.id, store_id, ...none, name: `${path}config`, principal_type: "auth_role" },
      sessions: withOpenIdentity(brings.withoutDefault ? builder : defaultOf(builder)),
    },
  ];
}

function tokenHolder(store: StoreFacts, token: Token): Holder {
  const name = token.display_name === "" ? token.accessor : token.display_name;
  const principal = principalOf(token, { name, principal_type: "token", collector: token.collector });
  const builder = heldToken(new SessionBuilder(store, token.scope), token);
  const unknown = token.entity_id === undefined ? [] : [`entity ${token.entity_id} could not be read`];
  if (token.entity_id !== undefined)
    builder.hold(token.identity_policies, [{ kind: "entity", name: token.entity_id }]);
  return { principal, sessions: [builder.unknown(...unknown).build(undefined)] };
}
