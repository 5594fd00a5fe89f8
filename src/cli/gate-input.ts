import { MAX_FILE_BYTES, type Tree, type TreeFile, type UnreadFile } from "../gate/index.ts";
import type { Environment } from "./environment.ts";
import { untilAborted } from "./secret-input.ts";

/** Standard input to its end, as a file at `path`; above the limit it is unread. E_INTERRUPTED. */
export async function standardInput(
  { input, signal }: Pick<Environment, "input" | "signal">,
  path: string,
): Promise<TreeFile | UnreadFile> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of untilAborted(input, signal, "standard input")) {
    size += part.length;
    if (size > MAX_FILE_BYTES) {
      input.destroy?.();
      return { path, reason: "limit", detail: `expected at most ${MAX_FILE_BYTES} bytes, got more` };
    }
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  return { path, size, read: () => Promise.resolve(bytes) };
}

/** A tree with one file more, which comes first and stands for any that lies at its path. */
export function withFile(tree: Tree, file: TreeFile | UnreadFile): Tree {
  return {
    async *files() {
      yield file;
      for await (const one of tree.files()) if (one.path !== file.path) yield one;
    },
    leftOut: () => tree.leftOut?.() ?? [],
  };
}
