import { CountersignError, compareStrings } from "../../base/index.ts";
import { Unreadable } from "../text/bounds.ts";
import { SourceText } from "../text/source-text.ts";
import { MAX_FILES, MAX_FILE_BYTES, isUnreadFile, type Tree, type TreeFile } from "../tree.ts";
import type { UnreadPart } from "../verdict.ts";
import { OWN_PARSERS, PARSERS, parserOf, type ParserName } from "./documents.ts";

/** One input of the rules. */
export interface Input {
  readonly path: string;
  /** Absent where all are one. */
  readonly source?: SourceText;
  readonly value: unknown;
  readonly address: string;
  readonly offset: number;
  readonly end: number;
}

export interface ReadInputs {
  readonly inputs: readonly Input[];
  readonly sources: ReadonlyMap<string, SourceText>;
  readonly unread: readonly UnreadPart[];
  /** Files that were left out since somebody said so. */
  readonly ignoredCount: number;
  /** Files of a repository's own housekeeping that were found in a directory. */
  readonly housekeepingCount: number;
}

/** Kinds that lie in nearly every repository and say nothing of what it makes: told of, and a gap only where somebody names the file. */
const HOUSEKEEPING: ReadonlySet<ParserName> = new Set<ParserName>(["codeowners", "ignore"]);

export interface InputTerms {
  /** Files that were named, not found in a directory: of a kind that nobody knows, too. */
  readonly named: ReadonlySet<string>;
  /** The kind that all files are taken for. */
  readonly parser?: ParserName;
  /** What paths have in them that are left out. */
  readonly ignore?: RegExp;
}

/** The inputs that the files of a tree are for rules. What conftest would read and this does not is told as unread. E_INPUT for too many. */
export async function readInputs(tree: Tree, { named, parser, ignore }: InputTerms): Promise<ReadInputs> {
  const inputs: Input[] = [];
  const sources = new Map<string, SourceText>();
  const unread: UnreadPart[] = [];
  let count = 0;
  let ignoredCount = 0;
  let housekeepingCount = 0;
  for await (const file of tree.files()) {
    count += 1;
    if (count > MAX_FILES)
      throw new CountersignError("E_INPUT", `expected at most ${MAX_FILES} files, got more`);
    const byName = parserOf(file.path);
    if (byName === undefined && !named.has(file.path)) continue;
    if (ignore?.test(file.path) === true) {
      ignoredCount += 1;
      continue;
    }
    if (isUnreadFile(file)) {
      unread.push({ path: file.path, reason: file.reason, detail: file.detail });
      continue;
    }
    const kind = parser ?? byName;
    const parse = kind === undefined ? undefined : OWN_PARSERS[kind];
    if (parse === undefined && kind !== undefined && HOUSEKEEPING.has(kind) && !named.has(file.path)) {
      housekeepingCount += 1;
      continue;
    }
    if (parse === undefined) {
      unread.push(unsupported(file.path, kind));
      continue;
    }
    const source = await sourceOf(file);
    if (!(source instanceof SourceText)) {
      unread.push(source);
      continue;
    }
    sources.set(source.path, source);
    try {
      const { documents, slips } = await parse(source);
      unread.push(...slips.map((slip) => slipOf(source, slip)));
      documents.forEach(({ value, offset }, nth) => {
        const end = documents.find((one) => one.offset > offset)?.offset ?? source.text.length;
        const address =
          documents.length === 1 ? source.path : `${source.path} ${nameOf(value) ?? `document ${nth + 1}`}`;
        inputs.push({ path: source.path, source, value, address, offset, end });
      });
    } catch (thrown) {
      if (!(thrown instanceof Unreadable)) throw thrown;
      unread.push(slipOf(source, thrown));
    }
  }
  return { inputs, sources, unread, ignoredCount, housekeepingCount };
}

function unsupported(path: string, kind: ParserName | undefined): UnreadPart {
  const got = kind === undefined ? "one of no kind that is known" : `one of the kind ${kind}`;
  return {
    path,
    reason: "unsupported",
    detail: `own rules were not asked: expected a file of a kind that is parsed (${PARSERS.join(", ")}), or one that --ignore leaves out, got ${got}`,
  };
}

async function sourceOf(file: TreeFile): Promise<SourceText | UnreadPart> {
  const { path, size } = file;
  if (size > MAX_FILE_BYTES)
    return { path, reason: "limit", detail: `expected at most ${MAX_FILE_BYTES} bytes, got ${size}` };
  try {
    const bytes = await file.read();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    return new SourceText(path, text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch (thrown) {
    if (!(thrown instanceof CountersignError)) throw thrown;
    return { path, reason: "denied", detail: thrown.message };
  }
}

function slipOf(source: SourceText, slip: Unreadable): UnreadPart {
  const { line, column } = source.place(slip.offset);
  return { path: source.path, line, column, reason: slip.reason, detail: slip.message };
}

/** `Secret/db` of a Kubernetes manifest. */
function nameOf(value: unknown): string | undefined {
  const { kind, metadata } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const { name } = (typeof metadata === "object" && metadata !== null ? metadata : {}) as Record<
    string,
    unknown
  >;
  return typeof kind === "string" && typeof name === "string" ? `${kind}/${name}`.slice(0, 512) : undefined;
}

/** What conftest calls all files together. */
export const COMBINED = "Combined";

export function combined(inputs: readonly Input[]): Input[] {
  const sorted = [...inputs].sort((a, b) => compareStrings(a.path, b.path));
  const value = sorted.map(({ path, value: contents }) => ({ path, contents }));
  return value.length === 0 ? [] : [{ path: COMBINED, value, address: COMBINED, offset: 0, end: 0 }];
}
