import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Trino } from "../../src/tables/index.ts";

/** What a double of a coordinator answers: a page, a status, or nothing at all. */
type Answer = object | number | "silence";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const open: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A server that speaks the client protocol: answers in their order, `next` of a page made a link to itself. */
async function coordinator(answers: readonly Answer[]): Promise<{ address: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const left = [...answers];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString("utf8")));
    request.on("end", () => {
      seen.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
      if (request.method === "DELETE") return response.writeHead(204).end();
      const answer = left.shift() ?? 500;
      if (answer === "silence") return undefined;
      if (typeof answer === "number") return response.writeHead(answer).end("no page");
      const text = JSON.stringify({ id: "q1", ...answer }).replaceAll('"SELF', `"${address}`);
      return response
        .writeHead(200, { "content-type": "application/json" })
        .end(text.replaceAll(/"#(-?\d+)"/g, "$1"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address, seen };
}

async function engine(address: string, more: object = {}): Promise<Trino> {
  const opened = await Trino.open({
    address,
    catalog: "hive",
    schema: "audit",
    user: "reader",
    timeoutMs: 5_000,
    ...more,
  });
  open.push(async () => {
    await opened.close();
  });
  return opened;
}

const NEXT = { nextUri: "SELF/v1/statement/executing/q1/1" };
const column = (type: string) => ({ columns: [{ name: "a", type }] });

test("follows an answer to its end, as the configured user and no other", async () => {
  const { address, seen } = await coordinator([
    NEXT,
    503,
    { ...NEXT, ...column("timestamp(6)"), data: [["2026-10-01 08:15:00.123456"]] },
    { ...column("timestamp(6)"), data: [[null]] },
  ]);
  const trino = await engine(address, { password: "hidden" });
  expect(await trino.query("SELECT a FROM b;")).toEqual({
    columns: ["a"],
    rows: [["2026-10-01T08:15:00.123Z"], [null]],
  });
  expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /v1/statement",
    ...Array.from({ length: 3 }, () => "GET /v1/statement/executing/q1/1"),
  ]);
  expect(seen[0]?.body).toBe("SELECT a FROM b");
  expect(seen[0]?.headers).toMatchObject({
    "x-trino-user": "reader",
    "x-trino-catalog": "hive",
    "x-trino-schema": "audit",
    "x-trino-time-zone": "UTC",
    "x-trino-session": "query_max_run_time=5s",
  });
  const basic = `Basic ${Buffer.from("reader:hidden").toString("base64")}`;
  expect(seen.every(({ headers }) => headers.authorization === basic)).toBe(true);
});

test("loses no digit of a whole number", async () => {
  const data = [["#9007199254740993"], ["#-9223372036854775808"], ["#9007199254740991"]];
  const { address } = await coordinator([{ ...column("bigint"), data }]);
  const { rows } = await (await engine(address)).query("SELECT a");
  expect(rows).toEqual([["9007199254740993"], ["-9223372036854775808"], [9007199254740991]]);
});

test("takes its credential to no other server", async () => {
  const other = await coordinator([column("bigint")]);
  const { address } = await coordinator([{ nextUri: `${other.address}/v1/statement/q1/1` }]);
  await expect((await engine(address, { token: "jwt" })).query("SELECT 1")).rejects.toMatchObject({
    code: "E_MALFORMED",
  });
  expect(other.seen).toEqual([]);
});

test.each([
  [{ errorType: "USER_ERROR", errorName: "COLUMN_NOT_FOUND" }, "E_SQL"],
  [{ errorType: "USER_ERROR", errorName: "PERMISSION_DENIED" }, "E_DENIED"],
  [{ errorType: "INSUFFICIENT_RESOURCES", errorName: "EXCEEDED_LOCAL_MEMORY_LIMIT" }, "E_LIMIT"],
  [{ errorType: "USER_ERROR", errorName: "QUERY_TEXT_TOO_LARGE" }, "E_LIMIT"],
  [{ errorType: "EXTERNAL", errorName: "HIVE_BAD_DATA" }, "E_INPUT"],
  [{ errorType: "EXTERNAL", errorName: "HIVE_CANNOT_OPEN_SPLIT" }, "E_DISK"],
  [{ errorType: "INTERNAL_ERROR", errorName: "NO_NODES_AVAILABLE" }, "E_UNREACHABLE"],
  [{ errorType: "USER_ERROR", errorName: "USER_CANCELED" }, "E_INTERRUPTED"],
])("an error after rows is an error, not the rows: %o", async (error, code) => {
  const { address } = await coordinator([
    { ...NEXT, ...column("bigint"), data: [[1]] },
    { error: { message: "so it is\nand more", ...error } },
  ]);
  await expect((await engine(address)).query("SELECT 1")).rejects.toMatchObject({
    code,
    message: expect.stringMatching(/so it is$/) as string,
  });
});

test.each([
  [[401], "E_DENIED"],
  [[403], "E_DENIED"],
  [[404], "E_MALFORMED"],
  [[500], "E_MALFORMED"],
  [[{ id: 7 }], "E_MALFORMED"],
  [[{ data: { a: 1 } }], "E_MALFORMED"],
  [[NEXT, 410], "E_MALFORMED"],
])("what is no page is no answer: %j", async (answers, code) => {
  const { address } = await coordinator(answers);
  await expect((await engine(address)).query("SELECT 1")).rejects.toMatchObject({ code });
});

test("nobody there is told so", async () => {
  await expect((await engine("http://127.0.0.1:1")).query("SELECT 1")).rejects.toMatchObject({
    code: "E_UNREACHABLE",
    message: expect.stringContaining("ECONNREFUSED") as string,
  });
});

test("an interruption, the time and too many rows end the statement on the server", async () => {
  const interrupted = await coordinator([NEXT, "silence"]);
  const first = await engine(interrupted.address);
  const asking = first.query("SELECT 1");
  setTimeout(() => {
    first.interrupt();
  }, 200);
  await expect(asking).rejects.toMatchObject({ code: "E_INTERRUPTED" });
  await expect(first.query("SELECT 1")).rejects.toMatchObject({ code: "E_INTERRUPTED" });

  const late = await coordinator([NEXT, "silence"]);
  const second = await engine(late.address, { timeoutMs: 300 });
  await expect(second.query("SELECT 1")).rejects.toMatchObject({ code: "E_LIMIT" });

  const page = { ...NEXT, ...column("bigint"), data: Array.from({ length: 500_001 }, () => [1]) };
  const large = await coordinator([page, page]);
  await expect((await engine(large.address)).query("SELECT 1")).rejects.toMatchObject({ code: "E_LIMIT" });

  for (const { seen } of [interrupted, late, large]) {
    expect(seen.filter(({ method }) => method === "DELETE").map(({ path }) => path)).toEqual([
      "/v1/statement/executing/q1/1",
    ]);
  }
});

test.each([
  ["SELECT * FROM events", 'WITH "events" AS (SELECT 1 AS n) SELECT * FROM events'],
  [
    "-- of events\nWITH a AS (SELECT 2) SELECT * FROM a",
    "-- of events\nWITH a AS (SELECT 2) SELECT * FROM a",
  ],
  [
    "/* x */ with a AS (SELECT * FROM late) SELECT * FROM a",
    '/* x */ WITH "events" AS (SELECT 1 AS n), "late" AS (SELECT * FROM events), a AS (SELECT * FROM late) SELECT * FROM a',
  ],
  [
    "WITH RECURSIVE t (n) AS (SELECT n FROM events) SELECT * FROM t",
    'WITH RECURSIVE "events" AS (SELECT 1 AS n), t (n) AS (SELECT n FROM events) SELECT * FROM t',
  ],
  [
    "(SELECT 1) UNION SELECT n FROM EVENTS",
    'WITH "events" AS (SELECT 1 AS n) (SELECT 1) UNION SELECT n FROM EVENTS',
  ],
  ["VALUES 1 ;\n", "VALUES 1"],
])("puts the names that %j says ahead of it, and no others", async (sql, sent) => {
  const { address, seen } = await coordinator([column("bigint")]);
  const trino = await engine(address);
  await trino.define("late", "SELECT * FROM events");
  await trino.define("events", "SELECT 1 AS n");
  await trino.define("unsaid", "SELECT 3");
  await trino.query(sql);
  expect(seen[0]?.body).toBe(sent);
});

test.each([
  "DROP TABLE events",
  "",
  "INSERT INTO a SELECT 1",
  "EXPLAIN ANALYZE DELETE FROM a",
  "-- SELECT\nCALL x()",
])("asks nothing but a query: %j", async (sql) => {
  const { address, seen } = await coordinator([]);
  await expect((await engine(address)).query(sql)).rejects.toMatchObject({ code: "E_SQL" });
  expect(seen).toEqual([]);
});
