import { mkdtemp, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { CountersignError, fileError, type FileSystem } from "../base/index.ts";

/** The file in a scratch directory that says whose it is: it names the directory, so that a renamed one is nobody's. */
const MARKER = "countersign-restore-scratch";

const MAX_MARKER_BYTES = 256;

/** Where in a scratch directory a vault is restored. */
const CONTENT = "vault";

function scratchName(vault: string, name: string): boolean {
  const beginning = `${basename(vault)}-restore-`;
  return name.startsWith(beginning) && /^[0-9A-Za-z]{6}$/.test(name.slice(beginning.length));
}

function markerOf(scratch: string): string {
  return `scratch of a restore, removed by the next one: ${basename(scratch)}\n`;
}

/** Makes a directory beside `vault`, gives `use` a path in it, and removes it in the end. What `use` throws, E_DISK. */
export async function inScratch<T>(vault: string, use: (directory: string) => Promise<T>): Promise<T> {
  let scratch: string;
  try {
    scratch = await mkdtemp(`${vault}-restore-`);
  } catch (thrown) {
    throw fileError(thrown, dirname(vault), "write");
  }
  try {
    await writeFile(join(scratch, MARKER), markerOf(scratch), { flag: "wx", mode: 0o600 });
    return await use(join(scratch, CONTENT));
  } catch (thrown) {
    throw fileError(thrown, scratch, "write");
  } finally {
    await removeScratch(scratch);
  }
}

/** Removes what restores that were killed left beside `vault`: directories that their own marker names, and nothing else. E_DISK. */
export async function sweepScratch(vault: string, files: FileSystem): Promise<void> {
  for (const name of await namesIn(dirname(vault), files)) {
    const path = join(dirname(vault), name);
    if (scratchName(vault, name) && (await isScratch(path, files))) await removeScratch(path);
  }
}

async function namesIn(directory: string, files: FileSystem): Promise<string[]> {
  try {
    return await files.list(directory);
  } catch (thrown) {
    throw fileError(thrown, directory, "read");
  }
}

async function isScratch(path: string, files: FileSystem): Promise<boolean> {
  try {
    if ((await files.status(path)).kind !== "directory") return false;
    const marker = await files.read(join(path, MARKER), MAX_MARKER_BYTES);
    return marker.toString("utf8") === markerOf(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // Without a marker of ours it is somebody else's, whatever it is called.
    if (code === "ENOENT" || thrown instanceof CountersignError) return false;
    throw fileError(thrown, path, "read");
  }
}

/** The marker goes last: what remains of a removal that was killed is still known. What others put in there stays. E_DISK. */
async function removeScratch(scratch: string): Promise<void> {
  try {
    await rm(join(scratch, CONTENT), { recursive: true, force: true });
    if ((await readdir(scratch)).some((name) => name !== MARKER)) return;
    await rm(join(scratch, MARKER), { force: true });
    await rmdir(scratch);
  } catch (thrown) {
    throw fileError(thrown, scratch, "write");
  }
}

/** Whether `path` lies in a directory that is named as a scratch directory beside `vault` is, or would be one. */
export function isAmongScratch(vault: string, path: string): boolean {
  const below = relative(dirname(vault), path);
  if (below === ".." || below.startsWith(`..${sep}`) || resolve(below) === below) return false;
  return scratchName(vault, below.split(sep)[0] ?? "");
}
