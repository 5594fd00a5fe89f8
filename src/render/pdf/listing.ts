import { heightOf, setParagraph, type SetLine } from "./blocks.ts";
import type { Document } from "./document.ts";
import { breakLines } from "./text.ts";
import { STYLES } from "./theme.ts";

const TAB = "    ";

/** Most listings are read in columns: the lines of a policy in HCL are short. */
const COLUMNS = 2;
const GAP = 16;

/** A source text with the numbers of its lines, in two columns or as many. Long lines go on below, without a number. */
export function listing(document: Document, text: string, { columns = COLUMNS } = {}): void {
  const width = (document.width - (columns - 1) * GAP) / columns;
  const node = begun(document, numbered(text, width), 4);
  let rest: readonly SetLine[] = node.lines;
  while (rest.length > 0) {
    const most = Math.max(1, document.fitting(rest, document.room()));
    const rows = Math.min(most, Math.ceil(rest.length / columns));
    const top = document.y;
    for (let column = 0; column < columns; column += 1) {
      const now = rest.slice(0, rows);
      document.drawLines(node.code, now, document.page.left + column * (width + GAP), top);
      document.y = Math.max(document.y, top + heightOf(now));
      rest = rest.slice(rows);
    }
    if (rest.length > 0) document.newPage();
  }
  node.code.end();
  document.y += 8;
}

/** What a person types, line by line. */
export function commands(document: Document, text: string): void {
  const style = STYLES.code;
  print(
    document,
    text.split("\n").flatMap((line) => setParagraph({ content: [line], style }, document.width)),
  );
}

/** The element for lines of code, with room for the first `least` of them. */
function begun(document: Document, lines: readonly SetLine[], least: number) {
  document.ensure(heightOf(lines.slice(0, least)));
  return { code: document.section.add("P").add("Code"), lines };
}

function print(document: Document, lines: readonly SetLine[]): void {
  const { code: node } = begun(document, lines, 4);
  let rest: readonly SetLine[] = lines;
  while (rest.length > 0) {
    const count = Math.max(1, document.fitting(rest, document.room()));
    const now = rest.slice(0, count);
    document.drawLines(node, now, document.page.left, document.y);
    document.y += heightOf(now);
    rest = rest.slice(count);
    if (rest.length > 0) document.newPage();
  }
  node.end();
  document.y += 8;
}

function numbered(text: string, width: number): SetLine[] {
  const style = STYLES.listing;
  const sources = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const digits = String(sources.length).length;
  const gutter = (digits + 2) * style.size * 0.6;
  return sources.flatMap((source, index) => {
    const broken = breakLines([source.replaceAll("\t", TAB)], style, width - gutter);
    return broken.map((line, part) => {
      const label = part === 0 ? String(index + 1).padStart(digits) : "";
      const number = {
        text: `${label}  `,
        x: 0,
        width: gutter,
        face: style.face,
        size: style.size,
        colour: "quiet",
      } as const;
      const pieces = line.pieces.map((piece) => ({ ...piece, x: piece.x + gutter }));
      return { line: { pieces: label === "" ? pieces : [number, ...pieces], width }, style };
    });
  });
}
