import { resolve } from "node:path";
import { CountersignError } from "../base/index.ts";
import type { Tree } from "../gate/index.ts";
import type { GitTerms } from "./git.ts";
import { refTree } from "./git-trees.ts";

/** A state of the repository that files are read from by `git`. */
export interface BaseRef {
  /** As the person wrote it. */
  readonly ref: string;
  readonly tree: Tree;
  /** The bytes of a file that has this absolute path in the work tree; undefined where it is not there. */
  read(file: string): Promise<Buffer | undefined>;
  /** Files that are, or are below, this absolute path, by their absolute paths. */
  under(path: string): Promise<ReadonlyMap<string, Buffer>>;
}

/** Reads a commit of the repository that the command runs in. What `refTree` throws. */
export async function baseRef(terms: GitTerms, ref: string, paths: readonly string[]): Promise<BaseRef> {
  const under = async (path: string): Promise<ReadonlyMap<string, Buffer>> => {
    const files = new Map<string, Buffer>();
    for await (const file of (await refTree(terms, ref, [path])).files()) {
      // What cannot be had is not there for the gate to go by: that would let pass what the base does not.
      if ("reason" in file) throw new CountersignError("E_RUNTIME", `${file.path} of ${ref}: ${file.detail}`);
      const bytes = await file.read();
      files.set(resolve(terms.cwd, file.path), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    }
    return files;
  };
  return {
    ref,
    tree: await refTree(terms, ref, paths),
    read: async (file) => (await under(file)).get(file),
    under,
  };
}
