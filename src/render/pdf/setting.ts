import { invariant } from "../../base/index.ts";
import { blankCanvas, type Canvas } from "./canvas.ts";
import { Document, type Placed, type RunningText } from "./document.ts";
import type { DocumentInfo } from "./metadata.ts";
import { PdfkitCanvas } from "./pdfkit-canvas.ts";
import { printContents } from "./sections/contents.ts";
import type { PageSize } from "./theme.ts";

/** A document to be set: what stands on every page, before the contents and behind them. */
export interface Setting {
  readonly info: DocumentInfo;
  readonly size: PageSize;
  readonly running: (pageTotal: number) => RunningText;
  readonly cover: (document: Document) => void;
  readonly sections: (document: Document) => void;
}

/**
 * Sets a document twice: once blank, to learn the page numbers, and once in ink, so that no page has to wait in memory for its
 * number. Both calls of `cover` and `sections` must print the same.
 */
export async function setDocument(setting: Setting): Promise<Buffer> {
  const { contents, pageTotal } = plan(setting);
  const canvas = new PdfkitCanvas(setting.info);
  const document = print(canvas, setting, contents, pageTotal);
  invariant(
    document.pageNumber === pageTotal &&
      document.headings.every((heading, index) => heading.page === contents[index]?.page),
    "expected both passes to break pages alike",
  );
  return canvas.finish();
}

/** Finds the page of every heading. The contents are set on their own, since their length depends on the headings. */
function plan(setting: Setting): { contents: Placed[]; pageTotal: number } {
  const first = print(blankCanvas, setting, [], 0);
  const shorter = new Document(blankCanvas, setting.size, setting.running(0));
  printContents(shorter, first.headings);
  const added = shorter.pageNumber - 1;
  const contents = first.headings.map((heading) => ({
    ...heading,
    page: heading.anchor === "contents" ? heading.page : heading.page + added,
  }));
  return { contents, pageTotal: first.pageNumber + added };
}

function print(
  canvas: Canvas,
  { size, running, cover, sections }: Setting,
  contents: readonly Placed[],
  pageTotal: number,
): Document {
  const document = new Document(canvas, size, running(pageTotal));
  document.startSection();
  cover(document);
  printContents(document, contents);
  sections(document);
  document.end();
  return document;
}
