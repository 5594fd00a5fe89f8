import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { findExecutable } from "./availability.ts";

/** How long a server may take to end after SIGTERM before it is killed. */
const STOP_LIMIT_MS = 15_000;

export interface ServerCommand {
  /** Used in error messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Standard output and error go here. */
  readonly logFile: string;
  /** Beside PATH, HOME and LC_ALL. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as this user (a number) where the tests run as root and the server refuses to. */
  readonly runAs?: { readonly uid: number; readonly gid: number };
}

export interface ServerProcess {
  readonly pid: number;
  readonly running: boolean;
  /** SIGTERM, then SIGKILL after a limit; resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

const living = new Set<number>();
process.on("exit", () => {
  for (const pid of living) signal(pid, "SIGKILL");
});

/**
 * Starts a server that cannot outlive this process: `setpriv --pdeathsig` ends it even when this process is killed,
 * and where there is no `setpriv` the exit handler does what it can. Servers are ended by process id only.
 */
export function startServer(server: ServerCommand): ServerProcess {
  const log = openSync(server.logFile, "a", 0o644);
  const { command, args } = bound(server);
  const child = spawn(command, args, {
    cwd: server.cwd,
    // Nothing of the caller's own settings (VAULT_ADDR, PGHOST …) reaches the server.
    env: { PATH: process.env["PATH"], HOME: server.cwd, LC_ALL: "C", ...server.env },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`expected ${server.name} to start, got no process`);
  living.add(pid);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => {
      living.delete(pid);
      resolve();
    });
  });
  return {
    pid,
    get running() {
      return living.has(pid);
    },
    async stop() {
      if (living.has(pid)) signal(pid, "SIGTERM");
      const timer = setTimeout(() => living.has(pid) && signal(pid, "SIGKILL"), STOP_LIMIT_MS);
      await exited;
      clearTimeout(timer);
    },
    async kill() {
      if (living.has(pid)) signal(pid, "SIGKILL");
      await exited;
    },
  };
}

/** Starts a server that listens on this loopback port within `limitMs`, or is killed. */
export async function startListening(
  server: ServerCommand,
  { port, limitMs }: { readonly port: number; readonly limitMs: number },
): Promise<ServerProcess> {
  const { logFile, name } = server;
  const process = startServer(server);
  try {
    await waitUntil(() => listens(port), { what: `${name} to listen`, limitMs, logFile, process });
  } catch (error) {
    await process.kill();
    throw error;
  }
  return process;
}

function bound(server: ServerCommand): { command: string; args: string[] } {
  const setpriv = findExecutable("setpriv");
  if (setpriv === undefined) {
    if (server.runAs !== undefined) throw new Error(`expected setpriv on the PATH to run ${server.name}`);
    return { command: server.command, args: [...server.args] };
  }
  const user =
    server.runAs === undefined
      ? []
      : ["--reuid", server.runAs.uid, "--regid", server.runAs.gid, "--clear-groups"].map(String);
  return {
    command: setpriv,
    args: ["--pdeathsig", "KILL", ...user, "--", server.command, ...server.args],
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone.
  }
}

/** Free loopback TCP ports, all different. Another process could take one in between; a start then fails loudly. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("expected a TCP address");
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export interface Waiting {
  readonly what: string;
  readonly limitMs: number;
  readonly everyMs?: number;
  /** Its end is added to the error when the limit is reached or the process ends. */
  readonly logFile?: string;
  readonly process?: ServerProcess;
}

/** Polls until `ready` answers true; an error of `ready` counts as not yet. */
export async function waitUntil(ready: () => Promise<boolean>, waiting: Waiting): Promise<void> {
  const deadline = Date.now() + waiting.limitMs;
  let last = "";
  for (;;) {
    try {
      if (await ready()) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    const dead = waiting.process !== undefined && !waiting.process.running;
    if (dead || Date.now() > deadline) {
      const reason = dead ? "its process ended" : `${waiting.limitMs} ms passed`;
      throw new Error(`expected ${waiting.what}, but ${reason}. ${last}\n${logTail(waiting.logFile)}`);
    }
    await delay(waiting.everyMs ?? 100);
  }
}

function logTail(file: string | undefined): string {
  return file === undefined ? "" : readFileSync(file, "utf8").slice(-4000);
}

/** Whether something accepts TCP connections on this loopback port. */
export async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
