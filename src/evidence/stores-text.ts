import { counted } from "../base/index.ts";
import type { EvidenceHead } from "./schema.ts";

/** What was looked at, in words: `1 store`, or, where a cloud's source has a store for each Region of each account, `1 source, 24 stores (Region and account)`. */
export function storesText({ sources, summary }: Pick<EvidenceHead, "sources" | "summary">): string {
  const stores = summary.subject_counts["store"] ?? 0;
  return stores <= sources.length
    ? counted(sources.length, "store")
    : `${counted(sources.length, "source")}, ${counted(stores, "store")} (Region and account)`;
}
