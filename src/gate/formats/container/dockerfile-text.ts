import type { SourceText } from "../../text/source-text.ts";
import type { Spot } from "../../text/node.ts";

/** One instruction of a Dockerfile. */
export interface Instruction extends Spot {
  /** In capitals, e.g. `RUN`; of `ONBUILD`, what is done then. */
  readonly keyword: string;
  /** What stands behind it, as its reader has it: lines are joined without their continuations, comments within are gone. Here-documents follow, each line behind a break. */
  readonly text: string;
  /** Here-documents, by their ranges of `text`. */
  readonly documents: readonly { readonly start: number; readonly end: number }[];
  /** Whether a here-document has no end. */
  readonly isOpen: boolean;
  /** What escapes: `\\`, or a backtick where a directive says so. */
  readonly escape: Escape;
  /** Where the parts of `text` stand in the file, in order. */
  readonly pieces: readonly Piece[];
}

type Escape = "\\" | "`";

/** A part that stands in one line. */
interface Piece {
  /** Offset within the text. */
  readonly at: number;
  readonly start: number;
}

/** A word of an instruction. */
export interface Word {
  /** Without quotes. */
  readonly text: string;
  /** Offsets within the instruction's text. */
  readonly start: number;
  readonly end: number;
}

/** Longest instruction that is read: what people write has some hundred characters. */
export const MAX_INSTRUCTION = 65_536;

const DIRECTIVE = /^#\s*([a-z]+)\s*=\s*(\S+)\s*$/i;
/** What begins a word that names a here-document. */
const HEREDOC = /^\d*<<(-?)(["']?)([^\s<"']+)\2$/;

interface Line {
  readonly text: string;
  readonly start: number;
}

/** Instructions of a Dockerfile, in order. Source: Dockerfile reference, "Format", "Parser directives" and "Here-Documents". */
export function instructionsOf(source: SourceText): Instruction[] {
  const lines = linesOf(source.text);
  const escape = escapeOf(lines);
  const continued = escape === "`" ? /(?:^|[^`])(`[ \t]*)$/ : /(?:^|[^\\])(\\[ \t]*)$/;
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const first = lines[at];
    if (first === undefined || isBlank(first.text)) continue;
    const text = new Joined();
    for (let continues = true; continues && at < lines.length;) {
      const line = lines[at];
      if (line === undefined) break;
      const body = line.text.replace(/\r$/, "");
      if (isBlank(body) && line !== first) at += 1;
      else {
        const open = continued.exec(body)?.[1];
        text.add(open === undefined ? body : body.slice(0, body.length - open.length), line.start);
        continues = open !== undefined;
        if (continues) at += 1;
      }
    }
    const documents: { start: number; end: number }[] = [];
    let isOpen = false;
    for (const { word, isCut } of documentsOf(text.text)) {
      const start = text.text.length + 1;
      isOpen = true;
      while (isOpen && at + 1 < lines.length) {
        at += 1;
        const line = lines[at] ?? { text: "", start: source.text.length };
        const body = line.text.replace(/\r$/, "");
        isOpen = (isCut ? body.replace(/^\t+/, "") : body) !== word;
        text.add(`\n${body}`, line.start - 1);
      }
      documents.push({ start, end: text.text.length });
      if (isOpen) break;
    }
    found.push(instruction(source, text, { escape, documents, isOpen }));
  }
  return found;
}

/** Parts of several lines as one text. */
class Joined {
  readonly pieces: Piece[] = [];
  #text = "";

  get text(): string {
    return this.#text;
  }

  add(part: string, start: number): void {
    this.pieces.push({ at: this.#text.length, start });
    this.#text += part;
  }
}

/** Here-documents that the words of an instruction name, if it may have some; what is quoted within a word names none. */
function documentsOf(command: string): { word: string; isCut: boolean }[] {
  if (!command.includes("<<") || !/^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\b/i.test(command)) return [];
  return [...command.slice(0, MAX_INSTRUCTION).matchAll(WORD)].flatMap(([word]) => {
    const [, cut, , name] = HEREDOC.exec(word) ?? [];
    return name === undefined ? [] : [{ word: name, isCut: cut === "-" }];
  });
}

/** A word as a shell parts them, with its quotes. */
const WORD = /(?:"(?:[^"\\]|\\.){0,2048}"|'[^']{0,2048}'|\\.|[^\s"'\\])+/g;

/** As `WORD`, where a backtick escapes and a backslash is one. */
const BACKTICK_WORD = /(?:"(?:[^"`]|`.){0,2048}"|'[^']{0,2048}'|`.|[^\s"'`])+/g;

function instruction(
  source: SourceText,
  { text, pieces }: Joined,
  terms: Pick<Instruction, "documents" | "escape" | "isOpen">,
): Instruction {
  const [head = ""] = /^\s*(?:ONBUILD\s+)?[^\s]*\s*/i.exec(text) ?? [];
  const keyword = head.trim().split(/\s+/).at(-1)?.toUpperCase() ?? "";
  const shifted = pieces.map(({ at, start }) => ({ at: at - head.length, start }));
  const indent = text.length - text.trimStart().length;
  const end = text.trimEnd().length;
  const { documents } = terms;
  const made = {
    ...terms,
    source,
    keyword,
    text: text.slice(head.length),
    documents: documents.map((one) => ({ start: one.start - head.length, end: one.end - head.length })),
    pieces: shifted,
  };
  return { ...made, ...spotOf(made, { start: indent - head.length, end: end - head.length }) };
}

/** Where a part of an instruction's text stands in its file. */
export function spotOf(
  { source, pieces }: Pick<Instruction, "pieces" | "source">,
  { start, end }: Pick<Word, "end" | "start">,
): Spot {
  const where = (offset: number): number => {
    const piece = pieces.findLast(({ at }) => at <= offset) ?? { at: 0, start: 0 };
    return piece.start + offset - piece.at;
  };
  return { source, start: where(start), end: end > start ? where(end - 1) + 1 : where(end) };
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    lines.push({ text: line, start });
    start += line.length + 1;
  }
  return lines;
}

function isBlank(line: string): boolean {
  return /^\s*(?:#.*)?$/.test(line);
}

/** Directives stand before everything else. */
function escapeOf(lines: readonly { text: string }[]): Escape {
  for (const { text } of lines) {
    const [, name = "", value = ""] = DIRECTIVE.exec(text) ?? [];
    if (name === "") return "\\";
    if (name.toLowerCase() === "escape") return value === "`" ? value : "\\";
  }
  return "\\";
}

/** Words of an instruction's text, as a shell parts them; of JSON, its texts. */
export function wordsOf({ text, escape }: Pick<Instruction, "escape" | "text">): Word[] {
  const line = text.slice(0, MAX_INSTRUCTION).split("\n")[0] ?? "";
  const words: Word[] = [];
  const pattern = escape === "`" ? BACKTICK_WORD : WORD;
  // The form of JSON, behind flags.
  const body = /^\s*(?:--\S+\s+)*\[.*\]\s*$/.test(line) ? line.replace(/[[\],]/g, " ") : line;
  for (const match of body.matchAll(pattern)) {
    const [raw] = match;
    const bare = raw.replace(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, double?: string, single?: string) => double ?? single ?? "",
    );
    words.push({ text: bare, start: match.index, end: match.index + raw.length });
  }
  return words;
}
