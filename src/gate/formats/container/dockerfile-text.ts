import type { SourceText } from "../../text/source-text.ts";
import type { Spot } from "../../text/node.ts";

/** One instruction of a Dockerfile. */
export interface Instruction extends Spot {
  /** In capitals, e.g. `RUN`; of `ONBUILD`, what is done then. */
  readonly keyword: string;
  /** What stands behind it, in one line of the same length: continuations and comments are blanks. Here-documents are in it. */
  readonly text: string;
  /** Offset of `text`. */
  readonly textStart: number;
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
const HEREDOC = /<<-?\s*(["']?)([A-Za-z_][A-Za-z0-9_]*)\1/g;

/** Instructions of a Dockerfile, in order. Source: Dockerfile reference, "Format", "Parser directives" and "Here-Documents". */
export function instructionsOf(source: SourceText): Instruction[] {
  const lines = linesOf(source.text);
  const escape = escapeOf(lines);
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const first = lines[at];
    if (first === undefined || isBlank(first.text)) continue;
    const pieces: string[] = [];
    let continues = true;
    while (continues) {
      const line = lines[at];
      if (line === undefined) break;
      const blank = pieces.length > 0 && isBlank(line.text);
      const body = line.text.replace(/\r$/, " ");
      const open = new RegExp(`${escape === "`" ? "`" : "\\\\"}[ \\t]*$`).exec(body);
      continues = (blank || open !== null) && at + 1 < lines.length;
      const kept = blank
        ? " ".repeat(body.length)
        : body.slice(0, open?.index ?? body.length).padEnd(body.length);
      pieces.push(continues ? `${kept} ` : kept);
      if (continues) at += 1;
    }
    const command = pieces.join("");
    const documents = /^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\b/i.test(command) ? command.matchAll(HEREDOC) : [];
    for (const [, , word = ""] of documents) {
      for (let ended = false; !ended && at + 1 < lines.length;) {
        at += 1;
        const line = lines[at]?.text.replace(/\r$/, " ") ?? "";
        ended = line.trim() === word;
        pieces.push(`\n${line}`);
      }
    }
    found.push(instruction(source, first.start, pieces.join("")));
  }
  return found;
}

function instruction(source: SourceText, start: number, text: string): Instruction {
  const [head = ""] = /^\s*(?:ONBUILD\s+)?[^\s]*\s*/i.exec(text) ?? [];
  const keyword = head.trim().split(/\s+/).at(-1)?.toUpperCase() ?? "";
  const indent = text.length - text.trimStart().length;
  return {
    source,
    keyword,
    text: text.slice(head.length),
    textStart: start + head.length,
    start: start + indent,
    end: start + text.trimEnd().length,
  };
}

function linesOf(text: string): { text: string; start: number }[] {
  const lines: { text: string; start: number }[] = [];
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
function escapeOf(lines: readonly { text: string }[]): string {
  for (const { text } of lines) {
    const [, name = "", value = ""] = DIRECTIVE.exec(text) ?? [];
    if (name === "") return "\\";
    if (name.toLowerCase() === "escape") return value;
  }
  return "\\";
}

/** Words of an instruction's text, as a shell parts them; of JSON, its texts. */
export function wordsOf({ text }: Instruction): Word[] {
  const line = text.slice(0, MAX_INSTRUCTION).split("\n")[0] ?? "";
  const words: Word[] = [];
  const pattern = /(?:"(?:[^"\\]|\\.){0,2048}"|'[^']{0,2048}'|\\.|[^\s"'\\])+/g;
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
