import { lstatSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Keeps what V8 compiles of this program for its next run, in the user's cache directory or else in that for temporary files. Never an
 * error: without a place that can be written, each run compiles anew. Node's own variables hold (`NODE_COMPILE_CACHE`,
 * `NODE_DISABLE_COMPILE_CACHE`); coverage is counted without, since it is not exact with it.
 */
export function keepCompiledCode(env: Env): void {
  if (
    ["NODE_COMPILE_CACHE", "NODE_DISABLE_COMPILE_CACHE", "NODE_V8_COVERAGE"].some(
      (name) => env[name] !== undefined,
    )
  )
    return;
  const directory = cacheDirectories(env).find(isOursAlone);
  // Says by its answer, not by an error, where it cannot.
  if (directory !== undefined) enableCompileCache(directory);
}

/** Directories of which one may hold it, the best first. */
export function cacheDirectories(env: Env): string[] {
  const { XDG_CACHE_HOME: stated = "", HOME: home = "" } = env;
  const cache = isAbsolute(stated) ? stated : isAbsolute(home) ? join(home, ".cache") : undefined;
  return [
    ...(cache === undefined ? [] : [join(cache, "countersign-compiled")]),
    join(tmpdir(), `countersign-compiled-${process.getuid?.() ?? "user"}`),
  ];
}

/**
 * Makes a directory where there is none, in one that is there: a home may be the very directory that a command looks at. Code is loaded
 * from it, so it must be nobody else's: in a directory for temporary files another could have put one there before.
 */
export function isOursAlone(directory: string): boolean {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch {
    // It may be there.
  }
  const status = lstatSync(directory, { throwIfNoEntry: false });
  if (status?.isDirectory() !== true) return false;
  return process.getuid === undefined || (status.uid === process.getuid() && (status.mode & 0o022) === 0);
}
