import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CountersignError, EXIT, printable, writeFileAtomically, type ExitCode } from "../base/index.ts";
import { collect } from "../collect/index.ts";
import {
  awsCollectorPolicy,
  collectorPolicy,
  connectors,
  environmentDefaults,
  type AuditLogScope,
  type CollectorScope,
} from "../connectors/index.ts";
import { CallFailure, type FactSet } from "../facts/index.ts";
import { awsInstall } from "./aws-role.ts";
import type { CommonOptions } from "./commands/command.ts";
import { awsConfigTemplate, configTemplate } from "./config-template.ts";
import { credentialSource } from "./credentials.ts";
import { CONFIG_FILE, productVersion, type Environment } from "./environment.ts";
import { requireUsable } from "./usable-settings.ts";

export interface InitOptions extends CommonOptions {
  readonly address?: string;
  readonly insecureHttp?: boolean;
  readonly discover?: boolean;
  readonly mount?: readonly string[];
  readonly auth?: readonly string[];
  readonly openbao?: boolean;
  readonly connector?: string;
  readonly organizationRole?: string;
  readonly member?: boolean;
  readonly partition?: string;
  readonly auditLog?: AuditLogScope["from"];
  readonly logBucket?: readonly string[];
  readonly logKey?: readonly string[];
  readonly logStore?: string;
}

const DEFAULT_ADDRESS = "https://vault.example.com:8200";

const DISCOVERED_SOURCE = "discovered";

/** Kinds that `--discover` asks for; nothing else is requested. */
const DISCOVERED = ["auth_method", "mount", "namespace", "store"];

/** What `init` has to say of one kind of store. */
interface Beginning {
  readonly template: string;
  readonly policy: string;
  /** Commands and what is to be known of them, a line each. */
  readonly install: readonly string[];
}

/** Writes the configuration where there is none, and prints the policy. */
export async function initialise(environment: Environment, options: InitOptions): Promise<ExitCode> {
  const { terminal, cwd } = environment;
  const file = resolve(cwd, options.config ?? CONFIG_FILE);
  const { template, policy, install } =
    options.connector === "aws" ? awsBeginning(options) : await vaultBeginning(environment, options);
  const written = await writeOnce(file, template);
  terminal.err(written ? `Wrote ${file}\n` : `Left ${file} as it is\n`);
  terminal.err(
    "The collector's policy is on standard output; it cannot read a secret's value. Put it into a file and install it:\n" +
      `${install.map((line) => (line === "" ? "\n" : `  ${line}\n`)).join("")}\n`,
  );
  terminal.out(options.json === true ? `${JSON.stringify({ config: file, written, policy })}\n` : policy);
  return EXIT.pass;
}

async function vaultBeginning(environment: Environment, options: InitOptions): Promise<Beginning> {
  const { cwd, env } = environment;
  const address = options.address ?? env["VAULT_ADDR"] ?? env["BAO_ADDR"];
  const scope =
    options.discover === true ? await discover(environment, options, address) : declaredScope(options);
  const cacert = env["VAULT_CACERT"] ?? env["BAO_CACERT"] ?? "";
  const authority = cacert === "" ? undefined : resolve(cwd, cacert);
  return {
    template: configTemplate(address ?? DEFAULT_ADDRESS, {
      authority,
      insecureHttp: options.insecureHttp === true,
    }),
    policy: collectorPolicy(scope),
    install: ["vault policy write countersign <file>"],
  };
}

function awsBeginning(options: InitOptions): Beginning {
  const { organizationRole, member, partition } = options;
  const auditLog = auditLogScope(options);
  const scope = {
    ...(auditLog === undefined ? {} : { auditLog }),
    ...(organizationRole === undefined ? {} : { roleName: organizationRole }),
    ...(member === undefined ? {} : { member }),
    ...(partition === undefined ? {} : { partition }),
  };
  return {
    template: awsConfigTemplate(scope),
    policy: awsCollectorPolicy(scope),
    install: awsInstall(scope),
  };
}

/** E_USAGE where a way lacks what its permissions are cut to. */
function auditLogScope({
  auditLog: from,
  logBucket: buckets,
  logKey: keys,
  logStore: dataStore,
}: InitOptions): AuditLogScope | undefined {
  if (from === undefined) {
    if (buckets === undefined && keys === undefined && dataStore === undefined) return undefined;
    throw new CountersignError(
      "E_USAGE",
      "expected --audit-log beside --log-bucket, --log-key or --log-store, got none",
    );
  }
  if ((from === "s3" || from === "auto") && buckets === undefined) {
    throw new CountersignError("E_USAGE", `expected --log-bucket with --audit-log ${from}, got none`, {
      fix: "Name the buckets that your trails write to; with --log-key the keys that encrypt the files.",
    });
  }
  if (from === "lake" && dataStore === undefined) {
    throw new CountersignError("E_USAGE", "expected --log-store with --audit-log lake, got none", {
      fix: "Name the event data store by its ARN.",
    });
  }
  requireNames(buckets, /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket");
  requireNames(
    keys,
    /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
    "the ARN of a key, no alias and no *",
  );
  requireNames(
    dataStore === undefined ? [] : [dataStore],
    /^arn:[a-z-]+:cloudtrail:[a-z0-9-]+:\d{12}:eventdatastore\/[0-9a-f-]{36}$/,
    "the ARN of an event data store",
  );
  return {
    from,
    ...(buckets === undefined ? {} : { buckets }),
    ...(keys === undefined ? {} : { keys }),
    ...(dataStore === undefined ? {} : { dataStore }),
  };
}

/** What stands in a policy must name one thing. E_USAGE. */
function requireNames(names: readonly string[] = [], form: RegExp, expected: string): void {
  const other = names.find((name) => !form.test(name));
  if (other === undefined) return;
  throw new CountersignError("E_USAGE", `expected ${expected}, got ${printable(other.slice(0, 200))}`);
}

/** Never overwrites: what a person wrote stays. */
async function writeOnce(file: string, text: string): Promise<boolean> {
  const there = await stat(file).then(
    () => true,
    () => false,
  );
  if (!there) await writeFileAtomically(file, text);
  return !there;
}

function declaredScope({ mount, auth, openbao }: InitOptions): CollectorScope {
  return {
    ...(openbao === true ? { dialect: "openbao" as const } : {}),
    ...(mount === undefined ? {} : { mounts: mount.map((text) => engineOf(pair(text))) }),
    ...(auth === undefined
      ? {}
      : { authMethods: auth.map(pair).map(([path, type]) => ({ path: `${path}/`, type })) }),
  };
}

function pair(text: string): [string, string] {
  const [, path, type] = /^([^=]+?)\/*=([a-z0-9_-]+)$/i.exec(text) ?? [];
  if (path === undefined || type === undefined) {
    throw new CountersignError("E_USAGE", `expected path=type, e.g. kv=kv2, got ${text}`);
  }
  return [path, type];
}

/** `kv2` and `kv1` name the version as well. */
function engineOf([path, type]: [string, string]): { path: string; type: string; version?: string } {
  const version = /^kv-?v?([12])$/.exec(type)?.[1];
  return version === undefined ? { path: `${path}/`, type } : { path: `${path}/`, type: "kv", version };
}

/** Asks the store which mounts and methods it has, and nothing else. E_UNREACHABLE where it does not say. */
async function discover(
  environment: Environment,
  { insecureHttp = false }: InitOptions,
  address: string | undefined,
): Promise<CollectorScope> {
  if (address === undefined) {
    throw new CountersignError("E_USAGE", "expected an address to discover, got none", {
      fix: "Give --address or set VAULT_ADDR.",
    });
  }
  const connector = connectors.get("hashicorp");
  const stateDirectory = await mkdtemp(join(tmpdir(), "countersign-init-"));
  try {
    const settings = {
      ...environmentDefaults("hashicorp", environment.env),
      address,
      insecure_http: insecureHttp,
    };
    requireUsable(settings, { connector: "hashicorp", env: environment.env });
    const { facts } = await collect({
      sources: [{ name: DISCOVERED_SOURCE, connector: "hashicorp", address, settings }],
      stateDirectory,
      connectors: connector === undefined ? [] : [connector],
      credentials: credentialSource(environment.env, environment.cwd, undefined, environment.terminal.err),
      ports: {
        ...environment.ports,
        intercept: async (call, _attempt, send) => {
          if (call.hides.some((kind) => DISCOVERED.includes(kind)) || call.operation.startsWith("token.")) {
            return await send();
          }
          // A limit of ours is no silence of the store's, after enough of which nothing more would be asked.
          throw new CallFailure("limit", "not asked when discovering");
        },
      },
      signal: environment.signal,
      productVersion: productVersion(),
    });
    return discoveredScope(facts);
  } finally {
    await rm(stateDirectory, { recursive: true, force: true });
  }
}

function discoveredScope(facts: FactSet): CollectorScope {
  const unread = facts.gaps.find((gap) => gap.hides.includes("mount") || gap.hides.includes("auth_method"));
  if (unread !== undefined) {
    const own = facts.gaps.find(({ reason, fix }) => reason === unread.reason && fix !== undefined)?.fix;
    throw new CountersignError(
      "E_UNREACHABLE",
      `expected the store to list its engines, got: ${unread.detail}`,
      {
        fix:
          unread.fix ??
          own ??
          "Use a token that may read sys/mounts and sys/auth, or name the engines with --mount and --auth.",
      },
    );
  }
  const [store] = facts.of("store");
  const hashicorp = store?.ext?.["hashicorp"] as { enterprise?: boolean } | undefined;
  const enterprise = hashicorp?.enterprise;
  return {
    dialect: store?.product.toLowerCase() === "openbao" ? "openbao" : "vault",
    ...(enterprise === undefined ? {} : { enterprise }),
    mounts: facts.of("mount").map(({ scope, path, engine, engine_version }) => ({
      path,
      type: engine,
      namespace: namespaceOf(scope),
      ...(engine_version === undefined ? {} : { version: engine_version }),
    })),
    authMethods: facts.of("auth_method").map(({ scope, path, method }) => ({
      path: path.replace(/^auth\//, ""),
      type: method,
      namespace: namespaceOf(scope),
    })),
    namespaces: facts.of("namespace").map(({ path }) => path),
  };
}

/** The part of a scope behind the source's name. */
function namespaceOf(scope: string): string {
  return scope.slice(DISCOVERED_SOURCE.length + 1);
}
