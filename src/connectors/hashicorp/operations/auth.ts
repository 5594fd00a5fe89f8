import type { FactKind } from "../../../facts/index.ts";
import { listedKeys, type Family, type Operation } from "../operation.ts";
import { listRow, readRow } from "../rows.ts";
import {
  aliveUser,
  appRole,
  certRole,
  config,
  jwtRole,
  kubernetesRole,
  ldapEntry,
  roleId,
  secretId,
  user,
} from "./auth-facts.ts";

/** Credentials that these endpoints leave out; redacted should a version or a plugin not. */
const CONFIG_CREDENTIALS = ["bindpass", "client_tls_key", "oidc_client_secret", "token_reviewer_jwt"].map(
  (name) => `/data/${name}`,
);

function configRow(method: string): Operation {
  return readRow(
    {
      id: `${method}.config`,
      title: "Settings of the method",
      path: "{mount}config",
      hides: ["auth_config"],
    },
    config(method),
    { absent: "nothing", redact: CONFIG_CREDENTIALS },
  );
}

interface Roles {
  readonly list: string;
  readonly read: string;
  readonly title: string;
  readonly path: string;
  /** Beside the reading: what else is asked of each role, and what that tells. */
  readonly more?: { readonly leadsTo: readonly string[]; readonly hides: readonly FactKind[] };
  readonly changes?: Partial<Operation>;
  /** Whether anything can stand behind a listed name; any can unless given. */
  readonly alive?: (name: string) => boolean;
}

/** A listing of roles and the reading of each: the same shape in every method. */
function roleRows(method: string, roles: Roles, facts: NonNullable<Operation["facts"]>): Operation[] {
  const { list, read, title, path, more, changes, alive } = roles;
  const hides: readonly FactKind[] = ["auth_role", ...(more?.hides ?? [])];
  return [
    listRow(
      { id: `${method}.${list}`, title: `Names of ${list}`, path: `{mount}${path}`, hides },
      [read, ...(more?.leadsTo ?? [])].map((what) => `${method}.${what}`),
      alive === undefined ? {} : { alive },
    ),
    readRow(
      { id: `${method}.${read}`, title, path: `{mount}${path}/{name}`, hides: ["auth_role"] },
      facts,
      changes,
    ),
  ];
}

function family(id: string, operations: readonly Operation[]): Family {
  const roots = operations
    .filter(({ path }) => !/\{(name|accessor)\}/.test(path))
    .map((operation) => operation.id);
  return { id, operations, roots };
}

const appRoleFamily = family("approle", [
  ...roleRows(
    "approle",
    {
      list: "roles",
      read: "role",
      title: "Policies and bounds of a role",
      path: "role",
      more: { leadsTo: ["role_id", "secret_ids"], hides: ["auth_credential", "auth_role_alias"] },
    },
    appRole,
  ),
  readRow(
    {
      id: "approle.role_id",
      title: "The identifier that aliases know a role by",
      path: "{mount}role/{name}/role-id",
      hides: ["auth_role_alias"],
    },
    roleId,
    { resource: "{mount}role/{name}" },
  ),
  listRow(
    {
      id: "approle.secret_ids",
      title: "Accessors of secret ids",
      path: "{mount}role/{name}/secret-id",
      hides: ["auth_credential"],
    },
    [],
    {
      resource: "{mount}role/{name}/secret-id-accessor/",
      next: (answered) =>
        listedKeys(answered).map((accessor) => ({
          operation: "approle.secret_id",
          params: { ...answered.params, accessor },
        })),
    },
  ),
  readRow(
    {
      id: "approle.secret_id",
      title: "Age and bounds of a secret id, by its accessor",
      path: "{mount}role/{name}/secret-id-accessor/lookup",
      hides: ["auth_credential"],
    },
    secretId,
    {
      method: "POST",
      body: { secret_id_accessor: "accessor" },
      needs: ["update"],
      resource: "{mount}role/{name}/secret-id-accessor/{accessor}",
      // A secret id that was used up since it was listed is none; where its accessor alone is left, the answer is empty.
      nothingText: /failed to find accessor entry/,
      noContent: true,
    },
  ),
]);

const jwtFamily = family("jwt", [
  configRow("jwt"),
  ...roleRows(
    "jwt",
    { list: "roles", read: "role", title: "Policies and claims of a role", path: "role" },
    jwtRole,
  ),
]);

/** Auth methods by the type that `sys/auth` names. */
export const AUTH_FAMILIES: ReadonlyMap<string, Family> = new Map<string, Family>([
  ["approle", appRoleFamily],
  [
    "userpass",
    family(
      "userpass",
      roleRows(
        "userpass",
        { list: "users", read: "user", title: "Policies of a user", path: "users", alive: aliveUser },
        user,
      ),
    ),
  ],
  [
    "ldap",
    family("ldap", [
      configRow("ldap"),
      ...roleRows(
        "ldap",
        {
          list: "users",
          read: "user",
          title: "Policies and groups of a user",
          path: "users",
          changes: { deepNames: true },
        },
        ldapEntry("user", "users"),
      ),
      ...roleRows(
        "ldap",
        {
          list: "groups",
          read: "group",
          title: "Policies of a group",
          path: "groups",
          changes: { deepNames: true },
        },
        ldapEntry("group", "groups"),
      ),
    ]),
  ],
  [
    "kubernetes",
    family("kubernetes", [
      configRow("kubernetes"),
      ...roleRows(
        "kubernetes",
        { list: "roles", read: "role", title: "Policies and service accounts of a role", path: "role" },
        kubernetesRole,
      ),
    ]),
  ],
  ["jwt", jwtFamily],
  ["oidc", jwtFamily],
  [
    "cert",
    family("cert", [
      configRow("cert"),
      ...roleRows(
        "cert",
        {
          list: "certificates",
          read: "certificate",
          title: "Policies and names of a certificate",
          path: "certs",
        },
        certRole,
      ),
    ]),
  ],
]);
