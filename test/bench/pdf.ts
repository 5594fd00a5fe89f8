/**
 * Pages a second and peak memory of an evidence report with many findings, against pdfkit alone: the same findings as plain
 * running text in the same typeface, without tables, tags, links or page numbers.
 *
 * `npm run bench -- pdf [findings]`, 10,000 unless told.
 */
import PDFDocument from "pdfkit";
import type { Finding } from "../../src/evidence/index.ts";
import { readReportDefinition, renderPdf } from "../../src/render/index.ts";
import { typeface } from "../../src/render/pdf/fonts.ts";
import { samplePackage } from "../render/package.ts";
import { measured } from "./run-cost.ts";

/** pdfkit alone is slow enough to be measured on a part. */
const MAX_PLAIN_FINDINGS = 500;

const source = samplePackage({ deviations: Number(process.argv[2] ?? 10_000) });
const definition = await readReportDefinition();
const rss_before_mb = Math.round(process.memoryUsage().rss / 2 ** 20);

const report = await printed(() => renderPdf(source, { definition }));
const plain = await printed(() => plainText(source.findings));
console.log(
  JSON.stringify({
    findings: source.findings.length,
    rss_before_mb,
    report,
    pdfkit_alone: plain,
    ratios: { over_pdfkit_alone_pages_per_cpu_s: round(report.pages_per_cpu_s / plain.pages_per_cpu_s) },
  }),
);

async function printed(
  render: () => Promise<Buffer>,
): Promise<Record<string, number> & { pages_per_cpu_s: number }> {
  let bytes: Buffer = Buffer.alloc(0);
  const {
    wall_s,
    cpu_s,
    peak_rss_mb = 0,
  } = await measured(async () => {
    bytes = await render();
  });
  const pages = bytes.toString("latin1").match(/\/Type \/Page\n/g)?.length ?? 0;
  return {
    pages,
    bytes: bytes.length,
    wall_s: round(wall_s),
    cpu_s: round(cpu_s),
    pages_per_s: Math.round(pages / wall_s),
    pages_per_cpu_s: Math.round(pages / cpu_s),
    peak_rss_mb,
  };
}

async function plainText(findings: readonly Finding[]): Promise<Buffer> {
  const document = new PDFDocument({ size: "A4" });
  const chunks: Buffer[] = [];
  document.registerFont("sans", typeface("sans").bytes).font("sans").fontSize(9);
  for (const finding of findings.slice(0, MAX_PLAIN_FINDINGS)) {
    document.text(Object.values(finding).flat().join(" ")).moveDown();
  }
  document.end();
  for await (const chunk of document as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
