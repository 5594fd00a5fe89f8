import { counted } from "../../../base/index.ts";
import { gapFix } from "../../../facts/index.ts";
import { REASON_WORDS, words } from "../../words.ts";
import { code, fine, mono, para, prose, strong } from "../blocks.ts";
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
    "What a gap hides was not seen: it may be in order, and it may not.",
  );
  table(document, {
    columns: [
      { title: "No. and id", share: 0.12, names: true },
      { title: "What could not be read", share: 0.27 },
      { title: "Why", share: 0.22 },
      { title: "What it hides", share: 0.18 },
      { title: "How to fix it", share: 0.21 },
    ],
    rows: register.gaps.map(({ number, gap }) => ({
      anchor: gapAnchor(number),
      cells: [
        [para("cell", strong(number)), code(gap.gap.slice(0, 16))],
        [
          mono(gap.operation),
          ...(gap.resource === undefined ? [] : [para("cell", gap.resource)]),
          fine(`scope ${gap.scope}, store ${gap.store_id}`),
        ],
        [
          { text: `▲ ${REASON_WORDS[gap.reason]}`, face: "strong", colour: "unknown" },
          ...(gap.detail === "" ? [] : [fine(gap.detail)]),
          ...(gap.record === undefined ? [] : [code(gap.record)]),
        ],
        [
          gap.hides.map(words).join(", "),
          ...(gap.from_at === undefined ? [] : [fine(`from ${gap.from_at} to ${gap.to_at ?? "now"}`)]),
        ],
        prose(gapFix(gap)),
      ],
    })),
  });
};
