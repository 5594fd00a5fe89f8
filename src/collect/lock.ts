import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import {
  CountersignError,
  fileError,
  hasNoLinks,
  makeDirectory,
  readBounded,
  type Clock,
} from "../base/index.ts";
import { InstantText, Type, compileSchema, closed, type Static } from "../facts/index.ts";

/** Who holds a lock. */
const Holder = closed({
  pid: Type.Integer({ minimum: 1 }),
  host: Type.String(),
  /** When that process was started, in the kernel's own count: a pid alone is used again. */
  process_start: Type.String(),
  since_at: InstantText,
  nonce: Type.String(),
});

type Holder = Static<typeof Holder>;

const holderGuard = compileSchema(Holder);

/** Locks that this process holds: another lock with its pid was left by an earlier process of that number. */
const held = new Set<string>();

/** Largest lock file; a holder takes a few hundred bytes. */
const MAX_LOCK_BYTES = 64 * 1024;

/** Suffix of the lock under which a stale lock is replaced. */
const REPLACING = ".replacing";

export interface LockTerms {
  /** Who else is kept out, for the message: `expected no other <other>`. */
  readonly other: string;
  readonly clock: Clock;
  /** A lock from another host, of whose processes nothing is known here, counts as left behind after so long. */
  readonly foreignStaleMs: number;
}

/** Keeps others out; `release` lets go. E_DISK. */
export interface Lock {
  readonly release: () => Promise<void>;
}

/**
 * Takes the lock file at `path`, or one that a dead process left. E_STATE_LOCKED names the holder; E_DISK.
 * A free lock is linked into place whole. A stale one is replaced by whoever holds the lock on replacing it, taken the
 * same way: two processes that both saw it stale would else take each other's fresh lock away.
 */
export async function acquireLock(path: string, terms: LockTerms): Promise<Lock> {
  const nonce = randomUUID();
  const mine: Holder = {
    pid: process.pid,
    host: hostname(),
    process_start: (await processStart(process.pid)) ?? "unknown",
    since_at: terms.clock.now().toISOString(),
    nonce,
  };
  const own = `${path}.${process.pid}.${nonce}`;
  try {
    await makeDirectory(dirname(path));
    await writeFile(own, `${JSON.stringify(mine)}\n`, { flag: "wx", mode: 0o600 });
    held.add(nonce);
    if (!(await linked(own, path))) await replaceStale(path, own, terms);
    return { release: async () => await release(path, nonce) };
  } catch (thrown) {
    held.delete(nonce);
    throw fileError(thrown, path, "write");
  } finally {
    await rm(own, { force: true }).catch(() => undefined);
  }
}

/** Puts the lock at `own` in the place of a stale one, or into the place that was freed meanwhile. */
async function replaceStale(path: string, own: string, terms: LockTerms): Promise<void> {
  const first = await holderOf(path);
  if (first !== "gone" && !(await isStale(first, terms))) throw lockedBy(path, terms, first);
  // Each level exists only while a process replaces a lock; that three crash there one after the other does not happen.
  if (path.endsWith(`${REPLACING}${REPLACING}`)) throw lockedBy(path, terms, undefined);
  const replacing = await acquireLock(`${path}${REPLACING}`, terms);
  try {
    const other = await holderOf(path);
    if (other !== "gone" && !(await isStale(other, terms))) throw lockedBy(path, terms, other);
    if (other !== "gone") await rename(own, path);
    else if (!(await linked(own, path))) throw lockedBy(path, terms, undefined);
  } finally {
    await replacing.release();
  }
}

/**
 * Where the file system has no links the lock is copied into its place. Who reads it in the instant before it is whole takes
 * it for one that a power cut left: there, and only there, two that begin at the same instant may both go on.
 */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to).catch(async (thrown: unknown) => {
      if (!hasNoLinks(thrown)) throw thrown;
      await copyFile(from, to, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw thrown;
  }
}

/** The holder that the file names; undefined when the file cannot be understood. */
async function holderOf(path: string): Promise<Holder | undefined | "gone"> {
  let text: string;
  try {
    const terms = { what: "a lock", maxBytes: MAX_LOCK_BYTES, code: "E_DISK" } as const;
    text = (await readBounded(path, terms)).toString("utf8");
  } catch (thrown) {
    if (thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND") return "gone";
    throw thrown;
  }
  try {
    const value = JSON.parse(text) as unknown;
    return holderGuard.fits(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function isStale(holder: Holder | undefined, terms: LockTerms): Promise<boolean> {
  // A lock is linked into place whole, so what cannot be understood was left by a power cut.
  if (holder === undefined) return true;
  if (holder.host !== hostname()) {
    return terms.clock.now().getTime() - Date.parse(holder.since_at) > terms.foreignStaleMs;
  }
  if (holder.pid === process.pid) return !held.has(holder.nonce);
  if (!isAlive(holder.pid)) return true;
  const start = await processStart(holder.pid);
  return start !== undefined && holder.process_start !== "unknown" && start !== holder.process_start;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When the process started, in clock ticks since boot, where the system tells. */
async function processStart(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything; the start time is the 20th field after it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

async function release(path: string, nonce: string): Promise<void> {
  held.delete(nonce);
  try {
    const holder = await holderOf(path);
    if (holder !== "gone" && holder?.nonce === nonce) await rm(path, { force: true });
  } catch (thrown) {
    throw fileError(thrown, path, "write");
  }
}

function lockedBy(path: string, { other }: LockTerms, holder: Holder | undefined): CountersignError {
  const who =
    holder === undefined ? "others" : `process ${holder.pid} on ${holder.host} since ${holder.since_at}`;
  return new CountersignError("E_STATE_LOCKED", `expected no other ${other}, got ${who}`, {
    fix: `Wait until it ends. If that process is gone, remove ${path}.`,
  });
}
