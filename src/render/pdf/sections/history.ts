import { counted } from "../../../base/index.ts";
import type { EvidenceHead, PastFinding } from "../../../evidence/index.ts";
import { PAST_WORDS, words } from "../../words.ts";
import { code, fine, mono, para, strong, type Cell } from "../blocks.ts";
import type { Document } from "../document.ts";
import { count, digest, policyLink, statusText, type Report, type Section } from "../report.ts";
import { facts, table } from "../table.ts";

/** Snapshots that are named one by one; the package names them all. */
const MAX_NAMED = 12;

/** Since when things fail, what was fixed, and when the rules changed. */
export const history: Section = (document, report) => {
  const { head, source } = report;
  document.heading(1, "Earlier snapshots", { anchor: "history" });
  const read = head.history;
  if (read === undefined) {
    document.paragraph(
      "body",
      "No earlier snapshot was looked at. So nothing here says since when something fails, when it was ",
      "last seen good, or what was fixed.",
    );
    return;
  }
  document.paragraph(
    "body",
    "Findings were followed through the earlier snapshots that lie beside this one. All of them were judged with the rules of ",
    "this report, so that what is compared is comparable. Each instant is that of a snapshot: what happened between two ",
    "of them was not seen. What was bad in the oldest one may have been bad before. A snapshot in which something could ",
    "not be judged fixes nothing and is counted, and so does one that looked at another part of a store.",
  );
  if (read.not_read.length > 0) {
    document.callout(
      { tint: "unknownTint", bar: "unknown" },
      strong("▲ Not every earlier snapshot is there. "),
      `${counted(read.not_read.length, "earlier snapshot")} could not be read, or was judged once and is gone `,
      "since. Things may have failed for longer, and been seen good at other times, than the others tell.",
    );
  }
  if (read.stores_not_looked_at.length > 0) notLookedAt(document, read);
  snapshots(document, read);
  stores(document, read);
  sources(document, read);
  rules(document, read);
  past(document, report, source.past);
};

type Read = NonNullable<EvidenceHead["history"]>;

/** Says that this report is silent about stores of which earlier ones spoke. */
export function notLookedAt(document: Document, { stores_not_looked_at: left }: Read): void {
  const named = left.slice(0, MAX_NAMED).map(({ store_id }) => store_id);
  const more = left.length > MAX_NAMED ? ` and ${left.length - MAX_NAMED} more` : "";
  document.callout(
    { tint: "unknownTint", bar: "unknown" },
    strong("▲ Not every store of earlier snapshots was looked at. "),
    `${counted(left.length, "store")}: ${named.join(", ")}${more}. No figure of this report speaks of them; nothing that `,
    "failed there is known to be fixed.",
  );
}

function stores(document: Document, { stores_not_looked_at: left }: Read): void {
  if (left.length === 0) return;
  document.heading(2, "Stores that are not looked at any more");
  table(document, {
    columns: [
      { title: "Store", share: 0.36, names: true },
      { title: "Last looked at", share: 0.46 },
      { title: "Findings open then", share: 0.18, align: "right" },
    ],
    rows: left.map(({ store_id, connector, address, last_looked_at, snapshot_id, open_finding_count }) => [
      [strong(store_id), fine(`${connector}, ${address}`)],
      [para("cell", last_looked_at), code(snapshot_id)],
      count(open_finding_count, "unknown"),
    ]),
  });
}

function sources(document: Document, { source_changes: changes }: Read): void {
  if (changes.length === 0) return;
  document.heading(2, "Changes of sources");
  document.paragraph(
    "body",
    "From these snapshots on another server, or another part of a store, was looked at under the same name. What failed ",
    "before and is not in it is neither fixed nor gone, but not seen.",
  );
  table(document, {
    columns: [
      { title: "From the snapshot of", share: 0.26, names: true },
      { title: "Store", share: 0.24 },
      { title: "Snapshot", share: 0.3 },
      { title: "Changed", share: 0.2 },
    ],
    rows: changes.map(({ taken_at, store_id, snapshot_id, changed }) => [
      taken_at,
      store_id,
      mono(snapshot_id),
      changed.map(words).join(", "),
    ]),
  });
}

function snapshots(document: Document, { snapshots: all, not_read, older_count, rules_sha256 }: Read): void {
  const [oldest] = all;
  const newest = all.at(-1);
  const left = not_read.slice(0, MAX_NAMED).map(({ snapshot_id, reason }) => `${snapshot_id} (${reason})`);
  const entries: [string, Cell][] = [
    ["Looked at", counted(all.length, "earlier snapshot")],
    ...(oldest === undefined || newest === undefined
      ? []
      : [
          ["Oldest", named(oldest)] satisfies [string, Cell],
          ["Newest", named(newest)] satisfies [string, Cell],
        ]),
    [
      "Not readable",
      left.length === 0 ? "none" : strong(`▲ ${counted(not_read.length, "snapshot")}: ${left.join(", ")}`),
    ],
    ["Not looked at", older_count === 0 ? "none" : strong(`▲ ${counted(older_count, "older snapshot")}`)],
    ["Judged with", digest(rules_sha256)],
    ["", fine("The evidence package names every snapshot with the digest of its manifest.")],
  ];
  facts(document, entries);
}

const named = ({ snapshot_id, taken_at, manifest_sha256 }: Read["snapshots"][number]): Cell => [
  para("cell", taken_at, ", ", mono(snapshot_id)),
  code(manifest_sha256),
];

function rules(document: Document, { rule_changes: changes }: Read): void {
  document.heading(2, "Changes of rules");
  if (changes.length === 0) {
    document.paragraph(
      "body",
      "Every one of these snapshots was first judged with the rules of this report.",
    );
    return;
  }
  document.callout(
    { tint: "unknownTint", bar: "unknown" },
    strong("▲ The rules changed in this time. "),
    "Reports of that time rest on the rules of that time. Here every snapshot was judged again with the present ones.",
  );
  table(document, {
    columns: [
      { title: "From the snapshot of", share: 0.26, names: true },
      { title: "Snapshot", share: 0.36 },
      { title: "Changed", share: 0.38 },
    ],
    rows: changes.map(({ taken_at, snapshot_id, changed }) => [
      taken_at,
      mono(snapshot_id),
      changed.map(words).join(", "),
    ]),
  });
}

function past(document: Document, report: Report, all: readonly PastFinding[]): void {
  document.heading(2, "What failed before and is no finding now", { anchor: "past-findings" });
  if (all.length === 0) {
    document.paragraph(
      "body",
      "Nothing: of the stores of this report, whatever failed in these snapshots is a finding as well.",
    );
    return;
  }
  document.paragraph("body", `${counted(all.length, "earlier finding")}, one for each policy and subject.`);
  table(document, {
    columns: [
      { title: "Now", share: 0.15, names: true },
      { title: "Subject", share: 0.27 },
      { title: "Policy", share: 0.2 },
      { title: "Seen", share: 0.26 },
      { title: "Tick-mark", share: 0.12, blank: true },
    ],
    rows: all.map((finding) => [
      [para("cell", statusText(PAST_WORDS[finding.now])), code(finding.finding_id.slice(0, 16))],
      [para("cell", strong(finding.subject_name)), fine(`${finding.subject_kind} in ${finding.store_id}`)],
      [
        para("cell", finding.title),
        para("small", policyLink(report, finding.policy_id), `, ${finding.severity}`),
      ],
      seen(finding).map((line) => para("cell", line)),
    ]),
  });
}

function seen(finding: PastFinding): string[] {
  const { last_seen_good_at: good, first_seen_bad_at, last_seen_bad_at, fixed_at, ended_at } = finding;
  return [
    ...(good === undefined || (fixed_at !== undefined && good >= fixed_at) ? [] : [`good ${good}`]),
    `bad from ${first_seen_bad_at}`,
    `to ${last_seen_bad_at}`,
    ...(fixed_at === undefined ? [] : [`fixed ${fixed_at}`]),
    ...(ended_at === undefined ? [] : [`not found since ${ended_at}`]),
    ...(finding.unjudged_count === 0 ? [] : [`not judged ${finding.unjudged_count} times`]),
  ];
}
