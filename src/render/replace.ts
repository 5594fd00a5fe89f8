import { randomBytes } from "node:crypto";
import { copyFile, link, lstat, mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ORPHAN_MAX_AGE_MS, compareStrings, fileError, makeDirectory, syncDirectory } from "../base/index.ts";
import { PART_FILES } from "../evidence/index.ts";
import { FILES, PARTS_FOLDER } from "./layout.ts";

/** Holds a whole report from the moment that it counts until all of it is in place. */
const PENDING = ".countersign-report";

/** A report that is being written, or that a dead process left. */
const STAGED = /^\.countersign-report-[0-9a-f]{12}\.tmp$/;

/** Every file of ours, the manifest first: what is left alone is everything else. */
const OWN: readonly string[] = [
  FILES.manifest,
  ...Object.values(FILES).filter((name) => name !== FILES.manifest),
  ...Object.values(PART_FILES).map((name) => `${PARTS_FOLDER}/${name}`),
];

/**
 * Has a report written aside and puts it into the place of the one in `outDir`, which stays as it is until the new one is
 * whole on disk, and for good where `write` fails. Files of other names are never touched.
 *
 * The directory itself stays, since it may be a mount, have rights of its own, or hold what is not ours; so its files
 * cannot be exchanged in one step. One step makes the new report count: it is then whole in a hidden directory, the old
 * files go, the new ones are linked in, the manifest last. Whenever that is broken off, what stands in `outDir` is of one
 * report alone, and the next call, or `finishReport`, ends it. One report at a time into one directory. E_DISK, and what
 * `write` throws.
 */
export async function replaceReport<T>(
  outDir: string,
  nowMs: number,
  write: (directory: string) => Promise<T>,
): Promise<T> {
  const made = await begun(outDir, nowMs);
  const staged = join(outDir, stagedName());
  let written: T;
  try {
    written = await write(staged);
    await syncDirectory(staged);
    await rename(staged, join(outDir, PENDING));
    await syncDirectory(outDir);
  } catch (thrown) {
    await rm(staged, { recursive: true, force: true }).catch(() => undefined); // what went wrong first is what is said
    if (made) await rmdir(outDir).catch(() => undefined); // likewise
    throw fileError(thrown, staged, "write");
  }
  await finishReport(outDir);
  return written;
}

/** Ends what a process that died in `replaceReport` had begun; nothing to do otherwise. E_DISK. */
export async function finishReport(outDir: string): Promise<void> {
  const pending = join(outDir, PENDING);
  try {
    if (!(await isThere(pending))) return;
    for (const name of OWN) await rm(join(outDir, name), { force: true });
    const names = await filesOf(pending);
    for (const name of names) await place(join(pending, name), join(outDir, name));
    await syncDirectory(join(outDir, PARTS_FOLDER));
    await syncDirectory(outDir);
    // Renamed first: what is left of it when this is broken off must not count as a report.
    const done = join(outDir, stagedName());
    await rename(pending, done);
    await rm(done, { recursive: true, force: true });
  } catch (thrown) {
    throw fileError(thrown, outDir, "write");
  }
}

/** Makes the directory, and says before anything is judged what would be in the way. True where it was not there. */
async function begun(outDir: string, nowMs: number): Promise<boolean> {
  try {
    const made = !(await isThere(outDir));
    await makeDirectory(outDir);
    await finishReport(outDir);
    for (const name of OWN) {
      const found = await lstat(join(outDir, name)).catch(ifMissing);
      if (found?.isDirectory() === true) throw fileError({ code: "EISDIR" }, join(outDir, name), "write");
    }
    await sweep(outDir, nowMs);
    return made;
  } catch (thrown) {
    throw fileError(thrown, outDir, "write");
  }
}

/** Removes what processes that died left behind; younger ones may be another's at work. */
async function sweep(outDir: string, nowMs: number): Promise<void> {
  for (const name of (await readdir(outDir)).filter((entry) => STAGED.test(entry))) {
    const found = await stat(join(outDir, name)).catch(ifMissing);
    if (found !== undefined && nowMs - found.mtimeMs > ORPHAN_MAX_AGE_MS)
      await rm(join(outDir, name), { recursive: true, force: true });
  }
}

/** Files below a report's directory, with `/`, the manifest last. */
async function filesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => (entry.parentPath === directory ? entry.name : `${PARTS_FOLDER}/${entry.name}`));
  const last = (name: string): string => `${name === FILES.manifest ? 1 : 0} ${name}`;
  return names.sort((a, b) => compareStrings(last(a), last(b)));
}

/** Puts one file into its place and leaves it where it was: linked, or copied where the file system has no links. */
async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await link(from, to);
  } catch (thrown) {
    if (!NO_LINKS.includes(String((thrown as NodeJS.ErrnoException).code))) throw thrown;
    await copyFile(from, to);
    const copy = await open(to, "r");
    await copy.sync().finally(async () => await copy.close());
  }
}

/** What file systems without hard links answer, and those across which there are none. */
const NO_LINKS: readonly string[] = ["EMLINK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM", "EXDEV"];

const stagedName = (): string => `${PENDING}-${randomBytes(6).toString("hex")}.tmp`;

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(ifMissing)) !== undefined;
}

function ifMissing(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
}
