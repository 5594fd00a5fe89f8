import type { AclCapability, FactOf } from "../../facts/index.ts";
import { appRolePaths } from "./approle.ts";
import { memberships, type IdentityGroup } from "./identity.ts";
import { byteText, FRESH, type Pattern } from "./pattern.ts";
import type { Session } from "./session.ts";
import { SpelledPaths } from "./spellings.ts";
import { speaksForLogins, type StoreFacts } from "./store-facts.ts";
import type { Through } from "../grant.ts";

/** A request that deletes what may hold access back: rules that deny, or that stand before others and give less. */
export interface Obstacle {
  /** Full path, as bytes. */
  readonly path: string;
  /** `delete` unless given. */
  readonly capability?: AclCapability;
  /** Fact id of what is gone then: of an AppRole, only its policies are. */
  readonly id: string;
  readonly note: string;
}

/** The server deletes neither. */
const LASTING: readonly string[] = ["default", "root"];

/**
 * All that can be deleted while those whom it holds back still come in: policies, groups, entries of a directory's users and
 * groups, policies of an AppRole, and identities, of which the next login makes another without policies. Policies, groups
 * and identities are found by their names in any case. Tried on Vault 1.21.
 */
export function obstacles(store: StoreFacts, patterns: readonly Pattern[]): Obstacle[] {
  const spelled = new SpelledPaths(patterns);
  const named = (scope: string, folder: string, name: string): string[] =>
    spelled.of(byteText(store.namespaceOf(scope) + folder), byteText(name));
  const policies = store
    .of("policy_document")
    .filter(({ policy_type, name }) => policy_type === "acl" && !LASTING.includes(name))
    .flatMap(({ id, scope, name }) => {
      const note = `may delete policy ${name}, which holds access back`;
      const paths = ["sys/policies/acl/", "sys/policy/"].flatMap((folder) => named(scope, folder, name));
      return paths.map((path) => ({ path, id, note }));
    });
  const groups = store.of("group").flatMap(({ id, scope, name, native_id }) => {
    const note = `may delete group ${name}, which holds access back`;
    const byId = byteText(`${store.namespaceOf(scope)}identity/group/id/${native_id}`);
    return [byId, ...named(scope, "identity/group/name/", name)].map((path) => ({ path, id, note }));
  });
  return [
    ...policies,
    ...groups,
    ...store
      .of("principal")
      .filter(({ principal_type }) => principal_type === "entity")
      .flatMap((entity) => ofEntity(store, entity, named)),
    ...store.of("auth_role").flatMap((role) => ofRole(store, role, named, spelled)),
  ];
}

type Named = (scope: string, folder: string, name: string) => string[];

function ofEntity(
  store: StoreFacts,
  { id, scope, name, native_id, aliases }: FactOf<"principal">,
  named: Named,
): Obstacle[] {
  const note = `may delete entity ${name}, which holds access back`;
  const base = byteText(`${store.namespaceOf(scope)}identity/`);
  const aliasFolders = ["alias", "entity-alias", "persona"].map((kind) => `${base}${kind}/id/`);
  const paths = [
    `${base}entity/id/${native_id}`,
    ...named(scope, "identity/entity/name/", name),
    ...aliases.flatMap(({ alias_id }) => aliasFolders.map((folder) => folder + byteText(alias_id))),
  ];
  return [
    ...paths.map((path) => ({ path, id, note })),
    { path: `${base}entity/batch-delete`, capability: "update", id, note },
  ];
}

/** A user or group of a directory comes in without its entry, too; other roles are the login. */
function ofRole(
  store: StoreFacts,
  role: FactOf<"auth_role">,
  named: Named,
  spelled: SpelledPaths,
): Obstacle[] {
  const { id, scope, mount, name, method, role_type } = role;
  if (method === "approle") {
    const note = `may delete the policies of ${mount}${name}, which hold access back`;
    const bases = appRolePaths(role, byteText(store.namespaceOf(scope)), spelled);
    return bases.map((base) => ({ path: `${base}/policies`, id, note }));
  }
  const directory = role_type === "group" || (role_type === "user" && speaksForLogins({ method }));
  if (!directory) return [];
  const note = `may delete the ${role_type} ${mount}${name}, which holds access back`;
  return named(scope, `${mount}${role_type}s/`, name).map((path) => ({ path, id, note }));
}

/** Fact ids of what, once it is gone, may leave a session with other rules; each with the policies that may go or change. */
export function restsOn(store: StoreFacts, session: Session): Map<string, ReadonlySet<string>> {
  const entity = entityId(store, session);
  const groups = (session.identity?.groups ?? []).map((group) => groupId(store, session, group));
  const resting = new Map<string, Set<string>>();
  for (const { id, name, templated } of session.policies) {
    const chains = session.through.get(name) ?? [];
    const byIdentity = templated || chains.some(isOfIdentity);
    // A group may be reached by another chain than the one that is told.
    const byGroups = templated || chains.some((chain) => chain.at(-1)?.kind === "group");
    const ids = [
      id ?? [],
      ...chains.flat().map((step) => step.id ?? []),
      byIdentity ? (entity ?? []) : [],
      byGroups ? groups : [],
    ].flat();
    for (const one of ids) resting.set(one, (resting.get(one) ?? new Set()).add(name));
  }
  return resting;
}

/** Fact ids of each policy with a way to it, and with whom its templates speak of: without one of them the rest gives nothing. */
export function keptTogether(store: StoreFacts, session: Session): ReadonlySet<string>[] {
  const entity = entityId(store, session) ?? [];
  const groups = (session.identity?.groups ?? []).map((group) => groupId(store, session, group));
  return session.policies.flatMap(({ id = [], name, templated }) =>
    (session.through.get(name) ?? []).map((chain) => {
      const way = chain.flatMap((step) => step.id ?? []);
      const identity = [isOfIdentity(chain) || templated ? entity : [], templated ? groups : []];
      return new Set([id, ...identity, way].flat());
    }),
  );
}

/**
 * The session that comes of one where these things are deleted; nothing where it is as it was, or is no more: a live token of an
 * identity is refused once that is gone.
 */
export function without(store: StoreFacts, session: Session, gone: ReadonlySet<string>): Session | undefined {
  const entity = entityId(store, session);
  const anew = entity !== undefined && gone.has(entity);
  if (anew && (session.by ?? session.perhapsThrough) === undefined) return undefined;
  const identity = anew ? newIdentity(session) : lessGroups(store, session, gone);
  const left = leftChains(store, session, gone);
  const through = new Map(
    [...session.through].flatMap(([name, chains]) => {
      const kept = chains.filter((chain) => !(anew && isOfIdentity(chain)) && left(chain));
      return kept.length === 0 ? [] : [[name, kept] as const];
    }),
  );
  const policies = session.policies.filter(
    ({ id, name }) => through.has(name) && (id === undefined || !gone.has(id)),
  );
  const same = policies.length === session.policies.length;
  if (same && (identity === session.identity || !policies.some(({ templated }) => templated)))
    return undefined;
  return {
    ...session,
    ...(identity === undefined ? {} : { identity }),
    policies,
    through,
    own: session.own.filter((name) => policies.some((policy) => policy.name === name)),
  };
}

/** Whether a way to a policy is still there. */
function leftChains(
  store: StoreFacts,
  session: Session,
  gone: ReadonlySet<string>,
): (chain: readonly Through[]) => boolean {
  const before = groupsLeft(store, session, new Set());
  const after = groupsLeft(store, session, gone);
  return (chain) => {
    const last = chain.at(-1);
    if (last?.kind === "default") return true;
    // A group may be reached by another chain than the one that is told.
    if (last?.kind === "group" && last.id !== undefined && before.has(last.id)) return after.has(last.id);
    return chain.every(({ id }) => id === undefined || !gone.has(id));
  };
}

/** Fact ids of the groups that an identity is in where these are gone. */
function groupsLeft(store: StoreFacts, session: Session, gone: ReadonlySet<string>): ReadonlySet<string> {
  const { identity, through } = session;
  if (identity === undefined) return new Set();
  const byId = new Map(identity.groups.map((group) => [group.id, group]));
  const idOf = (group: IdentityGroup): string => groupId(store, session, group);
  const first = new Set([...through.values()].flat().flatMap(([one]) => one?.id ?? []));
  const direct = [
    ...identity.entity.groups,
    ...identity.groups.filter((group) => first.has(idOf(group))).map(({ id }) => id),
  ];
  const left = memberships({ ...identity.entity, groups: direct }, (id) => {
    const group = byId.get(id);
    return group === undefined || gone.has(idOf(group)) ? undefined : group;
  });
  return new Set(left.map(idOf));
}

function lessGroups(store: StoreFacts, session: Session, gone: ReadonlySet<string>): Session["identity"] {
  const { identity } = session;
  if (identity === undefined) return undefined;
  const before = groupsLeft(store, session, new Set());
  const after = groupsLeft(store, session, gone);
  const groups = identity.groups.filter((group) => {
    const id = groupId(store, session, group);
    return before.has(id) ? after.has(id) : !gone.has(id);
  });
  return groups.length === identity.groups.length ? identity : { ...identity, groups };
}

/** The one that the next login makes: of the same alias, and of a name that nobody knows beforehand. */
function newIdentity({ identity }: Session): Session["identity"] {
  if (identity === undefined) return undefined;
  const aliases = identity.entity.aliases.map((alias) => ({ ...alias, custom_metadata: {} }));
  const entity = { id: FRESH, name: FRESH, metadata: {}, policies: [], groups: [], disabled: false, aliases };
  return { entity, groups: [] };
}

function isOfIdentity([first]: readonly Through[]): boolean {
  return first?.kind === "entity" || first?.kind === "group";
}

function entityId(store: StoreFacts, { namespace, identity }: Session): string | undefined {
  return identity && `${store.storeId}:${namespace}identity/entity/id/${identity.entity.id}`;
}

function groupId(store: StoreFacts, { namespace }: Session, { id }: IdentityGroup): string {
  return `${store.storeId}:${namespace}identity/group/id/${id}`;
}
