import { randomBytes } from "node:crypto";
import { copyFile, link, lstat, mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import {
  ORPHAN_MAX_AGE_MS,
  compareStrings,
  fileError,
  hasNoLinks,
  isUnfinished,
  syncDirectory,
  type Clock,
} from "../base/index.ts";
import { acquireLock } from "../collect/index.ts";

/** Holds a whole set of files from the moment that it counts until all of it is in place. */
const PENDING = ".countersign-report";

/** A set that is being written, or that a dead process left. */
const STAGED = /^\.countersign-report-[0-9a-f]{12}\.tmp$/;

const LOCK = `${PENDING}.lock`;

/** What files go into a directory together, and by whose time its lock is held. */
export interface ReplaceTerms {
  /**
   * Every file of ours, with `/` in its name where it is a folder down: what is left alone is everything else. The first
   * vouches for the others: it goes first and comes last.
   */
  readonly names: readonly [string, ...string[]];
  readonly clock: Clock;
}

/**
 * Has a set of files written aside and puts it into the place of the one in `directory`, which stays as it is until the new
 * one is whole on disk, and for good where `write` fails. Files of other names are never touched.
 *
 * The directory itself stays, since it may be a mount, have rights of its own, or hold what is not ours; so its files
 * cannot be exchanged in one step. One step makes the new set count: it is then whole in a hidden directory, the old
 * files go, the new ones are linked in, the first of the names last. Whenever that is broken off, what stands in `directory`
 * is of one set alone, and the next call, or `finishReplacing`, ends it. A lock keeps others out meanwhile.
 * E_STATE_LOCKED, E_DISK, and what `write` throws.
 */
export async function replaceFiles<T>(
  directory: string,
  terms: ReplaceTerms,
  write: (staged: string) => Promise<T>,
): Promise<T> {
  try {
    const made = !(await isThere(directory));
    return await alone(directory, terms, async () => await replaced(directory, terms, write)).catch(
      async (thrown: unknown) => {
        if (made) await rmdir(directory).catch(() => undefined); // what went wrong first is what is said
        throw thrown;
      },
    );
  } catch (thrown) {
    throw fileError(thrown, directory, "write");
  }
}

/** Ends what a process that died in `replaceFiles` had begun; nothing to do otherwise. E_STATE_LOCKED, E_DISK. */
export async function finishReplacing(directory: string, terms: ReplaceTerms): Promise<void> {
  try {
    if (await isThere(join(directory, PENDING)))
      await alone(directory, terms, async () => await finish(directory, terms));
  } catch (thrown) {
    throw fileError(thrown, directory, "write");
  }
}

/** Holds the directory's lock meanwhile: the files of two would else stand under one name that vouches for them. */
async function alone<T>(directory: string, { clock }: ReplaceTerms, act: () => Promise<T>): Promise<T> {
  const lock = await acquireLock(join(directory, LOCK), {
    other: `report or assessment into ${directory}`,
    clock,
    foreignStaleMs: ORPHAN_MAX_AGE_MS,
  });
  let done: T;
  try {
    done = await act();
  } catch (thrown) {
    await lock.release().catch(() => undefined); // what went wrong first is what is said
    throw thrown;
  }
  await lock.release();
  return done;
}

async function replaced<T>(
  directory: string,
  terms: ReplaceTerms,
  write: (staged: string) => Promise<T>,
): Promise<T> {
  await finish(directory, terms);
  for (const name of terms.names) {
    const found = await lstat(join(directory, name)).catch(ifMissing);
    if (found?.isDirectory() === true) throw fileError({ code: "EISDIR" }, join(directory, name), "write");
  }
  await sweep(directory, terms);
  const staged = join(directory, stagedName());
  let written: T;
  try {
    written = await write(staged);
    await syncDirectory(staged);
    await rename(staged, join(directory, PENDING));
    await syncDirectory(directory);
  } catch (thrown) {
    await rm(staged, { recursive: true, force: true }).catch(() => undefined); // likewise
    throw fileError(thrown, staged, "write");
  }
  await finish(directory, terms);
  return written;
}

async function finish(directory: string, { names }: ReplaceTerms): Promise<void> {
  const pending = join(directory, PENDING);
  if (!(await isThere(pending))) return;
  for (const name of names) await rm(join(directory, name), { force: true });
  const files = await filesOf(pending, names[0]);
  for (const name of files) await place(join(pending, name), join(directory, name));
  for (const folder of new Set(files.map((name) => dirname(join(directory, name)))))
    await syncDirectory(folder);
  for (const folder of foldersOf(names)) await rmdir(join(directory, folder)).catch(ifHolding);
  // Renamed first: what is left of it when this is broken off must not count as a set.
  const done = join(directory, stagedName());
  await rename(pending, done);
  await rm(done, { recursive: true, force: true });
}

/** Removes what processes that were killed left behind, once the lock says that none is at work. */
async function sweep(directory: string, { names, clock }: ReplaceTerms): Promise<void> {
  for (const entry of await readdir(directory)) {
    const path = join(directory, entry);
    if (STAGED.test(entry)) await rm(path, { recursive: true, force: true });
    // Whoever tries to take the lock just now has such a file.
    else if (entry.startsWith(`${LOCK}.`) && (await isOld(path, clock))) await rm(path, { force: true });
  }
  for (const folder of new Set(names.map((name) => dirname(name)))) {
    const own = names.filter((name) => dirname(name) === folder).map((name) => basename(name));
    const entries = await readdir(join(directory, folder)).catch(ifMissing);
    for (const entry of entries ?? [])
      if (isUnfinished(entry, own)) await rm(join(directory, folder, entry), { force: true });
  }
}

async function isOld(path: string, clock: Clock): Promise<boolean> {
  const found = await lstat(path).catch(ifMissing);
  return found !== undefined && clock.now().getTime() - found.mtimeMs > ORPHAN_MAX_AGE_MS;
}

/** Folders that the names are in, the deeper first. */
function foldersOf(names: ReplaceTerms["names"]): string[] {
  const found = new Set<string>();
  for (const name of names)
    for (let folder = dirname(name); folder !== "."; folder = dirname(folder)) found.add(folder);
  return [...found].sort((a, b) => b.length - a.length);
}

/** Files below a directory, with `/`, those called `last` at the end, in whatever folder they are. */
async function filesOf(directory: string, last: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll(sep, "/"));
  const order = (name: string): string => `${basename(name) === last ? 1 : 0} ${name}`;
  return names.sort((a, b) => compareStrings(order(a), order(b)));
}

/** Puts one file into its place and leaves it where it was: linked, or copied where the file system has no links. */
export async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await link(from, to);
  } catch (thrown) {
    if (!hasNoLinks(thrown)) throw thrown;
    await copyFile(from, to);
    const copy = await open(to, "r");
    await copy.sync().finally(async () => await copy.close());
  }
}

const stagedName = (): string => `${PENDING}-${randomBytes(6).toString("hex")}.tmp`;

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(ifMissing)) !== undefined;
}

/** A folder stays that is not there, is none, or holds something. */
function ifHolding(thrown: unknown): void {
  const { code } = thrown as NodeJS.ErrnoException;
  if (!["EBUSY", "EEXIST", "ENOENT", "ENOTDIR", "ENOTEMPTY"].includes(String(code))) throw thrown;
}

function ifMissing(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
}
