import type { Fact, FactKind, Gap } from "../../../facts/index.ts";
import {
  count,
  flag,
  labels,
  nonEmptyText,
  nullableObject,
  number,
  objectAt,
  objectOf,
  optionalFlag,
  optionalObject,
  optionalSeconds,
  optionalText,
  setSeconds,
  setText,
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
import { listRow, readRow } from "../rows.ts";
import { unhashedKeys } from "../unhashed-keys.ts";
import { AUTH_FAMILIES } from "./auth.ts";
import { database } from "./database.ts";
import { kv1, kv2 } from "./kv.ts";
import { pki } from "./pki.ts";
import { passwordPolicy, policy, policyNames, unlistedPolicy } from "./policies.ts";
import { transit } from "./transit.ts";

/** Mounts that every namespace has and that hold no shared secrets of their own. */
const BUILT_IN = new Set(["system", "identity", "cubbyhole", "ns_system", "ns_identity", "ns_cubbyhole"]);

/** What an engine that this connector does not know may hold: whatever one of those that it knows does. */
const ENGINE_KINDS: readonly FactKind[] = [
  ...new Set<FactKind>([
    "connection",
    "dynamic_role",
    "secret",
    "secret_metadata",
    "secret_rotation",
    ...[kv2, transit, pki, database].flatMap(familyHides),
  ]),
].sort();

/**
 * What engines may hold that are not read and come with the server: an SSH engine's roles let in whoever asks, by signing a key
 * or by a password that counts once, with a key of its own; TOTP has keys that make codes. Neither keeps versions or
 * connections, or issues X.509 certificates, of which alone `certificate_role` tells. Source: Vault's API documentation of both.
 */
const BUILT_IN_KINDS: Readonly<Record<string, readonly FactKind[]>> = {
  ssh: ["dynamic_role", "key", "key_rotation", "secret"],
  totp: ["key", "key_rotation", "secret"],
};

/** What a mount of this type may hold. A plugin may bear a built-in engine's name: its version alone tells that it is none. */
function kindsWithin(engine: string, runningVersion: string | undefined): readonly FactKind[] {
  const builtIn = runningVersion !== undefined && /\+builtin(\.|$)/.test(runningVersion);
  return (builtIn ? BUILT_IN_KINDS[engine] : undefined) ?? ENGINE_KINDS;
}

const AUTH_KINDS: readonly FactKind[] = ["auth_config", "auth_credential", "auth_role", "auth_role_alias"];

/** The family that reads a secrets engine; absent for one that is not known. */
export function engineFamily(type: string, version: string | undefined): Family | undefined {
  if (type === "kv" || type === "generic") return version === "2" ? kv2 : kv1;
  return { pki, transit, database }[type];
}

/** The mounts of a table, which holds what every namespace has and nobody can unmount. */
function entries(answered: Answered, builtIn: readonly string[]): [string, Json][] {
  for (const path of builtIn) objectAt(answered.data, path);
  return Object.entries(answered.data).map(([path, value]) => [path, objectOf(value, path)]);
}

const engineEntries = (answered: Answered): [string, Json][] =>
  entries(answered, ["cubbyhole/", "identity/", "sys/"]);

const methodEntries = (answered: Answered): [string, Json][] => entries(answered, ["token/"]);

/** Only KV has one, and version 1 may go without. */
function versionOf(mount: Json): string | undefined {
  return optionalText(nullableObject(mount, "options"), "version");
}

/** What `mountInfo` of both products writes of engines and methods alike. */
function mountFields(mount: Json) {
  const config = objectAt(mount, "config");
  return {
    accessor: nonEmptyText(mount, "accessor"),
    description: setText(mount, "description"),
    default_ttl_s: setSeconds(config, "default_lease_ttl"),
    max_ttl_s: setSeconds(config, "max_lease_ttl"),
    // Written where it is set; hidden otherwise.
    listing_visibility: optionalText(config, "listing_visibility"),
    unhashed_keys: unhashedKeys(config),
    local: flag(mount, "local"),
  };
}

function mounts(answered: Answered): (Fact | Gap)[] {
  return engineEntries(answered).flatMap(([path, mount]) => {
    const engine = nonEmptyText(mount, "type");
    const common = mountFields(mount);
    const found = fact(answered, "mount", path, {
      path,
      engine,
      engine_version: engine === "kv" || engine === "generic" ? (versionOf(mount) ?? "1") : versionOf(mount),
      ...common,
      effective_max_ttl_s: common.max_ttl_s,
      seal_wrap: flag(mount, "seal_wrap"),
      options: labels(mount, "options"),
      // Vault from 1.12 on.
      ext: ext({ plugin_version: optionalText(mount, "running_plugin_version") }),
    });
    const unread = unreadOf(path, engine, versionOf(mount), optionalText(mount, "running_plugin_version"));
    return unread === undefined ? [found] : [found, gapIn(answered, unread)];
  });
}

/** What cannot be read of a mount though all of it is allowed. */
function unreadOf(
  path: string,
  engine: string,
  version: string | undefined,
  runningVersion: string | undefined,
): Omission | undefined {
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
    hides: kindsWithin(engine, runningVersion),
    reason: "unsupported",
    detail: `the mount ${path} is a ${engine} engine, which this version does not read`,
  };
}

function enginesNext(answered: Answered, context: WalkContext): (Ask | Omission)[] {
  return engineEntries(answered).flatMap(([path, mount]): (Ask | Omission)[] => {
    const family = engineFamily(nonEmptyText(mount, "type"), versionOf(mount));
    if (family === undefined) return [];
    const why = context.excluded(path);
    if (why === undefined) return familyAsks(family, path);
    return [{ resource: path, hides: familyHides(family), reason: "limit", detail: why }];
  });
}

function authMethods(answered: Answered): (Fact | Gap)[] {
  return methodEntries(answered).flatMap(([name, mount]) => {
    const path = `auth/${name}`;
    const method = nonEmptyText(mount, "type");
    const found = fact(answered, "auth_method", path, {
      path,
      method,
      ...mountFields(mount),
      token_type: nonEmptyText(objectAt(mount, "config"), "token_type"),
    });
    if (/^(ns_)?token$/.test(method) || AUTH_FAMILIES.has(method)) return [found];
    const detail = `the auth method ${path} is of type ${method}, which this version does not read`;
    return [found, gapIn(answered, { resource: path, hides: AUTH_KINDS, reason: "unsupported", detail })];
  });
}

function authNext(answered: Answered, context: WalkContext): (Ask | Omission)[] {
  return methodEntries(answered).flatMap(([name, mount]): (Ask | Omission)[] => {
    const family = AUTH_FAMILIES.get(nonEmptyText(mount, "type"));
    if (family === undefined) return [];
    const path = `auth/${name}`;
    const why = context.excluded(path);
    if (why === undefined) return familyAsks(family, path);
    return [{ resource: path, hides: familyHides(family), reason: "limit", detail: why }];
  });
}

function quota(kind: "rate-limit" | "lease-count") {
  return (answered: Answered): Fact[] => {
    const { data } = answered;
    const { name = "" } = answered.params;
    return [
      fact(answered, "quota", `sys/quotas/${kind}/${name}`, {
        name,
        quota_type: kind,
        // Empty: all of the server.
        path: text(data, "path"),
        ...(kind === "rate-limit"
          ? { rate: number(data, "rate"), interval_s: setSeconds(data, "interval") }
          : { max_leases: count(data, "max_leases") }),
        ext: ext({
          role: setText(data, "role"),
          // A lease-count quota blocks nobody for a time.
          block_interval_s:
            kind === "rate-limit"
              ? setSeconds(data, "block_interval")
              : optionalSeconds(data, "block_interval"),
          // Vault from 1.15 on.
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

const MOUNTED_KINDS: readonly FactKind[] = [...ENGINE_KINDS, "mount" as const].sort();

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
  // Older servers list the names alone.
  const info = optionalObject(answered.data, "key_info") ?? {};
  return listedKeys(answered).map((path) =>
    fact(answered, "namespace", path, {
      path: answered.namespace + path,
      namespace_id: optionalText(optionalObject(info, path) ?? {}, "id"),
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
        absent: "gone",
        next: (answered, { dialect }) =>
          policyNames(answered).map((name) => ({
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
    readRow(
      {
        id: "namespace.named_policy",
        title: "An ACL policy that something names and no list does",
        path: "sys/policies/acl/{name}",
        hides: ["policy_document"],
      },
      unlistedPolicy,
      // A name that no policy has grants nothing, and anyone may write one.
      { deepNames: true, absent: "nothing" },
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
      // A name with a slash is not read: `*` would open `…/generate` as well, which makes a password.
      passwordPolicy,
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
