import { CountersignError } from "../../../base/index.ts";
import type { Fact, FactKind, Gap } from "../../../facts/index.ts";
import {
  Misshapen,
  labels,
  objectAt,
  objectOf,
  optionalCount,
  optionalFlag,
  optionalNumber,
  optionalText,
  positiveSeconds,
  text,
  type Json,
} from "../json.ts";
import {
  ext,
  fact,
  familyAsks,
  familyHides,
  gapIn,
  listedKeys,
  type Answered,
  type Ask,
  type Family,
  type Omission,
  type Operation,
  type WalkContext,
} from "../operation.ts";
import { parsePolicy, type PolicyOptions } from "../policy/index.ts";
import { listRow, readRow } from "../rows.ts";
import { AUTH_FAMILIES } from "./auth.ts";
import { database } from "./database.ts";
import { kv1, kv2 } from "./kv.ts";
import { pki } from "./pki.ts";
import { transit } from "./transit.ts";

/** Mounts that every namespace has and that hold no shared secrets of their own. */
const BUILT_IN = new Set(["system", "identity", "cubbyhole", "ns_system", "ns_identity", "ns_cubbyhole"]);

/** What an engine that this connector does not know may hold. */
const ENGINE_KINDS: readonly FactKind[] = [
  "connection",
  "dynamic_role",
  "secret",
  "secret_metadata",
  "secret_rotation",
];

const AUTH_KINDS: readonly FactKind[] = ["auth_config", "auth_credential", "auth_role", "auth_role_alias"];

/** The family that reads a secrets engine; absent for one that is not known. */
export function engineFamily(type: string, version: string | undefined): Family | undefined {
  if (type === "kv" || type === "generic") return version === "2" ? kv2 : kv1;
  return { pki, transit, database }[type];
}

/** The mounts of a table. Every server has some built in: an empty table is no answer. */
function entries(answered: Answered): [string, Json][] {
  const found = Object.entries(answered.data).map(([path, value]): [string, Json] => [
    path,
    objectOf(value, path),
  ]);
  if (found.length === 0) throw new Misshapen("data", "a table of mounts", undefined);
  return found;
}

function versionOf(mount: Json): string | undefined {
  return optionalText(objectAt(mount, "options"), "version");
}

function mounts(answered: Answered): (Fact | Gap)[] {
  return entries(answered).flatMap(([path, mount]) => {
    const engine = text(mount, "type");
    const config = objectAt(mount, "config");
    const maxTtl = positiveSeconds(config, "max_lease_ttl");
    const found = fact(answered, "mount", path, {
      path,
      engine,
      engine_version: engine === "kv" || engine === "generic" ? (versionOf(mount) ?? "1") : versionOf(mount),
      accessor: optionalText(mount, "accessor"),
      description: optionalText(mount, "description"),
      default_ttl_s: positiveSeconds(config, "default_lease_ttl"),
      max_ttl_s: maxTtl,
      effective_max_ttl_s: maxTtl,
      local: optionalFlag(mount, "local"),
      seal_wrap: optionalFlag(mount, "seal_wrap"),
      listing_visibility: optionalText(config, "listing_visibility"),
      options: labels(mount, "options"),
      ext: ext({ plugin_version: optionalText(mount, "running_plugin_version") }),
    });
    const unread = unreadOf(path, engine, versionOf(mount));
    return unread === undefined ? [found] : [found, gapIn(answered, unread)];
  });
}

/** What cannot be read of a mount though all of it is allowed. */
function unreadOf(path: string, engine: string, version: string | undefined): Omission | undefined {
  if (BUILT_IN.has(engine)) return undefined;
  const family = engineFamily(engine, version);
  if (family === kv1) {
    return {
      resource: path,
      hides: ["secret_metadata", "secret_version"],
      reason: "unsupported",
      detail: `the mount ${path} is KV version 1, which keeps names but neither ages nor versions`,
      fix: `Upgrade the mount to version 2: vault kv enable-versioning ${path}`,
    };
  }
  if (family !== undefined) return undefined;
  return {
    resource: path,
    hides: ENGINE_KINDS,
    reason: "unsupported",
    detail: `the mount ${path} is a ${engine} engine, which this version does not read`,
  };
}

function enginesNext(answered: Answered, context: WalkContext): (Ask | Omission)[] {
  return entries(answered).flatMap(([path, mount]): (Ask | Omission)[] => {
    const family = engineFamily(text(mount, "type"), versionOf(mount));
    if (family === undefined) return [];
    const why = context.excluded(path);
    if (why === undefined) return familyAsks(family, path);
    return [{ resource: path, hides: familyHides(family), reason: "limit", detail: why }];
  });
}

function authMethods(answered: Answered): (Fact | Gap)[] {
  return entries(answered).flatMap(([name, mount]) => {
    const path = `auth/${name}`;
    const method = text(mount, "type");
    const config = objectAt(mount, "config");
    const found = fact(answered, "auth_method", path, {
      path,
      method,
      accessor: optionalText(mount, "accessor"),
      description: optionalText(mount, "description"),
      default_ttl_s: positiveSeconds(config, "default_lease_ttl"),
      max_ttl_s: positiveSeconds(config, "max_lease_ttl"),
      token_type: optionalText(config, "token_type"),
      listing_visibility: optionalText(config, "listing_visibility"),
      local: optionalFlag(mount, "local"),
    });
    if (/^(ns_)?token$/.test(method) || AUTH_FAMILIES.has(method)) return [found];
    const detail = `the auth method ${path} is of type ${method}, which this version does not read`;
    return [found, gapIn(answered, { resource: path, hides: AUTH_KINDS, reason: "unsupported", detail })];
  });
}

function authNext(answered: Answered, context: WalkContext): (Ask | Omission)[] {
  return entries(answered).flatMap(([name, mount]): (Ask | Omission)[] => {
    const family = AUTH_FAMILIES.get(text(mount, "type"));
    if (family === undefined) return [];
    const path = `auth/${name}`;
    const why = context.excluded(path);
    if (why === undefined) return familyAsks(family, path);
    return [{ resource: path, hides: familyHides(family), reason: "limit", detail: why }];
  });
}

function policy(answered: Answered): (Fact | Gap)[] {
  const { name = "", dialect } = answered.params;
  const document = text(answered.data, "policy");
  const id = `sys/policies/acl/${name}`;
  const common = { name, policy_type: "acl", text: document };
  try {
    const options: PolicyOptions =
      dialect === "vault" || dialect === "openbao" ? { name, dialect } : { name };
    const { rules, templated } = parsePolicy(document, options);
    return [fact(answered, "policy_document", id, { ...common, ext: ext({ rules, templated }) })];
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || thrown.code !== "E_HCL") throw thrown;
    const { line, column } = thrown.location ?? {};
    const where = line === undefined ? "" : ` at line ${line}, column ${column ?? 1}`;
    const detail = `the policy ${name} does not parse${where}: ${thrown.message}`.slice(0, 1024);
    return [
      fact(answered, "policy_document", id, common),
      gapIn(answered, { resource: id, hides: ["policy_document"], reason: "malformed", detail }),
    ];
  }
}

function passwordPolicy(answered: Answered): Fact[] {
  const { name = "" } = answered.params;
  const document = text(answered.data, "policy");
  const length = /^\s*"?length"?\s*[=:]\s*(\d{1,6})\b/m.exec(document)?.[1];
  return [
    fact(answered, "password_policy", `sys/policies/password/${name}`, {
      name,
      length: length === undefined ? undefined : Number(length),
      text: document,
    }),
  ];
}

function quota(kind: "rate-limit" | "lease-count") {
  return (answered: Answered): Fact[] => {
    const { data } = answered;
    const { name = "" } = answered.params;
    return [
      fact(answered, "quota", `sys/quotas/${kind}/${name}`, {
        name,
        quota_type: kind,
        path: text(data, "path"),
        rate: optionalNumber(data, "rate"),
        interval_s: positiveSeconds(data, "interval"),
        max_leases: optionalCount(data, "max_leases"),
        ext: ext({
          role: optionalText(data, "role"),
          block_interval_s: positiveSeconds(data, "block_interval"),
          inheritable: optionalFlag(data, "inheritable"),
        }),
      }),
    ];
  };
}

function quotaRows(what: string, kind: "rate-limit" | "lease-count"): Operation[] {
  const path = `sys/quotas/${kind}`;
  return [
    listRow(
      { id: `namespace.${what}s`, title: `Names of ${kind} quotas`, path, hides: ["quota"] },
      [`namespace.${what}`],
      kind === "lease-count" ? { absent: "feature" } : {},
    ),
    readRow(
      { id: `namespace.${what}`, title: `A ${kind} quota`, path: `${path}/{name}`, hides: ["quota"] },
      quota(kind),
    ),
  ];
}

const MOUNTED_KINDS: readonly FactKind[] = [
  ...new Set<FactKind>(["mount", ...ENGINE_KINDS, ...[kv2, transit, pki, database].flatMap(familyHides)]),
].sort();

/** What a namespace that nobody could list would have shown. */
const NAMESPACE_KINDS: readonly FactKind[] = [
  "auth_method",
  ...AUTH_KINDS,
  "group",
  "login_mfa",
  "mfa_method",
  ...MOUNTED_KINDS,
  "namespace",
  "password_policy",
  "policy_document",
  "principal",
  "quota",
  "token",
  "token_count",
];

function namespaces(answered: Answered): Fact[] {
  const info = objectAt(answered.data, "key_info");
  return listedKeys(answered).map((path) =>
    fact(answered, "namespace", path, {
      path: answered.namespace + path,
      namespace_id: optionalText(objectAt(info, path), "id"),
    }),
  );
}

/** What is asked in every namespace; mounts lead to the families of their engines and methods. */
export const namespace: Family = {
  id: "namespace",
  operations: [
    readRow(
      {
        id: "namespace.mounts",
        title: "Secrets engines",
        path: "sys/mounts",
        hides: MOUNTED_KINDS,
      },
      mounts,
      {
        resource: "",
        next: enginesNext,
        unread: ["/data/*/description"],
        entries: { at: "/data", resource: (path) => path },
      },
    ),
    readRow(
      {
        id: "namespace.auth",
        title: "Auth methods",
        path: "sys/auth",
        hides: ["auth_method", ...AUTH_KINDS],
      },
      authMethods,
      {
        resource: "auth/",
        next: authNext,
        unread: ["/data/*/description"],
        entries: { at: "/data", resource: (path) => `auth/${path}` },
      },
    ),
    listRow(
      {
        id: "namespace.policies",
        title: "Names of ACL policies",
        path: "sys/policies/acl",
        hides: ["policy_document"],
      },
      [],
      {
        next: (answered, { dialect }) =>
          listedKeys(answered).map((name) => ({
            operation: "namespace.policy",
            params: { name, ...(dialect === undefined ? {} : { dialect }) },
          })),
      },
    ),
    readRow(
      {
        id: "namespace.policy",
        title: "An ACL policy",
        path: "sys/policies/acl/{name}",
        hides: ["policy_document"],
      },
      policy,
      { deepNames: true },
    ),
    listRow(
      {
        id: "namespace.password_policies",
        title: "Names of password policies",
        path: "sys/policies/password",
        hides: ["password_policy"],
      },
      ["namespace.password_policy"],
    ),
    readRow(
      {
        id: "namespace.password_policy",
        title: "A password policy",
        path: "sys/policies/password/{name}",
        hides: ["password_policy"],
      },
      passwordPolicy,
      { deepNames: true },
    ),
    ...quotaRows("rate_limit", "rate-limit"),
    ...quotaRows("lease_limit", "lease-count"),
    listRow(
      { id: "namespace.children", title: "Namespaces", path: "sys/namespaces", hides: NAMESPACE_KINDS },
      [],
      {
        absent: "feature",
        resource: "",
        facts: namespaces,
        unread: ["/data/key_info/*/custom_metadata"],
        entries: { at: "/data/key_info", resource: (path) => path },
        next: (answered, context) =>
          listedKeys(answered).flatMap((path) => namespaceAsks(context, answered.namespace + path)),
      },
    ),
  ],
  roots: [],
};

/**
 * The first questions about a namespace. A community Vault, which says so in `sys/health`, has neither namespaces nor
 * lease-count quotas, and OpenBao no such quotas: that is a fact about the product, so nothing is asked and no gap is
 * left. Where edition or product are not known, both are asked, and a server that lacks them says so.
 */
export function namespaceAsks(context: WalkContext, path: string): Ask[] {
  const community = context.dialect === "vault" && context.enterprise === false;
  const quotas = !community && context.dialect !== "openbao";
  const operations = [
    "namespace.mounts",
    "namespace.auth",
    "namespace.policies",
    "namespace.password_policies",
    "namespace.rate_limits",
    ...(quotas ? ["namespace.lease_limits"] : []),
    ...(community ? [] : ["namespace.children"]),
    "token.accessors",
    "token.roles",
    "identity.entities",
    "identity.groups",
    "identity.mfa_methods",
    "identity.login_mfas",
  ];
  return operations.map((operation) => ({ operation, params: {}, namespace: path }));
}
