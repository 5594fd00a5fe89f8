import { X509Certificate } from "node:crypto";
import type { Fact, FactKind } from "../../../facts/index.ts";
import {
  Misshapen,
  count,
  flag,
  instant,
  labels,
  names,
  nonEmptyText,
  nullableObject,
  nullableTexts,
  objectOf,
  optionalText,
  setInstant,
  setSeconds,
  setText,
  setTexts,
  text,
  texts,
  withoutNulls,
} from "../json.ts";
import {
  ext,
  fact,
  listedKeys,
  nameAsked,
  type Answered,
  type Family,
  type Operation,
} from "../operation.ts";
import { listRow, readRow } from "../rows.ts";
import { authRole, tokenBounds } from "./auth-role.ts";

/** Bounds that are set: an empty list bounds nothing. */
function boundsOf(bounds: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(bounds)
      .filter(([, values]) => values.length > 0)
      .map(([name, values]) => [name, [...values]]),
  );
}

const ANY_NETWORK: readonly string[] = ["0.0.0.0/0", "::/0"];

/** One network of a list suffices to come in, so a list with every address in it bounds nothing either. */
function boundToNothing(cidrs: readonly string[]): boolean {
  return cidrs.length === 0 || cidrs.some((cidr) => ANY_NETWORK.includes(cidr));
}

function appRole(answered: Answered): Fact[] {
  const { data } = answered;
  const needsSecretId = flag(data, "bind_secret_id");
  const anywhere = [texts(data, "token_bound_cidrs"), nullableTexts(data, "secret_id_bound_cidrs")].every(
    boundToNothing,
  );
  return [
    authRole(answered, {
      path: "role",
      method: "approle",
      role_type: "role",
      policies: texts(data, "token_policies"),
      ...tokenBounds(data),
      bounds: boundsOf({ bind_secret_id: needsSecretId ? ["true"] : [] }),
      unauthenticated: !needsSecretId && anywhere,
      secret_id_num_uses: count(data, "secret_id_num_uses"),
      secret_id_ttl_s: setSeconds(data, "secret_id_ttl"),
      secret_id_bound_cidrs: setTexts(data, "secret_id_bound_cidrs"),
    }),
  ];
}

function roleId(answered: Answered): Fact[] {
  const { mount = "", name = "" } = answered.params;
  return [
    fact(answered, "auth_role_alias", `${mount}role/${name}`, {
      mount,
      name,
      alias_name: nonEmptyText(answered.data, "role_id"),
    }),
  ];
}

function secretId(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "", name = "" } = answered.params;
  const accessor = nameAsked(answered, "secret_id_accessor", "accessor");
  return [
    fact(answered, "auth_credential", `${mount}role/${name}/secret-id-accessor/${accessor}`, {
      mount,
      name,
      accessor,
      created_at: instant(data, "creation_time"),
      updated_at: setInstant(data, "last_updated_time"),
      expires_at: setInstant(data, "expiration_time"),
      num_uses: count(data, "secret_id_num_uses"),
      bound_cidrs: nullableTexts(data, "cidr_list"),
      labels: labels(data, "metadata"),
    }),
  ];
}

function user(answered: Answered): Fact[] {
  const { data, params } = answered;
  return [
    authRole(answered, {
      path: "users",
      method: "userpass",
      role_type: "user",
      policies: texts(data, "token_policies"),
      ...tokenBounds(data),
      alias_name: params["name"],
    }),
  ];
}

function ldapEntry(role_type: "user" | "group", path: string) {
  return (answered: Answered): Fact[] => [
    authRole(answered, {
      path,
      method: "ldap",
      role_type,
      policies: nullableTexts(answered.data, "policies"),
      alias_name: answered.params["name"],
      groups:
        role_type === "group"
          ? undefined
          : text(answered.data, "groups")
              .split(",")
              .map((group) => group.trim())
              .filter((group) => group !== ""),
    }),
  ];
}

function kubernetesRole(answered: Answered): Fact[] {
  const { data } = answered;
  const namespaces = nullableTexts(data, "bound_service_account_namespaces");
  // Versions before the selector bind by the names of namespaces alone.
  const selector = optionalText(data, "bound_service_account_namespace_selector");
  if (namespaces.length === 0 && selector === undefined) {
    throw new Misshapen("bound_service_account_namespaces", "a list of names, or a selector to be there", []);
  }
  return [
    authRole(answered, {
      path: "role",
      method: "kubernetes",
      role_type: "role",
      policies: texts(data, "token_policies"),
      ...tokenBounds(data),
      bounds: boundsOf({
        bound_service_account_names: names(data, "bound_service_account_names"),
        bound_service_account_namespaces: namespaces,
        bound_service_account_namespace_selector: oneOrNone(selector),
        // Written where one is set.
        audience: oneOrNone(optionalText(data, "audience")),
      }),
      ext: ext({ alias_name_source: setText(data, "alias_name_source") }),
    }),
  ];
}

function jwtRole(answered: Answered): Fact[] {
  const { data } = answered;
  const claims = Object.entries(nullableObject(data, "bound_claims")).map(
    ([claim, value]) => [`bound_claims.${claim}`, claimValues(value)] as const,
  );
  return [
    authRole(answered, {
      path: "role",
      method: "jwt",
      role_type: "role",
      policies: texts(data, "token_policies"),
      ...tokenBounds(data),
      bounds: boundsOf({
        bound_audiences: nullableTexts(data, "bound_audiences"),
        bound_subject: oneOrNone(setText(data, "bound_subject")),
        ...Object.fromEntries(claims),
      }),
      ext: ext({
        role_type: nonEmptyText(data, "role_type"),
        user_claim: nonEmptyText(data, "user_claim"),
        groups_claim: setText(data, "groups_claim"),
        bound_claims_type: setText(data, "bound_claims_type"),
        claim_mappings: labels(data, "claim_mappings"),
      }),
    }),
  ];
}

function oneOrNone(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}

/** A claim is bound to one value or to any of a list; values are text, numbers or booleans. */
function claimValues(value: unknown): string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).map((item) =>
    typeof item === "string" ? item : JSON.stringify(item),
  );
}

const CERT_BOUNDS = [
  "allowed_common_names",
  "allowed_dns_sans",
  "allowed_email_sans",
  "allowed_names",
  "allowed_organizational_units",
  "allowed_uri_sans",
  "required_extensions",
];

function certRole(answered: Answered): Fact[] {
  const { data } = answered;
  return [
    authRole(answered, {
      path: "certs",
      method: "cert",
      role_type: "role",
      policies: texts(data, "token_policies"),
      ...tokenBounds(data),
      bounds: boundsOf({
        certificate_sha256: fingerprints(text(data, "certificate")),
        ...Object.fromEntries(CERT_BOUNDS.map((name) => [name, nullableTexts(data, name)])),
        // OpenBao has no such bound.
        allowed_organizations:
          data["allowed_organizations"] === undefined ? [] : nullableTexts(data, "allowed_organizations"),
      }),
      ext: ext({
        display_name: setText(data, "display_name"),
        ocsp_enabled: flag(data, "ocsp_enabled"),
        ocsp_fail_open: flag(data, "ocsp_fail_open"),
      }),
    }),
  ];
}

/** The trusted certificates: one, or a chain in one PEM text. */
function fingerprints(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Misshapen("certificate", "an X.509 certificate", pem);
  return blocks.map((block) => {
    try {
      return new X509Certificate(block).fingerprint256.replaceAll(":", "").toLowerCase();
    } catch {
      throw new Misshapen("certificate", "an X.509 certificate", pem);
    }
  });
}

function config(method: string) {
  return (answered: Answered): Fact[] => {
    const { mount = "" } = answered.params;
    // A method that is not configured has no answer; one that is writes every setting, set or not.
    if (Object.keys(answered.data).length === 0) throw new Misshapen("data", "the method's settings", {});
    const settings = objectOf(withoutNulls(answered.data), "data");
    return [fact(answered, "auth_config", `${mount}config`, { mount, method, settings })];
  };
}

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
}

/** A listing of roles and the reading of each: the same shape in every method. */
function roleRows(method: string, roles: Roles, facts: NonNullable<Operation["facts"]>): Operation[] {
  const { list, read, title, path, more, changes } = roles;
  const hides: readonly FactKind[] = ["auth_role", ...(more?.hides ?? [])];
  return [
    listRow(
      { id: `${method}.${list}`, title: `Names of ${list}`, path: `{mount}${path}`, hides },
      [read, ...(more?.leadsTo ?? [])].map((what) => `${method}.${what}`),
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
      roleRows("userpass", { list: "users", read: "user", title: "Policies of a user", path: "users" }, user),
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
