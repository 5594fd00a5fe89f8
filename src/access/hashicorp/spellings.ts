import { meets, type Pattern } from "./pattern.ts";

/**
 * How a name may be spelled where the server folds its case and rules do not: one spelling for each set of rules that could
 * decide it. Rules that name another spelling, and those that name none, are each found by one.
 */
class Spellings {
  /** What rules have in place of the name, or of its beginning, by its lower case. */
  readonly #named = new Map<string, Set<string>>();

  /** `folder`: of the names, as bytes, with its trailing slash. */
  constructor(patterns: readonly Pattern[], folder: string) {
    const depth = folder.split("/").length - 1;
    for (const pattern of patterns) {
      const part = meets(pattern, folder) ? pattern.text.split("/")[depth] : undefined;
      if (part === undefined) continue;
      const lower = part.toLowerCase();
      this.#named.set(lower, (this.#named.get(lower) ?? new Set()).add(part));
    }
  }

  /** The name itself first. `name` is ASCII, as the server asks of it. */
  of(name: string): string[] {
    const lower = name.toLowerCase();
    const begun = Array.from({ length: lower.length + 1 }, (_, end) => [
      ...(this.#named.get(lower.slice(0, end)) ?? []),
    ]).flat();
    const named = new Set([name, ...begun]);
    const found = ["", ...named].flatMap((beginning) => unnamed(beginning, lower, named) ?? []);
    return [...new Set([name, ...found])];
  }
}

const ASCII_ONLY = /^[\0-\x7f]*$/;

/** Full paths of names of which the server folds the case, in every spelling to ask for; each folder is looked through once. */
export class SpelledPaths {
  readonly #patterns: readonly Pattern[];
  readonly #folders = new Map<string, Spellings>();

  constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns;
  }

  /** `folder` and `name` as bytes. A name beyond ASCII is taken as it is written. */
  of(folder: string, name: string): string[] {
    if (!ASCII_ONLY.test(name)) return [folder + name];
    const spellings = this.#folders.get(folder) ?? new Spellings(this.#patterns, folder);
    this.#folders.set(folder, spellings);
    return spellings.of(name).map((one) => folder + one);
  }
}

/**
 * A spelling with this beginning and with no longer one that is named, if there is one. Every step back has met a named
 * beginning, so that their number bounds the search.
 */
function unnamed(beginning: string, lower: string, named: ReadonlySet<string>): string | undefined {
  if (beginning.length >= lower.length) return beginning;
  const next = lower.charAt(beginning.length);
  for (const letter of new Set([next.toUpperCase(), next])) {
    const longer = beginning + letter;
    const found = named.has(longer) ? undefined : unnamed(longer, lower, named);
    if (found !== undefined) return found;
  }
  return undefined;
}
