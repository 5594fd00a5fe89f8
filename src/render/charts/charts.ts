import { View, parse } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** A picture and a text that says the same. */
export interface Chart {
  readonly title: string;
  readonly svg: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
}

export interface ChartSpec {
  readonly title: string;
  readonly spec: TopLevelSpec;
  readonly alt: string;
}

const INK = "#1a2330";

/** The look that all charts share; fonts are those of the document that they stand in. */
const CONFIG: NonNullable<TopLevelSpec["config"]> = {
  font: "sans-serif",
  background: "transparent",
  padding: 2,
  view: { stroke: null },
  axis: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 8.5,
    titleFontSize: 8.5,
    titleFontWeight: "normal",
    gridColor: "#dfe4e9",
    domainColor: "#8b96a3",
    tickColor: "#8b96a3",
    labelLimit: 0,
  },
  text: { fontSize: 8.5, color: INK },
};

/** Draws a Vega-Lite specification as SVG. Pure: no browser, no canvas, no network; the same data give the same bytes. */
export async function drawChart({ spec, title, alt }: ChartSpec): Promise<Chart> {
  const { spec: vega } = compile({ ...spec, config: CONFIG });
  const view = new View(parse(vega), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    const [, width, height] = /<svg[^>]* width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
    return { svg, title, alt, width: Number(width), height: Number(height) };
  } finally {
    view.finalize();
  }
}
