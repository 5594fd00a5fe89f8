import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findExecutable, isExecutable, missing, type Availability } from "./availability.ts";
import { freePorts, startServer, waitUntil } from "./server-process.ts";

/** Debian keeps the server programs here, one folder a major version. */
const DEBIAN_ROOT = "/usr/lib/postgresql";
const START_LIMIT_MS = 60_000;
/** `nobody`: PostgreSQL refuses to run as root. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 };

/** The folder of `initdb`, `postgres` and `psql`. */
export function ensurePostgres(): Availability<string> {
  const onPath = findExecutable("postgres");
  if (onPath !== undefined) return { found: join(onPath, "..") };
  const folders = debianVersions().map((version) => join(DEBIAN_ROOT, version, "bin"));
  const folder = folders.find((candidate) => isExecutable(join(candidate, "postgres")));
  return folder === undefined ? missing("no PostgreSQL server (Debian: postgresql)") : { found: folder };
}

function debianVersions(): string[] {
  try {
    return readdirSync(DEBIAN_ROOT).sort((a, b) => Number(b) - Number(a));
  } catch {
    return [];
  }
}

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly superuser: { readonly name: string; readonly password: string };
  /** Runs statements as the superuser, in the database `postgres` or another; returns unaligned rows. */
  sql(text: string, database?: string): string;
  stop(): Promise<void>;
}

/** A PostgreSQL server on a free loopback port, with SCRAM passwords, in a directory of its own that `stop` removes. */
export async function startPostgres(settings: {
  readonly binaries: string;
  readonly superuser: { readonly name: string; readonly password: string };
}): Promise<PostgresServer> {
  const { binaries, superuser } = settings;
  const runAs = process.getuid?.() === 0 ? UNPRIVILEGED : undefined;
  const home = mkdtempSync(join(tmpdir(), "countersign-postgres-"));
  const passwordFile = join(home, "password");
  writeFileSync(passwordFile, superuser.password, { mode: 0o600 });
  if (runAs !== undefined) for (const path of [home, passwordFile]) chownSync(path, runAs.uid, runAs.gid);
  const data = join(home, "data");
  // prettier-ignore
  execFileSync(join(binaries, "initdb"),
    ["-D", data, "-U", superuser.name, "--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--no-sync", "-E", "UTF8", "--locale=C"],
    { cwd: home, stdio: ["ignore", "pipe", "pipe"], ...runAs });
  const port = (await freePorts(1))[0]!;
  const logFile = join(home, "server.log");
  const server = startServer({
    name: "postgres",
    command: join(binaries, "postgres"),
    args: [
      "-D",
      data,
      "-p",
      String(port),
      "-h",
      "127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-c",
      "fsync=off",
    ],
    cwd: home,
    logFile,
    ...(runAs === undefined ? {} : { runAs }),
  });
  const sql = (text: string, database = "postgres"): string =>
    execFileSync(
      findExecutable("psql", [binaries]) ?? "psql",
      // prettier-ignore
      ["-h", "127.0.0.1", "-p", String(port), "-U", superuser.name, "-d", database, "-v", "ON_ERROR_STOP=1", "-qAt", "-c", text],
      {
        env: { PATH: process.env["PATH"], PGPASSWORD: superuser.password },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
  const stop = async (): Promise<void> => {
    await server.kill();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const answers = () => Promise.resolve(sql("select 1").trim() === "1");
    await waitUntil(answers, {
      what: "postgres to answer",
      limitMs: START_LIMIT_MS,
      logFile,
      process: server,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: "127.0.0.1", port, superuser, sql, stop };
}
