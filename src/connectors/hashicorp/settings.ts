import { CountersignError, sentInClear, type Location } from "../../base/index.ts";
import type { TString } from "@sinclair/typebox";
import { Type, closed, type Static } from "../../facts/index.ts";
import { USAGE_SETTING } from "../ingested-log.ts";
import { Reference } from "../reference.ts";

const AuthMount = (method: string) =>
  Type.Optional(
    Type.String({
      pattern: "^[^/].*[^/]$",
      description: `where the method is mounted, without auth/; default: ${method}`,
    }),
  );

/** How to log in, with credentials behind `Reference`s. */
const authWith = (Reference: (description: string) => TString) =>
  Type.Union(
    [
      closed({ method: Type.Literal("token"), token: Reference("token") }),
      closed({
        method: Type.Literal("approle"),
        mount: AuthMount("approle"),
        role_id: Reference("role id, which is half of the credential"),
        secret_id: Type.Optional(Reference("secret id")),
      }),
      closed({
        method: Type.Literal("userpass"),
        mount: AuthMount("userpass"),
        username: Type.String({ minLength: 1 }),
        password: Reference("password"),
      }),
      closed({
        method: Type.Literal("jwt"),
        mount: AuthMount("jwt"),
        role: Type.Optional(Type.String({ description: "default: the method's default role" })),
        jwt: Reference("signed token, e.g. of a CI job or a service account"),
      }),
      closed({
        method: Type.Literal("cert"),
        mount: AuthMount("cert"),
        name: Type.Optional(
          Type.String({ description: "certificate role to ask for; default: the server chooses" }),
        ),
      }),
    ],
    { description: "how the collector logs in; a token that a login mints is revoked at the end" },
  );

/** How to reach a server and to log in there. */
export const connectionWith = (Reference: (description: string) => TString) => ({
  address: Type.String({
    pattern: "^https?://[^/@\\s]+/?$",
    description:
      "address of the server or of the load balancer before it, e.g. https://vault.example.com:8200",
  }),
  insecure_http: Type.Optional(
    Type.Boolean({
      description:
        "true: send credentials unencrypted to an http address of another host, which is refused otherwise; the report says so. " +
        "Default: false",
    }),
  ),
  namespace: Type.Optional(
    Type.String({
      pattern: "^[^/].*[^/]$",
      description: "namespace to begin in; default: the root namespace. Those below are read too",
    }),
  ),
  ca_cert_file: Type.Optional(
    Type.String({ description: "PEM file with the authorities to trust; default: those of Node" }),
  ),
  ca_cert_directory: Type.Optional(Type.String({ description: "directory of PEM files to trust" })),
  client_cert_file: Type.Optional(
    Type.String({ description: "PEM certificate to show to the server; also the credential of method cert" }),
  ),
  client_key_file: Type.Optional(Type.String({ description: "PEM private key of client_cert_file" })),
  tls_server_name: Type.Optional(
    Type.String({ description: "name that the server's certificate must have; default: the address's host" }),
  ),
  auth: Type.Optional(authWith(Reference)),
});

const MountPatterns = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      description: `${description}: API paths such as kv/ or auth/ldap/, \`*\` at the end for any rest`,
    }),
  );

/** Settings of a source with `connector: hashicorp`. */
export const HashicorpSettings = closed({
  ...connectionWith(Reference),
  node_config_files: Type.Optional(
    Type.Record(Type.String({ pattern: "^[^\\n]{1,256}$" }), Type.String({ minLength: 1 }), {
      maxProperties: 64,
      description:
        "configuration file of each node of a cluster, where no API tells it, by its raft node id or, without raft " +
        "storage, by its hostname, api_address or cluster_address in sys/ha-status: listeners and raw_storage_endpoint are read of it, and nothing else is kept. Default: what other nodes have there is said as a gap",
    }),
  ),
  mounts: Type.Optional(
    closed({
      include: MountPatterns("read only these secrets engines; the others are said as gaps"),
      exclude: MountPatterns("leave these secrets engines and auth methods out; they are said as gaps"),
    }),
  ),
  audit_log: Type.Optional(
    closed({
      files: Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        maxItems: 1000,
        description:
          "files and directories of audit devices' logs on this machine, which `countersign events ingest` reads",
      }),
    }),
  ),
  usage: USAGE_SETTING,
});

export type HashicorpSettings = Static<typeof HashicorpSettings>;
export type AuthSettings = Static<ReturnType<typeof authWith>>;

/** What transport and session need of any settings that lead to a server. */
export type ConnectionSettings = Omit<
  HashicorpSettings,
  "audit_log" | "mounts" | "node_config_files" | "usage"
>;

/** The token that the product's own command line uses where nothing else is set. */
const DEFAULT_AUTH: AuthSettings = { method: "token", token: "env:VAULT_TOKEN" };

export function authOf(settings: ConnectionSettings): AuthSettings {
  return settings.auth ?? DEFAULT_AUTH;
}

type Env = Readonly<Record<string, string | undefined>>;

const TEXT_VARIABLES = {
  address: "ADDR",
  ca_cert_file: "CACERT",
  ca_cert_directory: "CAPATH",
  client_cert_file: "CLIENT_CERT",
  client_key_file: "CLIENT_KEY",
  tls_server_name: "TLS_SERVER_NAME",
} as const;

/**
 * Settings that a user's environment implies, as the command lines of Vault (`VAULT_…`) and OpenBao (`BAO_…`) read it;
 * the configuration goes before them. Without a token variable, the token file that `vault login` writes is the last
 * resort. E_CONFIG where certificates would not be checked.
 */
export function settingsFromEnvironment(env: Env): Partial<HashicorpSettings> {
  refuseUnverifiedTls(env);
  const texts = Object.fromEntries(
    Object.entries(TEXT_VARIABLES).flatMap(([key, name]) => {
      const value = variable(env, name)?.value;
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const namespace = variable(env, "NAMESPACE")?.value.replace(/^\/+|\/+$/g, "");
  const token = tokenReference(env);
  return {
    ...texts,
    ...(namespace === undefined || namespace === "" ? {} : { namespace }),
    ...(token === undefined ? {} : { auth: { method: "token", token } }),
  };
}

function variable(env: Env, name: string): { name: string; value: string } | undefined {
  for (const full of [`VAULT_${name}`, `BAO_${name}`]) {
    const value = env[full];
    if (value !== undefined && value !== "") return { name: full, value };
  }
  return undefined;
}

/** The variable that gives a setting where the configuration is silent, as `VAULT_CACERT` gives `ca_cert_file`. */
export function variableOfSetting(setting: string, env: Env): string | undefined {
  const names: Readonly<Record<string, string>> = TEXT_VARIABLES;
  const name = names[setting];
  return name === undefined ? undefined : variable(env, name)?.name;
}

function tokenReference(env: Env): string | undefined {
  const set = variable(env, "TOKEN");
  if (set !== undefined) return `env:${set.name}`;
  const home = env["HOME"];
  return home === undefined || home === "" ? undefined : `file:${home}/.vault-token`;
}

function refuseUnverifiedTls(env: Env): void {
  const set = variable(env, "SKIP_VERIFY");
  if (set === undefined || /^(0|f|false)$/i.test(set.value)) return;
  throw new CountersignError("E_CONFIG", `expected ${set.name} to be unset, got ${set.name} set`, {
    fix:
      "Evidence from a server that nobody verified proves nothing, and the token would go to whoever answers. " +
      "Name the authority that signed the server's certificate in ca_cert_file or VAULT_CACERT.",
  });
}

/** E_CONFIG where credentials would cross a network unencrypted and the settings do not say that they may. */
export function refuseClearText(
  { address, insecure_http }: { readonly address?: unknown; readonly insecure_http?: unknown },
  location?: Location,
): void {
  if (insecure_http === true || typeof address !== "string" || !sentInClear(address)) return;
  throw new CountersignError("E_CONFIG", `expected an https address of another host, got ${address}`, {
    ...(location === undefined ? {} : { location }),
    fix:
      "Over http everyone on the way reads the collector's credential, and may change the answers. Turn TLS on and write " +
      "https://; or, where the way is protected by other means, say so with insecure_http: true beside the address " +
      "(`init`: --insecure-http), and the report says it too.",
  });
}

/** Why a mount is not read, by the settings; absent when it is. */
export function exclusionOf(settings: HashicorpSettings, mount: string): string | undefined {
  const { include, exclude } = settings.mounts ?? {};
  if (exclude?.some((pattern) => fits(pattern, mount)) === true) {
    return `${mount} is excluded by configuration (mounts.exclude)`;
  }
  if (include === undefined || mount.startsWith("auth/") || include.some((pattern) => fits(pattern, mount))) {
    return undefined;
  }
  return `${mount} is excluded by configuration (not in mounts.include)`;
}

function fits(pattern: string, mount: string): boolean {
  if (pattern.endsWith("*")) return mount.startsWith(pattern.slice(0, -1));
  return mount === (pattern.endsWith("/") ? pattern : `${pattern}/`);
}
