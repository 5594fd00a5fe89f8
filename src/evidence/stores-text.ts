import { counted } from "../base/index.ts";
import { regionOfScope } from "../facts/index.ts";
import type { EvidenceHead } from "./schema.ts";

/**
 * What was looked at, in words: `1 store`, or, where a cloud's source has a store for each Region of each account, `1 source, 24 stores (Region and account)`.
 * Where nobody told which Regions there are, those of which something was read are the least that there are. Rosters and own reviews are
 * no stores, and named beside them: `1 store, and rosters, and own reviews`.
 */
export function storesText(head: Pick<EvidenceHead, "sources" | "summary">): string {
  const { summary } = head;
  const sources = head.sources.filter(({ connector }) => BESIDE[connector] === undefined);
  const beside = head.sources.flatMap(({ connector }) => BESIDE[connector] ?? []);
  const more = [...Map.groupBy(beside, (what) => what)].map(([what, all]) =>
    all.length === 1 ? what : `${what} of ${all.length} sources`,
  );
  const stores = summary.subject_counts["store"] ?? 0;
  const read = sources.flatMap(({ scopes }) =>
    scopes.filter(({ scope, record_count }) => record_count > 0 && regionOfScope(scope) !== undefined),
  ).length;
  const least = read > stores ? "at least " : "";
  const count = Math.max(stores, read);
  const text =
    count <= sources.length && least === ""
      ? counted(sources.length, "store")
      : `${counted(sources.length, "source")}, ${least}${counted(count, "store")} (Region and account)`;
  return [text, ...more].join(", and ");
}

/** Sources that are no secrets stores, by connector, and what they tell of. */
const BESIDE: Readonly<Record<string, string>> = { people: "rosters", review: "own reviews" };
