import {
  dormantAccess,
  everyLoginPolicies,
  identityBehind,
  speaksForLogins,
  type GrantPrincipal,
} from "../access/index.ts";
import { boundByNetworks } from "../base/index.ts";
import type { FactOf } from "../facts/index.ts";
import { OWN_CALLER, callerOf } from "./caller.ts";
import { CloudPrincipals } from "./cloud-principal.ts";
import { UNKNOWN_STORE, common, engineId, isAccountRoot, present, tokenName } from "./context.ts";
import type { WatchedContext } from "./detections.ts";
import type { Elsewhere } from "./gap-index.ts";
import type { Trait } from "./schema-parts.ts";
import type { SubjectOf } from "./schema.ts";
import { tokenIndex, type TokenIndex } from "./token-index.ts";
import { heldTokens, limitsByMethod, limitsByRole, tokenLife } from "./token-life.ts";

type PrincipalSubject = SubjectOf<"principal">;

/**
 * Whoever may hold access: identities with the tokens that they hold, what auth methods let in, groups and settings by
 * which a directory lets in, and tokens that are judged by themselves. Nobody of whom effective access says anything is
 * left out. In id order.
 */
export function* principalSubjects(context: WatchedContext): Generator<PrincipalSubject> {
  const tokens = tokenIndex(context.facts);
  const cloud = new CloudPrincipals(context);
  const dormant = dormantAccess(context.facts);
  const behind = identityBehind(context.facts);
  const { access } = context;
  const described = [
    ...context.facts
      .of("principal")
      .map((fact) => ({ id: fact.id, make: () => identity(context, { tokens, cloud, dormant }, fact) })),
    ...context.facts
      .of("auth_role")
      .map((fact) => ({ id: fact.id, make: () => authRole(context, { tokens, behind }, fact) })),
    ...context.facts
      .of("token")
      .filter((fact) => standsAlone(context, fact))
      .map((fact) => ({ id: fact.id, make: () => token(context, tokens, fact) })),
    ...context.facts
      .of("group")
      .filter((fact) => access.has(fact.id))
      .map((fact) => ({ id: fact.id, make: () => outsideGroup(context, fact) })),
    ...context.facts
      .of("auth_config")
      .filter((fact) => access.has(fact.id))
      .map((fact) => ({ id: fact.id, make: () => directory(context, fact) })),
    ...context.facts.of("key_slot").map((fact) => ({ id: fact.id, make: () => keyHolder(context, fact) })),
  ];
  const known = new Set(described.map(({ id }) => id));
  const others = [...access.principals()]
    .filter(({ id }) => !known.has(id))
    .map((principal) => ({ id: principal.id, make: () => undescribed(context, principal) }));
  for (const { make } of [...described, ...others].sort((a, b) => (a.id < b.id ? -1 : 1))) yield make();
}

/** Whether a token is a principal by itself: it has no identity that was read, or is more than its identity's. */
function standsAlone(
  { access }: WatchedContext,
  { id, entity_id, root, collector }: FactOf<"token">,
): boolean {
  return entity_id === undefined || root || collector || access.has(id);
}

interface Identified extends Elsewhere {
  readonly id: string;
  readonly store_id: string;
  /** Absent where no fact describes it. */
  readonly scope?: string;
  readonly name: string;
  readonly record?: string;
  /** Of identities. */
  readonly principal_type?: string;
  readonly created_at?: string | undefined;
  readonly traits?: readonly Trait[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Of whom it is not said which tokens they hold, or who hold none beside themselves. */
const NO_TOKENS = { held_token_count: 0 } as const;

function base(
  context: WatchedContext,
  fact: Identified,
  policies: readonly string[],
  records: readonly string[] = [],
) {
  const access = context.access.ofPrincipal(fact.id);
  const { traits = [] } = fact;
  // What a role does whose logins are all one identity's is that identity's to answer for; logs name the role that a principal assumes.
  const logged =
    context.usage.hasLog(fact.store_id) &&
    (access?.own_readable_secret_count ?? 0) > 0 &&
    !traits.includes("login_of_identity");
  const detections = traits.includes("login_of_identity") ? undefined : context.detections.ofPrincipal(fact);
  const reviews = context.reviews.ofPrincipal(fact.id);
  const people = context.people.ofPrincipal(fact, traits.includes("login_of_identity"));
  const known: Trait[] = [
    ...people.traits,
    ...(logged ? (["reads_logged"] as const) : []),
    ...(detections === undefined ? [] : (["events_logged"] as const)),
  ];
  const of = {
    kind: "principal",
    id: fact.id,
    store_id: fact.store_id,
    name: fact.name,
    labels: fact.labels,
    traits: [...traits, ...known].sort(),
  } as const;
  return {
    ...common(context, {
      ...of,
      records: [
        ...(fact.record === undefined ? [] : [fact.record]),
        ...records,
        ...people.records,
        ...reviews.records,
      ],
      gaps: context.gaps.ofPrincipal(context.placeOf(fact), fact.id, {
        ...fact,
        mayReach: (engine) => context.access.mayReach(fact.id, engine.slice(fact.store_id.length + 1)),
      }),
    }),
    break_glass: context.classify(of).break_glass || isAccountRoot({ principal_type: "", ...fact }),
    policies: [...policies],
    store: context.storeOf(fact)?.projection ?? UNKNOWN_STORE,
    ...present({ access, usage: logged ? context.usage.ofPrincipal(fact) : undefined, detections }),
    ...people.fields,
    ...present({ person: people.fields.person && { ...people.fields.person, ...reviews.person } }),
    ...reviews.fields,
  };
}

/** What identities are described by, beside their own facts. */
interface Sources {
  readonly tokens: TokenIndex;
  readonly cloud: CloudPrincipals;
  readonly dormant: Dormant;
}

type Dormant = ReturnType<typeof dormantAccess>;

function identity(
  context: WatchedContext,
  { tokens, cloud, dormant }: Sources,
  fact: FactOf<"principal">,
): PrincipalSubject {
  const parts = cloud.of(fact);
  if (parts === undefined) return entity(context, tokens, fact, dormant);
  const { principal_type, traits, records, fields } = parts;
  const { created_at, policies } = fact;
  return {
    ...base(context, { ...fact, traits }, policies, records),
    ...OWN_CALLER,
    ...NO_TOKENS,
    principal_type,
    collector: false,
    ...present({ created_age_days: context.ageDays(created_at) }),
    ...fields,
  };
}

function entity(
  context: WatchedContext,
  tokens: TokenIndex,
  fact: FactOf<"principal">,
  dormant: Dormant,
): PrincipalSubject {
  const { created_at, disabled, native_id, policies } = fact;
  const live = tokens.ofEntity(native_id);
  const { records, ...held } = heldTokens(
    context,
    tokens,
    live.filter((token) => !standsAlone(context, token)),
  );
  const limitedBy = held.held_tokens.unknown_life_count > 0 ? LIMITING : [];
  const elsewhere = { settings: settingsOfAliases(context, fact), limitedBy, holdsTokens: true };
  // Others may be among those that could not be looked up: none is known only where every token was read.
  const unseen = live.length === 0 && context.gaps.hides(fact.store_id, ["token"]);
  const { records: behind, login_policies, group_policies } = disabled ? dormant(fact) : NOTHING_DORMANT;
  return {
    ...base(context, { ...fact, ...elsewhere }, policies, [...records, ...behind]),
    ...OWN_CALLER,
    ...held,
    principal_type: "entity",
    collector: tokens.collectorEntities.has(native_id),
    disabled,
    ...present({
      login_policies: login_policies === undefined ? undefined : [...login_policies],
      group_policies: group_policies === undefined ? undefined : [...group_policies],
      live_token_count: unseen ? undefined : live.length,
      created_age_days: context.ageDays(created_at),
    }),
  };
}

/** An identity that is enabled has its access now. */
const NOTHING_DORMANT: ReturnType<ReturnType<typeof dormantAccess>> = { records: [] };

/** What limits tokens where neither they nor their role do: hidden, a token's longest life is. */
const LIMITING = ["auth_method", "store_config"] as const;

/** The settings of the methods that an identity logs in by: they may hold for every login. */
function settingsOfAliases({ facts }: WatchedContext, { scope, store_id, aliases }: FactOf<"principal">) {
  const accessors = new Set(aliases.map(({ mount_accessor }) => mount_accessor));
  return facts
    .of("auth_method")
    .filter((at) => at.store_id === store_id && at.scope === scope && speaksForLogins(at))
    .filter(({ accessor }) => accessor !== undefined && accessors.has(accessor))
    .map(({ id }) => `${id}config`);
}

/** Whoever an outside directory names in it comes in with its policies. */
function outsideGroup(context: WatchedContext, fact: FactOf<"group">): PrincipalSubject {
  const { created_at, policies } = fact;
  return {
    ...base(context, fact, policies),
    ...OWN_CALLER,
    ...NO_TOKENS,
    principal_type: "auth_group",
    collector: false,
    ...present({ created_age_days: context.ageDays(created_at) }),
  };
}

/** Whoever a directory knows comes in with what its settings give to everyone. */
function directory(context: WatchedContext, fact: FactOf<"auth_config">): PrincipalSubject {
  const { id, store_id, record, mount, method } = fact;
  const limits = limitsByMethod(context, fact);
  const who = { id, store_id, record, name: `${mount}config`, labels: {}, limitedBy: hiddenLimits(limits) };
  return {
    ...base(context, who, everyLoginPolicies(fact)),
    ...OWN_CALLER,
    ...NO_TOKENS,
    principal_type: "auth_role",
    method,
    mount,
    collector: false,
    ...limits,
  };
}

/** Whoever holds the key of a slot. A key for recovery is for emergencies by what it is. */
function keyHolder(context: WatchedContext, fact: FactOf<"key_slot">): PrincipalSubject {
  const { slot_type, identity, purpose, created_at, custody, authenticated_wrap, fingerprint_pinned } = fact;
  const made = base(context, { ...fact, name: `${slot_type} ${identity}`, labels: {} }, []);
  return {
    ...made,
    break_glass: made.break_glass || purpose === "recovery",
    principal_type: "key_slot",
    collector: fact.opened,
    ...OWN_CALLER,
    ...NO_TOKENS,
    ...present({ created_age_days: context.ageDays(created_at) }),
    key_slot: { slot_type, purpose, fingerprint_pinned, ...present({ custody, authenticated_wrap }) },
  };
}

/** Someone of whom nothing but effective access tells, such as by settings that could not be read. */
function undescribed(context: WatchedContext, principal: GrantPrincipal): PrincipalSubject {
  const { id, store_id, name, principal_type, collector } = principal;
  return {
    ...base(context, { id, store_id, name, principal_type, labels: {} }, []),
    ...OWN_CALLER,
    ...NO_TOKENS,
    principal_type,
    collector,
  };
}

const TYPE_OF_ROLE = {
  role: "auth_role",
  user: "auth_user",
  group: "auth_group",
  token_role: "token_role",
} as const;

function authRole(
  context: WatchedContext,
  { tokens, behind }: Pick<Sources, "tokens"> & { readonly behind: ReturnType<typeof identityBehind> },
  fact: FactOf<"auth_role">,
): PrincipalSubject {
  const aliasRead = tokens.roleAlias(fact);
  const standing = standingOf(behind(fact));
  const inherited = inheritedOf(context, tokens, fact);
  const limits = inherited?.limits ?? limitsByRole(context, fact);
  const { secret_id_num_uses, secret_id_ttl_s, secret_id_bound_cidrs, unauthenticated } = fact;
  const records = [aliasRead?.record, inherited?.record, standing.record].filter(
    (record) => record !== undefined,
  );
  const elsewhere =
    inherited === undefined
      ? { limitedBy: hiddenLimits(limits) }
      : { settings: [inherited.id], limitedBy: ["auth_config", ...hiddenLimits(limits)] as const };
  const policies = [...new Set([...(inherited?.policies ?? []), ...fact.policies])];
  return {
    ...base(
      context,
      { ...fact, ...elsewhere, labels: {}, traits: standing.traits },
      inherited === undefined ? fact.policies : policies.sort(),
      records,
    ),
    ...callerOf(fact),
    ...NO_TOKENS,
    principal_type: TYPE_OF_ROLE[fact.role_type],
    method: fact.method,
    mount: fact.mount,
    collector: false,
    live_token_count: tokens.ofRole(fact).length,
    ...limits,
    ...present({ secret_id_num_uses, secret_id_ttl_s, secret_id_bound_cidrs, unauthenticated }),
    ...(secret_id_bound_cidrs === undefined
      ? {}
      : { secret_id_networks_bound: boundByNetworks(secret_id_bound_cidrs) }),
    ...present({ login_seen: loginSeen(context, tokens, fact, aliasRead?.alias_name ?? fact.alias_name) }),
  };
}

/** What it means for a role or user that it is, or perhaps is, judged as an identity. */
function standingOf(identity: ReturnType<ReturnType<typeof identityBehind>>): {
  readonly record?: string;
  readonly traits: readonly Trait[];
} {
  if (identity === undefined) return { traits: [] };
  if (identity === "perhaps") return { traits: ["perhaps_login_of_identity"] };
  return { record: identity.record, traits: ["login_of_identity"] };
}

/**
 * What a user or group has from its method's settings: policies and all that bounds its tokens, since the method keeps
 * none for it alone. Source: `pathLogin` and `PopulateTokenAuth` of the LDAP method.
 */
function inheritedOf(context: WatchedContext, tokens: TokenIndex, role: FactOf<"auth_role">) {
  if (!speaksForLogins(role)) return undefined;
  const id = `${engineId(role)}config`;
  const fact = tokens.settingsOf(role);
  if (fact === undefined) return { id, policies: [], limits: {} };
  return {
    id,
    record: fact.record,
    policies: everyLoginPolicies(fact),
    limits: limitsByMethod(context, fact),
  };
}

/** Where the longest life is not known, what else could tell is named. */
function hiddenLimits(limits: Pick<PrincipalSubject, "token_max_ttl_s">): typeof LIMITING | [] {
  return limits.token_max_ttl_s === undefined ? LIMITING : [];
}

/** That nobody came in is known only where every identity and every token could be seen. */
function loginSeen(
  { gaps }: WatchedContext,
  tokens: TokenIndex,
  fact: FactOf<"auth_role">,
  aliasName: string | undefined,
): boolean | undefined {
  const seen = tokens.loginSeen(fact, aliasName);
  return seen === false && gaps.hides(fact.store_id, ["principal", "token"]) ? undefined : seen;
}

function token(context: WatchedContext, tokens: TokenIndex, fact: FactOf<"token">): PrincipalSubject {
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
  const life = tokenLife(context, tokens, fact);
  const who = { ...fact, name, limitedBy: hiddenLimits(life) };
  return {
    ...base(context, who, [...new Set([...policies, ...identity_policies])].sort()),
    ...OWN_CALLER,
    ...NO_TOKENS,
    principal_type: "token",
    collector: fact.collector,
    root,
    orphan,
    token_type,
    token_num_uses: num_uses,
    ...life,
    ...present({
      created_age_days: context.ageDays(created_at),
      token_period_s: period_s,
      token_explicit_max_ttl_s: fact.explicit_max_ttl_s,
      token_bound_cidrs: fact.bound_cidrs,
      expires_in_days: expires_at === undefined ? undefined : context.daysLeft(expires_at),
    }),
  };
}
