import { invariant } from "../../base/index.ts";
import type { EvidencePackage } from "../../evidence/index.ts";
import {
  drawChart,
  findingsBySeverity,
  limitsOf,
  statusByFramework,
  valueAge,
  type Chart,
} from "../charts/index.ts";
import type { ReportDefinition } from "../definition.ts";
import { makeRegister } from "../register.ts";
import { blankCanvas, type Canvas } from "./canvas.ts";
import { Document, type Placed, type RunningText } from "./document.ts";
import { PdfkitCanvas } from "./pdfkit-canvas.ts";
import type { Report } from "./report.ts";
import { printContents } from "./sections/contents.ts";
import { cover } from "./sections/cover.ts";
import { printSections } from "./sections/index.ts";
import type { PageSize } from "./theme.ts";

export type { PageSize } from "./theme.ts";

export interface PdfOptions {
  readonly definition: ReportDefinition;
  /** Takes the place of the definition's page size. */
  readonly page?: PageSize;
}

/**
 * The evidence report as PDF 1.7 (PDF/A-3b, PDF/UA-1). The same package and definition give the same bytes. It is set
 * twice: once blank, to learn the page numbers, and once in ink, so that no page has to wait in memory for its number.
 */
export async function renderPdf(source: EvidencePackage, options: PdfOptions): Promise<Buffer> {
  const { definition } = options;
  const { head } = source;
  const report: Report = {
    source,
    head,
    register: makeRegister(source),
    definition,
    charts: await drawCharts(source, definition),
    contents: [],
  };
  const size = options.page ?? definition.page;
  const { contents, pageTotal } = plan(report, size);

  const canvas = new PdfkitCanvas({
    title: `${definition.title}: ${head.entity.name}, as of ${head.as_of}`,
    asOf: head.as_of,
    producer: `${head.product.name} ${head.product.version}`,
  });
  const document = print(canvas, { ...report, contents }, size, pageTotal);
  invariant(
    document.pageNumber === pageTotal &&
      document.headings.every((heading, index) => heading.page === pages(contents)[index]),
    "expected both passes to break pages alike",
  );
  return canvas.finish();
}

const pages = (placed: readonly Placed[]): number[] => placed.map(({ page }) => page);

/** Finds the page of every heading. The contents are set on their own, since their length depends on the headings. */
function plan(report: Report, size: PageSize): { contents: Placed[]; pageTotal: number } {
  const first = print(blankCanvas, report, size, 0);
  const shorter = new Document(blankCanvas, size, running(report, 0));
  printContents(shorter, first.headings);
  const added = shorter.pageNumber - 1;
  const contents = first.headings.map((heading) => ({
    ...heading,
    page: heading.anchor === "contents" ? heading.page : heading.page + added,
  }));
  return { contents, pageTotal: first.pageNumber + added };
}

function print(canvas: Canvas, report: Report, size: PageSize, pageTotal: number): Document {
  const document = new Document(canvas, size, running(report, pageTotal));
  document.startSection();
  cover(document, report);
  printContents(document, report.contents);
  printSections(document, report);
  document.end();
  return document;
}

function running({ head, definition }: Report, pageTotal: number): RunningText {
  const notice = head.snapshot.notice === undefined ? "" : "▲ Read the notice on page 1. ";
  return {
    headLeft: `${definition.title} — ${head.entity.name}`,
    headRight: `${notice}As of ${head.as_of} (${head.time_zone})`,
    footLeft: [`report   ${head.package_id}`, `snapshot ${head.snapshot.manifest_sha256}`],
    pageTotal,
  };
}

async function drawCharts(source: EvidencePackage, { value_age: from }: ReportDefinition): Promise<Chart[]> {
  const { head, findings, subjects } = source;
  const rotation = head.policies.find(({ policy }) => policy.policy_id === from.policy);
  const specs = [
    head.frameworks.some(({ controls }) => controls.length > 0)
      ? statusByFramework(head.frameworks)
      : undefined,
    findings.length > 0 ? findingsBySeverity(findings) : undefined,
    valueAge(subjects, limitsOf(rotation, from.param)),
  ];
  const charts: Chart[] = [];
  for (const spec of specs) if (spec !== undefined) charts.push(await drawChart(spec));
  return charts;
}
