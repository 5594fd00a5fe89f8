import type { AclCapability, FactOf } from "../../facts/index.ts";
import {
  appRolePaths,
  appRoleRequests,
  takeoverRequests,
  type AclRequest,
  type CredentialRequest,
} from "./approle.ts";
import { capabilitySet, type CapabilitySet } from "./capability.ts";
import { obstacles } from "./obstacles.ts";
import { formerRoleIds, formerRoleIdsOn } from "./former-role-id.ts";
import { byteText, exampleOf, FRESH, type Pattern } from "./pattern.ts";
import { needsSudo } from "./protected-path.ts";
import { SpelledPaths } from "./spellings.ts";
import type { StoreFacts } from "./store-facts.ts";
import { choosesPolicies, entityAliasesOf } from "./token-role.ts";

/** A request by which someone gives themselves or others access. */
export interface Escalation {
  /** Full path, as bytes. */
  readonly path: string;
  readonly capability: CapabilitySet;
  readonly sudo: boolean;
  /** In words: what it allows. */
  readonly note: string;
  /** Namespace that it bears on. */
  readonly namespace: string;
  /**
   * `administer`: anything. `tokens`: child tokens with what the caller has. `role`: tokens of that role. `lift`: something that
   * holds access back is no more.
   */
  readonly kind: "administer" | "lift" | "tokens" | "role";
  /** Fact id, for `role` and `lift`, or the key of identities that bear former role ids. */
  readonly roleId?: string;
  /** Of each of these one must be allowed too. */
  readonly besides?: readonly (readonly AclRequest[])[];
  /** What no rule says. */
  readonly conditions?: readonly string[];
}

interface Area {
  readonly prefix: string;
  readonly capabilities: readonly AclCapability[];
  readonly note: string;
  /** Capabilities for a name that nothing has yet, where the server tells the two apart. */
  readonly fresh?: readonly AclCapability[];
  /** What may follow the prefix; anything unless given. */
  readonly rest?: RegExp;
  /** The server takes names that differ in case alone for one. */
  readonly foldsCase?: boolean;
}

/**
 * Where writing is as good as owning the store. `sys/policies/acl/` asks for no sudo. Creating a token with sudo on
 * the path gives any policy but `root`. Most of these answer only to `update`, also for what does not exist yet: tried
 * on Vault 1.21. Sources: policy and token documentation; `vault/token_store.go`.
 */
const AREAS: readonly Area[] = [
  { prefix: "sys/policies/acl/", capabilities: ["update"], note: "may write policies" },
  { prefix: "sys/policy/", capabilities: ["update"], note: "may write policies" },
  {
    prefix: "identity/entity/id/",
    capabilities: ["update"],
    note: "may change entities and their policies",
  },
  {
    prefix: "identity/entity/name/",
    capabilities: ["update"],
    note: "may change entities and their policies",
  },
  {
    prefix: "identity/group/id/",
    capabilities: ["update"],
    note: "may change groups and their policies",
  },
  {
    prefix: "identity/group/name/",
    capabilities: ["update"],
    note: "may change groups and their policies",
  },
  ...["alias", "entity-alias", "group-alias", "persona"].map((kind) => ({
    prefix: `identity/${kind}/id/`,
    capabilities: ["update"] as const,
    note: "may tie logins to other entities and groups",
  })),
  { prefix: "sys/auth/", capabilities: ["update"], note: "may enable auth methods" },
  { prefix: "sys/mounts/", capabilities: ["update"], note: "may mount and tune secrets engines" },
  {
    prefix: "sys/plugins/catalog/",
    capabilities: ["update"],
    note: "may register programs that the server runs",
  },
  {
    prefix: "sys/audit/",
    capabilities: ["update"],
    note: "may enable audit devices, which see requests and answers",
  },
  { prefix: "sys/raw/", capabilities: ["create", "read", "update"], note: "may read or write raw storage" },
];

const SINGLE: readonly (readonly [path: string, note: string, sudo?: boolean])[] = [
  ["auth/token/create", "may create tokens with any policy but root", true],
  ["auth/token/create-orphan", "may create tokens with any policy but root", true],
  ["identity/entity", "may change entities and their policies"],
  ["identity/entity-alias", "may give entities new ways to log in"],
  // Older names of the two above, which the server still answers to.
  ["identity/alias", "may give entities new ways to log in"],
  ["identity/persona", "may give entities new ways to log in"],
  ["identity/entity/merge", "may merge entities"],
  ["identity/group", "may change groups and their policies"],
  ["identity/group-alias", "may tie groups to an outside directory"],
  ["sys/remount", "may move secrets to another path"],
  ["sys/storage/raft/snapshot", "may replace all of the store by a snapshot"],
  ["sys/storage/raft/snapshot-force", "may replace all of the store by another one's snapshot"],
];

/** Where each method keeps roles, users and groups; whoever writes there decides which policies a login brings. */
const ROLE_FOLDERS = ["certs/", "groups/", "map/teams/", "map/users/", "role/", "roles/", "users/"];

/** Methods whose settings do not say whom they believe; of any other whoever writes them decides who a login is. */
const WITHOUT_AUTHORITY: readonly string[] = ["approle", "cert", "token", "userpass"];

/** Methods that look their roles and users up by the name in lower case. */
const FOLDING_CASE: readonly string[] = ["approle", "userpass"];

/** A role itself, or the list of its policies. Other parts of it give at most a login as it (`roleEscalations`). */
const ROLE_OR_ITS_POLICIES = /^[^/]+(\/(token-)?policies)?$/;

/** All requests by which access is widened, in each namespace; wildcard rules add the names that they would create. */
export function escalationsOf(store: StoreFacts, patterns: readonly Pattern[]): Escalation[] {
  const namespaces = ["", ...store.of("namespace").map(({ path }) => path)];
  const taken = new Set(
    store.of("auth_role").map((role) => byteText(role.id.slice(store.storeId.length + 1))),
  );
  const found = [...new Set(namespaces)].flatMap((namespace) => [
    ...areas(store, namespace).flatMap((area) => inArea(store, area, namespace, patterns, taken)),
    ...SINGLE.map(([path, note, sudo]) => one(store, namespace, path, ["update"], note, sudo)),
    ...configurations(store, namespace),
    ...["auth/token/create", "auth/token/create-orphan"].map((path) => ({
      ...one(store, namespace, path, ["update"], "may create child tokens"),
      kind: "tokens" as const,
    })),
  ]);
  return [...found, ...roleEscalations(store, patterns), ...lifting(store, patterns)];
}

function methodsIn(store: StoreFacts, namespace: string) {
  return store.of("auth_method").filter((method) => store.namespaceOf(method.scope) === namespace);
}

function believingIn(store: StoreFacts, namespace: string) {
  return methodsIn(store, namespace).filter(({ method }) => !WITHOUT_AUTHORITY.includes(method));
}

/** Settings that say whom a method believes: with another directory or other keys behind it anybody logs in as anybody. */
function configurations(store: StoreFacts, namespace: string): Escalation[] {
  return believingIn(store, namespace).map(({ path }) =>
    one(store, byteText(namespace), byteText(`${path}config`), ["update"], believed(path)),
  );
}

function believed(path: string): string {
  return `may say whom ${path} believes`;
}

function areas(store: StoreFacts, namespace: string): Area[] {
  const methods = methodsIn(store, namespace);
  const mounts = new Map([
    ["auth/token/", "token"],
    ...methods.map(({ path, method }) => [path, method] as const),
  ]);
  return [
    ...AREAS,
    ...believingIn(store, namespace).map(({ path }): Area => ({
      prefix: `${path}config/`,
      capabilities: ["update"],
      note: believed(path),
    })),
    ...[...mounts].flatMap(([mount, method]) =>
      ROLE_FOLDERS.map((folder): Area => ({
        prefix: `${mount}${folder}`,
        capabilities: ["update"],
        fresh: ["create", "update"],
        note: `may write roles of ${mount}`,
        rest: ROLE_OR_ITS_POLICIES,
        foldsCase: FOLDING_CASE.includes(method),
      })),
    ),
  ];
}

function inArea(
  store: StoreFacts,
  area: Area,
  namespace: string,
  patterns: readonly Pattern[],
  taken: ReadonlySet<string>,
): Escalation[] {
  const base = byteText(namespace + area.prefix);
  const created = patterns
    .filter((pattern) => pattern.kind !== "exact" || pattern.text.startsWith(base))
    .map(exampleOf)
    .filter((path) => path.startsWith(base) && path.length > base.length && !path.endsWith("/"))
    .filter((path) => area.rest?.test(path.slice(base.length)) ?? true);
  const names = [`${base}${FRESH}`, ...created, ...knownNames(store, namespace, area.prefix)];
  const isTaken = (full: string): boolean =>
    taken.has(area.foldsCase === true ? base + full.slice(base.length).toLowerCase() : full);
  return [...new Set(names)].flatMap((full) => {
    const found = (capabilities: readonly AclCapability[], note: string): Escalation => ({
      ...one(store, "", full, capabilities, note),
      sudo: needsSudo(full.slice(namespace.length), store.dialect),
      namespace,
    });
    if (!isTaken(full) || area.fresh === undefined)
      return [found(area.fresh ?? area.capabilities, area.note)];
    // The server takes no creation of what is there; deleted first, it is. Tried on Vault 1.21.
    const deleted = [{ path: full, capability: capabilitySet(["delete"]) }];
    const anew = { ...found(["create"], `${area.note}, deleting them first`), besides: [deleted] };
    return [found(area.capabilities, area.note), anew];
  });
}

/** Names in use, which rules may name exactly or deny exactly. */
function knownNames(store: StoreFacts, namespace: string, prefix: string): string[] {
  if (!prefix.startsWith("sys/polic")) return [];
  return [...store.policies()]
    .filter((policy) => policy.namespace === namespace && policy.name !== "root")
    .map((policy) => byteText(namespace + prefix + policy.name));
}

function one(
  store: StoreFacts,
  namespace: string,
  path: string,
  capabilities: readonly AclCapability[],
  note: string,
  sudo = false,
): Escalation {
  const full = namespace + path;
  const protectedPath = needsSudo(path, store.dialect);
  return {
    path: full,
    capability: capabilitySet(capabilities),
    sudo: sudo || protectedPath,
    note,
    namespace,
    kind: "administer",
  };
}

/** Requests that delete what may hold access back. */
function lifting(store: StoreFacts, patterns: readonly Pattern[]): Escalation[] {
  return obstacles(store, patterns).map(({ path, id, note, capability = "delete" }) => ({
    ...one(store, "", path, [capability], note),
    kind: "lift",
    roleId: id,
  }));
}

/** A token role without lists gives what the caller has, and no other's entity: no more than a child token. */
function passesCallersPolicies(role: FactOf<"auth_role">): boolean {
  return role.role_type === "token_role" && !choosesPolicies(role) && entityAliasesOf(role).length === 0;
}

/** Requests that mint a token, or the credential for one, of one role or of identities that it can be made to stand for. */
function roleEscalations(store: StoreFacts, patterns: readonly Pattern[]): Escalation[] {
  const spelled = new SpelledPaths(patterns);
  const former = new Set(
    store.of("principal").flatMap((fact) => formerRoleIds(store, fact).map(({ key }) => key)),
  );
  return store.of("auth_role").flatMap((role) => {
    const namespace = byteText(store.namespaceOf(role.scope));
    const asked = (requests: readonly CredentialRequest[], roleId: string) =>
      requests.map(({ path, note, capabilities = ["update"], ...more }): Escalation => {
        const found = { ...one(store, "", path, capabilities, note), ...more, namespace };
        return passesCallersPolicies(role)
          ? { ...found, kind: "tokens" }
          : { ...found, kind: "role", roleId };
      });
    if (role.method !== "approle") return asked(credentialRequests(role, namespace), role.id);
    const bases = appRolePaths(role, namespace, spelled);
    const key = formerRoleIdsOn(role.scope, role.mount);
    return [
      ...asked(appRoleRequests(role, bases), role.id),
      ...(former.has(key) ? asked(takeoverRequests(role, bases), key) : []),
    ];
  });
}

/**
 * Of methods that tell names apart (token roles), or file a password that is set under another spelling where no login looks
 * (userpass): tried on Vault 1.21.
 */
function credentialRequests(role: FactOf<"auth_role">, namespace: string): CredentialRequest[] {
  if (role.method === "userpass") {
    const path = namespace + byteText(`${role.mount}users/${role.name}/password`);
    return [{ path, note: `may set the password of ${role.mount}${role.name}` }];
  }
  if (role.role_type !== "token_role") return [];
  const path = namespace + byteText(`auth/token/create/${role.name}`);
  return [{ path, note: `may create tokens of role ${role.name}` }];
}
