import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  EventTable,
  attachPublished,
  attachReference,
  bound,
  boundDetection,
  coverage,
  detections,
  principalsSeen,
  questions,
} from "../../src/events/index.ts";
import { DuckDb, Trino, type Result } from "../../src/tables/index.ts";
import { countersign } from "../cli/process.ts";
import { found } from "../counterparties/availability.ts";
import { ensureTrino, rowsOf, startTrino, type TrinoCluster } from "../counterparties/trino.ts";
import { place, type Place } from "../events/harness.ts";
import { PERIOD, REFERENCE, oneWorld, writeWorld } from "../events/one-world.ts";

/** A line of Vault's log: a request without an answer. */
function request(id: string): string {
  const request = { id, operation: "read", path: "kv/data/payments/db", mount_type: "kv" };
  return `${JSON.stringify({ type: "request", time: "2026-10-02T08:15:00Z", request })}\n`;
}

const trino = await ensureTrino();

describe.skipIf("missing" in trino)("on a coordinator and a worker of Trino", () => {
  let directory: string;
  let cluster: TrinoCluster;
  let here: Place;
  let duck: DuckDb;
  let remote: Trino;
  /** What was begun, to be ended also where the beginning failed. */
  const ends: (() => Promise<void> | void)[] = [];

  const settings = (schema = "audit") => ({
    address: cluster.address,
    catalog: cluster.catalog,
    schema,
    user: "countersign",
    timeoutMs: 120_000,
  });

  const configured = async (engine: "duckdb" | "trino"): Promise<void> => {
    await writeFile(
      join(directory, "countersign.yaml"),
      `version: 1
sources:
  vault-prod: { connector: hashicorp, address: "https://127.0.0.1:8200" }
  aws-prod: { connector: aws }
break_glass: [{ kind: principal, path: "name:root" }]
events:
  engine: ${engine}
  business_hours: { time_zone: Europe/Berlin, rules: [{ when: { path: "role/app-0" }, from: 8, to: 18 }] }
  workloads: [{ path: "role/app-2" }]
  trino:
    address: ${cluster.address}
    catalog: hive
    schema: audit
    user: countersign
    files: { directory: "${cluster.warehouse}/published", location: "local:///published" }
`,
    );
  };

  const run = async (...args: readonly string[]) =>
    await countersign(["events", ...args], { cwd: directory, env: { COUNTERSIGN_STATE: here.directory } });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "countersign-trino-"));
    ends.push(async () => {
      await rm(directory, { recursive: true, force: true });
    });
    const starting = startTrino(found(trino), directory);
    ends.push(async () => {
      await (await starting).stop();
    });
    here = await place("vault-prod");
    ends.push(async () => {
      await here.remove();
    });
    await here.ingest({ "vault.log": `${request("first")}{"type":"response"}\n` });
    await writeWorld(here.directory, oneWorld());
    cluster = await starting;
    await rowsOf(cluster.address, "CREATE SCHEMA hive.audit");
    await configured("trino");
    expect(await run("publish")).toMatchObject({ exit: 0, err: "" });
    duck = await DuckDb.open({ memoryMb: 512, threads: 1, scratch: join(directory, "scratch") });
    ends.push(() => {
      duck.close();
    });
    await (await EventTable.open(here.directory)).attach(duck);
    remote = await Trino.open(settings());
    ends.push(async () => {
      await remote.close();
    });
    await attachPublished(remote, "audit");
    for (const engine of [duck, remote]) await attachReference(engine, REFERENCE);
  });

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  /** Rows in an order of their own, so that they are compared as a set, each cell with its type. */
  const sorted = ({ columns, rows }: Result): { columns: readonly string[]; rows: string[] } => ({
    columns,
    rows: rows.map((row) => JSON.stringify(row)).sort(),
  });

  const same = async (sql: string): Promise<Result> => {
    const [local, far] = [await duck.query(sql), await remote.query(sql)];
    expect(sorted(far)).toEqual(sorted(local));
    return local;
  };

  it.each(questions().map((question) => [question.id, question] as const))(
    "answers the question %s alike",
    async (_, question) => {
      const { rows } = await same(bound(question));
      expect(rows.length).toBeGreaterThan(0);
    },
  );

  it.each(detections().map((detection) => [detection.id, detection] as const))(
    "finds the same by %s",
    async (_, detection) => {
      const { rows } = await same(boundDetection(detection, PERIOD));
      expect(rows.length).toBeGreaterThan(0);
    },
  );

  it("tells the same principals and coverage, and the worker does the work", async () => {
    expect(await principalsSeen(remote)).toEqual(await principalsSeen(duck));
    expect(await coverage(remote, PERIOD)).toEqual(await coverage(duck, PERIOD));
    const tasks = await rowsOf(
      cluster.address,
      "SELECT count(*) FROM system.runtime.tasks WHERE node_id = 'worker'",
    );
    expect(tasks[0]?.[0]).toBeGreaterThan(10);
  });

  it("has cells of the same types", async () => {
    const { rows } = await same(`SELECT
      NULL AS nothing, TRUE AS yes, 1 AS one, CAST(9007199254740993 AS BIGINT) AS large, CAST(-0.5 AS DOUBLE) AS half,
      CAST(12.50 AS DECIMAL(9, 2)) AS price, DATE '2026-10-01' AS day, TIMESTAMP '2026-10-01 08:15:00.5' AS instant,
      TIMESTAMP '2026-10-01 08:15:00.123456' AS fine, 'l''œuf "日本"' AS text, ARRAY['a', NULL] AS list`);
    expect(rows[0]?.[3]).toBe("9007199254740993");
    expect(rows[0]?.[7]).toBe("2026-10-01T08:15:00.500Z");
  });

  it("prints the same by the command line, whichever engine is configured", async () => {
    const asked = [
      ["query", "last_reads", "--csv"],
      [
        "query",
        "WITH late AS (SELECT * FROM events WHERE time >= TIMESTAMP '2026-10-15 00:00:00') SELECT operation, count(*) AS n FROM late GROUP BY operation ORDER BY n DESC, operation; ",
      ],
      [
        "detect",
        "break_glass_used",
        "off_hours",
        "denied_burst",
        "--json",
        "--since",
        "2026-10-01",
        "--until",
        "2026-10-21",
      ],
    ];
    for (const args of asked) {
      await configured("duckdb");
      const local = await run(...args);
      await configured("trino");
      expect(await run(...args)).toEqual(local);
      expect(local.out.length).toBeGreaterThan(20);
      expect(local.err).toBe("");
    }
  });

  it("asks only what reads, and says what is wrong with a statement", async () => {
    await expect(remote.query("DROP VIEW countersign_published")).rejects.toMatchObject({ code: "E_SQL" });
    await expect(remote.query("SELECT 1;\nSELECT 2")).rejects.toMatchObject({ code: "E_SQL" });
    await expect(remote.query("-- why\nSELECT nowhere\nFROM events")).rejects.toMatchObject({
      code: "E_SQL",
      message: expect.stringContaining("line 2:") as string,
    });
    await expect(attachPublished(remote, "elsewhere")).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });

  it("ends an interrupted statement on the cluster", async () => {
    const engine = await Trino.open(settings());
    await attachPublished(engine, "audit");
    const asking = engine.query(
      "SELECT count(*) AS never FROM events AS a CROSS JOIN events AS b CROSS JOIN events AS c",
    );
    setTimeout(() => {
      engine.interrupt();
    }, 2_000);
    await expect(asking).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    await engine.close();
    const states = await rowsOf(
      cluster.address,
      "SELECT state FROM system.runtime.queries WHERE query LIKE '%AS never FROM%' AND source = 'countersign'",
    );
    expect(states).toEqual([["FAILED"]]);
  });

  it("ends a statement that takes too long", async () => {
    const engine = await Trino.open({ ...settings(), timeoutMs: 1_500 });
    await attachPublished(engine, "audit");
    await expect(
      engine.query("SELECT count(*) FROM events AS a CROSS JOIN events AS b CROSS JOIN events AS c"),
    ).rejects.toMatchObject({ code: "E_LIMIT" });
    await engine.close();
  });

  it("answers from what is published until the cluster has all of the next commit", async () => {
    const count = async (): Promise<unknown> =>
      JSON.parse((await run("query", "SELECT count(*) AS n FROM events", "--json")).out);
    const before = await count();
    await here.ingest({ "vault.log": request("second") });
    const behind = await run("detect", "break_glass_used", "--since", "2026-10-20", "--until", "2026-10-21");
    expect(behind.exit).toBe(3);
    expect(behind.out).toContain("not seen: the cluster has commit");

    const { out } = await run("publish", "--files", "--json");
    const { name } = JSON.parse(out) as { name: string };
    const lost = join(cluster.warehouse, "published", name, "events", "store_id=aws-prod", "day=2026-10-06");
    await rm(lost, { recursive: true });
    const refused = await run("publish");
    expect(refused.exit).toBe(4);
    expect(refused.err).toContain("rows of events aws-prod/2026-10-06");
    expect(await count()).toEqual(before);

    await rm(join(cluster.warehouse, "published", name), { recursive: true });
    expect(await run("publish")).toMatchObject({ exit: 0, err: "" });
    expect(await count()).toEqual([{ n: (before as { n: number }[])[0]!.n + 1 }]);
  });

  it("keeps what was in force before for those who ask it, and nothing older", async () => {
    await here.ingest({ "vault.log": request("third") });
    expect(await run("publish")).toMatchObject({ exit: 0 });
    expect(await readdir(join(cluster.warehouse, "published"))).toHaveLength(2);
    const tables = await rowsOf(
      cluster.address,
      "SELECT table_name FROM hive.information_schema.tables WHERE table_schema = 'audit' AND table_name LIKE 'events\\_c%' ESCAPE '\\'",
    );
    expect(tables).toHaveLength(2);
    // The commit that this engine was attached to is gone: it says so, and answers nothing.
    await expect(remote.query("SELECT count(*) FROM events")).rejects.toMatchObject({ code: "E_SQL" });
  });
});
