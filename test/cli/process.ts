import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

export const ROOT = new URL("../../", import.meta.url).pathname;

/** Longest time that a command may take in a test. */
const TIME_LIMIT_MS = 300_000;

export interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export interface SpawnOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** A shell line that the command runs under, e.g. to set limits; it ends in `exec "$@"`. */
  readonly shell?: string;
  /** Gets the running process, e.g. to interrupt it. */
  readonly started?: (child: ChildProcess) => void;
}

/** The real command line in a process of its own, with no variables but those that are given. */
export async function countersign(args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const { cwd = ROOT, env = {}, input, shell, started } = options;
  const command = [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    `${ROOT}src/cli/main.ts`,
    ...args,
  ];
  const [program = "", ...rest] = shell === undefined ? command : ["/bin/sh", "-c", shell, "sh", ...command];
  const child = spawn(program, rest, {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: cwd, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: TIME_LIMIT_MS,
  });
  const read = (stream: NodeJS.ReadableStream): (() => string) => {
    const pieces: Buffer[] = [];
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    return () => Buffer.concat(pieces).toString("utf8");
  };
  const [out, err] = [read(child.stdout), read(child.stderr)];
  child.stdin.on("error", () => undefined).end(input ?? "");
  started?.(child);
  const [exit] = (await once(child, "close")) as [number | null];
  return { exit, out: out(), err: err() };
}
