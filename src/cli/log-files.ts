import { createWriteStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { CountersignError, compareStrings, fileError } from "../base/index.ts";
import type { LocalFile } from "../events/index.ts";

/** Files that one command reads at most. */
const MAX_FILES = 1_000_000;

/**
 * Files at paths and below directories, in order of their names; links are followed, each directory is entered once, and
 * what is no file (a socket, a pipe) is passed over below a directory. E_NOT_FOUND, E_DISK, E_INPUT.
 */
export async function* filesAt(paths: readonly string[], cwd: string): AsyncGenerator<LocalFile> {
  let count = 0;
  for (const given of paths) {
    for await (const path of below(resolve(cwd, given), new Set())) {
      count += 1;
      if (count > MAX_FILES) {
        throw new CountersignError("E_INPUT", `expected at most ${MAX_FILES} files, got more`, {
          fix: "Name fewer directories at once: what was read is kept.",
        });
      }
      yield { path, source: path };
    }
  }
}

/** Directories of the paths in which there is no file. What cannot be entered is told when its turn to be read has come. */
export async function withoutFiles(paths: readonly string[], cwd: string): Promise<string[]> {
  const empty: string[] = [];
  for (const path of paths) {
    const first = await filesAt([path], cwd)
      .next()
      .catch(() => undefined);
    if (first?.done === true) empty.push(path);
  }
  return empty;
}

/** `entered`: real paths of the directories that have been entered, so that a link in a circle ends. */
async function* below(path: string, entered: Set<string>): AsyncGenerator<string> {
  const kind = await kindOf(path);
  if (kind === "file") yield path;
  else if (kind === "directory") {
    const names = await inDirectory(path, entered);
    for (const name of names) yield* below(join(path, name), entered);
  } else if (entered.size === 0) {
    throw new CountersignError("E_INPUT", `expected a file or directory at ${path}, got neither`, {
      fix: "Pipe what is not a file: … | countersign events ingest -",
    });
  }
}

async function kindOf(path: string): Promise<"directory" | "file" | "other"> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? "directory" : found.isFile() ? "file" : "other";
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
}

async function inDirectory(path: string, entered: Set<string>): Promise<string[]> {
  try {
    const real = await realpath(path);
    if (entered.has(real)) return [];
    entered.add(real);
    return (await readdir(path)).sort(compareStrings);
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
}

/** Standard input is kept in `scratch` until it has been read. E_DISK. */
export async function* spooled(
  scratch: string,
  paths: readonly string[],
  cwd: string,
): AsyncGenerator<LocalFile> {
  const path = join(scratch, "standard-input");
  try {
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }));
  } catch (thrown) {
    throw fileError(thrown, path, "write");
  }
  yield { path, source: "standard input", isWhole: true };
  yield* filesAt(
    paths.filter((one) => one !== "-"),
    cwd,
  );
}
