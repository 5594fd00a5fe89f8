import type { ControlStatusName } from "../controls/index.ts";
import type { EvidenceHead, Finding, PastFinding } from "../evidence/index.ts";
import type { GapReason } from "../facts/index.ts";

export type Tone = "bad" | "unknown" | "good" | "quiet";

/** How a status is shown: never by colour alone. */
export interface StatusWord {
  readonly word: string;
  /** A shape that stands for the status. */
  readonly glyph: string;
  readonly tone: Tone;
}

/** What was not seen is as loud as what failed. */
export const CONTROL_WORDS: Record<ControlStatusName, StatusWord> = {
  deviation: { word: "Deviation", glyph: "◆", tone: "bad" },
  undetermined: { word: "Undetermined", glyph: "▲", tone: "unknown" },
  not_tested: { word: "Not tested", glyph: "□", tone: "unknown" },
  not_applicable: { word: "Not applicable", glyph: "○", tone: "quiet" },
  satisfied: { word: "Satisfied", glyph: "●", tone: "good" },
};

/** Worst first: the order in which statuses are listed. */
export const CONTROL_ORDER = [
  "deviation",
  "undetermined",
  "not_tested",
  "not_applicable",
  "satisfied",
] as const satisfies readonly ControlStatusName[];

export const FINDING_WORDS: Record<Finding["status"], StatusWord> = {
  violation: { word: "Deviation", glyph: "◆", tone: "bad" },
  undetermined: { word: "Undetermined", glyph: "▲", tone: "unknown" },
  error: { word: "Policy error", glyph: "■", tone: "unknown" },
};

/** What became of an earlier finding. What was not seen may still fail. */
export const PAST_WORDS: Record<PastFinding["now"], StatusWord> = {
  fixed: { word: "Fixed", glyph: "●", tone: "good" },
  no_longer_there: { word: "No longer there", glyph: "○", tone: "quiet" },
  no_longer_applicable: { word: "No longer applicable", glyph: "○", tone: "quiet" },
  not_seen: { word: "Not seen, not fixed", glyph: "▲", tone: "unknown" },
  not_comparable: { word: "Not comparable, not fixed", glyph: "▲", tone: "unknown" },
  not_looked_at: { word: "Not looked at any more", glyph: "▲", tone: "unknown" },
};

export const REASON_WORDS: Record<GapReason, string> = {
  denied: "The store refused the collector",
  throttled: "The store limited the rate of requests",
  timeout: "The store did not answer in time",
  unavailable: "The store could not be reached, or is sealed",
  malformed: "The answer was not what the interface documents",
  limit: "A named limit of the collector was reached",
  unsupported: "The store does not offer it, or this version of the collector does not read it",
  interrupted: "The collection was interrupted",
  redacted: "A part of the answer looked like a credential and was not kept",
  excluded: "The settings leave it out",
  unknown: "The value is known only when the change is applied",
};

/** Which connector read a source, and which made the facts where that is another. */
export function connectorText({
  connector,
  revision,
  judged_revision,
}: Pick<EvidenceHead["sources"][number], "connector" | "revision" | "judged_revision">): string {
  const read = `${connector}, revision ${revision}`;
  if (judged_revision === undefined) return read;
  return `${read}; facts made anew by revision ${judged_revision}, what only that one asks is a gap`;
}

/** With a capital at the beginning. */
export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What rules assigned, or why there is nothing: assigned by none, or not known since a label could not be read. */
export function assigned(
  of: { readonly undecided?: readonly string[] } & Partial<Record<"tier" | "owner" | "environment", string>>,
  name: "tier" | "owner" | "environment",
): string {
  if (of.undecided?.includes(name) === true) return "not known";
  return of[name] ?? "not assigned";
}

/** `rotation_overdue` as `rotation overdue`. */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}
