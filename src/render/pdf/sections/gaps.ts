import { compareStrings, counted } from "../../../base/index.ts";
import { gapFix, gapPlaces, namedText } from "../../../facts/index.ts";
import type { NumberedGaps } from "../../register.ts";
import { REASON_WORDS, words } from "../../words.ts";
import { code, fine, mono, para, prose, strong, type Cell } from "../blocks.ts";
import { gapAnchor, type Section } from "../report.ts";
import { table } from "../table.ts";

/** What could not be read, why, what that hides, and what a person can do. */
export const gaps: Section = (document, { register }) => {
  document.heading(1, "Register of gaps", { anchor: "gaps" });
  if (register.gaps.length === 0) {
    document.paragraph("body", "Everything that was asked for was answered: there are no gaps.");
    return;
  }
  document.callout(
    { tint: "unknownTint", bar: "unknown" },
    strong(`▲ ${counted(register.gaps.length, "gap")}. `),
    "What a gap hides was not seen: it may be in order, and it may not. Gaps that one thing explains stand in one row.",
  );
  table(document, {
    columns: [
      { title: "No. and id", share: 0.12, names: true },
      { title: "What could not be read", share: 0.27 },
      { title: "Why", share: 0.22 },
      { title: "What it hides", share: 0.18 },
      { title: "How to fix it", share: 0.21 },
    ],
    rows: register.gapGroups.map((group) => ({ anchor: gapAnchor(group), cells: cells(group) })),
  });
};

/** Most operations, and places, that are named with several gaps. */
const MAX_NAMED = 24;

/** One gap as it is; several that one thing explains as one, with how many and where. */
function cells(group: NumberedGaps): readonly Cell[] {
  const [{ number, gap }] = group;
  const last = group.at(-1) ?? group[0];
  const alone = group.length === 1;
  const all = group.map((one) => one.gap);
  const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort(compareStrings);
  const operations = distinct(all.map(({ operation }) => operation));
  return [
    alone
      ? [para("cell", strong(number)), code(gap.gap.slice(0, 16))]
      : [
          para("cell", strong(`${number} to ${last.number}`)),
          fine(`${counted(group.length, "gap")}, each in gaps.csv`),
        ],
    [
      mono(namedText(operations, MAX_NAMED)),
      ...(alone && gap.resource === undefined ? [] : [para("cell", gapPlaces(all, MAX_NAMED))]),
      fine(alone ? `scope ${gap.scope}, store ${gap.store_id}` : `store ${gap.store_id}`),
    ],
    [
      { text: `▲ ${REASON_WORDS[gap.reason]}`, face: "strong", colour: "unknown" },
      ...(gap.detail === "" ? [] : [fine(gap.detail)]),
      ...(alone && gap.record !== undefined ? [code(gap.record)] : []),
    ],
    [
      distinct(all.flatMap(({ hides }) => hides))
        .map(words)
        .join(", "),
      ...(alone && gap.from_at !== undefined ? [fine(`from ${gap.from_at} to ${gap.to_at ?? "now"}`)] : []),
    ],
    prose(gapFix(gap)),
  ];
}
