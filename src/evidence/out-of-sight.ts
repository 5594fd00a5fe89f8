import type { EvidencePackage } from "./schema.ts";

/** Of what failed in an earlier snapshot: findings that are none now although nothing says that they are fixed. */
export interface OutOfSight {
  /** Their subject was not seen, or not what failed of it. */
  readonly unseen: number;
  /** Their policy cannot judge now. */
  readonly undetermined: number;
}

/** How much of what failed before the present verdict is silent about, so that fewer deviations are no progress. */
export function outOfSight({ findings, past }: Pick<EvidencePackage, "findings" | "past">): OutOfSight {
  return {
    unseen: past.filter(({ now }) => now === "not_seen" || now === "not_comparable").length,
    undetermined: findings.filter(
      ({ status, last_seen_bad_at }) => status === "undetermined" && last_seen_bad_at !== undefined,
    ).length,
  };
}
