import type { FactOf, FactSet } from "../facts/index.ts";

type Token = FactOf<"token">;
type AuthRole = FactOf<"auth_role">;

/** Live tokens, found by the identity or the role that they came from. */
export interface TokenIndex {
  readonly countByEntity: ReadonlyMap<string, number>;
  readonly collectorEntities: ReadonlySet<string>;
  /** Live tokens that came in through this role or user. */
  readonly ofRole: (role: AuthRole) => readonly Token[];
  /** The alias name of a role, where it took a read of its own. */
  readonly roleAlias: (role: AuthRole) => FactOf<"auth_role_alias"> | undefined;
  /** Whether anyone ever came in through this role; undefined where nothing can tell. */
  readonly loginSeen: (role: AuthRole, aliasName: string | undefined) => boolean | undefined;
}

/** Names under which login handlers note the role or user in a token's metadata. */
const NAME_LABELS = ["role_name", "role", "username"] as const;

export function tokenIndex(facts: FactSet): TokenIndex {
  const countByEntity = new Map<string, number>();
  const collectorEntities = new Set<string>();
  const byRole = new Map<string, Token[]>();
  for (const token of facts.of("token")) {
    const { entity_id, collector } = token;
    if (entity_id !== undefined) countByEntity.set(entity_id, (countByEntity.get(entity_id) ?? 0) + 1);
    if (entity_id !== undefined && collector) collectorEntities.add(entity_id);
    for (const key of roleKeys(token)) {
      const list = byRole.get(key);
      if (list === undefined) byRole.set(key, [token]);
      else list.push(token);
    }
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
  return {
    countByEntity,
    collectorEntities,
    ofRole,
    roleAlias: (role) => roleAliases.get(roleKey(role.scope, role.mount, role.name)),
    loginSeen: (role, aliasName) => {
      if (ofRole(role).length > 0) return true;
      const accessor = accessors.get(placeKey(role.scope, role.mount));
      if (aliasName === undefined || accessor === undefined) return undefined;
      return aliases.has(aliasKey(accessor, aliasName));
    },
  };
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
