import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { findExecutable, missing, type Availability } from "./availability.ts";
import type { MovedClock } from "./moved-clock.ts";
import { cacheDir, runBuild, withLock } from "./cache.ts";
import { freePorts, startListening } from "./server-process.ts";

/** The version whose behaviour the tests rest on. */
const VERSION = "5.2.5";

const START_LIMIT_MS = 120_000;

/**
 * The `moto_server` program, which answers as AWS does: installed once from PyPI into a virtual environment of its own,
 * cached by version.
 */
export async function ensureMoto(): Promise<Availability<string>> {
  const home = join(cacheDir(), `moto-${VERSION}`);
  const server = join(home, "bin", "moto_server");
  // Written last: a broken installation has none.
  const done = join(home, "installed");
  if (existsSync(done)) return { found: server };
  const python = findExecutable("python3");
  if (python === undefined) return missing("no Python 3 to install moto with");
  mkdirSync(cacheDir(), { recursive: true });
  await withLock(`${home}.building`, async () => {
    if (existsSync(done)) return;
    rmSync(home, { recursive: true, force: true });
    await runBuild(python, ["-m", "venv", home], cacheDir());
    await runBuild(join(home, "bin", "pip"), ["install", "-q", `moto[server]==${VERSION}`], cacheDir());
    writeFileSync(done, `${VERSION}\n`);
  });
  return { found: server };
}

export interface MotoServer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** A server on a free loopback port, or the one given, without state of another; logs go into `dir`. */
export async function startMoto(settings: {
  readonly server: string;
  readonly dir: string;
  readonly port?: number;
  readonly clock?: MovedClock;
}): Promise<MotoServer> {
  const port = settings.port ?? (await freePorts(1))[0]!;
  const server = await startListening(
    {
      name: "moto",
      command: settings.server,
      args: ["-H", "127.0.0.1", "-p", String(port)],
      cwd: settings.dir,
      logFile: join(settings.dir, "moto.log"),
      ...(settings.clock === undefined ? {} : { env: settings.clock.env }),
    },
    { port, limitMs: START_LIMIT_MS },
  );
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => server.stop() };
}

/** One of moto's own settings, e.g. `reset-auth`: after how many further calls it asks IAM. Source: its documentation, "Server Mode". */
export async function setMoto(endpoint: string, path: string, body: string): Promise<void> {
  const { statusCode, body: answer } = await request(`${endpoint}/moto-api/${path}`, {
    method: "POST",
    // Of a form, moto would make something else of it.
    headers: { "content-type": "text/plain" },
    body,
  });
  await answer.dump();
  if (statusCode < 200 || statusCode > 299)
    throw new Error(`expected moto to take its setting ${path}, got ${statusCode}`);
}
