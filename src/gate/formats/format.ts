import type { Declared, FormatId } from "../declared.ts";
import type { Place, SourceText } from "../text/source-text.ts";

/** What is known of where a change is applied: what no file of it tells. */
export interface Surroundings {
  /** Name of the source in facts, by provider; where access is compared with a snapshot, the snapshot's own. */
  readonly source: Readonly<Record<"aws" | "azure" | "gcp" | "hashicorp" | "kubernetes", string>>;
  /** AWS account, partition and Region where the input states none. */
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  /** Whether only files that the change touches are looked at: that another one is not there says nothing then. */
  readonly partial?: boolean;
}

/**
 * Where nothing is known of it. No account has that number, and none is equal to it but itself; ARNs in policies are taken for such
 * where twelve digits stand in them.
 */
export const UNKNOWN_SURROUNDINGS: Surroundings = {
  source: { aws: "change", azure: "change", gcp: "change", hashicorp: "change", kubernetes: "change" },
  account: "000000000001",
  partition: "aws",
  region: "this-region",
};

/** A file, or a part of one, that could not be read as what it should be: nothing is said of it, and it is told. */
export interface Unread {
  readonly format: FormatId;
  readonly place: Place;
  readonly reason: "limit" | "malformed" | "unsupported";
  readonly detail: string;
}

/** What tells of what kind a file is. */
export interface Head {
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  /** All of it: whoever makes a change puts as much as they like before what tells. */
  readonly text: string;
  /** Names of the outermost keys, where it is JSON or YAML. */
  readonly keys: ReadonlySet<string>;
}

/** The text of another file of the tree, of whatever kind, by its path; undefined where there is none that can be read. */
export type Besides = (path: string) => Promise<string | undefined>;

/** Source that lies beside an input which was made of it, to say where things are written. It is not judged by that. */
export interface Beside {
  /** The directory of it that was asked for, where it is not the input's own. */
  readonly directory?: string;
  /** Files of Terraform's language right in a directory; none where there is no such directory. */
  files(directory: string): Promise<readonly SourceText[]>;
}

/** One kind of input. */
export interface InputFormat {
  readonly id: FormatId;
  /** Whether a file is of this kind, by its path and what it says. What says yes to too much is corrected by `read`: it may yield nothing. */
  recognises(head: Head): boolean;
  /** All files of this kind at once: some belong together. Pure. */
  read(files: readonly SourceText[], surroundings: Surroundings): Iterable<Declared | Unread>;
}

/** A kind of input whose files name others of the tree, or whose reader takes time to be loaded. */
export interface LoadedFormat extends Pick<InputFormat, "id" | "recognises"> {
  /** As `read`. */
  load(
    files: readonly SourceText[],
    surroundings: Surroundings,
    besides: Besides,
    beside?: Beside,
  ): AsyncIterable<Declared | Unread>;
}

export function isUnread(one: Declared | Unread): one is Unread {
  return "detail" in one;
}
