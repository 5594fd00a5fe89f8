import type { AclCapability } from "../../facts/index.ts";
import type { GrantAction } from "../grant.ts";
import { capabilitySet, type CapabilitySet } from "./capability.ts";

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
  /** Below the mount; `{name}`, and `{folder}`: the name up to its last slash. A path that ends in `/` is listed. */
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
export const ENGINE_PATHS = {
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
    ["backup/{name}", "read", "read"],
    ["decrypt/{name}", "read", "update"],
    ["datakey/plaintext/{name}", "read", "update"],
    ["keys/{name}", "list", "read"],
    ["keys/", "list", "list"],
    ["keys/{name}/config", "write", "update"],
    ["keys/{name}/import_version", "write", "update"],
    ["encrypt/{name}", "write", "update"],
    ["sign/{name}", "write", "update"],
    ["hmac/{name}", "write", "update"],
    ["keys/{name}", "delete", "delete"],
    ["keys/{name}/trim", "delete", "update"],
    ["keys/{name}/rotate", "rotate", "update"],
  ]),
  certificate_role: table([
    ["issue/{name}", "read", "update"],
    ["sign/{name}", "share", "update"],
    ["sign-verbatim/{name}", "share", "update"],
    ["roles/{name}", "list", "read"],
    ["roles/{name}", "write", "update"],
    ["roles/{name}", "write", "patch"],
    ["roles/{name}", "delete", "delete"],
    ["roles/", "list", "list"],
  ]),
} as const satisfies Record<string, EnginePaths>;

export type EngineKind = keyof typeof ENGINE_PATHS;

/** The request paths for one thing, in the order of the engine's `paths`. `base`: namespace and mount. */
export function requestPaths(engine: EngineKind, base: string, name: string): string[] {
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  return ENGINE_PATHS[engine].paths.map((path) => {
    const filled = path.replace("{name}", () => name).replace("{folder}", () => folder);
    return base + filled;
  });
}
