/**
 * Pages a second and peak memory of an evidence report with many findings: `node test/bench/pdf.ts [findings]`, 10,000
 * unless told. Prints one JSON object.
 */
import { readReportDefinition, renderPdf } from "../../src/render/index.ts";
import { samplePackage } from "../render/package.ts";

const findings = Number(process.argv[2] ?? 10_000);
const source = samplePackage({ deviations: findings });
const definition = await readReportDefinition();
const heapBefore = process.memoryUsage().rss;
const cpuBefore = process.cpuUsage();
const started = process.hrtime.bigint();
const bytes = await renderPdf(source, { definition });
const wall_ms = Number(process.hrtime.bigint() - started) / 1e6;
const cpu = process.cpuUsage(cpuBefore);
const cpu_ms = (cpu.user + cpu.system) / 1e3;
const pages = bytes.toString("latin1").match(/\/Type \/Page\n/g)?.length ?? 0;
const megabytes = (count: number): number => Math.round(count / 1024 / 1024);

console.log(
  JSON.stringify({
    benchmark: "pdf",
    findings: source.findings.length,
    pages,
    bytes: bytes.length,
    wall_ms: Math.round(wall_ms),
    cpu_ms: Math.round(cpu_ms),
    pages_per_s: Math.round((pages / wall_ms) * 1000),
    pages_per_cpu_s: Math.round((pages / cpu_ms) * 1000),
    rss_before_mb: megabytes(heapBefore),
    rss_peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
