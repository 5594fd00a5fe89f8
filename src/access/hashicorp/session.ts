import { boundByNetworks, networkOf } from "../../base/index.ts";
import type { AclRule, FactOf } from "../../facts/index.ts";
import type { Through } from "../grant.ts";
import { policyName, type AclPolicyState, type Identity } from "./identity.ts";
import type { StoreFacts } from "./store-facts.ts";

type AuthRole = FactOf<"auth_role">;

/** One token that a principal holds or can get: the policies that stand together, and how they came together. */
export interface Session {
  readonly namespace: string;
  /** Readable ones, by name. */
  readonly policies: readonly AclPolicyState[];
  readonly identity?: Identity;
  /** No identity is known yet: templates may take any value, and what rests on them is conditional. */
  readonly anyIdentity: boolean;
  readonly conditions: readonly string[];
  /** Fact id of the role or group that this is a login through, where it is not known whether the principal may take it. */
  readonly perhapsThrough?: string;
  /** Nobody can have it as things stand: its identity has neither an alias nor a token. */
  readonly loginless?: true;
  /** Fact id of the role or user whose credential brings this session. */
  readonly by?: string;
  /** Policies that a child token may leave out: those of the token, not those of its identity. */
  readonly own: readonly string[];
  /** What is not known: everything this session gives is only possible. */
  readonly unknown: readonly string[];
  /** Why it may give less than it seems to, and nothing more: what it gives is only possible. */
  readonly doubts: readonly string[];
  /** Policy name to each way that leads to it. */
  readonly through: ReadonlyMap<string, readonly (readonly Through[])[]>;
  /** Of the facts that put the session together, policies not included. */
  readonly records: readonly string[];
}

/** Puts a session together; what is added may repeat. */
export class SessionBuilder {
  readonly #store: StoreFacts;
  readonly #scope: string;
  readonly #policies = new Map<string, AclPolicyState>();
  readonly #through = new Map<string, (readonly Through[])[]>();
  readonly #conditions = new Set<string>();
  readonly #unknown = new Set<string>();
  readonly #doubts = new Set<string>();
  readonly #records = new Set<string>();
  #perhapsThrough: string | undefined;
  #loginless = false;
  #by: string | undefined;
  #identityPolicies: readonly string[] = [];

  constructor(store: StoreFacts, scope: string) {
    this.#store = store;
    this.#scope = scope;
  }

  /** A copy that grows by itself. */
  fork(): SessionBuilder {
    const copy = new SessionBuilder(this.#store, this.#scope);
    for (const [name, policy] of this.#policies) copy.#policies.set(name, policy);
    for (const [name, chains] of this.#through) copy.#through.set(name, [...chains]);
    for (const text of this.#conditions) copy.#conditions.add(text);
    for (const text of this.#unknown) copy.#unknown.add(text);
    for (const text of this.#doubts) copy.#doubts.add(text);
    for (const record of this.#records) copy.#records.add(record);
    copy.#perhapsThrough = this.#perhapsThrough;
    copy.#loginless = this.#loginless;
    copy.#by = this.#by;
    copy.#identityPolicies = this.#identityPolicies;
    return copy;
  }

  hold(names: readonly string[], through: readonly Through[]): this {
    for (const given of names) {
      const name = policyName(given);
      const policy = this.#store.policy(this.#scope, name);
      if (policy === undefined) continue;
      if (policy.rules === undefined) this.#unknown.add(`policy ${name} could not be read`);
      this.#hold(policy, through);
    }
    return this;
  }

  /** What a setting of the store gives as rules would, though no policy says it. */
  unwritten(name: string, rules: readonly AclRule[]): this {
    const namespace = this.#store.namespaceOf(this.#scope);
    return this.#hold({ name, namespace, templated: false, records: [], rules }, []);
  }

  #hold(policy: AclPolicyState, through: readonly Through[]): this {
    this.#policies.set(policy.name, policy);
    this.#through.set(policy.name, [...(this.#through.get(policy.name) ?? []), through]);
    return this;
  }

  condition(...texts: readonly string[]): this {
    for (const text of texts) this.#conditions.add(text);
    return this;
  }

  /** A condition that only a login, or the directory behind it, decides. */
  perhaps(role: AuthRole, text: string): this {
    this.#perhapsThrough = role.id;
    return this.condition(text);
  }

  /** A condition that somebody first changes the identity, until when nobody can have the session. */
  nobodyUntil(text: string): this {
    this.#loginless = true;
    return this.condition(text);
  }

  /** The role or user whose credential brings the session. */
  by(role: AuthRole): this {
    this.#by = role.id;
    return this;
  }

  /** What is held so far comes by the identity: no token of it can be without. */
  identified(): this {
    this.#identityPolicies = [...this.#policies.keys()];
    return this;
  }

  unknown(...texts: readonly string[]): this {
    for (const text of texts) this.#unknown.add(text);
    return this;
  }

  doubt(...texts: readonly string[]): this {
    for (const text of texts) this.#doubts.add(text);
    return this;
  }

  from(...records: readonly string[]): this {
    for (const record of records) this.#records.add(record);
    return this;
  }

  build(identity: Identity | undefined, anyIdentity = false): Session {
    const policies = [...this.#policies.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      namespace: this.#store.namespaceOf(this.#scope),
      policies: policies.filter((policy) => policy.rules !== undefined),
      ...(identity === undefined ? {} : { identity }),
      anyIdentity,
      conditions: [...this.#conditions],
      ...(this.#loginless ? { loginless: true as const } : {}),
      ...(this.#perhapsThrough === undefined ? {} : { perhapsThrough: this.#perhapsThrough }),
      ...(this.#by === undefined ? {} : { by: this.#by }),
      own: policies.map(({ name }) => name).filter((name) => !this.#identityPolicies.includes(name)),
      unknown: [...this.#unknown],
      doubts: [...this.#doubts],
      through: this.#through,
      records: [...this.#records],
    };
  }
}

function roleThrough(role: AuthRole): Through {
  return { kind: "auth_role", id: role.id, name: `${role.mount}${role.name}` };
}

const EVERY_TOKEN: Through = { kind: "default", name: "default" };

/**
 * The networks that keep somebody out, as a condition. Each list is a bound of its own: one with any network in it, as
 * `network_unbound` judges it, is none, and makes none of another. What is no network is told as it stands.
 */
export function addNetworks(
  builder: SessionBuilder,
  ...lists: readonly (readonly string[] | undefined)[]
): void {
  const narrowing = lists.flatMap((list = []) =>
    boundByNetworks(list) || list.some((text) => networkOf(text) === undefined) ? list : [],
  );
  if (narrowing.length > 0) builder.condition(`from ${[...new Set(narrowing)].join(", ")}`);
}

/** What logging in through a role brings: its policies, `default` unless it is left out, its bounds as conditions. */
export function addRole(builder: SessionBuilder, role: AuthRole, store: StoreFacts): SessionBuilder {
  const through = roleThrough(role);
  builder.hold(role.policies, [through]).from(role.record);
  if (role.token_no_default_policy !== true) builder.hold(["default"], [through, EVERY_TOKEN]);
  addNetworks(builder, role.token_bound_cidrs, role.secret_id_bound_cidrs);
  if (role.role_type === "user" || role.role_type === "group")
    addEveryLogin(builder, store, role.scope, role.mount);
  for (const group of groupsOfUser(role, store)) {
    builder.hold(group.policies, [through, roleThrough(group)]).from(group.record);
  }
  return builder;
}

/** LDAP: group entries on the same mount that the user entry itself names. */
export function groupsOfUser(role: AuthRole, store: StoreFacts): readonly AuthRole[] {
  const names = new Set((role.groups ?? []).map((name) => name.toLowerCase()));
  if (names.size === 0) return [];
  return store
    .rolesOn(role.scope, role.mount)
    .filter((other) => other.role_type === "group" && names.has(other.name.toLowerCase()));
}

/** What a directory's settings give to everyone who logs in by it, whoever it is. */
export function addEveryLogin(
  builder: SessionBuilder,
  store: StoreFacts,
  scope: string,
  mount: string,
): SessionBuilder {
  const { id, policies, hidden, record } = store.everyLogin(scope, mount);
  if (hidden) builder.unknown(`the settings of ${mount} could not be read`);
  if (record !== undefined) builder.from(record);
  return builder.hold(policies, [{ kind: "auth_role", id, name: `${mount}config` }]);
}

export function defaultOf(builder: SessionBuilder): SessionBuilder {
  return builder.hold(["default"], [EVERY_TOKEN]);
}

/**
 * The tokens that the holder of a session makes with one of its policies alone, so that another's rules take nothing away:
 * whoever may create child tokens may leave policies out.
 */
export function childSessions(session: Session): Session[] {
  const { policies, own, conditions } = session;
  if (own.length === 0 || policies.length < 2 || policies.some(({ name }) => name === "root")) return [];
  return own.map((kept) => ({
    ...session,
    own: [kept],
    policies: policies.filter(({ name }) => name === kept || !own.includes(name)),
    conditions: [...conditions, `makes a child token with the policy ${kept} alone`],
  }));
}
