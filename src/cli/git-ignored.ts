import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { GitRefusal, git, type GitTerms } from "./git.ts";
import { names } from "./git-trees.ts";

/** Directories that one run of git is given: a command line has its bounds. */
const MAX_NAMED = 500;

/** What git ignores below some directories. */
export interface Ignored {
  /** Absolute; directories end in `/`. */
  readonly paths: ReadonlySet<string>;
  /** Why there are none of some, where git does not say. */
  readonly refusals: readonly GitRefusal[];
}

/** Paths that git ignores below some absolute directories: those of one work tree are asked for at once. */
export async function ignoredBelow(terms: GitTerms, directories: readonly string[]): Promise<Ignored> {
  const paths = new Set<string>();
  const refusals: GitRefusal[] = [];
  // Where somebody says of which repository it is, git takes the directory in which it runs for the top of the work tree.
  const told = terms.env["GIT_DIR"] !== undefined;
  const byTop = Map.groupBy(directories, (one) => (told ? one : (topOf(one) ?? "")));
  for (const [top, own] of byTop) {
    const [first = ""] = own;
    // Of what is in no work tree git says the same of each.
    const alone = own.length === 1 || top === "";
    const cwd = alone ? first : top;
    for (let from = 0; from < (alone ? 1 : own.length); from += MAX_NAMED) {
      const some = alone ? [] : own.slice(from, from + MAX_NAMED).map((one) => relative(top, one) || ".");
      const found = await ignoredIn({ ...terms, cwd }, some);
      if (found instanceof GitRefusal) refusals.push(found);
      else for (const path of found) paths.add(join(cwd, path));
    }
  }
  return { paths, refusals };
}

async function ignoredIn(terms: GitTerms, named: readonly string[]): Promise<readonly string[] | GitRefusal> {
  const args = [
    "ls-files",
    "-z",
    "--others",
    "--ignored",
    "--exclude-standard",
    "--directory",
    "--",
    ...named,
  ];
  try {
    return names(await git(terms, args));
  } catch (thrown) {
    if (thrown instanceof GitRefusal) return thrown;
    throw thrown;
  }
}

/** The nearest directory that is the top of a work tree; undefined where none is. */
function topOf(directory: string): string | undefined {
  for (let one = directory; ; one = dirname(one)) {
    if (existsSync(join(one, ".git"))) return one;
    if (dirname(one) === one) return undefined;
  }
}
