import { writeFileSync } from "node:fs";
import { samplePackage } from "./package.ts";
import { readReportDefinition, renderPdf } from "../../src/render/index.ts";
const definition = await readReportDefinition();
const t = performance.now();
const bytes = await renderPdf(
  samplePackage({
    deviations: Number(process.argv[2] ?? 20),
    notice:
      "Demonstration: the answers come from a recorded estate of a fictional company, not from a store that is in use.",
  }),
  { definition },
);
console.log(
  bytes.length,
  Math.round(performance.now() - t),
  Math.round(process.resourceUsage().maxRSS / 1024) + "MB",
);
writeFileSync("/tmp/out.pdf", bytes);
