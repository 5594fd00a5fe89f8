import type { SectionName } from "../../definition.ts";
import type { Document } from "../document.ts";
import type { Report, Section } from "../report.ts";
import type { Orientation } from "../theme.ts";
import { completeness } from "./completeness.ts";
import { extracts } from "./extracts.ts";
import { deviations, unknowns } from "./findings.ts";
import { frameworks } from "./frameworks.ts";
import { gaps } from "./gaps.ts";
import { glossary } from "./glossary.ts";
import { history } from "./history.ts";
import { policies } from "./policies.ts";
import { reperformance } from "./reperformance.ts";
import { scope } from "./scope.ts";
import { summary } from "./summary.ts";

/** Registers are wide: many columns, and room to write. */
const PARTS: Record<SectionName, { readonly print: Section; readonly orientation: Orientation }> = {
  scope: { print: scope, orientation: "portrait" },
  summary: { print: summary, orientation: "portrait" },
  completeness: { print: completeness, orientation: "portrait" },
  frameworks: { print: frameworks, orientation: "portrait" },
  deviations: { print: deviations, orientation: "landscape" },
  unknowns: { print: unknowns, orientation: "landscape" },
  history: { print: history, orientation: "portrait" },
  gaps: { print: gaps, orientation: "landscape" },
  policies: { print: policies, orientation: "portrait" },
  extracts: { print: extracts, orientation: "portrait" },
  reperformance: { print: reperformance, orientation: "portrait" },
  glossary: { print: glossary, orientation: "portrait" },
};

/** Prints the parts that the report's definition names, each from a new page on. */
export function printSections(document: Document, report: Report): void {
  for (const name of report.definition.sections) {
    if (name === "frameworks" && report.head.frameworks.length === 0) continue;
    const { print, orientation } = PARTS[name];
    document.startSection(orientation);
    print(document, report);
  }
}
