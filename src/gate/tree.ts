/** A file of the change under review. */
export interface TreeFile {
  /** As people are told it: relative to where the command was run, with `/`. */
  readonly path: string;
  /** Size in bytes, where the tree tells one. */
  readonly size: number;
  /** Its bytes. Throws `CountersignError` where they cannot be had. */
  read(): Promise<Uint8Array>;
}

/** What is looked at: a work tree, a commit, or what is staged. Files in the order of their paths; no symbolic link is followed. */
export interface Tree {
  files(): AsyncIterable<TreeFile | UnreadFile>;
  /** What the last going through `files` left out on purpose. */
  leftOut?(): Iterable<LeftOutPath>;
}

/**
 * Why something is left out that is told and decides nothing. `ignored`: git ignores it, and nobody named it; `link`: what it points to is
 * looked at where it lies, or is no input by its name; `not_entered`: a directory of what others wrote; `not_text`: it has no characters;
 * `special`: a pipe, a socket or a device; `submodule`: another repository's; `unchanged`: the change does not touch it.
 */
export const LEFT_OUT = [
  "ignored",
  "link",
  "not_entered",
  "not_text",
  "special",
  "submodule",
  "unchanged",
] as const;

/** A path that is left out; directories end in `/`. */
export interface LeftOutPath {
  readonly path: string;
  readonly why: (typeof LEFT_OUT)[number];
}

/** Source of Terraform beside the tree, to say where what a plan tells is written: it is not judged by that. */
export interface SourceBeside {
  /** The directory of it, where somebody named one; else that of the plan is meant. */
  readonly directory?: string;
  /** Files of that language right in a directory; none where there is no such directory. */
  files(directory: string): Promise<readonly TreeFile[]>;
}

/** What could not be looked at, and why: nothing is said of it. */
export interface UnreadFile {
  readonly path: string;
  readonly reason: "denied" | "limit" | "malformed" | "unsupported";
  /** One sentence: expected …, got …. */
  readonly detail: string;
}

export function isUnreadFile(one: TreeFile | UnreadFile): one is UnreadFile {
  return "reason" in one;
}

/** Largest file that is read: a plan of 20,000 resources has some 60 MB. */
export const MAX_FILE_BYTES = 128 * 1024 * 1024;

/** Path of what comes by standard input and is not called anything: by what it says it is told of which kind it is. */
export const STDIN_PATH = "<stdin>";

/** Most files that one run looks at. */
export const MAX_FILES = 200_000;

/** A version of a file that a commit holds. */
export interface PastFile extends TreeFile {
  /** The commit that brought it, 40 or 64 hex digits. */
  readonly commit: string;
}

/** What earlier commits hold, each version of a file once, oldest first; and what of it is not looked at. */
export interface History {
  files(): AsyncIterable<PastFile | UnreadFile>;
}
