/** What somebody else's system is told of. */
export const NOTICE_KINDS = ["escalation", "leaver", "mover", "reminder", "ticket"] as const;

export type NoticeKind = (typeof NOTICE_KINDS)[number];

/**
 * What became of one notice. `failed`: it is tried again. `given_up`: it is not, unless somebody says so. `moot`: it was not sent, since
 * nothing was left to be told.
 */
export interface NoticeResult {
  readonly kind: NoticeKind;
  readonly key: string;
  readonly outcome: "delivered" | "failed" | "given_up" | "moot";
  /** Of the last answer. */
  readonly status?: number;
  /** Why not, in words, without the address beyond its host. */
  readonly why?: string;
}
