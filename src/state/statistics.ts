/**
 * What SQLite is told of the indexes of `item`, in the form of `sqlite_stat1` (sqlite.org/fileformat2.html#stat1tab): rows, then how many
 * have one value of the first column, of the first two, and so on. Four campaigns of 50,000 items for 300 reviewers. Without it SQLite
 * takes any index of the campaign for as good as that of one reviewer, and reads 50,000 rows for each page. Once `analyze` is run on the
 * database, what it finds takes the place of this. PostgreSQL counts by itself.
 */
const ITEM_INDEXES: Readonly<Record<string, string>> = {
  sqlite_autoindex_item_1: "200000 50000 1",
  item_in_order: "200000 50000 1 1",
  item_of_reviewer: "200000 50000 170 80 1 1",
  item_by_outcome: "200000 50000 12500 1 1",
  item_by_owner: "200000 50000 500 1 1",
  item_by_principal_id: "200000 50000 8 1 1",
  item_by_recommendation: "200000 50000 12500 1 1",
  item_by_risk: "200000 50000 12500 1 1",
  item_by_state: "200000 50000 15000 1 1",
  item_by_store_id: "200000 50000 12500 1 1",
  item_by_tier: "200000 50000 12500 1 1",
  item_by_place: "200000 50000 12500 4000",
  item_by_order_last_used: "200000 50000 200 1 1",
  item_by_order_principal: "200000 50000 40 8 1 1",
  item_by_order_secrets: "200000 50000 1000 1 1",
};

/** Statements that write it down and have this connection go by it; the others do when they open the database. */
export function statisticsSqlite(): string[] {
  const rows = Object.entries(ITEM_INDEXES).map(([index, stat]) => `('item', '${index}', '${stat}')`);
  return [
    // Makes the table.
    "analyze",
    "delete from sqlite_stat1 where tbl = 'item'",
    `insert into sqlite_stat1 (tbl, idx, stat) values ${rows.join(", ")}`,
    "analyze sqlite_schema",
  ];
}
