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
  readonly condition?: string;
}

/** The requests that one kind of thing answers. */
export interface EnginePaths {
  /**
   * Below the mount; `{name}`, and `{folder}`: the name up to its last slash; `{any}`: a segment that the caller chooses among
   * many, such as a version. A path that ends in `/` is listed.
   */
  readonly paths: readonly string[];
  readonly checks: readonly Check[];
}

type Row = readonly [path: string, action: GrantAction, capability: AclCapability, condition?: string];

function table(rows: readonly Row[]): EnginePaths {
  const paths = [...new Set(rows.map(([path]) => path))];
  const checks = rows.map(([path, action, capability, condition]) => ({
    action,
    path: paths.indexOf(path),
    capability: capabilitySet([capability]),
    ...(condition === undefined ? {} : { condition }),
  }));
  return { paths, checks };
}

/** The server asks for `create` instead of `update` only where nothing is stored yet. */
const FIRST = "nothing is stored there yet";

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
    ["static-roles/{name}", "delete", "delete"],
    ["static-roles/", "list", "list"],
    ["rotate-role/{name}", "rotate", "update"],
  ]),
  dynamic_role: table([
    ["creds/{name}", "read", "read"],
    ["roles/{name}", "list", "read"],
    ["roles/{name}", "write", "update"],
    ["roles/{name}", "write", "create", FIRST],
    ["roles/{name}", "delete", "delete"],
    ["roles/", "list", "list"],
  ]),
  key: table([
    ["export/encryption-key/{name}", "read", "read"],
    ["export/signing-key/{name}", "read", "read"],
    ["export/hmac-key/{name}", "read", "read"],
    ["export/encryption-key/{name}/{any}", "read", "read"],
    ["export/signing-key/{name}/{any}", "read", "read"],
    ["export/hmac-key/{name}/{any}", "read", "read"],
    ["byok-export/{any}/{name}", "read", "read"],
    ["backup/{name}", "read", "read"],
    ["decrypt/{name}", "read", "update"],
    ["datakey/plaintext/{name}", "read", "update"],
    ["keys/{name}", "list", "read"],
    ["keys/", "list", "list"],
    ["keys/{name}/config", "write", "update"],
    ["keys/{name}/import_version", "write", "update"],
    ["encrypt/{name}", "write", "update"],
    ["sign/{name}", "write", "update"],
    ["sign/{name}/{any}", "write", "update"],
    ["hmac/{name}", "write", "update"],
    ["hmac/{name}/{any}", "write", "update"],
    ["keys/{name}", "delete", "delete"],
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
    const open = paths.filter((path) => path.includes(ANY));
    if (open.length === 0) return [engine, { paths, checks }] as const;
    const values = [...new Set([FRESH, ...open.flatMap((path) => namedIn(path, examples))])].sort();
    const rows = checks.flatMap(({ path: place, ...check }) => {
      const path = paths[place] ?? "";
      const each = path.includes(ANY) ? values.map((value) => path.replace(ANY, () => value)) : [path];
      return each.map((one) => ({ path: one, check }));
    });
    const all = [...new Set(rows.map(({ path }) => path))];
    return [
      engine,
      { paths: all, checks: rows.map(({ path, check }) => ({ ...check, path: all.indexOf(path) })) },
    ] as const;
  });
  return Object.fromEntries(filled) as Record<EngineKind, EnginePaths>;
}

/** What stands in the place of `{any}` in the paths that end like this one. */
function namedIn(path: string, examples: readonly string[]): string[] {
  const shape = path
    .split("/")
    .map((part) => (part === ANY ? "([^/]+)" : part === "{name}" ? "[^/]+" : part));
  const pattern = new RegExp(`(?:^|/)${shape.join("/")}$`);
  return examples.flatMap((example) => pattern.exec(example)?.[1] ?? []);
}

/** The request paths for one thing, in the order of the engine's `paths`. `base`: namespace and mount. */
export function requestPaths({ paths }: EnginePaths, base: string, name: string): string[] {
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  return paths.map((path) => {
    const filled = path.replace("{name}", () => name).replace("{folder}", () => folder);
    return base + filled;
  });
}
