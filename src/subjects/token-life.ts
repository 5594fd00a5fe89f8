import { boundByNetworks, compareStrings } from "../base/index.ts";
import type { FactOf } from "../facts/index.ts";
import { mountKey, present, type SubjectContext } from "./context.ts";
import type { SubjectOf } from "./schema.ts";
import type { TokenIndex } from "./token-index.ts";
import { limitsOfSettings, type TokenLimits } from "./token-limits.ts";

type AuthRole = FactOf<"auth_role">;
type AuthConfig = FactOf<"auth_config">;
type Token = FactOf<"token">;
type Principal = SubjectOf<"principal">;
type LongestLife = Pick<Principal, "token_max_ttl_s" | "token_max_ttl_source">;

type OwnLimits = Pick<AuthRole, "token_max_ttl_s" | "token_period_s">;
type Place = Pick<AuthRole, "store_id" | "scope" | "mount">;

/** Limits and longest life of tokens by settings that hold for every login of a method. */
export function limitsByMethod(context: SubjectContext, fact: AuthConfig) {
  const limits = limitsOfSettings(fact);
  const { token_max_ttl_s, token_period_s } = limits;
  // A period lifts every other limit: without knowing whether there is one, none is known.
  const known = token_max_ttl_s !== undefined && token_period_s !== undefined;
  return { ...ownLimits(limits), ...(known ? longestLife(context, fact, limits) : {}) };
}

/** Limits and longest life of the tokens of a role or user that has its own. */
export function limitsByRole(context: SubjectContext, role: AuthRole) {
  return { ...ownLimits(role), ...longestLife(context, role, role) };
}

/** What is shown of limits as it was read. */
function ownLimits(limits: TokenLimits) {
  const { token_ttl_s, token_period_s, token_num_uses, token_bound_cidrs, token_explicit_max_ttl_s } = limits;
  return present({
    token_ttl_s,
    token_period_s,
    token_num_uses,
    token_bound_cidrs,
    token_networks_bound: token_bound_cidrs === undefined ? undefined : boundByNetworks(token_bound_cidrs),
    token_explicit_max_ttl_s,
  });
}

/** What a mount, else the server, allows at most. Absent where that could not be read. */
function ceilingOf({ stores }: SubjectContext, { store_id, scope, mount }: Place) {
  const store = stores.get(store_id);
  const method = store?.authMethods.get(mountKey(scope, mount));
  if (method === undefined) return undefined;
  if (method.max_ttl_s) return { seconds: method.max_ttl_s, source: "mount" };
  return store?.maxTtlS === undefined ? undefined : { seconds: store.maxTtlS, source: "server" };
}

/**
 * The limit that binds first: the role's own, else its mount's, else the server's. Without a source it is the role's, and
 * another that could not be read may be lower. Absent where none could be read.
 */
function longestLife(context: SubjectContext, place: Place, own: OwnLimits): LongestLife {
  const { token_max_ttl_s = 0, token_period_s = 0 } = own;
  if (token_period_s > 0) return { token_max_ttl_s: 0, token_max_ttl_source: "role" };
  const ceiling = ceilingOf(context, place);
  if (ceiling === undefined) return token_max_ttl_s > 0 ? { token_max_ttl_s } : {};
  return token_max_ttl_s > 0
    ? { token_max_ttl_s: Math.min(token_max_ttl_s, ceiling.seconds), token_max_ttl_source: "role" }
    : { token_max_ttl_s: ceiling.seconds, token_max_ttl_source: ceiling.source };
}

/**
 * Longest life of a token. Its present end is no limit where it may be renewed: then the end that no renewal passes
 * counts, or what it came in by allows, or its mount or the server. 0: none. Absent: not known.
 */
export function tokenLife(context: SubjectContext, tokens: TokenIndex, token: Token): LongestLife {
  const { created_at, expires_at, period_s = 0, explicit_max_ttl_s = 0, renewable } = token;
  if (explicit_max_ttl_s > 0) return { token_max_ttl_s: explicit_max_ttl_s, token_max_ttl_source: "token" };
  if (expires_at === undefined || period_s > 0) return { token_max_ttl_s: 0, token_max_ttl_source: "token" };
  const now = Math.max(0, Math.floor((Date.parse(expires_at) - Date.parse(created_at)) / 1000));
  if (renewable === false) return { token_max_ttl_s: now, token_max_ttl_source: "token" };
  const ceiling = ceilingOf(context, { ...token, mount: mountOfToken(context, token) });
  if (ceiling === undefined) return {};
  const login = tokens.limitOfLogin(token);
  const renewed =
    login !== undefined && login < ceiling.seconds ? { seconds: login, source: "role" } : ceiling;
  return now > renewed.seconds
    ? { token_max_ttl_s: now, token_max_ttl_source: "token" }
    : { token_max_ttl_s: renewed.seconds, token_max_ttl_source: renewed.source };
}

/** Most tokens of an identity that are shown by accessor; the counts are over all. */
const MAX_SHOWN_TOKENS = 8;

/**
 * Live tokens of an identity that are no principals themselves: how many may live for ever, how long the others may, and
 * the worst of them. The counts are over all, so that no bad one is lost among many.
 */
export function heldTokens(context: SubjectContext, tokens: TokenIndex, held: readonly Token[]) {
  const all = held.map((token) => ({ token, life: tokenLife(context, tokens, token).token_max_ttl_s }));
  const bounded = all.flatMap(({ life }) => (life === undefined || life === 0 ? [] : [life]));
  const worst = all.toSorted(
    (a, b) =>
      severity(b.life) - severity(a.life) ||
      compareStrings(a.token.created_at, b.token.created_at) ||
      compareStrings(a.token.accessor, b.token.accessor),
  );
  const shown = worst.slice(0, MAX_SHOWN_TOKENS);
  return {
    records: shown.map(({ token }) => token.record),
    held_token_count: held.length,
    held_tokens: {
      endless_count: all.filter(({ life }) => life === 0).length,
      unknown_life_count: all.filter(({ life }) => life === undefined).length,
      // Not by spreading: there may be more of them than a call takes arguments.
      ...present({
        longest_life_s: bounded.length === 0 ? undefined : bounded.reduce((a, b) => Math.max(a, b)),
      }),
      sample: shown.map(({ token: { accessor, path, created_at, period_s }, life }) => ({
        accessor,
        path,
        ...present({ created_age_days: context.ageDays(created_at), life_s: life, period_s }),
      })),
    },
  };
}

/** Without an end before any length, and what is not known last. */
function severity(life: number | undefined): number {
  if (life === undefined) return 0;
  return life === 0 ? Number.MAX_SAFE_INTEGER : life;
}

/** The auth mount that a token was made by: mounts may have slashes in their names, and none lies below another. */
function mountOfToken({ stores }: SubjectContext, { store_id, scope, path }: Token): string {
  const methods = stores.get(store_id)?.authMethods;
  for (let end = path.indexOf("/", "auth/".length); end !== -1; end = path.indexOf("/", end + 1)) {
    const mount = path.slice(0, end);
    if (methods?.has(mountKey(scope, mount)) === true) return mount;
  }
  return path;
}
