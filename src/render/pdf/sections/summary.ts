import { sentInClear, counted, number } from "../../../base/index.ts";
import { outOfSight, storesText, type PolicyResult } from "../../../evidence/index.ts";
import { isExcluded } from "../../../facts/index.ts";
import { SEVERITIES } from "../../../policy/index.ts";
import { hiddenBecause } from "../../populations.ts";
import { causeCount, type FindingGroup } from "../../register.ts";
import { CONTROL_ORDER, CONTROL_WORDS, words } from "../../words.ts";
import { para, strong, type Cell } from "../blocks.ts";
import type { Document } from "../document.ts";
import {
  TONES,
  count,
  frameworkAnchor,
  policyLink,
  reference,
  type Report,
  type Section,
} from "../report.ts";
import { facts, table } from "../table.ts";
import { incompleteBox } from "./cover.ts";
import type { Inline } from "../text.ts";

/** The result in numbers; what failed and what was not seen come first and stand side by side. */
export const summary: Section = (document, report) => {
  document.heading(1, "Summary", { anchor: "summary" });
  incompleteBox(document, report.head);
  unseen(document, report);
  results(document, report);
  byFramework(document, report);
  for (const chart of report.charts) {
    document.heading(3, chart.title, { keep: chart.height + 2 });
    document.figure(chart.svg, chart.alt, chart);
  }
};

function unseen(document: Document, report: Report): void {
  const { head } = report;
  const tone = TONES.unknown;
  const box = { tint: tone.tint, bar: tone.ink };
  const incomplete = head.sources.filter(({ status }) => status !== "complete");
  if (head.summary.gap_count > 0 || incomplete.length > 0) {
    const names = incomplete.map(({ store_id, status }) => `${store_id} is ${status}`);
    document.callout(
      box,
      strong("▲ This evidence is incomplete. "),
      `${counted(head.summary.gap_count, "gap")} ${head.summary.gap_count === 1 ? "hides" : "hide"} part of what was to be read`,
      names.length === 0 ? "" : `: ${names.join(", ")}`,
      ". What depends on a gap is undetermined, never compliant. See the ",
      reference(report, "gaps", "register of gaps", "gaps"),
      ".",
    );
  }
  const gone = outOfSight(report.source);
  if (gone.unseen + gone.undetermined > 0) {
    document.callout(
      box,
      strong("▲ Fewer findings are no progress here. "),
      `${counted(gone.unseen + gone.undetermined, "earlier finding")} out of sight without being fixed: ${gone.unseen} not seen any `,
      `more, ${gone.undetermined} not known any more. See `,
      reference(report, "history", "what failed before and is no finding now", "past-findings"),
      ".",
    );
  }
  const inClear = head.sources.filter(({ address }) => sentInClear(address));
  if (inClear.length > 0) {
    document.callout(
      box,
      strong("▲ Read unencrypted. "),
      `${inClear.map(({ store_id }) => store_id).join(", ")}: the configuration allows http to another host. Who stood on the `,
      "way could read the collector’s credential and change the answers that this evidence rests on.",
    );
  }
  const unseenKinds = Map.groupBy(
    head.policies.filter(({ population }) => population === 0),
    ({ policy }) => policy.subject,
  );
  const empty: PolicyResult[] = [];
  for (const [kind, results] of unseenKinds) {
    const causes = hiddenBecause(report.source, kind);
    if (causes.length === 0) empty.push(...results);
    else untested(document, report, { kind, results, causes });
  }
  if (empty.length > 0) {
    document.callout(
      box,
      strong("▲ Nothing to test. "),
      `${counted(empty.length, "policy", "policies")} had an empty population, which proves nothing: `,
      ...names(report, empty),
      ".",
    );
  }
}

/** Policies of which a gap may hide whatever they would be put to. */
function untested(
  document: Document,
  report: Report,
  {
    kind,
    results,
    causes,
  }: { readonly kind: string; readonly results: readonly PolicyResult[]; readonly causes: readonly string[] },
): void {
  document.callout(
    { tint: TONES.unknown.tint, bar: TONES.unknown.ink },
    strong("▲ Could not be tested. "),
    `No ${words(kind)} could be read, which does not mean that there is none, so ${counted(results.length, "policy is", "policies are")} undetermined: `,
    ...names(report, results),
    ". ",
    causes.join("; "),
    ".",
  );
}

function names(report: Report, results: readonly PolicyResult[]): Inline[] {
  return results.flatMap(({ policy }, index) => [
    policyLink(report, policy.policy_id),
    index === results.length - 1 ? "" : ", ",
  ]);
}

function results(document: Document, { head, register, source }: Report): void {
  const { summary: totals } = head;
  const leftOut = source.gaps.filter(isExcluded).length;
  const causes = (groups: readonly FindingGroup[]): string =>
    counted(
      causeCount(
        register,
        groups.flatMap(({ findings }) => findings),
      ),
      "cause",
    );
  const { outcomes, violations_by_severity: severities } = totals;
  const found = Object.values(severities as Readonly<Record<string, number>>).reduce(
    (sum, value) => sum + value,
    0,
  );
  const bySeverity = SEVERITIES.flatMap((severity) => {
    const value = (severities as Readonly<Record<string, number | undefined>>)[severity];
    return value === undefined || value === 0 ? [] : [`${severity} ${number(value)}`];
  });
  const subjects = Object.entries(totals.subject_counts).map(([kind, value]) =>
    kind === "store" ? storesText(head) : counted(value, words(kind)),
  );
  const rows: [string, Cell][] = [
    ["Tested", subjects.length === 0 ? strong("▲ Nothing: there were no subjects") : subjects.join(", ")],
    [
      "Deviations",
      [
        count(outcomes.deviation, "bad"),
        bySeverity.length === 0
          ? ""
          : ` — ${counted(found, "finding")} of ${causes(register.deviations)}: ${bySeverity.join(", ")}`,
      ],
    ],
    ["Waived", [count(outcomes.waived, "unknown")]],
    [
      "Undetermined",
      [
        count(outcomes.undetermined, "unknown"),
        outcomes.undetermined === 0 ? "" : ` — of ${causes(register.unknowns)}`,
        outcomes.error === 0 ? "" : ` — of these, ${counted(outcomes.error, "error")} of policies`,
      ],
    ],
    ["Compliant", [count(outcomes.compliant)]],
    ["Not applicable", [count(outcomes.not_applicable)]],
    [
      "Gaps",
      [
        count(totals.gap_count, "unknown"),
        leftOut === 0 ? "" : ` — of these, ${number(leftOut)} of what the settings leave out`,
      ],
    ],
    ["Grants of access", [count(totals.grant_count)]],
  ];
  facts(document, rows);
  document.paragraph(
    "small",
    "Results count each policy once for each subject. A policy may find several faults in one subject, so there can be ",
    "more findings than deviations. Findings of one policy and store of which the same is said have one cause.",
  );
}

function byFramework(document: Document, report: Report): void {
  const { head } = report;
  if (head.frameworks.length === 0) {
    document.callout({ tint: "unknownTint", bar: "unknown" }, strong("▲ No framework is in scope."));
    return;
  }
  document.heading(3, "Controls by status");
  table(document, {
    columns: [
      { title: "Framework", share: 0.24, names: true },
      { title: "Controls", share: 0.1, align: "right" },
      ...CONTROL_ORDER.map((status) => ({
        title: `${CONTROL_WORDS[status].glyph} ${CONTROL_WORDS[status].word}`,
        share: 0.135,
        align: "right" as const,
      })),
    ],
    rows: head.frameworks.map((framework) => [
      [
        reference(report, "frameworks", framework.title, frameworkAnchor(framework)),
        para("small", framework.edition),
      ],
      count(framework.controls.length),
      ...CONTROL_ORDER.map((status) => {
        const { tone } = CONTROL_WORDS[status];
        return count(framework.status_counts[status] ?? 0, tone === "good" ? "quiet" : tone);
      }),
    ]),
  });
}
