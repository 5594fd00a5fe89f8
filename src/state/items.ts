import { setImmediate } from "node:timers/promises";
import { sql, type ExpressionBuilder, type Kysely, type SelectQueryBuilder } from "kysely";
import { invariant } from "../base/index.ts";
import { given, type ItemRow, type Tables } from "./rows.ts";
import { patternsOf } from "./text.ts";
import { MAX_PAGE } from "./place.ts";

/** Columns that are filtered by being one of some values. */
const CHOICES = [
  ...(["change", "outcome", "owner", "principal_id", "recommendation", "reviewer", "risk", "state"] as const),
  ...(["store_id", "tier"] as const),
] as const;

type Choice = (typeof CHOICES)[number];

/** Which items of a campaign; what is absent does not narrow. An empty list fits nothing. */
export type ItemFilter = { readonly campaign_id: string } & {
  readonly [K in Choice]?: readonly string[];
} & {
  readonly item_ids?: readonly string[];
  readonly privileged?: boolean;
  /** Those of which all these columns are absent, e.g. `reviewer`: nobody could be found. */
  readonly without?: readonly ("outcome" | "owner" | "reviewer" | "tier")[];
  /** Words that must all stand in `search`, in any order and case. */
  readonly text?: string;
};

/** Where an answer begins, and how long it is at most: see `MAX_PAGE`. */
export interface ItemPage {
  /** Other than `risk`, which is the campaign's own, with `offset` alone. */
  readonly order?: ItemOrder;
  /** The last row of the answer before: the next ones follow it. */
  readonly after?: Pick<ItemRow, "item_id" | "position">;
  /** The rows before this one, the nearest first; not together with `after`. */
  readonly before?: Pick<ItemRow, "item_id" | "position">;
  readonly offset?: number;
  readonly limit?: number;
}

/**
 * What each order goes by before the campaign's own, as SQL, which the indexes are made of too. `last_used`: what no log shows
 * a use of, then the longest ago, and last what nobody knows of. `secrets`: the most first.
 */
export const ITEM_ORDERS = {
  last_used: [["coalesce(last_used_at, '~')", "asc"]],
  principal: [
    ["principal_name", "asc"],
    ["principal_id", "asc"],
  ],
  risk: [],
  secrets: [["secret_count", "desc"]],
} as const satisfies Record<string, readonly (readonly [string, "asc" | "desc"])[]>;

export type ItemOrder = keyof typeof ITEM_ORDERS;

/** What items are counted by; `privileged` is `0` or `1`. */
export type CountBy = Choice | "privileged";

/** How many items have these values; undefined: absent. */
export interface ItemCount {
  readonly values: readonly (string | undefined)[];
  readonly count: number;
}

/** Documents that `everyItem` holds at once. */
const STREAMED = 500;

/** In the campaign's order, or the page's. */
export async function itemsOf(db: Kysely<Tables>, filter: ItemFilter, page: ItemPage): Promise<ItemRow[]> {
  const named = filter.item_ids?.length ?? 0;
  const limit = page.limit === undefined && named > MAX_PAGE ? named : limitOf(page.limit);
  return await pageOf(db, filter, { ...page, limit });
}

/** Every item in the campaign's order; no more than some hundred are held at once. */
export async function* everyItemOf(db: Kysely<Tables>, filter: ItemFilter): AsyncGenerator<ItemRow> {
  for (let after: ItemRow | undefined; ;) {
    const rows = await pageOf(db, filter, { ...(after === undefined ? {} : { after }), limit: STREAMED });
    yield* rows;
    // SQLite answers at once, and whoever asks for all of a campaign would keep everybody else waiting.
    await setImmediate();
    after = rows.at(-1);
    if (after === undefined || rows.length < STREAMED) return;
  }
}

/** In order of the values, absent ones first. */
export async function countsOf(
  db: Kysely<Tables>,
  filter: ItemFilter,
  by: readonly CountBy[],
): Promise<ItemCount[]> {
  const columns = by.map((column) => sql.ref<number | string | null>(`item.${column}`));
  let query = narrowed(db, filter).select(({ fn }) => fn.countAll().as("count"));
  columns.forEach((column, index) => {
    query = query.select(column.as(`v${index}`) as never).groupBy(column);
  });
  const rows = (await query.execute()) as Record<string, number | string | null>[];
  const counts = rows.map((row) => ({
    values: by.map((_, index) => (row[`v${index}`] === null ? undefined : String(row[`v${index}`]))),
    count: Number(row["count"]),
  }));
  return counts.sort((a, b) => compared(a.values, b.values));
}

function compared(a: ItemCount["values"], b: ItemCount["values"]): number {
  const [x, y] = [a, b].map((values) => JSON.stringify(values.map((value) => value ?? ""))) as [
    string,
    string,
  ];
  return x < y ? -1 : x > y ? 1 : 0;
}

export function limitOf(limit = MAX_PAGE): number {
  return Math.min(MAX_PAGE, Math.max(0, Math.trunc(limit)));
}

async function pageOf(
  db: Kysely<Tables>,
  filter: ItemFilter,
  { after, before, offset, limit, order = "risk" }: ItemPage & { readonly limit: number },
): Promise<ItemRow[]> {
  invariant(order === "risk" || (after ?? before) === undefined, "expected an offset, got a row");
  const way = before === undefined ? "asc" : "desc";
  // One reviewer's items are few: they are found by the reviewer and then sorted, not picked out of all in this order, as SQLite
  // would where the order stands in an index.
  const few = filter.reviewer !== undefined;
  const orderBy = ITEM_ORDERS[order].map(
    ([key, to]) => [sql.raw<string>(few ? `coalesce(${key}, ${key})` : key), to] as const,
  );
  let rows = narrowed(db, filter).selectAll("item");
  for (const [key, to] of orderBy) rows = rows.orderBy(key, to);
  rows = rows.orderBy("item.position", way).orderBy("item.item_id", way);
  if (after !== undefined) rows = rows.where(sql<boolean>`${PLACE} > (${after.position}, ${after.item_id})`);
  if (before !== undefined)
    rows = rows.where(sql<boolean>`${PLACE} < (${before.position}, ${before.item_id})`);
  rows = rows.limit(limit);
  if (offset !== undefined) rows = rows.offset(Math.max(0, Math.trunc(offset)));
  // Chosen first: documents are read of these rows alone.
  let query = db
    .selectFrom(rows.as("item"))
    .innerJoin("item_document as d", (join) =>
      join.onRef("d.campaign_id", "=", "item.campaign_id").onRef("d.item_id", "=", "item.item_id"),
    )
    .selectAll("item")
    .select("d.document");
  for (const [key, to] of orderBy) query = query.orderBy(key, to);
  query = query.orderBy("item.position", way).orderBy("item.item_id", way);
  return (await query.execute()).map((row) => given(row) as ItemRow);
}

const PLACE = sql`(item.position, item.item_id)`;

type Items = SelectQueryBuilder<Tables, "item", object>;

function narrowed(db: Kysely<Tables>, filter: ItemFilter): Items {
  let query = db.selectFrom("item").where("item.campaign_id", "=", filter.campaign_id) as Items;
  for (const column of CHOICES) {
    const values = filter[column];
    if (values !== undefined) query = query.where((eb) => oneOf(eb, column, values));
  }
  if (filter.item_ids !== undefined) {
    const ids = filter.item_ids;
    query = query.where((eb) => oneOf(eb, "item_id", ids));
  }
  if (filter.privileged !== undefined) query = query.where("item.privileged", "=", Number(filter.privileged));
  for (const column of filter.without ?? []) query = query.where(`item.${column}`, "is", null);
  for (const pattern of patternsOf(filter.text ?? "")) {
    query = query.where(sql<boolean>`item.search like ${pattern} escape '!'`);
  }
  return query;
}

function oneOf(eb: ExpressionBuilder<Tables, "item">, column: Choice | "item_id", values: readonly string[]) {
  return values.length === 0 ? eb.lit(false) : eb(`item.${column}`, "in", [...values]);
}
