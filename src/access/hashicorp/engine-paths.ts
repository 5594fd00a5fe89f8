import type { AclCapability } from "../../facts/index.ts";
import type { GrantAction } from "../grant.ts";
import { capabilitySet, type CapabilitySet } from "./capability.ts";
import { exampleOf, FRESH, type Pattern } from "./pattern.ts";

/** A request that does something to a thing. */
interface Check {
  readonly action: GrantAction;
  /** Place of the request's path in the engine's `paths`. */
  readonly path: number;
  readonly capability: CapabilitySet;
  /** Besides, `sudo` on the path. */
  readonly sudo?: boolean;
  readonly condition?: string;
  /** What brings the condition about. */
  readonly before?: readonly Pick<Check, "path" | "capability">[];
}

/** The requests that one kind of thing answers. */
export interface EnginePaths {
  /**
   * Below the mount; `{name}`, and `{folder}`: the name up to its last slash; `{any}`: a segment that the caller chooses among
   * many, such as a version. A path that ends in `/` is listed. One that begins with `/` is about the mount itself, `{mount}`, and
   * stands below the namespace.
   */
  readonly paths: readonly string[];
  readonly checks: readonly Check[];
}

type Row = readonly [
  path: string,
  action: GrantAction,
  capability: AclCapability | "delete, sudo" | "update, sudo",
  condition?: string,
];

const MOUNT = "{mount}";

/** Disabling a mount takes all that is in it along; rules tell the two spellings apart. Tried on Vault 1.21. */
const DISABLING: readonly Row[] = [
  [`/sys/mounts/${MOUNT}`, "delete", "delete"],
  [`/sys/mounts/${MOUNT}/`, "delete", "delete"],
];

function table(own: readonly Row[]): EnginePaths {
  const rows = [...own, ...DISABLING];
  const paths = [...new Set(rows.map(([path]) => path))];
  const asked = ([path, , capability]: Row): Pick<Check, "path" | "capability" | "sudo"> => {
    const [name] = capability.split(", ") as [AclCapability];
    const sudo = name === capability ? {} : { sudo: true };
    return { path: paths.indexOf(path), capability: capabilitySet([name]), ...sudo };
  };
  // A deleted version of KV 2 counts as stored; tried on Vault 1.21.
  const emptying = rows.filter(
    ([path, , capability]) => capability === "delete" && path.includes("{name}") && path !== "data/{name}",
  );
  const checks = rows.map((row): Check => {
    const [, action, , condition] = row;
    return {
      action,
      ...asked(row),
      ...(condition === undefined ? {} : { condition }),
      ...(condition === FIRST ? { before: emptying.map(asked) } : {}),
    };
  });
  return { paths, checks };
}

/** The server asks for `create` instead of `update` only where nothing is stored yet, or any more. */
const FIRST = "nothing is stored there yet";

const IN_SNAPSHOT = "a loaded snapshot of the store holds it";
const OF_CONNECTION = "the role is of that connection";
const BY_ISSUER = "the role issues by it";
const ENROLS = "the mount lets clients enrol by themselves";

/** Whose private key a request makes or takes: `exported` ones are given to whoever asks. */
const KEY_SOURCES = ["existing", "exported", "internal", "kms"] as const;

/** Requests below these make issuers and keys; roles issue by them as soon as they are the mount's default. */
const GENERATING = [
  "intermediate/generate",
  "issuers/generate/intermediate",
  "issuers/generate/root",
  "root/generate",
  "root/rotate",
] as const;

const ISSUING: readonly Row[] = [
  ...GENERATING.flatMap((folder) =>
    KEY_SOURCES.map((source): Row => [`${folder}/${source}`, "write", "update"]),
  ),
  ...["exported", "internal", "kms"].map((source): Row => [`keys/generate/${source}`, "write", "update"]),
  ...[
    "config/ca",
    "config/issuers",
    "config/keys",
    "intermediate/cross-sign",
    "intermediate/set-signed",
    "issuers/import/bundle",
    "issuers/import/cert",
    "keys/import",
    "root/replace",
  ].map((path): Row => [path, "write", "update"]),
  // Protocols by which clients come without a token: who sets them up, or hands out their credentials, hands out certificates.
  ...["config/acme", "config/cmp", "config/est", "config/scep"].map((path): Row => [path, "share", "update"]),
  ...["", "issuer/{any}/", "roles/{name}/", "issuer/{any}/roles/{name}/"].map((folder): Row => [
    `${folder}acme/new-eab`,
    "share",
    "update",
    ENROLS,
  ]),
];

/**
 * What each engine's API does with a thing. Sources: the products' API documentation of KV 1 and 2, database, transit
 * and PKI. Reading a role that mints credentials is getting a credential; reading a transit key is getting at what it
 * protects: its material, or plaintext by it.
 */
const ENGINE_PATHS = {
  kv_1: table([
    ["{name}", "read", "read"],
    ["{name}", "write", "update"],
    ["{name}", "write", "create", FIRST],
    ["{name}", "write", "recover", IN_SNAPSHOT],
    ["{name}", "delete", "delete"],
    ["{folder}", "list", "list"],
  ]),
  kv_2: table([
    ["data/{name}", "read", "read"],
    ["data/{name}", "write", "update"],
    ["data/{name}", "write", "patch"],
    ["data/{name}", "write", "create", FIRST],
    ["data/{name}", "delete", "delete"],
    ["metadata/{name}", "list", "read"],
    ["metadata/{name}", "write", "update"],
    ["metadata/{name}", "write", "patch"],
    ["metadata/{name}", "delete", "delete"],
    ["metadata/{folder}", "list", "list"],
    ["subkeys/{name}", "list", "read"],
    ["undelete/{name}", "write", "update"],
    ["delete/{name}", "delete", "update"],
    ["destroy/{name}", "delete", "update"],
  ]),
  database_static_role: table([
    ["static-creds/{name}", "read", "read"],
    ["static-roles/{name}", "list", "read"],
    ["static-roles/{name}", "write", "update"],
    ["static-roles/{name}", "write", "create", FIRST],
    ["static-roles/{name}", "write", "recover", IN_SNAPSHOT],
    ["static-roles/{name}", "delete", "delete"],
    ["static-roles/", "list", "list"],
    ["rotate-role/{name}", "rotate", "update"],
    ["config/{any}", "write", "update", OF_CONNECTION],
    ["config/{any}", "delete", "delete", OF_CONNECTION],
  ]),
  dynamic_role: table([
    ["creds/{name}", "read", "read"],
    ["roles/{name}", "list", "read"],
    ["roles/{name}", "write", "update"],
    ["roles/{name}", "write", "create", FIRST],
    ["roles/{name}", "delete", "delete"],
    ["roles/", "list", "list"],
    ["config/{any}", "write", "update", OF_CONNECTION],
    ["config/{any}", "delete", "delete", OF_CONNECTION],
  ]),
  key: table([
    ["export/encryption-key/{name}", "read", "read"],
    ["export/signing-key/{name}", "read", "read"],
    ["export/hmac-key/{name}", "read", "read"],
    ["export/encryption-key/{name}/{any}", "read", "read"],
    ["export/signing-key/{name}/{any}", "read", "read"],
    ["export/hmac-key/{name}/{any}", "read", "read"],
    ["export/cmac-key/{name}", "read", "read"],
    ["export/cmac-key/{name}/{any}", "read", "read"],
    ["byok-export/{any}/{name}", "read", "read"],
    ["byok-export/{any}/{name}/{any}", "read", "read"],
    ["backup/{name}", "read", "read"],
    ["decrypt/{name}", "read", "update"],
    ["datakey/plaintext/{name}", "read", "update"],
    ["keys/{name}", "list", "read"],
    ["keys/", "list", "list"],
    ["keys/{name}/config", "write", "update"],
    ["keys/{name}/import_version", "write", "update"],
    ["keys/{name}/set-certificate", "write", "update"],
    ["keys/{name}/csr", "write", "update"],
    ["keys/{name}/soft-delete-restore", "write", "update"],
    // A backup is a text that anyone can write, and says whose it is where the path does not.
    ["restore/{name}", "write", "update"],
    ["restore", "write", "update"],
    ["rewrap/{name}", "write", "update"],
    ["datakey/wrapped/{name}", "write", "update"],
    ["encrypt/{name}", "write", "update"],
    ["sign/{name}", "write", "update"],
    ["sign/{name}/{any}", "write", "update"],
    ["hmac/{name}", "write", "update"],
    ["hmac/{name}/{any}", "write", "update"],
    ["cmac/{name}", "write", "update"],
    ["cmac/{name}/{any}", "write", "update"],
    ["keys/{name}", "delete", "delete"],
    ["keys/{name}/soft-delete", "delete", "update"],
    ["keys/{name}/trim", "delete", "update"],
    ["keys/{name}/rotate", "rotate", "update"],
  ]),
  certificate_role: table([
    ["issue/{name}", "read", "update"],
    ["sign/{name}", "share", "update"],
    ["sign-verbatim/{name}", "share", "update"],
    ["issuer/{any}/issue/{name}", "read", "update"],
    ["issuer/{any}/sign/{name}", "share", "update"],
    ["issuer/{any}/sign-verbatim/{name}", "share", "update"],
    // These ask for no role at all: whoever may use them signs whatever a role of the mount would, and more.
    ["sign-verbatim", "share", "update"],
    ["root/sign-intermediate", "share", "update"],
    ["issuer/{any}/sign-verbatim", "share", "update"],
    ["issuer/{any}/sign-intermediate", "share", "update"],
    ["root/sign-self-issued", "share", "update, sudo"],
    ["issuer/{any}/sign-self-issued", "share", "update"],
    ...ISSUING,
    ["issuer/{any}", "write", "update", BY_ISSUER],
    ["issuer/{any}", "write", "patch", BY_ISSUER],
    ["issuer/{any}", "delete", "delete", BY_ISSUER],
    ["issuer/{any}/revoke", "delete", "update", BY_ISSUER],
    ["key/{any}", "delete", "delete", BY_ISSUER],
    ["root", "delete", "delete, sudo"],
    ["roles/{name}", "list", "read"],
    ["roles/{name}", "write", "update"],
    ["roles/{name}", "write", "patch"],
    ["roles/{name}", "delete", "delete"],
    ["roles/", "list", "list"],
  ]),
} as const satisfies Record<string, EnginePaths>;

export type EngineKind = keyof typeof ENGINE_PATHS;

const ANY = "{any}";

/** Each engine's requests, `{any}` filled with what rules name there, and with a name that none does. */
export function enginePaths(patterns: readonly Pattern[]): Readonly<Record<EngineKind, EnginePaths>> {
  const examples = patterns.map(exampleOf).filter((path) => path.includes("/"));
  const filled = Object.entries(ENGINE_PATHS).map(([engine, { paths, checks }]) => {
    if (!paths.some((path) => path.includes(ANY))) return [engine, { paths, checks }] as const;
    const each = paths.map((path) => named(path, examples));
    const all = [...new Set(each.flat())];
    const rows = checks.flatMap(({ path: place, before = [], ...check }) =>
      (each[place] ?? []).map((path) => ({
        ...check,
        path: all.indexOf(path),
        ...(before.length === 0 ? {} : { before: before.flatMap((one) => placesOf(one, each, all)) }),
      })),
    );
    return [engine, { paths: all, checks: rows }] as const;
  });
  return Object.fromEntries(filled) as Record<EngineKind, EnginePaths>;
}

function placesOf<T extends Pick<Check, "path">>(
  one: T,
  each: readonly (readonly string[])[],
  all: readonly string[],
): T[] {
  return (each[one.path] ?? []).map((path) => ({ ...one, path: all.indexOf(path) }));
}

/** A path with what rules have in the places of `{any}` in paths that end like it, and with what none has. */
function named(path: string, examples: readonly string[]): string[] {
  if (!path.includes(ANY)) return [path];
  const shape = path
    .split("/")
    .map((part) => (part === ANY ? "([^/]+)" : part === "{name}" ? "[^/]+" : part));
  const pattern = new RegExp(`(?:^|/)${shape.join("/")}$`);
  const found = examples.flatMap((example) => {
    const [, ...values] = pattern.exec(example) ?? [];
    return values.length === 0 ? [] : [values];
  });
  const filled = [[], ...found].map((values) => {
    let next = 0;
    return path.replaceAll(ANY, () => values[next++] ?? FRESH);
  });
  return [...new Set(filled)].sort();
}

/** A request's full path as bytes. `listing`: it is one for the names in a folder. */
export interface RequestPath {
  readonly path: string;
  readonly listing: boolean;
}

/** The requests for one thing, in the order of the engine's `paths`; namespace and mount end in `/`, and are bytes, as its name is. */
export function requestPaths(
  { paths }: EnginePaths,
  { namespace, mount, name }: { readonly namespace: string; readonly mount: string; readonly name: string },
): RequestPath[] {
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  return paths.map((path) => {
    if (path.startsWith("/")) {
      const ofMount = path.slice(1).replace(MOUNT, () => mount.slice(0, -1));
      return { path: namespace + ofMount, listing: false };
    }
    const filled = namespace + mount + path.replace("{name}", () => name).replace("{folder}", () => folder);
    return { path: filled, listing: filled.endsWith("/") };
  });
}
