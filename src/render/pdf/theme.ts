import type { Face } from "./fonts.ts";

/** Every colour has a contrast of at least 4.5 to 1 with white and with each tint (WCAG 2.2, 1.4.3). */
export const COLOURS = {
  ink: "#1a2330",
  quiet: "#4a5563",
  link: "#0b4a8f",
  rule: "#c9d0d8",
  strongRule: "#1f3a5f",
  bad: "#8f1a1a",
  unknown: "#724300",
  good: "#1b5e2b",
  badTint: "#fbeaea",
  unknownTint: "#fff3d9",
  goodTint: "#eaf4ec",
  quietTint: "#eff2f5",
} as const;

export type Colour = keyof typeof COLOURS;

/** How a paragraph looks; sizes in points. */
export interface TextStyle {
  readonly face: Face;
  readonly size: number;
  /** From baseline to baseline. */
  readonly leading: number;
  readonly colour: Colour;
}

const style = (size: number, leading: number, colour: Colour = "ink", face: Face = "sans"): TextStyle => ({
  face,
  size,
  leading,
  colour,
});

/** The typographic scale. */
export const STYLES = {
  title: style(26, 32, "strongRule", "strong"),
  subtitle: style(13, 18, "quiet"),
  h1: style(17, 22, "strongRule", "strong"),
  h2: style(12.5, 17, "strongRule", "strong"),
  h3: style(10.5, 14, "ink", "strong"),
  body: style(9.5, 13.2),
  cell: style(8.2, 10.8),
  /** Cells of tables with many short rows. */
  dense: style(7.8, 9.5),
  head: style(7.8, 10.2, "ink", "strong"),
  small: style(7.4, 9.8, "quiet"),
  fine: style(6.6, 8.1, "quiet"),
  code: style(7.2, 9.6, "ink", "mono"),
  listing: style(6.3, 7.4, "ink", "mono"),
  fineCode: style(6.1, 7.9, "quiet", "mono"),
} as const satisfies Record<string, TextStyle>;

export type StyleName = keyof typeof STYLES;

export type PageSize = "a4" | "letter";

export type Orientation = "portrait" | "landscape";

/** Points, portrait. */
const SIZES: Record<PageSize, readonly [number, number]> = { a4: [595.28, 841.89], letter: [612, 792] };

const MARGIN = { top: 56, bottom: 50, side: 48 };

export interface Geometry {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export function geometry(size: PageSize, orientation: Orientation): Geometry {
  const [short, long] = SIZES[size];
  const [width, height] = orientation === "portrait" ? [short, long] : [long, short];
  const side = orientation === "portrait" ? MARGIN.side : MARGIN.side - 8;
  return {
    width,
    height,
    left: side,
    right: width - side,
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
  };
}
