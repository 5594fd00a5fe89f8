import { breakLines, type Inline, type Line, type Span } from "./text.ts";
import { STYLES, type Colour, type StyleName, type TextStyle } from "./theme.ts";

/** Text of one look, broken into lines where it is set. */
export interface Paragraph {
  readonly content: readonly Inline[];
  readonly style: TextStyle;
}

/** What a table cell holds. */
export type Cell = Inline | Paragraph | readonly (Inline | Paragraph)[];

export function para(style: StyleName, ...content: readonly Inline[]): Paragraph {
  return { content, style: STYLES[style] };
}

export const strong = (text: string): Span => ({ text, face: "strong" });

export const mono = (text: string): Span => ({ text, face: "mono", size: STYLES.code.size });

export const fine = (text: string, colour: Colour = "quiet"): Paragraph => ({
  content: [{ text, colour }],
  style: STYLES.fine,
});

/** Prose in which `backticks` mark what a machine reads. */
export function prose(text: string): Inline[] {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .split("`")
    .map((part, index) => (index % 2 === 0 ? part : mono(part)));
}

/** A digest or another machine name in the smallest size. */
export const code = (text: string): Paragraph => para("fineCode", text);

export const linkTo = (text: string, anchor: string): Span => ({ text, to: anchor });

/** A line with the style that it is set in. */
export interface SetLine {
  readonly line: Line;
  readonly style: TextStyle;
}

const isParagraph = (part: Inline | Paragraph): part is Paragraph =>
  typeof part === "object" && "content" in part;

/** The lines of a cell: paragraphs one below the other, loose text in `style`. */
export function setCell(cell: Cell, style: TextStyle, width: number): SetLine[] {
  const parts: readonly (Inline | Paragraph)[] = Array.isArray(cell)
    ? (cell as readonly (Inline | Paragraph)[])
    : [cell as Inline | Paragraph];
  const paragraphs: Paragraph[] = [];
  let loose: Inline[] = [];
  const flush = () => {
    if (loose.length > 0) paragraphs.push({ content: loose, style });
    loose = [];
  };
  for (const part of parts) {
    if (isParagraph(part)) {
      flush();
      paragraphs.push(part);
    } else if (part !== "") loose.push(part);
  }
  flush();
  return paragraphs.flatMap((paragraph) => setParagraph(paragraph, width));
}

export function setParagraph({ content, style }: Paragraph, width: number): SetLine[] {
  return breakLines(content, style, width).map((line) => ({ line, style }));
}

export function heightOf(lines: readonly SetLine[]): number {
  return lines.reduce((sum, { style }) => sum + style.leading, 0);
}
