import type { ReviewReport } from "../../review/index.ts";
import type { Chart } from "../charts/index.ts";
import { para, strong, type Cell } from "../pdf/blocks.ts";
import type { Document } from "../pdf/document.ts";
import { NOT_STATED } from "../pdf/report.ts";
import type { Details } from "./details.ts";

/** What the pages of a review's report are printed from. */
export interface Printed {
  readonly report: ReviewReport;
  readonly charts: readonly Chart[];
  readonly details: Details;
  /** Digests of the files beside the PDF, by name. */
  readonly files: ReadonlyMap<string, string>;
}

export type Part = (document: Document, printed: Printed) => void;

/** What stands against calling it whole, before everything else. */
export function incompleteBox(document: Document, { report }: Printed): void {
  if (report.incomplete.length === 0) return;
  document.callout(
    { tint: "unknownTint", bar: "unknown" },
    ...report.incomplete.map((sentence) =>
      para("body", strong("▲ INCOMPLETE: "), sentence.replace(/^INCOMPLETE: /, "")),
    ),
  );
}

/** A file beside the report, with what proves that it is the one. */
export function fileText({ files }: Printed, name: string): Cell {
  const known = files.get(name);
  return known === undefined ? [para("cell", name), NOT_STATED] : [para("cell", name), para("code", known)];
}

/** Counts of a record as text, e.g. `certify 3, revoke 1`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name.replaceAll("_", " ")} ${count}`);
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** The first digits of a digest; the lists have all. */
export function short(digestText: string): string {
  return digestText.slice(0, 16);
}

/** Lines of a path, or reasons, that a table shows; the lists have all. */
export const MAX_STEPS = 3;

/** What should be there and is not. */
export const missing = (text: string): Cell => [{ text: `▲ ${text}`, face: "strong", colour: "unknown" }];
