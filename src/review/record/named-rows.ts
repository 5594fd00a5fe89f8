import { canonicalJson, type CountersignError, type Sha256 } from "../../base/index.ts";
import {
  rowDigest,
  type CampaignRow,
  type ItemRow,
  type RequestRow,
  type RevocationRow,
} from "../../state/index.ts";
import { broken } from "./broken.ts";
import type { KeptEntry } from "./entries.ts";
import {
  campaignOf,
  campaignRow,
  itemOf,
  itemRow,
  requestOf,
  requestRow,
  revocationOf,
  revocationRow,
} from "./records.ts";
import { rowsNamed, type HeldTable } from "./rows.ts";

/** A row of one of the tables that entries name. */
export type HeldRow =
  | { readonly table: "access_request"; readonly row: RequestRow }
  | { readonly table: "campaign"; readonly row: CampaignRow }
  | { readonly table: "item"; readonly row: ItemRow }
  | { readonly table: "revocation"; readonly row: RevocationRow };

/** What the entries of one campaign, or those of none, name: of each row the digest that the last of them gives it. */
export class NamedRows {
  readonly #due = new Map<string, { readonly sha256: Sha256; readonly entry: number }>();
  /** Rows that an act took over as somebody had changed them by hand: the entry that is other than the one that named them before. */
  readonly #meddled = new Map<string, number>();
  /** Ids of what an older program made, whose entries name no rows. */
  readonly #old = new Set<string>();
  /** Rows of these that no entry has named since. */
  unheld = 0;

  /** Entries in their order. E_INTEGRITY, E_DISK. */
  async take(
    entry: KeptEntry,
    { number, campaign_id = "" }: { readonly number: number; readonly campaign_id?: string },
    kept: (digest: Sha256) => Promise<Uint8Array>,
  ): Promise<void> {
    // These rows went; what the same commit made anew its last entry names.
    if (entry.kind === "revocations_withdrawn")
      for (const { item_id } of entry.document.items)
        this.#due.delete(nameOf("revocation", [campaign_id, item_id]));
    if (entry.rows === undefined) {
      if (entry.kind === "campaign_created") this.#old.add(campaign_id);
      if (entry.kind === "request_made") this.#old.add(entry.document.request_id);
      return;
    }
    for await (const { table, key, sha256, was } of rowsNamed(entry.rows, kept)) {
      const name = nameOf(table, key);
      const due = this.#due.get(name)?.sha256;
      // An older program did not tell what was there before, and named no rows of what it had made.
      if (was !== undefined && was !== due && !(due === undefined && this.#old.has(key[0] ?? "")))
        this.#meddled.set(name, this.#meddled.get(name) ?? number);
      this.#due.set(name, { sha256, entry: number });
    }
  }

  /** A row that is there. E_INTEGRITY where it is another than was named, or none was. `why`: what is known to differ. */
  require(held: HeldRow, why: () => string | undefined): void {
    const key = keyOf(held);
    const name = nameOf(held.table, key);
    const due = this.#due.get(name);
    if (due === undefined) {
      if (!this.#old.has(key[0] ?? "")) throw broken(`no ${name}`, "one that no entry of the journal names");
      this.unheld += 1;
      return;
    }
    if (rowDigest(held.row) !== due.sha256)
      throw otherThan(`${name} as entry ${due.entry} names it`, held, why);
    const meddled = this.#meddled.get(name);
    if (meddled !== undefined) throw changedBefore(name, meddled, why());
    // Each row is there once: what is left at the end is missing.
    this.#due.delete(name);
  }

  /** Once all rows that are there went by: none that was named is missing. E_INTEGRITY. */
  requireAll(): void {
    for (const [name, { entry }] of this.#due) throw broken(`${name}, which entry ${entry} names`, "none");
    // Of rows that are withdrawn.
    for (const [name, entry] of this.#meddled) throw changedBefore(name, entry);
  }
}

function changedBefore(name: string, entry: number, said = "one that was changed by hand"): CountersignError {
  return broken(`${name} before entry ${entry} as the journal named it last`, said);
}

function keyOf({ table, row }: HeldRow): readonly string[] {
  if (table === "access_request") return [row.request_id];
  return table === "campaign" ? [row.campaign_id] : [row.campaign_id, row.item_id];
}

/** E.g. `item 3f… of quarterly-2026-q4`. */
function nameOf(table: HeldTable, key: readonly string[]): string {
  const [first = "", second] = key;
  const what = table.replace("_", " ");
  return second === undefined ? `${what} ${first}` : `${what} ${second} of ${first}`;
}

function otherThan(expected: string, held: HeldRow, why: () => string | undefined): CountersignError {
  let said: string | undefined;
  try {
    const columns = columnsBeside(held);
    said = columns.length === 0 ? why() : `another ${columns.join(", ")} than its document says`;
  } catch {
    said = "a document that cannot be read";
  }
  return broken(expected, said ?? "another document");
}

/** Columns that are not as the row's own document has them. */
function columnsBeside(held: HeldRow): string[] {
  const due = Object.entries(rowAnew(held)) as readonly (readonly [string, unknown])[];
  const there = held.row as unknown as Readonly<Record<string, unknown>>;
  const names = new Set([...due.map(([name]) => name), ...Object.keys(there)]);
  const said = new Map(due);
  return [...names].filter((name) => name !== "document" && said.get(name) !== there[name]).sort();
}

function rowAnew({ table, row }: HeldRow): object {
  switch (table) {
    case "access_request":
      return requestRow(requestOf(row));
    case "campaign":
      return campaignRow(campaignOf(row));
    case "item":
      return itemRow(itemOf(row), row.position);
    case "revocation":
      return revocationRow(revocationOf(row));
  }
}

/** Fields of a document that are others, by name. */
export function fieldsApart(due: object, there: object): string[] {
  const [one, other] = [due, there] as [Record<string, unknown>, Record<string, unknown>];
  const text = (value: unknown): string => (value === undefined ? "" : canonicalJson(value));
  return Object.keys(one).filter((name) => text(one[name]) !== text(other[name]));
}
