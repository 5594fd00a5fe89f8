import { invariant } from "../../base/index.ts";
import { heightOf, setCell, setParagraph, type Cell, type Paragraph, type SetLine } from "./blocks.ts";
import type { Canvas, StructNode, Tag } from "./canvas.ts";
import { measure, printable, type Inline } from "./text.ts";
import {
  STYLES,
  geometry,
  type Colour,
  type Geometry,
  type Orientation,
  type PageSize,
  type StyleName,
  type TextStyle,
} from "./theme.ts";

/** A heading as it fell: what the table of contents and the bookmarks are made of. */
export interface Placed {
  readonly level: 1 | 2 | 3;
  readonly title: string;
  readonly anchor: string;
  readonly page: number;
  /** False: not in the table of contents. */
  readonly listed: boolean;
}

/** What stands on every page. */
export interface RunningText {
  readonly headLeft: string;
  readonly headRight: string;
  readonly footLeft: readonly string[];
  /** Total number of pages; unknown in the first pass. */
  readonly pageTotal: number;
}

interface HeadingOptions {
  readonly anchor?: string;
  readonly listed?: boolean;
  /** Room that what follows needs on the same page. */
  readonly keep?: number;
}

/** Points above and below a heading, and the least that must follow it on its page. */
const HEADING_SPACE = {
  1: { before: 0, after: 12, keep: 76 },
  2: { before: 14, after: 4, keep: 76 },
  3: { before: 8, after: 2, keep: 64 },
} as const;

interface CalloutOptions {
  readonly tint: Colour;
  readonly bar: Colour;
}

/**
 * A document being set: it breaks lines and pages, tags everything, and remembers headings and anchors. Text flows
 * from top to bottom; nothing is ever cut off.
 */
export class Document {
  readonly canvas: Canvas;
  readonly headings: Placed[] = [];
  readonly anchors = new Set<string>();
  readonly targets = new Set<string>();
  readonly #size: PageSize;
  readonly #running: RunningText;
  page: Geometry;
  pageNumber = 0;
  /** Where the next block begins. */
  y = 0;
  #section: StructNode | undefined;
  #pending: { readonly height: number; readonly keep: number; readonly draw: () => void } | undefined;
  #belowH2 = false;

  constructor(canvas: Canvas, size: PageSize, running: RunningText) {
    this.canvas = canvas;
    this.#size = size;
    this.#running = running;
    this.page = geometry(size, "portrait");
  }

  get width(): number {
    return this.page.right - this.page.left;
  }

  /** The element that blocks belong to. */
  get section(): StructNode {
    if (this.#pending !== undefined) this.ensure(0);
    invariant(this.#section !== undefined, "expected a section before its content");
    return this.#section;
  }

  /** Begins a part of the document on a new page. */
  startSection(orientation: Orientation = "portrait"): void {
    if (this.#pending !== undefined) this.ensure(0);
    this.#section?.end();
    this.page = geometry(this.#size, orientation);
    this.newPage();
    this.#section = this.canvas.root.add("Sect");
  }

  end(): void {
    if (this.#pending !== undefined) this.ensure(0);
    this.#section?.end();
    const lost = [...this.targets].filter((target) => !this.anchors.has(target));
    invariant(lost.length === 0, `expected every link to lead somewhere, got ${lost.slice(0, 5).join(", ")}`);
  }

  newPage(): void {
    this.pageNumber += 1;
    this.canvas.addPage(this.page);
    this.canvas.artifact(() => this.#drawRunningText(), "Pagination");
    this.y = this.page.top;
  }

  #drawRunningText(): void {
    const { headLeft, headRight, footLeft, pageTotal } = this.#running;
    const { left, right, top, bottom } = this.page;
    if (this.pageNumber > 1) {
      const rightWidth = this.#line(headRight, STYLES.small, right, top - 26, "right");
      const fits =
        measure(printable(headLeft, "sans"), "sans", STYLES.small.size) < this.width - rightWidth - 20;
      if (fits) this.#line(headLeft, STYLES.small, left, top - 26);
      this.canvas.rule(left, top - 18, right, top - 18, "rule", 0.5);
    }
    this.canvas.rule(left, bottom + 12, right, bottom + 12, "rule", 0.5);
    for (const [index, text] of footLeft.entries()) {
      this.#line(text, STYLES.fineCode, left, bottom + 22 + index * STYLES.fineCode.leading);
    }
    this.#line(`Page ${this.pageNumber} of ${pageTotal}`, STYLES.small, right, bottom + 22, "right");
  }

  /** One line that is known to fit. Gives its width. */
  #line(
    text: string,
    style: TextStyle,
    x: number,
    baseline: number,
    align: "left" | "right" = "left",
  ): number {
    const shown = printable(text, style.face);
    const width = measure(shown, style.face, style.size);
    const piece = { text: shown, x: 0, width, face: style.face, size: style.size, colour: style.colour };
    this.canvas.text([piece], align === "left" ? x : x - width, baseline);
    return width;
  }

  room(): number {
    return this.page.bottom - this.y;
  }

  /**
   * Goes to a new page unless `height` fits on this one, or this one is still empty. A heading that waits for its block
   * is set first and counts.
   */
  ensure(height: number): void {
    const pending = this.#pending;
    this.#pending = undefined;
    const needed = pending === undefined ? height : pending.height + Math.max(height, pending.keep);
    if (needed > this.room() && this.y > this.page.top) this.newPage();
    pending?.draw();
  }

  space(height: number): void {
    if (this.y > this.page.top) this.y = Math.min(this.y + height, this.page.bottom);
  }

  anchor(name: string): void {
    invariant(!this.anchors.has(name), `expected one anchor called ${name}, got two`);
    this.anchors.add(name);
    this.canvas.anchor(name, this.y);
  }

  /** Sets a heading together with the block that follows it, on one page. */
  heading(level: 1 | 2 | 3, title: string, options: HeadingOptions = {}): void {
    const lines = setParagraph({ content: [title], style: STYLES[`h${level}`] }, this.width);
    const { before, after, keep } = HEADING_SPACE[level];
    const room = Math.max(keep, options.keep ?? 0);
    if (this.#pending !== undefined) this.ensure(heightOf(lines) + room);
    this.#pending = {
      height: before + heightOf(lines) + after,
      keep: room,
      draw: () => this.#drawHeading(level, title, lines, options),
    };
  }

  #drawHeading(
    level: 1 | 2 | 3,
    title: string,
    lines: readonly SetLine[],
    { anchor = `heading-${this.headings.length + 1}`, listed = level < 3 }: HeadingOptions,
  ): void {
    this.space(HEADING_SPACE[level].before);
    this.anchor(anchor);
    this.headings.push({ level, title, anchor, page: this.pageNumber, listed });
    if (level < 3) this.canvas.bookmark(level === 1 ? 1 : 2, printable(title, "sans"), this.y);
    const node = this.section.add(`H${this.#depth(level)}`);
    this.drawLines(node, lines, this.page.left, this.y);
    node.end();
    this.y += heightOf(lines);
    if (level === 1) {
      const { left, right } = this.page;
      this.canvas.artifact(() => this.canvas.rule(left, this.y + 3, right, this.y + 3, "strongRule", 1.2));
    }
    this.y += HEADING_SPACE[level].after;
  }

  /** The level in the structure, where none may be left out: below an H1 the first is an H2, however it looks. */
  #depth(level: 1 | 2 | 3): 1 | 2 | 3 {
    if (level < 3) this.#belowH2 = level === 2;
    return level === 3 && !this.#belowH2 ? 2 : level;
  }

  paragraph(style: StyleName, ...content: readonly Inline[]): void {
    this.#flow("P", { content, style: STYLES[style] });
    this.y += STYLES[style].leading * 0.45;
  }

  #flow(tag: Tag, paragraph: Paragraph): void {
    const lines = setParagraph(paragraph, this.width);
    this.ensure(heightOf(lines.slice(0, 2)));
    const node = this.section.add(tag);
    this.flowLines(node, lines, this.page.left);
    node.end();
  }

  /** Sets lines from `y` on, over as many pages as they need. */
  flowLines(node: StructNode, lines: readonly SetLine[], x: number): void {
    let rest = lines;
    this.ensure(heightOf(lines.slice(0, 2)));
    while (rest.length > 0) {
      const count = Math.max(1, this.fitting(rest, this.room()));
      const now = rest.slice(0, count);
      this.drawLines(node, now, x, this.y);
      this.y += heightOf(now);
      rest = rest.slice(count);
      if (rest.length > 0) this.newPage();
    }
  }

  /** How many of `lines` fit into `height`. */
  fitting(lines: readonly SetLine[], height: number): number {
    let used = 0;
    for (const [index, { style }] of lines.entries()) {
      used += style.leading;
      if (used > height) return index;
    }
    return lines.length;
  }

  /** Draws lines that are known to fit, as content of `node`. Links become elements of their own. */
  drawLines(node: StructNode, lines: readonly SetLine[], x: number, y: number, alignRight?: number): void {
    const places: { set: SetLine; x: number; y: number }[] = [];
    let top = y;
    for (const set of lines) {
      places.push({ set, x: alignRight === undefined ? x : alignRight - set.line.width, y: top });
      top += set.style.leading;
    }
    const linked = places.some(({ set }) => set.line.pieces.some((piece) => piece.to !== undefined));
    if (!linked) {
      const drawn = places.filter(({ set }) => set.line.pieces.length > 0);
      if (drawn.length === 0) return;
      node.content(() => {
        for (const { set, x: left, y: lineTop } of drawn)
          this.canvas.text(set.line.pieces, left, baseline(set.style, lineTop));
      });
      return;
    }
    for (const { set, x: left, y: lineTop } of places) this.#drawLinkedLine(node, set, left, lineTop);
  }

  #drawLinkedLine(node: StructNode, { line, style }: SetLine, x: number, y: number): void {
    for (const piece of line.pieces) {
      const draw = () => this.canvas.text([piece], x, baseline(style, y));
      if (piece.to === undefined) {
        node.content(draw);
        continue;
      }
      const link = node.add("Link");
      link.content(draw);
      const area = { x: x + piece.x, y, width: piece.width, height: style.leading };
      this.canvas.goTo(link, area, piece.to, `Go to ${piece.text}`);
      this.targets.add(piece.to);
      link.end();
    }
  }

  bullets(items: readonly Cell[], marker: (index: number) => string = () => "•"): void {
    const list = this.section.add("L");
    const indent = 14;
    for (const [index, item] of items.entries()) {
      const lines = setCell(item, STYLES.body, this.width - indent);
      this.ensure(heightOf(lines.slice(0, 2)));
      const entry = list.add("LI");
      const label = entry.add("Lbl");
      this.drawLines(label, setCell(marker(index), STYLES.body, indent), this.page.left + 3, this.y);
      label.end();
      const body = entry.add("LBody");
      this.flowLines(body, lines, this.page.left + indent);
      body.end();
      entry.end();
      this.y += 2.5;
    }
    list.end();
    this.y += 3;
  }

  /** A paragraph set off by a tinted box and a bar: what must not be overlooked. */
  callout({ tint, bar }: CalloutOptions, ...content: readonly (Inline | Paragraph)[]): void {
    const pad = 5;
    let rest: readonly SetLine[] = setCell(content, STYLES.body, this.width - 2 * pad - 4);
    this.ensure(heightOf(rest.slice(0, 4)) + 2 * pad);
    const node = this.section.add("P");
    while (rest.length > 0) {
      const count = Math.max(1, this.fitting(rest, this.room() - 2 * pad));
      const now = rest.slice(0, count);
      const height = heightOf(now) + 2 * pad;
      const { left } = this.page;
      const top = this.y;
      this.canvas.artifact(() => {
        this.canvas.box(left, top, this.width, height, tint);
        this.canvas.box(left, top, 3, height, bar);
      });
      this.drawLines(node, now, left + pad + 4, top + pad);
      this.y += height;
      rest = rest.slice(count);
      if (rest.length > 0) this.newPage();
    }
    node.end();
    this.y += 7;
  }

  /** A picture with a text that says the same, kept on one page. `height` in points. */
  figure(svg: string, alt: string, size: { readonly width: number; readonly height: number }): void {
    const scale = Math.min(1, this.width / size.width);
    const width = size.width * scale;
    const height = size.height * scale;
    this.ensure(height);
    const area = { x: this.page.left, y: this.y, width, height };
    const bbox = [area.x, area.y, area.x + width, area.y + height] as const;
    const node = this.section.add("Figure", { alt, bbox });
    node.content(() => this.canvas.svg(svg, area));
    node.end();
    this.y += height + 6;
  }
}

/** Where the letters of a line stand whose top is at `y`. */
function baseline({ leading, size }: TextStyle, y: number): number {
  return y + (leading - size) / 2 + size * 0.8;
}
