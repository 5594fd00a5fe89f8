import type { Gap, GapReason } from "./gap.ts";

/** What a person can do where whoever made the gap knew nothing better. */
const BY_REASON: Readonly<Record<GapReason, string>> = {
  denied: "Let the collector read this, and collect again.",
  throttled: "Collect again when the store has less to do, or let it take more requests.",
  timeout: "Collect again when the store answers in time.",
  unavailable: "Bring the store up, and collect again.",
  malformed:
    "Look at the answer in the snapshot: what stands between the collector and the store, or its version, changed it.",
  limit: "Let the collector read this, by its settings or in parts, and collect again.",
  unsupported:
    "No right would show it: look at it in the store by hand, and record what was seen beside this report.",
  interrupted: "Run the collection to its end.",
  excluded: "Where it is to be seen, take it back into the source's settings, and collect again.",
  unknown: "Write the value so that it is known before the change is applied, or look at it when it is.",
  redacted: "Take the credential out of the place that is named, change it, and collect again.",
};

/** How to see what a gap hides. */
export function gapFix({ fix, reason }: Pick<Gap, "fix" | "reason">): string {
  return fix ?? BY_REASON[reason];
}
