import { typeface, type Face } from "./fonts.ts";
import type { Colour, TextStyle } from "./theme.ts";

/** A stretch of text that differs from its paragraph, or leads elsewhere. */
export interface Span {
  readonly text: string;
  readonly face?: Face;
  readonly colour?: Colour;
  readonly size?: number;
  /** Name of the anchor that the text leads to. */
  readonly to?: string;
}

export type Inline = string | Span;

/** Text of one look on one line. */
export interface Piece extends Required<Omit<Span, "to">> {
  readonly x: number;
  readonly width: number;
  readonly to?: string;
}

export interface Line {
  readonly pieces: readonly Piece[];
  readonly width: number;
}

const SPECIAL = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/**
 * Text as it can be shown: control, format, bidirectional and other invisible characters, and whatever the face has
 * no glyph for, become `‹U+202E›`. Nothing is dropped, nothing can reorder a line.
 */
export function printable(text: string, face: Face): string {
  if (/^[ -~]*$/.test(text)) return text;
  const font = typeface(face);
  let shown = "";
  for (const char of text) {
    const codePoint = char.codePointAt(0) ?? 0;
    shown += SPECIAL.test(char) || !font.covers(codePoint) ? escapeCodePoint(codePoint) : char;
  }
  return shown;
}

function escapeCodePoint(codePoint: number): string {
  return `‹U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}›`;
}

/** Width in points. */
export function measure(text: string, face: Face, size: number): number {
  const font = typeface(face);
  let width = 0;
  for (const char of text) width += font.advance(char.codePointAt(0) ?? 0);
  return width * size;
}

/** Parts of a long identifier after which a line may end. */
const UNITS = /[^/_\-.:,;=|@&?]*[/_\-.:,;=|@&?]+|[^/_\-.:,;=|@&?]+/g;

/** Sets lines one after the other; what is wider than a line is broken at separators, else at any character. */
class LineSetter {
  readonly lines: Line[] = [];
  readonly #width: number;
  #pieces: (Omit<Piece, "text" | "width"> & { text: string; width: number })[] = [];
  #x = 0;

  constructor(width: number) {
    this.#width = width;
  }

  add(span: Span, style: TextStyle): void {
    const face = span.face ?? style.face;
    const size = span.size ?? style.size;
    for (const token of printable(span.text, face).match(/[^ ]+ *| +/g) ?? []) {
      const body = token.trimEnd();
      const width = measure(body, face, size);
      if (this.#x + width > this.#width && this.#x > 0 && width <= this.#width) this.end();
      if (this.#x + width <= this.#width) this.#put(token, span, style, measure(token, face, size));
      else this.#addLong(token, span, style);
    }
  }

  #addLong(token: string, span: Span, style: TextStyle): void {
    const face = span.face ?? style.face;
    const size = span.size ?? style.size;
    for (const unit of token.match(UNITS) ?? []) {
      const width = measure(unit, face, size);
      if (this.#x + width <= this.#width) {
        this.#put(unit, span, style, width);
        continue;
      }
      if (width <= this.#width) {
        this.end();
        this.#put(unit, span, style, width);
        continue;
      }
      for (const char of unit) {
        const step = measure(char, face, size);
        if (this.#x + step > this.#width && this.#x > 0) this.end();
        this.#put(char, span, style, step);
      }
    }
  }

  #put(text: string, span: Span, style: TextStyle, width: number): void {
    const last = this.#pieces.at(-1);
    const look = {
      face: span.face ?? style.face,
      size: span.size ?? style.size,
      colour: span.colour ?? (span.to === undefined ? style.colour : "link"),
    };
    const same =
      last?.face === look.face &&
      last.size === look.size &&
      last.colour === look.colour &&
      last.to === span.to;
    if (same) {
      last.text += text;
      last.width += width;
    } else {
      this.#pieces.push({
        ...look,
        text,
        x: this.#x,
        width,
        ...(span.to === undefined ? {} : { to: span.to }),
      });
    }
    this.#x += width;
  }

  end(): void {
    const last = this.#pieces.at(-1);
    if (last !== undefined) {
      const trimmed = last.text.trimEnd();
      last.width -= measure(last.text.slice(trimmed.length), last.face, last.size);
      last.text = trimmed;
    }
    const width = last === undefined ? 0 : last.x + last.width;
    this.lines.push({ pieces: this.#pieces.filter(({ text }) => text !== ""), width });
    this.#pieces = [];
    this.#x = 0;
  }
}

/** Breaks a paragraph into lines of at most `width` points. At least one line; none is ever wider. */
export function breakLines(content: readonly Inline[], style: TextStyle, width: number): Line[] {
  const setter = new LineSetter(width);
  for (const inline of joined(content))
    setter.add(typeof inline === "string" ? { text: inline } : inline, style);
  setter.end();
  return setter.lines;
}

/** Neighbouring texts of the same look as one, so that no full stop goes to a line of its own without its word. */
function joined(content: readonly Inline[]): Inline[] {
  const all: Inline[] = [];
  for (const inline of content) {
    const last = all.at(-1);
    if (typeof inline === "string" && typeof last === "string") all[all.length - 1] = last + inline;
    else all.push(inline);
  }
  return all;
}
