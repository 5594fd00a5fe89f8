import { CountersignError } from "../base/index.ts";
import type { Declared, FormatId } from "./declared.ts";
import { FORMATS } from "./formats/index.ts";
import { isUnread, type Beside, type Besides, type Surroundings, type Unread } from "./formats/format.ts";
import { recognised } from "./formats/recognised.ts";
import { MAX_SEARCHED_BYTES, Searching, type CredentialSearch } from "./searching.ts";
import { roughText, textFlaw, textIn } from "./text/decode.ts";
import { SourceText } from "./text/source-text.ts";
import { withoutLogin } from "./text/without-login.ts";
import {
  MAX_FILES,
  MAX_FILE_BYTES,
  isUnreadFile,
  type LeftOutPath,
  type SourceBeside,
  type Tree,
  type TreeFile,
} from "./tree.ts";
import type { UnreadPart } from "./verdict.ts";
import { MARKS } from "./waivers.ts";

/** The files of a tree, as formats take them. */
export interface ReadTree {
  readonly files: ReadonlyMap<FormatId, readonly SourceText[]>;
  /** Those files by their paths. */
  readonly sources: ReadonlyMap<string, SourceText>;
  /** Files of no format in which a waiver may stand. */
  readonly marked: ReadonlyMap<string, SourceText>;
  readonly besides: Besides;
  readonly isFile: (path: string) => boolean;
  readonly beside: Beside;
  /** Files in which something is written that the tree's files were made of. */
  readonly shown: ReadonlyMap<string, SourceText>;
  readonly unread: readonly UnreadPart[];
  readonly leftOut: readonly LeftOutPath[];
  readonly fileCount: number;
  readonly searching: Searching | undefined;
}

/** What is read, and by whom it is searched. */
export interface Reading {
  readonly tree: Tree;
  /** Absent: nobody searches for credentials. */
  readonly search?: CredentialSearch;
  /** Source that plans were made of, where it is not of the tree. */
  readonly beside?: SourceBeside | undefined;
  readonly signal: AbortSignal;
}

/** Reads all files of a tree. E_INPUT where there are too many, E_INTERRUPTED. */
export async function readTree({ tree, signal, search, beside: outside }: Reading): Promise<ReadTree> {
  const searching = search === undefined ? undefined : new Searching(search);
  const files = new Map<FormatId, SourceText[]>();
  const marked = new Map<string, SourceText>();
  const all = new Map<string, TreeFile>();
  const unread: UnreadPart[] = [];
  const noText: LeftOutPath[] = [];
  let fileCount = 0;
  for await (const one of tree.files()) {
    if (fileCount % FILES_A_TURN === 0) await refuseInterrupted(signal);
    if (fileCount >= MAX_FILES)
      throw new CountersignError("E_INPUT", `expected at most ${MAX_FILES} files, got more`, {
        fix: "Name the directories that are to be looked at.",
      });
    if (isUnreadFile(one)) {
      unread.push({ path: one.path, reason: one.reason, detail: one.detail });
      continue;
    }
    fileCount += 1;
    all.set(one.path, one);
    const read = await textOf(one);
    if (typeof read !== "string") {
      if (read === undefined) noText.push({ path: one.path, why: "not_text" });
      else unread.push(read);
      continue;
    }
    const formats = recognised(one.path, read);
    if (searching !== undefined && formats.length === 0 && one.size > MAX_SEARCHED_BYTES)
      unread.push(notSearched(one));
    else await searching?.add({ path: one.path, text: read });
    if (formats.length === 0) {
      if (MARKS.some((mark) => read.includes(mark))) marked.set(one.path, new SourceText(one.path, read));
      continue;
    }
    const source = new SourceText(one.path, read);
    for (const { id } of formats) {
      const list = files.get(id);
      if (list === undefined) files.set(id, [source]);
      else list.push(source);
    }
  }
  const sources = new Map([...files.values()].flat().map((source) => [source.path, source]));
  const besides: Besides = async (path) => {
    const file = all.get(path);
    const read = file === undefined ? undefined : await textOf(file);
    return typeof read === "string" ? read : undefined;
  };
  const shown = new Map<string, SourceText>();
  const beside: Beside = {
    ...(outside?.directory === undefined ? {} : { directory: outside.directory }),
    async files(directory) {
      const within = (files.get("terraform") ?? []).filter(
        ({ path }) => path.slice(0, Math.max(0, path.lastIndexOf("/"))) === directory,
      );
      if (within.length > 0) return within;
      const found: SourceText[] = [];
      for (const file of (await outside?.files(directory)) ?? []) {
        const text = await textOf(file);
        if (typeof text === "string") found.push(new SourceText(file.path, text));
      }
      for (const source of found) shown.set(source.path, source);
      return found;
    },
  };
  const leftOut = [...(tree.leftOut?.() ?? []), ...noText];
  const isFile = (path: string): boolean => all.has(path);
  return { files, sources, marked, besides, beside, shown, isFile, unread, leftOut, fileCount, searching };
}

/** What the files of one format declare. */
export interface DeclaredByFormat {
  readonly format: FormatId;
  readonly files: readonly SourceText[];
  readonly declared: Declared[];
  readonly unread: UnreadPart[];
}

/** What the files that were read declare, one format after the other. E_INTERRUPTED. */
export async function* declarations(
  read: ReadTree,
  surroundings: Surroundings,
  signal: AbortSignal,
): AsyncGenerator<DeclaredByFormat> {
  for (const format of FORMATS) {
    const files = read.files.get(format.id) ?? [];
    if (files.length === 0) continue;
    await refuseInterrupted(signal);
    const [declared, unread]: [Declared[], UnreadPart[]] = [[], []];
    const declaring =
      "load" in format
        ? format.load(files, surroundings, read.besides, read.beside)
        : format.read(files, surroundings);
    for await (const one of declaring)
      if (isUnread(one)) unread.push(unreadPart(one));
      else declared.push(one);
    yield { format: format.id, files, declared, unread };
  }
}

/** What all files of a tree declare, and what of it could not be read. As `gate` reads them. */
export async function declaredIn(
  reading: Omit<Reading, "search">,
  surroundings: Surroundings,
): Promise<{ declared: Declared[]; unread: UnreadPart[]; fileCount: number }> {
  const read = await readTree(reading);
  const declared: Declared[] = [];
  const unread = [...read.unread];
  for await (const one of declarations(read, surroundings, reading.signal)) {
    declared.push(...one.declared);
    unread.push(...one.unread);
  }
  return { declared, unread, fileCount: read.fileCount };
}

function notSearched({ path, size }: TreeFile): UnreadPart {
  const detail = `not searched for credentials: expected at most ${MAX_SEARCHED_BYTES} bytes, got ${size}`;
  return { path, reason: "limit", detail };
}

/** The text of a file; undefined of what is no text. */
async function textOf(file: TreeFile): Promise<UnreadPart | string | undefined> {
  const { path, size } = file;
  if (size > MAX_FILE_BYTES) {
    const detail = `expected at most ${MAX_FILE_BYTES} bytes, got ${size}`;
    return { path, reason: "limit", detail };
  }
  let bytes: Uint8Array;
  try {
    bytes = await file.read();
  } catch (thrown) {
    if (!(thrown instanceof CountersignError)) throw thrown;
    return { path, reason: "denied", detail: thrown.message };
  }
  const flaw = textFlaw(bytes);
  // What nobody takes for an input is searched as far as it goes, or is no text; what would be judged must be read as it is written.
  if (flaw !== undefined && recognised(path, roughText(bytes)).length > 0)
    return { path, reason: "malformed", detail: flaw };
  return textIn(bytes);
}

function unreadPart({ format, place, reason, detail }: Unread): UnreadPart {
  return {
    path: place.file,
    line: place.line,
    column: place.column,
    format,
    reason,
    detail: withoutLogin(detail),
  };
}

/** Files that are read before anybody is heard: a turn of the event loop for each would cost more than reading them. */
const FILES_A_TURN = 64;

/** E_INTERRUPTED. Reading and judging never wait, so that a signal is heard here alone. */
export async function refuseInterrupted(signal: AbortSignal): Promise<void> {
  await new Promise(setImmediate);
  if (!signal.aborted) return;
  throw new CountersignError("E_INTERRUPTED", "expected to run to the end, got interrupted", {
    fix: "Nothing was written: run the same command again.",
  });
}
