import type { FactOf } from "../../facts/index.ts";
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
  /** What is not known: everything this session gives is only possible. */
  readonly unknown: readonly string[];
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
  readonly #records = new Set<string>();
  #perhapsThrough: string | undefined;

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
    for (const record of this.#records) copy.#records.add(record);
    copy.#perhapsThrough = this.#perhapsThrough;
    return copy;
  }

  hold(names: readonly string[], through: readonly Through[]): this {
    for (const given of names) {
      const name = policyName(given);
      const policy = this.#store.policy(this.#scope, name);
      if (policy === undefined) continue;
      if (policy.rules === undefined) this.#unknown.add(`policy ${name} could not be read`);
      this.#policies.set(name, policy);
      const chains = this.#through.get(name) ?? [];
      this.#through.set(name, [...chains, through]);
    }
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

  unknown(...texts: readonly string[]): this {
    for (const text of texts) this.#unknown.add(text);
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
      ...(this.#perhapsThrough === undefined ? {} : { perhapsThrough: this.#perhapsThrough }),
      unknown: [...this.#unknown],
      through: this.#through,
      records: [...this.#records],
    };
  }
}

function roleThrough(role: AuthRole): Through {
  return { kind: "auth_role", id: role.id, name: `${role.mount}${role.name}` };
}

const EVERY_TOKEN: Through = { kind: "default", name: "default" };

/** What logging in through a role brings: its policies, `default` unless it is left out, its bounds as conditions. */
export function addRole(builder: SessionBuilder, role: AuthRole, store: StoreFacts): SessionBuilder {
  const through = roleThrough(role);
  builder.hold(role.policies, [through]).from(role.record);
  if (role.token_no_default_policy !== true) builder.hold(["default"], [through, EVERY_TOKEN]);
  const cidrs = [...new Set([...(role.token_bound_cidrs ?? []), ...(role.secret_id_bound_cidrs ?? [])])];
  if (cidrs.length > 0) builder.condition(`from ${cidrs.join(", ")}`);
  for (const group of groupsOfUser(role, store)) {
    builder.hold(group.policies, [through, roleThrough(group)]).from(group.record);
  }
  return builder;
}

/** LDAP: group entries on the same mount that the user entry itself names. */
function groupsOfUser(role: AuthRole, store: StoreFacts): readonly AuthRole[] {
  const names = new Set((role.groups ?? []).map((name) => name.toLowerCase()));
  if (names.size === 0) return [];
  return store
    .rolesOn(role.scope, role.mount)
    .filter((other) => other.role_type === "group" && names.has(other.name.toLowerCase()));
}

export function defaultOf(builder: SessionBuilder): SessionBuilder {
  return builder.hold(["default"], [EVERY_TOKEN]);
}
