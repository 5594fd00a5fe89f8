import { speaksForLogins } from "../access/index.ts";
import type { FactOf, FactSet } from "../facts/index.ts";
import { mountKey } from "./context.ts";
import { limitsOfSettings, type TokenLimits } from "./token-limits.ts";

type Token = FactOf<"token">;
type AuthRole = FactOf<"auth_role">;
type AuthConfig = FactOf<"auth_config">;

/** Live tokens, found by the identity or the role that they came from. */
export interface TokenIndex {
  readonly ofEntity: (nativeId: string) => readonly Token[];
  readonly collectorEntities: ReadonlySet<string>;
  /** Live tokens that came in through this role or user. */
  readonly ofRole: (role: AuthRole) => readonly Token[];
  /** Settings that hold for every login of a role's method instead of limits of its own. */
  readonly settingsOf: (role: Pick<AuthRole, "scope" | "mount">) => AuthConfig | undefined;
  /** Seconds that what a token came in by lets it be renewed for; absent where that sets no limit, or is not known. */
  readonly limitOfLogin: (token: Token) => number | undefined;
  /** The alias name of a role, where it took a read of its own. */
  readonly roleAlias: (role: AuthRole) => FactOf<"auth_role_alias"> | undefined;
  /** Whether anyone ever came in through this role; undefined where nothing can tell. */
  readonly loginSeen: (role: AuthRole, aliasName: string | undefined) => boolean | undefined;
}

/** Names under which login handlers note the role or user in a token's metadata. */
const NAME_LABELS = ["role_name", "role", "username"] as const;

export function tokenIndex(facts: FactSet): TokenIndex {
  const byEntity = new Map<string, Token[]>();
  const collectorEntities = new Set<string>();
  const byRole = new Map<string, Token[]>();
  for (const token of facts.of("token")) {
    const { entity_id, collector } = token;
    if (entity_id !== undefined) append(byEntity, entity_id, token);
    if (entity_id !== undefined && collector) collectorEntities.add(entity_id);
    for (const key of roleKeys(token)) append(byRole, key, token);
  }
  const accessors = new Map(facts.of("auth_method").map((at) => [placeKey(at.scope, at.path), at.accessor]));
  const aliases = new Set(
    facts
      .of("principal")
      .flatMap((fact) => fact.aliases.map((alias) => aliasKey(alias.mount_accessor, alias.name))),
  );
  const roleAliases = new Map(
    facts.of("auth_role_alias").map((fact) => [roleKey(fact.scope, fact.mount, fact.name), fact]),
  );
  const ofRole = (role: AuthRole): readonly Token[] =>
    byRole.get(roleKey(role.scope, role.mount, role.name)) ?? [];
  const settings = new Map(
    facts
      .of("auth_config")
      .filter(speaksForLogins)
      .map((fact) => [mountKey(fact.scope, fact.mount), fact]),
  );
  const roleAlias = (role: AuthRole): FactOf<"auth_role_alias"> | undefined =>
    roleAliases.get(roleKey(role.scope, role.mount, role.name));
  return {
    ofEntity: (nativeId) => byEntity.get(nativeId) ?? [],
    collectorEntities,
    ofRole,
    settingsOf: ({ scope, mount }) => settings.get(mountKey(scope, mount)),
    limitOfLogin: loginLimits(facts, ofRole, settings),
    roleAlias,
    loginSeen: (role, aliasName) => {
      if (ofRole(role).length > 0) return true;
      const accessor = accessors.get(placeKey(role.scope, role.mount));
      if (aliasName === undefined || accessor === undefined) return undefined;
      return aliases.has(aliasKey(accessor, aliasName));
    },
  };
}

/** What logins allow: the role's own limit, or that of the settings; the longest where a token fits more than one. */
function loginLimits(
  facts: FactSet,
  ofRole: TokenIndex["ofRole"],
  settings: ReadonlyMap<string, AuthConfig>,
): TokenIndex["limitOfLogin"] {
  const longest = new Map<string, number>();
  for (const role of facts.of("auth_role")) {
    const limit = renewalLimit(role);
    for (const { id } of ofRole(role)) longest.set(id, Math.max(longest.get(id) ?? 0, limit));
  }
  const bySettings = [...settings.values()].map((fact) => ({
    scope: fact.scope,
    prefix: fact.mount,
    limit: renewalLimit(limitsOfSettings(fact)),
  }));
  return ({ id, scope, path }) => {
    const method = bySettings.find((one) => one.scope === scope && path.startsWith(`${one.prefix}login`));
    const limit = method?.limit ?? longest.get(id);
    return limit === undefined || limit === Infinity ? undefined : limit;
  };
}

/** A token that is periodic today is so by its own word; one that is not is renewed by this limit, if it is one. */
function renewalLimit({ token_max_ttl_s = 0, token_period_s = 0 }: TokenLimits): number {
  return token_period_s > 0 || token_max_ttl_s === 0 ? Infinity : token_max_ttl_s;
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

/** `auth/approle/login` with `role_name: app`, `auth/userpass/login/ada`, `auth/token/create/batch`. */
function* roleKeys({ scope, path, labels }: Token): Generator<string> {
  const [, mount, rest] =
    /^auth\/(.+?)\/(?:login|create|callback|oidc\/callback)(?:\/(.*))?$/.exec(path) ?? [];
  if (mount === undefined) return;
  const names = [rest, ...NAME_LABELS.map((label) => labels[label])].filter(
    (name) => name !== undefined && name !== "",
  );
  for (const name of new Set(names)) yield roleKey(scope, mount, name ?? "");
}

function roleKey(scope: string, mount: string, name: string): string {
  return `${placeKey(scope, mount)}\n${name}`;
}

/** Auth mounts are written with and without `auth/` and a trailing slash. */
function placeKey(scope: string, mount: string): string {
  return `${scope}\n${mount.replace(/^auth\//, "").replace(/\/+$/, "")}`;
}

function aliasKey(accessor: string, name: string): string {
  return `${accessor}\n${name}`;
}
