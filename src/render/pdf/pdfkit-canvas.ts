import PDFDocument from "pdfkit";
import type { Font, Glyph } from "fontkit";
import svgToPdf from "svg-to-pdfkit";
import { invariant } from "../../base/index.ts";
import type { Area, Canvas, StructNode, Tag, TagOptions } from "./canvas.ts";
import { FACES, typeface } from "./fonts.ts";
import { ACCESSIBILITY_XMP, documentInfo, type DocumentInfo } from "./metadata.ts";
import type { Piece } from "./text.ts";
import { COLOURS, type Colour, type Geometry } from "./theme.ts";

type Element = PDFKit.PDFStructureElement;

/** One glyph's place in thousandths of the size. */
interface Position {
  readonly xAdvance: number;
  readonly yAdvance: number;
  readonly xOffset: number;
  readonly yOffset: number;
  readonly advanceWidth: number;
}

interface GlyphRun {
  readonly glyphs: readonly Glyph[];
  readonly positions: readonly Position[];
  readonly advanceWidth: number;
}

/** The parts of pdfkit's embedded font that are used here. */
interface EmbeddedFont {
  readonly font: Font;
  readonly scale: number;
  layoutCached: (text: string) => GlyphRun;
}

/** What pdfkit offers and its type definitions lack. */
interface Untyped {
  /** The current font. */
  readonly _font: EmbeddedFont;
  struct(tag: Tag, options?: TagOptions): Element;
  goTo(
    x: number,
    y: number,
    width: number,
    height: number,
    anchor: string,
    // pdfkit writes a primitive string as a PDF name, and only a String object as a PDF string.
    options: { readonly structParent: Element; readonly Contents: object },
  ): void;
}

interface Outline {
  addItem(title: string, options?: { fit: boolean; top: number; left: number }): Outline;
}

class PdfkitNode implements StructNode {
  readonly element: Element;
  readonly #pdf: PDFKit.PDFDocument & Untyped;
  readonly #tag: Tag;

  constructor(pdf: PDFKit.PDFDocument & Untyped, element: Element, tag: Tag) {
    this.#pdf = pdf;
    this.element = element;
    this.#tag = tag;
  }

  add(tag: Tag, options?: TagOptions): PdfkitNode {
    const child = this.#pdf.struct(tag, options);
    this.element.add(child);
    return new PdfkitNode(this.#pdf, child, tag);
  }

  content(draw: () => void): void {
    const content = this.#pdf.markStructureContent(this.#tag);
    draw();
    this.#pdf.endMarkedContent();
    this.element.add(content);
  }

  end(): void {
    this.element.end();
  }
}

/** A word of prose, worth kerning and worth remembering. Everything else in ASCII is an identifier. */
const PROSE = /^[A-Za-z'"(]{1,24}[.,;:!?)'"]* ?$/;

const ASCII = /^[ -~]*$/;

/**
 * Identifiers and digests need neither kerning nor ligatures, and nearly each is new: shaping them would be most of the
 * time that a large report takes, and pdfkit would keep them all. They are set letter by letter instead.
 */
function setIdentifiersPlainly(embedded: EmbeddedFont, fixedWidth: boolean): void {
  const shape = embedded.layoutCached.bind(embedded);
  const known = new Map<string, { glyph: Glyph; position: Position }>();
  const place = (char: string) => {
    const found = known.get(char);
    if (found !== undefined) return found;
    const glyph = embedded.font.glyphForCodePoint(char.codePointAt(0) ?? 0);
    const width = glyph.advanceWidth * embedded.scale;
    const position = { xAdvance: width, yAdvance: 0, xOffset: 0, yOffset: 0, advanceWidth: width };
    const made = { glyph, position };
    known.set(char, made);
    return made;
  };
  embedded.layoutCached = (text) => {
    if (!ASCII.test(text) || (!fixedWidth && PROSE.test(text))) return shape(text);
    const placed = Array.from(text, place);
    return {
      glyphs: placed.map(({ glyph }) => glyph),
      positions: placed.map(({ position }) => position),
      advanceWidth: placed.reduce((sum, { position }) => sum + position.xAdvance, 0),
    };
  };
}

/**
 * Draws with pdfkit: PDF 1.7, tagged, PDF/A-3b and PDF/UA-1, every font embedded. The same calls give the same bytes.
 */
export class PdfkitCanvas implements Canvas {
  readonly root: PdfkitNode;
  readonly #pdf: PDFKit.PDFDocument & Untyped;
  readonly #chunks: Uint8Array[] = [];
  #width = 0;
  #chapter: Outline | undefined;

  constructor(info: DocumentInfo) {
    this.#pdf = new PDFDocument({
      autoFirstPage: false,
      pdfVersion: "1.7",
      subset: "PDF/A-3b",
      tagged: true,
      lang: "en",
      displayTitle: true,
      font: "",
      info: documentInfo(info),
    }) as PDFKit.PDFDocument & Untyped;
    this.#pdf.appendXML(ACCESSIBILITY_XMP);
    for (const face of FACES) {
      this.#pdf.registerFont(face, typeface(face).bytes);
      this.#pdf.font(face);
      setIdentifiersPlainly(this.#pdf._font, face === "mono");
    }
    const root = this.#pdf.struct("Document");
    this.#pdf.addStructure(root);
    this.root = new PdfkitNode(this.#pdf, root, "Document");
  }

  addPage(page: Geometry): void {
    this.#pdf.addPage({ size: [page.width, page.height], margin: 0 });
    this.#width = page.width;
    this.#drain();
  }

  /** Joins what is written: a page is some thousand pieces, and the stream would hold those of all pages to the end. */
  #drain(): void {
    const written = this.#pdf.read() as Buffer | null;
    if (written !== null) this.#chunks.push(written);
  }

  artifact(draw: () => void, kind: "Layout" | "Pagination" = "Layout"): void {
    this.#pdf.markContent("Artifact", { type: kind });
    draw();
    this.#pdf.endMarkedContent();
  }

  text(pieces: readonly Piece[], x: number, baseline: number): void {
    for (const piece of pieces) {
      this.#pdf
        .font(piece.face)
        .fontSize(piece.size)
        .fillColor(COLOURS[piece.colour])
        .text(piece.text, x + piece.x, baseline, {
          lineBreak: false,
          baseline: "alphabetic",
          // Known already; pdfkit would measure again, for underlines and justified text.
          textWidth: piece.width,
          wordCount: 1,
        } as PDFKit.Mixins.TextOptions);
    }
  }

  box(x: number, y: number, width: number, height: number, fill: Colour): void {
    this.#pdf.rect(x, y, width, height).fill(COLOURS[fill]);
  }

  rule(x1: number, y1: number, x2: number, y2: number, colour: Colour, thickness: number): void {
    this.#pdf.moveTo(x1, y1).lineTo(x2, y2).lineWidth(thickness).stroke(COLOURS[colour]);
  }

  goTo(link: StructNode, { x, y, width, height }: Area, anchor: string, description: string): void {
    invariant(link instanceof PdfkitNode, "expected a node of this canvas");
    this.#pdf.goTo(x, y, width, height, anchor, {
      structParent: link.element,
      Contents: Object(description) as object,
    });
  }

  anchor(name: string, y: number): void {
    this.#pdf.addNamedDestination(name, "XYZ", 0, y, null);
  }

  bookmark(level: 1 | 2, title: string, y: number): void {
    const place = { fit: false, top: y, left: this.#width };
    const parent = level === 1 ? undefined : this.#chapter;
    const item = (parent ?? (this.#pdf.outline as unknown as Outline)).addItem(title, place);
    if (level === 1) this.#chapter = item;
  }

  svg(markup: string, { x, y, width, height }: Area): void {
    svgToPdf(this.#pdf, markup, x, y, {
      width,
      height,
      assumePt: true,
      preserveAspectRatio: "xMinYMin meet",
      fontCallback: (_family, bold) => (bold ? "strong" : "sans"),
    });
  }

  /** Ends the document and gives its bytes. */
  async finish(): Promise<Buffer> {
    this.root.end();
    this.#pdf.end();
    for await (const chunk of this.#pdf as AsyncIterable<Buffer>) this.#chunks.push(chunk);
    return Buffer.concat(this.#chunks);
  }
}
