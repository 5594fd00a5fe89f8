import { counted } from "../../base/index.ts";

/** Most people that one line names. */
const MAX_NAMED = 20;

/** Decisions in force that nobody put their name under. */
export interface Unsigned {
  readonly by: string;
  readonly decisions: number;
}

/** In words, e.g. `mia@example.com (4 decisions)`. */
export function unsignedText(unsigned: readonly Unsigned[]): string {
  const named = unsigned
    .slice(0, MAX_NAMED)
    .map(({ by, decisions }) => `${by} (${counted(decisions, "decision")})`);
  const more = unsigned.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
