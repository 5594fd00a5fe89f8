import { heightOf, setCell, type Cell, type SetLine } from "./blocks.ts";
import type { StructNode } from "./canvas.ts";
import type { Document } from "./document.ts";
import { STYLES, type Colour, type TextStyle } from "./theme.ts";

export interface Column {
  readonly title: string;
  /** Share of the table's width. */
  readonly share: number;
  readonly align?: "right";
  /** The column names its row: its cells are header cells. */
  readonly names?: true;
  /** Left empty for the reader's pen: drawn as a box. */
  readonly blank?: true;
}

export interface Row {
  readonly cells: readonly Cell[];
  /** Something leads to this row. */
  readonly anchor?: string;
  readonly tint?: Colour;
}

export interface TableSpec {
  readonly columns: readonly Column[];
  readonly rows: Iterable<Row | readonly Cell[]>;
  /** Without a row of headings: the first column names each row. */
  readonly headless?: true;
  /** Many short rows: smaller letters, less room between them. */
  readonly dense?: true;
}

const PAD = { x: 3.5, y: 2.8 };
const DENSE_PAD_Y = 1;

/** A row is split over pages only when it is taller than this share of a page. */
const SPLIT_ABOVE = 0.5;

/** The least height worth beginning a split row in. */
const MIN_SPLIT_HEIGHT = 60;

/** Room below a table's heading without which it begins on the next page. */
const MIN_FIRST_ROW_HEIGHT = 40;

interface PlacedColumn extends Column {
  readonly x: number;
  readonly width: number;
}

/** Sets a table: column headings repeat on every page, rows stay whole unless they are taller than half a page. */
export function table(document: Document, spec: TableSpec): void {
  new TableSetter(document, spec).run();
  document.y += 8;
}

/** Names and what belongs to them, as a table of two columns without headings. */
export function facts(
  document: Document,
  entries: readonly (readonly [string, Cell])[],
  { share = 0.27, dense = false }: { readonly share?: number; readonly dense?: boolean } = {},
): void {
  table(document, {
    headless: true,
    ...(dense ? { dense: true as const } : {}),
    columns: [
      { title: "", share, names: true },
      { title: "", share: 1 - share },
    ],
    rows: entries.map(([name, value]) => [{ text: name, face: "strong" as const }, value]),
  });
}

class TableSetter {
  readonly #document: Document;
  readonly #spec: TableSpec;
  #node: StructNode | undefined;
  readonly #columns: readonly PlacedColumn[];
  readonly #heading: readonly SetLine[][];
  readonly #padY: number;
  readonly #style: TextStyle;

  constructor(document: Document, spec: TableSpec) {
    this.#document = document;
    this.#spec = spec;
    this.#padY = spec.dense === true ? DENSE_PAD_Y : PAD.y;
    this.#style = STYLES[spec.dense === true ? "dense" : "cell"];
    this.#columns = place(spec.columns, document.page.left, document.width);
    this.#heading = this.#columns.map(({ title, width }) => setCell(title, STYLES.head, width - 2 * PAD.x));
  }

  run(): void {
    for (const entry of this.#spec.rows) {
      const row = "cells" in entry ? entry : { cells: entry };
      const cells = this.#columns.map(({ width }, index) =>
        setCell(row.cells[index] ?? "", this.#style, width - 2 * PAD.x),
      );
      this.#node ??= this.#begin(rowHeight(cells, this.#padY));
      this.#setRow(this.#node, row, cells);
    }
    if (this.#node === undefined) this.#document.paragraph("small", "None.");
    else this.#node.end();
  }

  #begin(firstRowHeight: number): StructNode {
    const node = this.#document.section.add("Table");
    const heading = this.#spec.headless === true ? 0 : rowHeight(this.#heading, this.#padY);
    const splits = this.#splits(firstRowHeight);
    this.#document.ensure(
      heading + Math.max(MIN_FIRST_ROW_HEIGHT, splits ? MIN_SPLIT_HEIGHT : firstRowHeight),
    );
    if (this.#spec.headless === true) {
      this.#rule("strongRule", 0.8);
      return node;
    }
    const row = node.add("TR");
    this.#drawHeading((index, draw) => {
      const cell = row.add("TH", { scope: "Column" });
      if ((this.#heading[index]?.length ?? 0) > 0) cell.content(draw);
      cell.end();
    });
    row.end();
    return node;
  }

  #splits(rowHeight: number): boolean {
    const { top, bottom } = this.#document.page;
    return rowHeight > (bottom - top) * SPLIT_ABOVE;
  }

  #drawHeading(each: (index: number, draw: () => void) => void): void {
    const document = this.#document;
    const height = rowHeight(this.#heading, this.#padY);
    const { canvas, page, y, width } = document;
    canvas.artifact(() => canvas.box(page.left, y, width, height, "quietTint"));
    for (const [index, column] of this.#columns.entries()) {
      each(index, () => this.#drawPlain(this.#heading[index] ?? [], column, y + this.#padY));
    }
    document.y += height;
    this.#rule("strongRule", 0.8);
  }

  /** Lines without links, inside marked content that is already open. */
  #drawPlain(lines: readonly SetLine[], column: PlacedColumn, top: number): void {
    const open: StructNode = { add: () => open, content: (draw) => draw(), end: () => undefined };
    this.#drawCell(open, lines, column, top);
  }

  #drawCell(node: StructNode, lines: readonly SetLine[], column: PlacedColumn, top: number): void {
    const right = column.align === "right" ? column.x + column.width - PAD.x : undefined;
    this.#document.drawLines(node, lines, column.x + PAD.x, top, right);
  }

  #nextPage(): void {
    this.#document.newPage();
    if (this.#spec.headless === true) return;
    this.#drawHeading((_index, draw) => this.#document.canvas.artifact(draw, "Pagination"));
  }

  #setRow(table: StructNode, row: Row, cells: readonly SetLine[][]): void {
    const document = this.#document;
    const height = rowHeight(cells, this.#padY);
    if (height > document.room() && (!this.#splits(height) || document.room() < MIN_SPLIT_HEIGHT))
      this.#nextPage();
    if (row.anchor !== undefined) document.anchor(row.anchor);
    const node = table.add("TR");
    const nodes = this.#columns.map(({ names }) =>
      names === true ? node.add("TH", { scope: "Row" }) : node.add("TD"),
    );
    let rest = cells;
    for (;;) {
      const room = document.room() - 2 * this.#padY;
      const counts = rest.map((lines) => document.fitting(lines, room));
      const now = rest.map((lines, index) => lines.slice(0, counts[index]));
      this.#drawRow(row, nodes, now);
      rest = rest.map((lines, index) => lines.slice(counts[index]));
      if (rest.every((lines) => lines.length === 0)) break;
      this.#nextPage();
    }
    for (const cell of nodes) cell.end();
    node.end();
  }

  #drawRow(row: Row, nodes: readonly StructNode[], cells: readonly SetLine[][]): void {
    const document = this.#document;
    const height = rowHeight(cells, this.#padY);
    const { canvas, page, y } = document;
    const { tint } = row;
    if (tint !== undefined) canvas.artifact(() => canvas.box(page.left, y, document.width, height, tint));
    for (const [index, column] of this.#columns.entries()) {
      const node = nodes[index];
      if (node !== undefined) this.#drawCell(node, cells[index] ?? [], column, y + this.#padY);
      if (column.blank === true) {
        canvas.artifact(() => {
          canvas.rule(column.x, y, column.x, y + height, "rule", 0.5);
          canvas.rule(column.x + column.width, y, column.x + column.width, y + height, "rule", 0.5);
        });
      }
    }
    document.y += height;
    this.#rule("rule", 0.4);
  }

  #rule(colour: Colour, thickness: number): void {
    const { canvas, page, y } = this.#document;
    canvas.artifact(() => canvas.rule(page.left, y, page.right, y, colour, thickness));
  }
}

function place(columns: readonly Column[], left: number, width: number): PlacedColumn[] {
  const shares = columns.reduce((sum, { share }) => sum + share, 0);
  let x = left;
  return columns.map((column) => {
    const placed = { ...column, x, width: (width * column.share) / shares };
    x += placed.width;
    return placed;
  });
}

function rowHeight(cells: readonly (readonly SetLine[])[], padY: number): number {
  return Math.max(STYLES.dense.leading, ...cells.map(heightOf)) + 2 * padY;
}
