import { readFile } from "node:fs/promises";
import { fileError } from "../base/index.ts";
import { loadBundle, type Bundle } from "../policy/index.ts";
import { packagePath } from "./environment.ts";

/** The bundle of our own policies, as committed and published. E_BUNDLE. */
export async function readBundle(): Promise<Bundle> {
  const path = packagePath("policies", "bundle.tar.gz");
  try {
    return loadBundle(await readFile(path));
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
}
