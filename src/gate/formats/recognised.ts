import type { Head } from "./format.ts";
import { STDIN_PATH } from "../tree.ts";
import { FORMATS, type Format } from "./index.ts";

/** Characters that tell by what a file is. */
const HEAD_CHARS = 4096;

/** The format of a file, by its path and beginning. */
export function recognised(path: string, text: string): Format | undefined {
  for (const name of namesOf(path, text)) {
    const head: Head = { path, name, text: text.slice(0, HEAD_CHARS) };
    const format = FORMATS.find((one) => one.recognises(head));
    if (format !== undefined) return format;
  }
  return undefined;
}

/** What a file is called; of what has no name, how it may be called by what it says. */
function namesOf(path: string, text: string): readonly string[] {
  if (path !== STDIN_PATH) return [path.slice(path.lastIndexOf("/") + 1)];
  return [/^\s*[[{]/.test(text) ? "stdin.json" : "stdin.yaml", "stdin.hcl"];
}

/** Ends of names of which what the file says tells whether it is an input. */
const PERHAPS = /\.(?:json|ya?ml|template|hcl|policy|tfplan)$/i;

/** For what a file may be taken by its path alone: files of the same kind are read alike. Undefined: it is no input, whatever it says. */
export function kindByPath(path: string): string | undefined {
  const format = recognised(path, "")?.id;
  const end = PERHAPS.exec(path)?.[0].toLowerCase();
  return format === undefined && end === undefined ? undefined : `${format ?? ""}${end ?? ""}`;
}
