import { counted, number } from "../../base/index.ts";
import { goingText, isDone } from "../../review/index.ts";
import { fine, para, prose, strong, type Cell } from "../pdf/blocks.ts";
import type { Document } from "../pdf/document.ts";
import { NOT_STATED, count, digest, stated } from "../pdf/report.ts";
import { facts, table } from "../pdf/table.ts";
import { populationLines } from "./lists.ts";
import { items } from "./items.ts";
import { proof, sample, signOff } from "./proof.ts";
import { countsText, fileText, incompleteBox, MAX_STEPS, missing, type Part } from "./printed.ts";

const summary: Part = (document, printed) => {
  const { report, charts } = printed;
  const { items, decisions, revocations, reviewers } = report;
  const waiting = items.total - (items.by_state["decided"] ?? 0) - (items.by_state["gone"] ?? 0);
  document.startSection();
  document.heading(1, "Summary", { anchor: "summary" });
  incompleteBox(document, printed);
  facts(document, [
    ["Items", `${number(items.total)}: ${countsText(items.by_state)}`],
    ["Not decided", [count(waiting, "unknown")]],
    ["Concluded", countsText(items.by_outcome)],
    ["Privileged items", [count(items.privileged)]],
    [
      "Decisions",
      `${number(decisions.in_force)} in force of ${number(decisions.taken)} taken: ${number(decisions.undone)} taken back, ${number(decisions.superseded)} void since the item changed`,
    ],
    ["By a rule, nobody answered", [count(decisions.by_rule + (items.by_outcome["kept"] ?? 0), "unknown")]],
    ["After the due date", [count(decisions.late, "unknown")]],
    ["On one’s own access", [count(decisions.own_access, "bad")]],
    [
      "Reviewers",
      [
        count(reviewers.length),
        ` — ${counted(reviewers.filter(({ rubber_stamp }) => rubber_stamp).length, "fits", "fit")} the terms for rubber-stamping`,
      ],
    ],
    [
      "Revocations",
      `${number(revocations.total)}: ${countsText(revocations.by_state)}; ${counted(revocations.overdue, "overdue", "overdue")}`,
    ],
    [
      "Verified, and not gone",
      [
        count(revocations.by_state["still_reachable"] ?? 0, "bad"),
        " still reachable, ",
        count(revocations.by_state["unverifiable"] ?? 0, "unknown"),
        " unverifiable",
      ],
    ],
    [
      "Usage not known",
      [
        count(items.unknown_usage, "unknown"),
        ` of ${counted(items.total, "item")}: these are neither used nor unused`,
      ],
    ],
    [
      "Signed off",
      report.sign_off === undefined
        ? missing("Not signed off")
        : `${report.sign_off.by}, ${report.sign_off.at}`,
    ],
    [
      "Acknowledged by management",
      report.acknowledgement === undefined
        ? missing("Not acknowledged")
        : `${report.acknowledgement.by}, ${report.acknowledgement.at}`,
    ],
  ]);
  for (const chart of charts) {
    document.heading(3, chart.title, { keep: chart.height + 2 });
    document.figure(chart.svg, chart.alt, chart);
  }
};

const population: Part = (document, printed) => {
  const { report } = printed;
  const of = report.population;
  const { campaign } = report;
  document.startSection();
  document.heading(1, "Population: completeness and accuracy", { anchor: "population" });
  document.paragraph(
    "body",
    "The population is effective access as one snapshot shows it, computed from the stores’ own policies, not from a list that somebody " +
      "kept. It was sealed when the campaign was made. Every secret, principal and store of the inventory is in an item, or excluded with a reason.",
  );
  facts(document, [
    ["Made by", prose(`\`${of.query}\``)],
    ["Scope", scopeText(campaign.scope)],
    [
      "Asked first",
      campaign.assign === "manager"
        ? "the manager of the person behind the principal"
        : "the owners of the secrets",
    ],
    [
      "Snapshot",
      [
        para("cell", `as of ${of.as_of} (UTC)`),
        para("code", of.snapshot_id),
        para("code", of.snapshot_sha256),
      ],
    ],
    ["Created", `${campaign.created_at} by ${campaign.created_by}`],
    ["Digest of all items, in order", digest(of.items_sha256)],
    [
      "Kept as",
      of.parts.length === 0
        ? NOT_STATED
        : [
            para("cell", `${counted(of.parts.length, "part")} in the content-addressed store`),
            ...of.parts.slice(0, 5).map((part) => para("code", part)),
          ],
    ],
  ]);
  document.heading(2, "Counts and exclusions");
  table(document, {
    columns: [
      { title: "Of", share: 0.15, names: true },
      { title: "What", share: 0.7 },
      { title: "Number", share: 0.15, align: "right" },
    ],
    rows: populationLines(report).map(({ kind, what, count: value }) => [
      kind,
      what,
      count(value, what.startsWith("may hide") ? "unknown" : "quiet"),
    ]),
  });
  document.heading(2, "What could not be read");
  if (of.gap_count === 0) document.paragraph("body", "Nothing in scope: no gap bears on this population.");
  else {
    document.paragraph(
      "body",
      `${counted(of.gap_count, "gap")}, of which ${number(of.gaps.length)} stand here; the snapshot has all.`,
    );
    document.bullets(of.gaps);
  }
};

function scopeText(scope: Readonly<Record<string, readonly string[]>>): string {
  const parts = Object.entries(scope).map(
    ([name, patterns]) => `${name.replaceAll("_", " ")}: ${patterns.join(", ")}`,
  );
  return parts.length === 0 ? "everything" : parts.join("; ");
}

const reviewers: Part = (document, printed) => {
  const { report } = printed;
  const { rubber_stamp } = report.campaign.terms;
  document.startSection("landscape");
  document.heading(1, "Reviewers: authority, independence, pace", { anchor: "reviewers" });
  facts(document, [
    ["Decisions on one’s own access", [count(report.decisions.own_access, "bad")]],
    [
      "Items that two people must decide",
      `${number(report.items.two_people)} by two reviewers, ${number(report.items.security)} by security after them`,
    ],
    [
      "Terms for rubber-stamping",
      `all of: at least ${rubber_stamp.min_decisions} decisions, at least ${percent(rubber_stamp.certified_share)} of them certify, at most ${rubber_stamp.median_seconds} s between two at the median`,
    ],
    ["Digests and all reasons", fileText(printed, "reviewers.csv")],
  ]);
  table(document, {
    dense: true,
    columns: [
      { title: "Reviewer", share: 0.2, names: true },
      { title: "Why they were asked", share: 0.24 },
      { title: "Asked / waiting", share: 0.08, align: "right" },
      { title: "Decisions", share: 0.14 },
      { title: "Pace", share: 0.18 },
      { title: "Own access / own secrets", share: 0.09, align: "right" },
      { title: "Signed off", share: 0.12 },
      { title: "Mark", share: 0.06, blank: true },
    ],
    rows: report.reviewers.map((one): Cell[] => [
      [
        para("dense", one.reviewer),
        fine(
          [one.name, one.title].filter((part) => part !== undefined).join(", ") || "no person of the rosters",
        ),
      ],
      one.authority
        .slice(0, MAX_STEPS)
        .map(({ because, items }) => para("dense", `${number(items)}: ${because}`)),
      `${number(one.asked)} / ${number(one.waiting)}`,
      [
        para("dense", `${number(one.decision_count)}: ${countsText(one.decisions)}`),
        fine(`${one.justified} justified, ${one.late} late, largest bulk ${one.largest_bulk}`),
      ],
      [
        ...(one.rubber_stamp
          ? [
              para("dense", {
                text: "▲ fits the terms for rubber-stamping",
                face: "strong",
                colour: "unknown",
              }),
            ]
          : []),
        para("dense", one.pace),
        fine(`considered ${seconds(one.median_considered_s)} at the median`),
      ],
      [count(one.own_access, "bad"), ` / ${number(one.own_secrets)}`],
      one.signed_off_at ?? missing("no"),
      "",
    ]),
  });
  document.paragraph(
    "small",
    "Own secrets: decisions on secrets of which the reviewer is named an owner. Where items are assigned to owners, that is asked for. Times " +
      "are measured between acts; a decision on several items counts as its items.",
  );
};

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

function seconds(value: number | undefined): string {
  return value === undefined ? "for a time that is not known" : `${Math.round(value * 10) / 10} s`;
}

const timeliness: Part = (document, { report }) => {
  const { campaign, timeliness: of, decisions } = report;
  const { terms } = campaign;
  document.startSection();
  document.heading(1, "Timeliness", { anchor: "timeliness" });
  facts(document, [
    ["Created", campaign.created_at],
    ["Opened", stated(campaign.opened_at)],
    ["Due", `${campaign.due_at ?? "not set"}, after ${counted(terms.due_days, "day")}`],
    ["Review ended", campaign.review_ended_at ?? missing("Not ended")],
    [
      "Remediation due",
      `${campaign.remediation_due_at ?? "not set"}, after ${counted(terms.remediation_days, "day")}`,
    ],
    ["Closed", campaign.closed_at ?? missing("Not closed")],
    ["Decided after the due date", [count(decisions.late, "unknown")]],
    ["Where nobody answers", `${terms.no_answer}, ${counted(terms.grace_days, "day")} after the due date`],
  ]);
  document.heading(2, "Reminders, escalation, and what a rule did");
  const lines = [
    ...of.reminders.map(({ at, by, reviewers: who, items: n }) => [
      at,
      "reminded",
      `${counted(who, "reviewer")} of ${counted(n, "item")}, by ${by}`,
    ]),
    ...of.escalations.map(({ at, items: n }) => [at, "escalated", counted(n, "item")]),
    ...of.unanswered.map(({ at, rule, items: n }) => [
      at,
      "by the rule",
      `${rule}: ${counted(n, "item")} that nobody answered`,
    ]),
    ...of.refreshed.map(({ at, snapshot_id, joined, changed, gone, widened = 0 }) => [
      at,
      "compared",
      `with snapshot ${snapshot_id}: ${joined} joined, ${changed} changed, ${gone} gone${widened === 0 ? "" : `, ${widened} wider since they were revoked`}`,
    ]),
  ].sort(([a = ""], [b = ""]) => (a < b ? -1 : Number(a > b)));
  table(document, {
    columns: [
      { title: "When (UTC)", share: 0.28, names: true },
      { title: "What", share: 0.17 },
      { title: "Of", share: 0.55 },
    ],
    rows: lines,
  });
  const { joined, changed, gone, escalated, handed_on } = report.items;
  document.heading(2, "What changed during the campaign");
  facts(document, [
    ["Joined after it was made", [count(joined)]],
    ["Changed, and asked about again", [count(changed)]],
    ["Gone meanwhile, nothing to decide", [count(gone)]],
    ["Handed on", [count(handed_on)]],
    ["Escalated", [count(escalated)]],
  ]);
};

const revocations: Part = (document, printed) => {
  const { report, details } = printed;
  document.startSection("landscape");
  document.heading(1, "Revocations and their verification", { anchor: "revocations" });
  document.paragraph(
    "body",
    "Removed means: a later snapshot shows no path that is left, by any group, role, policy or other login of the same person, and nothing " +
      "that could not be read may hide one. A closed ticket proves nothing here.",
  );
  facts(document, [
    ["Revocations", `${number(report.revocations.total)}: ${countsText(report.revocations.by_state)}`],
    ["Past their due date and not removed", [count(report.revocations.overdue, "bad")]],
    ["With a ticket", [count(report.revocations.with_ticket)]],
    ["All of them", fileText(printed, "revocations.csv")],
  ]);
  if (report.revocations.total > details.revocations.length)
    document.paragraph("body", `The first ${number(details.revocations.length)} follow.`);
  table(document, {
    dense: true,
    columns: [
      { title: "Principal", share: 0.2, names: true },
      { title: "What must go", share: 0.2 },
      { title: "Ticket, due", share: 0.15 },
      { title: "State", share: 0.13 },
      { title: "Verified by, what is left", share: 0.27 },
      { title: "Mark", share: 0.05, blank: true },
    ],
    rows: details.revocations.map(({ found, revocation }): Cell[] => {
      if (revocation === undefined) return [];
      const { kind, store_id, ticket, due_at, ends_at, state, removed_at, checked } = revocation;
      const what = goingText(revocation);
      return [
        [para("dense", strong(found.item.principal.name)), para("fineCode", found.item.item_id)],
        `${kind.replaceAll("_", " ")}: ${what} of ${store_id}${ends_at === undefined ? "" : `; what is left ends ${ends_at}`}`,
        [para("dense", ticket === undefined ? "no ticket" : ticket.reference), fine(`due ${due_at}`)],
        [
          REVOCATION_TEXTS[state],
          ...(removed_at === undefined ? [] : [fine(removed_at)]),
          ...(state === "removed" && !isDone(revocation)
            ? [fine("what was reduced; not seen yet: the end of what is left")]
            : []),
        ],
        checked === undefined
          ? "not looked for yet"
          : [
              para("dense", `snapshot ${checked.snapshot_id}`),
              ...checked.remaining.slice(0, MAX_STEPS).map((line) => fine(line)),
              ...(checked.remaining_count > MAX_STEPS
                ? [fine(`and ${checked.remaining_count - MAX_STEPS} more`)]
                : []),
            ],
        "",
      ];
    }),
  });
};

const REVOCATION_TEXTS = {
  open: { text: "○ open", face: "strong" },
  removed: { text: "● removed", face: "strong", colour: "good" },
  still_reachable: { text: "◆ still reachable", face: "strong", colour: "bad" },
  unverifiable: { text: "▲ unverifiable", face: "strong", colour: "unknown" },
} as const;

const PARTS: readonly Part[] = [
  summary,
  population,
  reviewers,
  items,
  timeliness,
  revocations,
  sample,
  signOff,
  proof,
];

export function printReview(document: Document, printed: Parameters<Part>[1]): void {
  for (const part of PARTS) part(document, printed);
}
