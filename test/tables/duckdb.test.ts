import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DuckDb } from "../../src/tables/index.ts";

let directory: string;
let database: DuckDb;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-duckdb-"));
  await writeFile(join(directory, "kept.csv"), "a\n1\n");
  database = await DuckDb.open({ memoryMb: 256, threads: 1, scratch: join(directory, "scratch") });
  await database.run(`CREATE VIEW kept AS SELECT * FROM read_csv('${join(directory, "kept.csv")}')`);
  await database.confineTo(directory);
});

afterEach(async () => {
  database.close();
  await rm(directory, { recursive: true, force: true });
});

test.each([
  [
    "a copy over a file that may be read",
    (at: string) => `COPY (SELECT 2 AS a) TO '${at}/kept.csv' (USE_TMP_FILE false)`,
  ],
  ["a copy behind a question", (at: string) => `SELECT 1; COPY (SELECT 2 AS a) TO '${at}/other.csv'`],
  ["a copy that is explained", (at: string) => `EXPLAIN ANALYZE COPY (SELECT 2 AS a) TO '${at}/other.csv'`],
  ["a table", () => "CREATE TABLE other AS SELECT 1"],
  ["a view that goes", () => "DROP VIEW kept"],
  ["a setting", () => "SET enable_external_access = true"],
  ["nothing", () => ""],
])("SQL that somebody typed is one SELECT: %s is refused and writes nothing", async (_, sql) => {
  await expect(database.query(sql(directory))).rejects.toMatchObject({ code: "E_SQL" });
  expect((await readdir(directory)).filter((name) => name.endsWith(".csv"))).toEqual(["kept.csv"]);
  expect(await readFile(join(directory, "kept.csv"), "utf8")).toBe("a\n1\n");
});

test.each([
  "SELECT a FROM kept",
  "WITH w AS (SELECT a FROM kept) SELECT * FROM w;",
  "FROM kept -- all of it",
])("%s is answered", async (sql) => {
  expect((await database.query(sql)).rows).toEqual([[1]]);
});

test.each(["DESCRIBE kept", "SHOW TABLES", "SUMMARIZE kept"])("%s is answered", async (sql) => {
  expect((await database.query(sql)).rows).toHaveLength(1);
});

test("what lies outside the directory is not read", async () => {
  await expect(database.query("SELECT * FROM read_text('/etc/hostname')")).rejects.toMatchObject({
    code: "E_SQL",
  });
});
