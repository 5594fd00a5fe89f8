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
import type { RunningText } from "./document.ts";
import type { Report } from "./report.ts";
import { cover } from "./sections/cover.ts";
import { printSections } from "./sections/index.ts";
import { setDocument } from "./setting.ts";
import type { PageSize } from "./theme.ts";

export type { PageSize } from "./theme.ts";

export interface PdfOptions {
  readonly definition: ReportDefinition;
  /** Takes the place of the definition's page size. */
  readonly page?: PageSize;
}

/** The evidence report as PDF 1.7 (PDF/A-3b, PDF/UA-1). The same package and definition give the same bytes. */
export async function renderPdf(source: EvidencePackage, options: PdfOptions): Promise<Buffer> {
  const { definition } = options;
  const { head } = source;
  const report: Report = {
    source,
    head,
    register: makeRegister(source),
    definition,
    charts: await drawCharts(source, definition),
  };
  return await setDocument({
    info: {
      title: `${definition.title}: ${head.entity.name}, as of ${head.as_of}`,
      asOf: head.as_of,
      producer: `${head.product.name} ${head.product.version}`,
    },
    size: options.page ?? definition.page,
    running: (pageTotal) => running(report, pageTotal),
    cover: (document) => {
      cover(document, report);
    },
    sections: (document) => {
      printSections(document, report);
    },
  });
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
