import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findExecutable, missing, type Availability } from "./availability.ts";
import { cacheDir, runBuild, withLock } from "./cache.ts";

/** A package of PyPI at the version that tests rest on. */
export interface PythonPackage {
  /** Of the directory in the cache. */
  readonly name: string;
  /** Of the package, with extras where it takes some. */
  readonly requirement: string;
  readonly version: string;
  /** What of its programs is wanted. */
  readonly program: string;
}

/** A program of a package, installed once from PyPI into a virtual environment of its own, cached by version. */
export async function ensurePythonPackage(wanted: PythonPackage): Promise<Availability<string>> {
  const { name, requirement, version, program } = wanted;
  const home = join(cacheDir(), `${name}-${version}`);
  const found = join(home, "bin", program);
  // Written last: a broken installation has none.
  const done = join(home, "installed");
  if (existsSync(done)) return { found };
  const python = findExecutable("python3");
  if (python === undefined) return missing(`no Python 3 to install ${name} with`);
  mkdirSync(cacheDir(), { recursive: true });
  await withLock(`${home}.building`, async () => {
    if (existsSync(done)) return;
    rmSync(home, { recursive: true, force: true });
    await runBuild(python, ["-m", "venv", home], cacheDir());
    await runBuild(join(home, "bin", "pip"), ["install", "-q", `${requirement}==${version}`], cacheDir());
    writeFileSync(done, `${version}\n`);
  });
  return { found };
}
