import { para, strong, type Cell } from "../pdf/blocks.ts";
import { digest, stated } from "../pdf/report.ts";
import { facts, table } from "../pdf/table.ts";
import { incompleteBox, type Part } from "./printed.ts";

/** Whose review this is, of what and when, who vouches for it, and what proves it. */
export const cover: Part = (document, printed) => {
  const { report } = printed;
  const { campaign, entity, population, product, journal } = report;
  document.paragraph("subtitle", "Countersign");
  document.paragraph("title", "Access review");
  document.paragraph("subtitle", `${entity.name}: ${campaign.title}`);
  document.space(4);
  incompleteBox(document, printed);
  facts(document, [
    ["Boundary", stated(entity.boundary)],
    ["Request list (PBC) id", stated(entity.request_id)],
    ["Frameworks", frameworks(printed)],
    ["Campaign", `${campaign.campaign_id}, ${campaign.state.replaceAll("_", " ")}`],
    ["Period", `opened ${campaign.opened_at ?? "not yet"}, due ${campaign.due_at ?? "not set"} (UTC)`],
    ["Population as of", `${population.as_of} (UTC)`],
    ["State as of", `${report.state_of} (UTC), the last entry of the journal`],
    ["Made with", `${product.name} ${product.version}`],
  ]);
  table(document, {
    columns: [
      { title: "", share: 0.16, names: true },
      { title: "Name", share: 0.34 },
      { title: "Signature", share: 0.32, blank: true },
      { title: "Date", share: 0.18, blank: true },
    ],
    rows: [
      [strong("Prepared by"), signer(entity.prepared_by)],
      [strong("Reviewed by"), signer(entity.reviewed_by)],
      [strong("Auditor"), signer(undefined)],
    ],
  });
  facts(document, [
    ["Snapshot", digest(population.snapshot_id)],
    ["Snapshot manifest", digest(population.snapshot_sha256)],
    ["Sealed population", digest(population.items_sha256)],
    ["Last journal entry", journal.last === undefined ? "none" : digest(journal.last.sha256)],
    ["Head of the ledger", journal.head === undefined ? "not stated" : digest(journal.head.sha256)],
  ]);
  document.paragraph(
    "small",
    "This report states what was observed. What follows from it, management and the auditor conclude.",
  );
};

function frameworks({ report }: Parameters<Part>[1]): Cell {
  const { frameworks: all } = report.campaign;
  return all.length === 0
    ? "not stated: all in scope"
    : all.map(({ title, edition }) => para("cell", `${title}, ${edition}`));
}

/** Room to sign beside the name. */
const signer = (name: string | undefined): Cell => [para("cell", name ?? " "), para("small", " ")];
