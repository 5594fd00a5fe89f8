import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A cold build of a server compiles some 1,700 packages. */
const BUILD_LIMIT_MS = 60 * 60_000;
const LOCK_POLL_MS = 2_000;

/** Where counterparties are kept between runs; a CI cache of this folder saves the build. */
export function cacheDir(): string {
  const base = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(base, "countersign-test");
}

/** Runs a build step to its end; throws with the end of what it said when it fails. */
export async function runBuild(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: BUILD_LIMIT_MS,
  });
  let tail = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-4000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0)
    throw new Error(`expected ${command} build to end with 0, got ${code ?? "a signal"}:\n${tail}`);
}

/** One build at a time on a machine. A lock whose process is gone is taken over. */
export async function withLock(lock: string, work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + BUILD_LIMIT_MS;
  while (!takeLock(lock)) {
    if (Date.now() > deadline) throw new Error(`expected ${lock} to be released within an hour`);
    await delay(LOCK_POLL_MS);
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (!holderLives(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function holderLives(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}
