import { counted, number } from "../../base/index.ts";
import { outcomeText } from "../../review/index.ts";
import { para, type Cell } from "../pdf/blocks.ts";
import { commands } from "../pdf/listing.ts";
import { count, digest, stated } from "../pdf/report.ts";
import { facts, table } from "../pdf/table.ts";
import { countsText, fileText, missing, type Part } from "./printed.ts";

/** What the auditor drew, and how to draw it again. */
export const sample: Part = (document, printed) => {
  const { report, details } = printed;
  document.startSection();
  document.heading(1, "Sample", { anchor: "sample" });
  if (report.samples.length === 0) {
    document.paragraph(
      "body",
      "No sample was drawn. The population is sealed; the auditor gives a word or a list of ids, and the sample follows from both.",
    );
    return;
  }
  for (const { at, by, method, nonce, population_sha256, population_count, item_ids } of report.samples) {
    facts(document, [
      ["Drawn", `${at} by ${by}`],
      ["Method", method],
      ["The auditor’s word", stated(nonce)],
      ["From", [para("cell", counted(population_count, "item")), para("code", population_sha256)]],
      ["Items", number(item_ids.length)],
    ]);
  }
  table(document, {
    dense: true,
    columns: [
      { title: "Item", share: 0.3, names: true },
      { title: "Principal", share: 0.24 },
      { title: "Outcome", share: 0.2 },
      { title: "Mark", share: 0.08, blank: true },
      { title: "Remarks", share: 0.18, blank: true },
    ],
    rows: details.sampled.map(({ found }): Cell[] => [
      para("fineCode", found.item.item_id),
      found.item.principal.name,
      outcomeText(found),
      "",
      "",
    ]),
  });
  facts(document, [["All columns", fileText(printed, "sample.csv")]]);
};

/** Who stands for what, in their own words. */
export const signOff: Part = (document, { report }) => {
  document.startSection();
  document.heading(1, "Sign-off and acknowledgement", { anchor: "sign-off" });
  const said = (of: typeof report.sign_off, none: string): Cell =>
    of === undefined ? missing(none) : [para("cell", `${of.by}, ${of.at}`), para("cell", of.statement)];
  facts(document, [
    ["Result, by compliance", said(report.sign_off, "Not signed off")],
    ["Acknowledged by management (PCI DSS 7.2.4)", said(report.acknowledgement, "Not acknowledged")],
  ]);
  document.heading(2, "Reviewers under their decisions");
  table(document, {
    columns: [
      { title: "Reviewer", share: 0.24, names: true },
      { title: "When (UTC)", share: 0.2 },
      { title: "Statement", share: 0.3 },
      { title: "Decisions, digest", share: 0.26 },
    ],
    rows: report.reviewer_sign_offs.map(({ by, at, statement, decision_count, decisions_sha256 }) => [
      by,
      at,
      statement,
      [para("cell", counted(decision_count, "decision")), para("fineCode", decisions_sha256)],
    ]),
  });
};

/** Where all of it is kept, and how to compare. */
export const proof: Part = (document, printed) => {
  const { report } = printed;
  const { journal } = report;
  document.startSection();
  document.heading(1, "Journal, and how to check all this", { anchor: "proof" });
  facts(document, [
    ["Entries of this campaign", `${number(journal.entries)}: ${countsText(journal.by_kind)}`],
    ["Not in the ledger yet", [count(journal.unpublished, "unknown")]],
    [
      "First entry",
      journal.first === undefined
        ? "none"
        : [para("cell", `number ${journal.first.number}`), para("code", journal.first.sha256)],
    ],
    [
      "Last entry",
      journal.last === undefined
        ? "none"
        : [para("cell", `number ${journal.last.number}`), para("code", journal.last.sha256)],
    ],
    [
      "Journal against the ledger’s leaves",
      journal.verified === undefined
        ? missing("Not compared for this report")
        : `${counted(journal.verified.entries, "entry", "entries")} of all campaigns compared with their leaves and documents, all alike; ${number(journal.verified.outstanding)} not published yet`,
    ],
    [
      "Head of the ledger",
      journal.head === undefined
        ? missing("Not stated")
        : [para("cell", counted(journal.head.leaves, "leaf", "leaves")), para("code", journal.head.sha256)],
    ],
    ["This report as JSON", fileText(printed, "review.json")],
  ]);
  document.heading(2, "The files beside this report");
  table(document, {
    columns: [
      { title: "File", share: 0.25, names: true },
      { title: "SHA-256", share: 0.75 },
    ],
    rows: [...printed.files].map(([file, sha]) => [file, digest(sha)]),
  });
  commands(document, "sha256sum --check MANIFEST.sha256");
  document.paragraph(
    "small",
    "An item’s digest is of its canonical JSON (RFC 8785); the population’s digest and the parts name all of them. A decision names the digest of " +
      "what its reviewer saw. Each entry of the journal lies in the content-addressed store under its digest, and a leaf of the ledger names it.",
  );
};
