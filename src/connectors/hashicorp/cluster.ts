import { isMasked, type Gap } from "../../facts/index.ts";
import type { Json } from "./json.ts";

/** Longest piece of a server's own words that a gap repeats. */
const MAX_QUOTE = 100;

/**
 * Why two answers of `sys/seal-status`, of which the later one names its cluster or is sealed, are not certainly those of
 * one cluster that runs one version: what was read between them may be of two. Absent where they are. A version that the
 * listener keeps from callers without a token (`redact_version`) is missing in both.
 */
export function whyNotOneCluster(first: Json, again: Json): Pick<Gap, "detail" | "fix"> | undefined {
  if (again["sealed"] === true) {
    return { detail: "the store was sealed while it was read", fix: "Unseal the store, then collect again." };
  }
  const field = ["cluster_id", "version"].find((name) => told(first, name) !== told(again, name));
  if (field === undefined) return undefined;
  const [before = "none", after = "none"] = [told(first, field), told(again, field)];
  return {
    detail: `expected one ${field} as long as the store is read, got ${before} and then ${after}`,
    fix: "Have the address lead to one cluster of one version, then collect again.",
  };
}

/** What stands there, where it is what the server sent. */
function told(body: Json, field: string): string | undefined {
  const value = body[field];
  return typeof value === "string" && value !== "" && !isMasked(value)
    ? value.slice(0, MAX_QUOTE)
    : undefined;
}
