import type { Head } from "./format.ts";
import { isMadeYaml } from "./yaml-name.ts";
import { rootKeys } from "../text/root-keys.ts";
import { STDIN_PATH } from "../tree.ts";
import { FORMATS, type Format } from "./index.ts";

/**
 * The formats of a file, by its path and what it says, the likeliest first. It may be of several: what is called as a pipeline may be
 * applied as a manifest, and whoever reads only one of them passes the other.
 */
export function recognised(path: string, text: string): readonly Format[] {
  for (const name of namesOf(path, text)) {
    const head = new WholeFile(path, name, text);
    const found = FORMATS.filter((one) => one.recognises(head));
    if (found.length > 0) return found;
  }
  return [];
}

class WholeFile implements Head {
  readonly path: string;
  readonly name: string;
  readonly text: string;
  #keys: ReadonlySet<string> | undefined;

  constructor(path: string, name: string, text: string) {
    this.path = path;
    this.name = name;
    this.text = text;
  }

  /** Made out when a format asks. */
  get keys(): ReadonlySet<string> {
    this.#keys ??= rootKeys(this.text);
    return this.#keys;
  }
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
  const format = recognised(path, "")[0]?.id;
  const called = isMadeYaml(path.slice(path.lastIndexOf("/") + 1)) ? ".yaml" : undefined;
  const end = PERHAPS.exec(path)?.[0].toLowerCase() ?? called;
  return format === undefined && end === undefined ? undefined : `${format ?? ""}${end ?? ""}`;
}
