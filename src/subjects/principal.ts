import { everyLoginPolicies, type GrantPrincipal } from "../access/index.ts";
import type { FactOf } from "../facts/index.ts";
import { common, mountKey, present, tokenName, type SubjectContext } from "./context.ts";
import { tokenIndex, type TokenIndex } from "./token-index.ts";
import type { SubjectOf } from "./schema.ts";

type PrincipalSubject = SubjectOf<"principal">;

/**
 * Whoever may hold access: identities, what auth methods let in, groups and settings by which a directory lets in, and
 * tokens that belong to no identity. Nobody of whom effective access says anything is left out. In id order.
 */
export function* principalSubjects(context: SubjectContext): Generator<PrincipalSubject> {
  const tokens = tokenIndex(context.facts);
  const { access } = context;
  const described = [
    ...context.facts
      .of("principal")
      .map((fact) => ({ id: fact.id, make: () => entity(context, tokens, fact) })),
    ...context.facts
      .of("auth_role")
      .map((fact) => ({ id: fact.id, make: () => authRole(context, tokens, fact) })),
    ...context.facts
      .of("token")
      .filter((fact) => fact.entity_id === undefined || fact.root || fact.collector || access.has(fact.id))
      .map((fact) => ({ id: fact.id, make: () => token(context, fact) })),
    ...context.facts
      .of("group")
      .filter((fact) => access.has(fact.id))
      .map((fact) => ({ id: fact.id, make: () => outsideGroup(context, fact) })),
    ...context.facts
      .of("auth_config")
      .filter((fact) => access.has(fact.id))
      .map((fact) => ({ id: fact.id, make: () => directory(context, fact) })),
  ];
  const known = new Set(described.map(({ id }) => id));
  const others = [...access.principals()]
    .filter(({ id }) => !known.has(id))
    .map((principal) => ({ id: principal.id, make: () => undescribed(context, principal) }));
  for (const { make } of [...described, ...others].sort((a, b) => (a.id < b.id ? -1 : 1))) yield make();
}

interface Identified {
  readonly id: string;
  readonly store_id: string;
  readonly name: string;
  /** Absent where no fact describes it. */
  readonly record?: string;
  readonly labels: Readonly<Record<string, string>>;
}

function base(
  context: SubjectContext,
  fact: Identified,
  policies: readonly string[],
  records: readonly string[] = [],
) {
  const of = {
    kind: "principal",
    id: fact.id,
    store_id: fact.store_id,
    name: fact.name,
    labels: fact.labels,
  } as const;
  return {
    ...common(context, {
      ...of,
      records: [...(fact.record === undefined ? [] : [fact.record]), ...records],
      gaps: context.gaps.ofPrincipal(fact.store_id, fact.id),
    }),
    break_glass: context.classify(of).break_glass,
    policies: [...policies],
    ...present({ access: context.access.ofPrincipal(fact.id) }),
  };
}

function entity(context: SubjectContext, tokens: TokenIndex, fact: FactOf<"principal">): PrincipalSubject {
  const { created_at, disabled, policies } = fact;
  return {
    ...base(context, fact, policies),
    principal_type: "entity",
    collector: tokens.collectorEntities.has(fact.native_id),
    disabled,
    bounds: [],
    live_token_count: tokens.countByEntity.get(fact.native_id) ?? 0,
    ...present({ created_age_days: created_at === undefined ? undefined : context.ageDays(created_at) }),
  };
}

/** Whoever an outside directory names in it comes in with its policies. */
function outsideGroup(context: SubjectContext, fact: FactOf<"group">): PrincipalSubject {
  const { created_at, policies } = fact;
  return {
    ...base(context, fact, policies),
    principal_type: "auth_group",
    collector: false,
    bounds: [],
    ...present({ created_age_days: created_at === undefined ? undefined : context.ageDays(created_at) }),
  };
}

/** Whoever a directory knows comes in with what its settings give to everyone. */
function directory(context: SubjectContext, fact: FactOf<"auth_config">): PrincipalSubject {
  const { id, store_id, scope, record, mount, method, settings } = fact;
  const count = (name: string): number | undefined => {
    const value = settings[name];
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  const token_max_ttl_s = count("token_max_ttl");
  const token_period_s = count("token_period");
  const cidrs: unknown = settings["token_bound_cidrs"];
  // A period lifts every other limit: without knowing whether there is one, none is known.
  const life =
    token_max_ttl_s === undefined || token_period_s === undefined
      ? {}
      : longestLife(context, { store_id, scope, mount, token_max_ttl_s, token_period_s });
  return {
    ...base(context, { id, store_id, record, name: `${mount}config`, labels: {} }, everyLoginPolicies(fact)),
    principal_type: "auth_role",
    method,
    mount,
    collector: false,
    bounds: [],
    ...life,
    ...present({
      token_ttl_s: count("token_ttl"),
      token_period_s,
      token_num_uses: count("token_num_uses"),
      token_explicit_max_ttl_s: count("token_explicit_max_ttl"),
      token_bound_cidrs: Array.isArray(cidrs) ? cidrs.map(String) : undefined,
    }),
  };
}

/** Someone of whom nothing but effective access tells, such as by settings that could not be read. */
function undescribed(context: SubjectContext, principal: GrantPrincipal): PrincipalSubject {
  const { id, store_id, name, principal_type, collector } = principal;
  return {
    ...base(context, { id, store_id, name, labels: {} }, []),
    principal_type,
    collector,
    bounds: [],
  };
}

const TYPE_OF_ROLE = {
  role: "auth_role",
  user: "auth_user",
  group: "auth_group",
  token_role: "token_role",
} as const;

function authRole(context: SubjectContext, tokens: TokenIndex, fact: FactOf<"auth_role">): PrincipalSubject {
  const aliasRead = tokens.roleAlias(fact);
  const { token_ttl_s, token_period_s, token_num_uses, token_bound_cidrs, token_explicit_max_ttl_s } = fact;
  const { secret_id_num_uses, secret_id_ttl_s, secret_id_bound_cidrs, unauthenticated } = fact;
  return {
    ...base(
      context,
      { ...fact, labels: {} },
      fact.policies,
      aliasRead === undefined ? [] : [aliasRead.record],
    ),
    principal_type: TYPE_OF_ROLE[fact.role_type],
    method: fact.method,
    mount: fact.mount,
    collector: false,
    bounds: bindingBounds(fact),
    live_token_count: tokens.ofRole(fact).length,
    ...longestLife(context, fact),
    ...present({ token_ttl_s, token_period_s, token_num_uses, token_bound_cidrs, token_explicit_max_ttl_s }),
    ...present({ secret_id_num_uses, secret_id_ttl_s, secret_id_bound_cidrs, unauthenticated }),
    ...present({ login_seen: loginSeen(context, tokens, fact, aliasRead?.alias_name ?? fact.alias_name) }),
  };
}

/**
 * Bounds that take any value by a `*`, for Kubernetes always and for JWT where the role takes claims as globs; who writes
 * `*` means that, so the other kind is not told apart.
 */
const MAY_TAKE_ANY = /^bound_(?:claims\.|service_account_name)/;

/** What a caller must show: whoever meets a bound that takes any value has shown nothing. */
function bindingBounds({ bounds }: FactOf<"auth_role">): string[] {
  const takesAny = (bound: string, values: readonly string[]): boolean =>
    MAY_TAKE_ANY.test(bound) && values.some((value) => /^\*+$/.test(value));
  return Object.entries(bounds)
    .filter(([bound, values]) => !takesAny(bound, values))
    .map(([bound]) => bound)
    .sort();
}

/** That nobody came in is known only where every identity and every token could be seen. */
function loginSeen(
  { gaps }: SubjectContext,
  tokens: TokenIndex,
  fact: FactOf<"auth_role">,
  aliasName: string | undefined,
): boolean | undefined {
  const seen = tokens.loginSeen(fact, aliasName);
  return seen === false && gaps.hides(fact.store_id, ["principal", "token"]) ? undefined : seen;
}

/** The limit that binds first: the role's own, else its mount's, else the server's. Absent where none could be read. */
function longestLife(
  context: SubjectContext,
  fact: Pick<FactOf<"auth_role">, "store_id" | "scope" | "mount" | "token_max_ttl_s" | "token_period_s">,
) {
  const { token_max_ttl_s = 0, token_period_s = 0 } = fact;
  if (token_period_s > 0) return { token_max_ttl_s: 0, token_max_ttl_source: "role" };
  const store = context.stores.get(fact.store_id);
  const method = store?.authMethods.get(mountKey(fact.scope, fact.mount));
  const ceiling = method?.max_ttl_s || (method === undefined ? undefined : store?.maxTtlS);
  if (token_max_ttl_s > 0) {
    const bound = ceiling === undefined ? token_max_ttl_s : Math.min(token_max_ttl_s, ceiling);
    return { token_max_ttl_s: bound, token_max_ttl_source: "role" };
  }
  if (ceiling === undefined) return {};
  return { token_max_ttl_s: ceiling, token_max_ttl_source: method?.max_ttl_s ? "mount" : "server" };
}

function token(context: SubjectContext, fact: FactOf<"token">): PrincipalSubject {
  const {
    policies,
    identity_policies,
    root,
    orphan,
    token_type,
    created_at,
    expires_at,
    period_s,
    num_uses,
  } = fact;
  const name = tokenName(fact);
  return {
    ...base(context, { ...fact, name }, [...new Set([...policies, ...identity_policies])].sort()),
    principal_type: "token",
    collector: fact.collector,
    bounds: [],
    root,
    orphan,
    token_type,
    token_num_uses: num_uses,
    created_age_days: context.ageDays(created_at),
    ...tokenLife(context, fact),
    ...present({
      token_period_s: period_s,
      token_explicit_max_ttl_s: fact.explicit_max_ttl_s,
      token_bound_cidrs: fact.bound_cidrs,
      expires_in_days: expires_at === undefined ? undefined : context.daysLeft(expires_at),
    }),
  };
}

/**
 * Longest life of a token. Its present end is no limit where it may be renewed: then the end that no renewal passes
 * counts, or its mount's or the server's. 0: none. Absent: not known.
 */
function tokenLife(context: SubjectContext, fact: FactOf<"token">) {
  const { created_at, expires_at, period_s = 0, explicit_max_ttl_s = 0, store_id, scope, path } = fact;
  if (explicit_max_ttl_s > 0) return { token_max_ttl_s: explicit_max_ttl_s, token_max_ttl_source: "token" };
  if (expires_at === undefined || period_s > 0) return { token_max_ttl_s: 0, token_max_ttl_source: "token" };
  const present = Math.max(0, Math.floor((Date.parse(expires_at) - Date.parse(created_at)) / 1000));
  const store = context.stores.get(store_id);
  const mount = path.split("/").slice(0, 2).join("/");
  const ceiling = store?.authMethods.get(mountKey(scope, mount))?.max_ttl_s || store?.maxTtlS;
  if (ceiling === undefined) return {};
  return present > ceiling
    ? { token_max_ttl_s: present, token_max_ttl_source: "token" }
    : { token_max_ttl_s: ceiling, token_max_ttl_source: "mount" };
}
