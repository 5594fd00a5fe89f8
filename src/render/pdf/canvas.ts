import type { Colour, Geometry } from "./theme.ts";
import type { Piece } from "./text.ts";

/** The structure types of ISO 32000-1, 14.8.4, that a report uses. */
export type Tag =
  | "Document"
  | "Sect"
  | "H1"
  | "H2"
  | "H3"
  | "P"
  | "L"
  | "LI"
  | "Lbl"
  | "LBody"
  | "Table"
  | "TR"
  | "TH"
  | "TD"
  | "TOC"
  | "TOCI"
  | "Link"
  | "Figure"
  | "Code";

export interface TagOptions {
  readonly scope?: "Column" | "Row";
  readonly alt?: string;
  /** Left, top, right, bottom in page coordinates from the top left. */
  readonly bbox?: readonly [number, number, number, number];
}

/** An element of the logical structure; ended as soon as nothing more belongs to it, so that memory stays flat. */
export interface StructNode {
  add(tag: Tag, options?: TagOptions): StructNode;
  /** Marks what `draw` draws as this element's content. Does not nest. */
  content(draw: () => void): void;
  end(): void;
}

/**
 * Where a document is drawn. Coordinates are points from the top left of the current page. `BlankCanvas` draws
 * nothing: a first pass over it finds page numbers.
 */
export interface Canvas {
  readonly root: StructNode;
  addPage(page: Geometry): void;
  /** Marks what `draw` draws as decoration or, as `Pagination`, as text that repeats on pages: no part of the structure. */
  artifact(draw: () => void, kind?: "Layout" | "Pagination"): void;
  text(pieces: readonly Piece[], x: number, baseline: number): void;
  box(x: number, y: number, width: number, height: number, fill: Colour): void;
  rule(x1: number, y1: number, x2: number, y2: number, colour: Colour, thickness: number): void;
  /** Makes an area lead to an anchor; `description` is read out. Belongs to `link`, an element tagged `Link`. */
  goTo(link: StructNode, area: Area, anchor: string, description: string): void;
  anchor(name: string, y: number): void;
  bookmark(level: 1 | 2, title: string, y: number): void;
  svg(markup: string, area: Area): void;
}

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const blankNode: StructNode = {
  add: () => blankNode,
  content: (draw) => draw(),
  end: () => undefined,
};

/** Draws nothing. */
export const blankCanvas: Canvas = {
  root: blankNode,
  addPage: () => undefined,
  artifact: (draw) => draw(),
  text: () => undefined,
  box: () => undefined,
  rule: () => undefined,
  goTo: () => undefined,
  anchor: () => undefined,
  bookmark: () => undefined,
  svg: () => undefined,
};
