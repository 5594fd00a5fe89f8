import type { ReviewPackage } from "../../review/index.ts";
import { drawChart, outcomesOfItems, progressOfReview, type Chart } from "../charts/index.ts";
import { setDocument } from "../pdf/setting.ts";
import type { PageSize } from "../pdf/theme.ts";
import { detailsOf } from "./details.ts";
import { cover } from "./cover.ts";
import { printReview } from "./sections.ts";
import type { Printed } from "./printed.ts";

/** The review of access as PDF 1.7 (PDF/A-3b, PDF/UA-1). The same state gives the same bytes. `files`: digests of the lists. */
export async function renderReviewPdf(
  source: ReviewPackage,
  {
    page = "a4",
    files = new Map(),
  }: { readonly page?: PageSize; readonly files?: ReadonlyMap<string, string> } = {},
): Promise<Buffer> {
  const { report } = source;
  const { campaign, entity, population, product } = report;
  const charts: Chart[] = [];
  for (const spec of [outcomesOfItems(report), progressOfReview(report)])
    if (spec !== undefined) charts.push(await drawChart(spec));
  const printed: Printed = { report, charts, files, details: await detailsOf(source) };
  const title = `Access review ${campaign.campaign_id}`;
  return await setDocument({
    info: {
      title: `${title}: ${entity.name}, as of ${population.as_of}`,
      asOf: report.state_of,
      producer: `${product.name} ${product.version}`,
    },
    size: page,
    running: (pageTotal) => ({
      headLeft: `${title} — ${entity.name}`,
      headRight: `${report.incomplete.length === 0 ? "" : "▲ INCOMPLETE, see page 1. "}As of ${population.as_of} (UTC)`,
      footLeft: [`population ${population.items_sha256}`, `snapshot   ${population.snapshot_sha256}`],
      pageTotal,
    }),
    cover: (document) => {
      cover(document, printed);
    },
    sections: (document) => {
      printReview(document, printed);
    },
  });
}
