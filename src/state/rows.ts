import type { Instant, Sha256 } from "../base/index.ts";

/**
 * Rows as callers give and get them: an absent column is an absent key. `document` is JSON text, whose shape nobody here
 * knows; the columns beside it are there to filter and to order by.
 */
export interface CampaignRow {
  readonly campaign_id: string;
  readonly version: number;
  readonly state: string;
  readonly document: string;
}

export interface ItemRow {
  readonly campaign_id: string;
  readonly item_id: string;
  readonly version: number;
  readonly state: string;
  /** Who is asked now. */
  readonly reviewer?: string;
  readonly principal_id: string;
  readonly principal_name: string;
  readonly principal_email?: string;
  readonly store_id: string;
  readonly owner?: string;
  readonly tier?: string;
  readonly risk: string;
  readonly recommendation: string;
  readonly change: string;
  readonly privileged: boolean;
  readonly outcome?: string;
  /** Of any of its secrets. Empty: no use in all that the log tells of; absent: not known. */
  readonly last_used_at?: Instant;
  readonly secret_count: number;
  /** Lower-case text that `ItemFilter.text` is looked for in. */
  readonly search: string;
  /** Place in the campaign's order, ascending; of equal ones the id decides. */
  readonly position: number;
  readonly seen_sha256: Sha256;
  readonly document: string;
}

export interface RevocationRow {
  readonly campaign_id: string;
  readonly item_id: string;
  readonly version: number;
  readonly state: string;
  readonly due_at: Instant;
  readonly document: string;
}

export interface RequestRow {
  readonly request_id: string;
  readonly version: number;
  readonly state: string;
  readonly principal: string;
  readonly document: string;
}

/** A list of ids by its digest: see `targetSet`. */
export interface TargetSet {
  readonly set_sha256: Sha256;
  /** Sorted, each once. */
  readonly members: readonly string[];
}

/** What is to be in the journal for good. */
export interface NewEntry {
  readonly campaign_id?: string;
  /** Items that it is about: what `entriesOfItem` finds. */
  readonly item_ids?: readonly string[];
  readonly kind: string;
  readonly at: Instant;
  readonly by: string;
  readonly document: string;
}

export interface EntryRow extends Omit<NewEntry, "item_ids"> {
  /** From 1, without gaps, in the order of commits. */
  readonly number: number;
  readonly document_sha256: Sha256;
  /** Whether its leaf is in the ledger's chain. */
  readonly published: boolean;
}

/** What the web server keeps under the digest of a token: who is signed in, who is about to be, a link that was handed out. */
export interface SessionRow {
  readonly id_sha256: Sha256;
  readonly who?: string;
  readonly document: string;
  readonly created_at: Instant;
  readonly seen_at: Instant;
  readonly expires_at: Instant;
}

/** A line of the web server's own log. */
export interface WebAuditRow {
  /** From 1, without gaps. */
  readonly number: number;
  readonly at: Instant;
  readonly who?: string;
  readonly action: string;
  readonly outcome: string;
  readonly document: string;
}

/** As the database has it: null for what is absent, 0 and 1 for false and true. */
type Stored<T> = {
  [K in keyof T]-?: T[K] extends boolean
    ? number
    : undefined extends T[K]
      ? Exclude<T[K], undefined> | null
      : T[K];
};

/** Tables by name, for the query builder. */
export interface Tables {
  campaign: Stored<CampaignRow>;
  item: Stored<Omit<ItemRow, "document">>;
  /** Apart from `item`, so that counting and searching read no documents. */
  item_document: { campaign_id: string; item_id: string; document: string };
  target_set: { set_sha256: string; count: number; members: string };
  revocation: Stored<RevocationRow>;
  access_request: Stored<RequestRow>;
  entry: Stored<EntryRow>;
  entry_item: { number: number; campaign_id: string; item_id: string };
  session: Stored<SessionRow>;
  seen: { campaign_id: string; item_id: string; who: string; at: string };
  web_audit: Stored<WebAuditRow>;
}

/** Columns that are true or false. */
const FLAGS = new Set(["privileged", "published"]);

/** A row as callers get it, of the type that its table has here. */
export function given(stored: object): unknown {
  const row: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(stored)) {
    if (value !== null) row[key] = FLAGS.has(key) ? value === 1 : value;
  }
  return row;
}

/** What a column of a row is in the database. */
export function storedValue(value: boolean | number | string | undefined): number | string | null {
  return typeof value === "boolean" ? Number(value) : (value ?? null);
}
