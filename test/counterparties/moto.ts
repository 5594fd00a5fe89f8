import { join } from "node:path";
import { request } from "undici";
import type { Availability } from "./availability.ts";
import type { MovedClock } from "./moved-clock.ts";
import { ensurePythonPackage } from "./python-package.ts";
import { freePorts, startListening } from "./server-process.ts";

const START_LIMIT_MS = 120_000;

/** The `moto_server` program, which answers as AWS does. */
export async function ensureMoto(): Promise<Availability<string>> {
  return await ensurePythonPackage({
    name: "moto",
    requirement: "moto[server]",
    version: "5.2.5",
    program: "moto_server",
  });
}

export interface MotoServer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly pid: number;
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
  return { endpoint: `http://127.0.0.1:${port}`, pid: server.pid, stop: () => server.stop() };
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
