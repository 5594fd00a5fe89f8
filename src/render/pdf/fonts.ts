import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { create, type Font } from "fontkit";
import { fileError, invariant } from "../../base/index.ts";

/**
 * The typefaces of a report. Both families cover what European languages write in Latin, Greek and Cyrillic; both are
 * under the OFL 1.1. For anything else see `printable`.
 */
const FILES = {
  sans: "@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf",
  strong: "@expo-google-fonts/source-sans-3/600SemiBold/SourceSans3_600SemiBold.ttf",
  mono: "@expo-google-fonts/source-code-pro/400Regular/SourceCodePro_400Regular.ttf",
} as const;

export type Face = keyof typeof FILES;

export const FACES = Object.keys(FILES) as Face[];

/** One face, ready to measure with. Widths ignore kerning, which only ever makes these texts narrower. */
export interface Typeface {
  readonly bytes: Buffer;
  covers(codePoint: number): boolean;
  /** Width in points of one code point at a size of one point. */
  advance(codePoint: number): number;
}

const loaded = new Map<Face, Typeface>();

export function typeface(face: Face): Typeface {
  const known = loaded.get(face);
  if (known !== undefined) return known;
  const made = load(face);
  loaded.set(face, made);
  return made;
}

function load(face: Face): Typeface {
  const path = createRequire(import.meta.url).resolve(FILES[face]);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
  const font = create(bytes);
  invariant("hasGlyphForCodePoint" in font, "expected one font in a file, got a collection");
  return { bytes, covers: (codePoint) => font.hasGlyphForCodePoint(codePoint), advance: advances(font) };
}

function advances(font: Font): (codePoint: number) => number {
  const measure = (codePoint: number) => font.glyphForCodePoint(codePoint).advanceWidth / font.unitsPerEm;
  const ascii = Float64Array.from({ length: 128 }, (_, codePoint) => measure(codePoint));
  const known = new Map<number, number>();
  return (codePoint) => {
    const width = codePoint < 128 ? ascii[codePoint] : known.get(codePoint);
    if (width !== undefined) return width;
    const measured = measure(codePoint);
    known.set(codePoint, measured);
    return measured;
  };
}
