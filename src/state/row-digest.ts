import { canonicalJson, sha256, type Sha256 } from "../base/index.ts";
import type { CampaignRow, ItemRow, RequestRow, RevocationRow } from "./rows.ts";
import { cleaned } from "./text.ts";

/**
 * Digest of a row, of all its columns as the database gives them back: canonical JSON, absent columns absent. A later version may add
 * columns that are absent of older rows; others would make all of them others.
 */
export function rowDigest(row: CampaignRow | ItemRow | RequestRow | RevocationRow): Sha256 {
  const columns = Object.entries(row).map(([name, value]) => [name, cleaned(value)]);
  return sha256(canonicalJson(Object.fromEntries(columns)));
}
