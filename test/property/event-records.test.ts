import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Format } from "../../src/events/index.ts";
import { place, sample, type Place } from "../events/harness.ts";

/** Records of each format that are damaged at random places. */
const RUNS = process.env["SLOW"] === "1" ? 400 : 20;

let at: Place;

beforeEach(async () => {
  at = await place();
});

afterEach(async () => {
  await at.remove();
});

type Json = boolean | number | string | null | Json[] | { [key: string]: Json };

const STRANGE: readonly Json[] = [
  null,
  true,
  0,
  -1.5e300,
  "",
  " ",
  "HIDDEN_DUE_TO_SECURITY_REASONS",
  "***",
  "ÄÖ\u0000\u001e\n\r\u2028😀",
  "x".repeat(5000),
  "infinity",
  "-infinity",
  "epoch",
  "0001-01-01T00:00:00Z",
  "99999-01-01T00:00:00Z",
  "2026-02-30T00:00:00Z",
  "2026-10-01T10:15:00+02:00",
  [],
  {},
  [[]],
  [null],
  [{ a: [1, "b", null] }],
  { claim: "none", code: "seven", "": 1, 'quo"te': "'" },
];

/** One place of a record is left out, or holds something else, or is wrapped. */
const mutation = fc.record({
  depth: fc.integer({ min: 0, max: 5 }),
  turns: fc.array(fc.nat(40), { minLength: 6, maxLength: 6 }),
  what: fc.constantFrom("drop", "replace", "nest", "upper", "add"),
  value: fc.constantFrom(...STRANGE),
});

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutated(record: Json, { depth, turns, what, value }: Mutation): Json {
  let holder = record;
  for (let level = 0; ; level += 1) {
    if (typeof holder !== "object" || holder === null) return record;
    const inside = holder as Record<string, Json>;
    const keys = Object.keys(inside);
    const key = keys[(turns[level] ?? 0) % Math.max(1, keys.length)];
    if (key === undefined) return record;
    const next = inside[key] ?? null;
    if (level < depth && typeof next === "object" && next !== null && Object.keys(next).length > 0) {
      holder = next;
      continue;
    }
    if (what === "drop") Reflect.deleteProperty(inside, key);
    else if (what === "replace") inside[key] = value;
    else if (what === "nest") inside[key] = [{ [key]: next }];
    else if (what === "upper") inside[key.toUpperCase()] = next;
    else inside[`new${key}`] = value;
    return record;
  }
}

const vaultEntry = JSON.stringify({
  type: "response",
  time: "2026-10-01T08:15:00.3Z",
  auth: {
    accessor: "a",
    display_name: "ada",
    entity_id: "e1",
    metadata: { role_name: "r" },
    token_type: "service",
  },
  request: {
    id: "r0",
    operation: "read",
    path: "kv/data/payments/db",
    mount_point: "kv/",
    mount_type: "kv",
    namespace: { id: "root" },
    remote_address: "10.20.30.40",
    headers: { "user-agent": ["vault"] },
  },
  response: { data: { metadata: { version: 3 } } },
  error: "",
});

const FILES: Readonly<
  Record<Format, readonly [records: readonly string[], wrap: (records: string[]) => string]>
> = {
  cloudtrail: [
    (JSON.parse(sample("cloudtrail.json")) as { Records: Json[] }).Records.map((one) => JSON.stringify(one)),
    (records) => `{"Records":[${records.join(",")}]}`,
  ],
  azure: [
    (JSON.parse(sample("azure-records.json")) as { records: Json[] }).records.map((one) =>
      JSON.stringify(one),
    ),
    (records) => `{"records":[${records.join(",")}]}`,
  ],
  gcp: [sample("gcp-sink.ndjson").trim().split("\n"), (records) => records.join("\n")],
  hashicorp: [[vaultEntry], (records) => `${records.join("\n")}\n`],
};

/** Makes each record one of its own, so that none is a repeated one. */
const MARKED: Readonly<Record<Format, (record: Record<string, Json>, mark: string) => void>> = {
  cloudtrail: (record, mark) => (record["eventID"] = mark),
  azure: (record, mark) => (record["mark"] = mark),
  gcp: (record, mark) => (record["insertId"] = mark),
  hashicorp: (record, mark) => ((record["request"] as Record<string, Json>)["id"] = mark),
};

test.each(Object.keys(FILES) as Format[])(
  "no damage to a record of %s loses it",
  { timeout: 300_000 },
  async (format) => {
    const [records, wrap] = FILES[format];
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(records.length - 1), fc.array(mutation, { maxLength: 3 })), {
          minLength: 1,
          maxLength: 60,
        }),
        async (damage) => {
          turn += 1;
          const damaged = damage.map(([index, mutations], position) => {
            const record = JSON.parse(records[index] ?? "null") as Record<string, Json>;
            MARKED[format](record, `${turn}-${position}`);
            return JSON.stringify(mutations.reduce<Json>(mutated, record));
          });
          await at.remove();
          at = await place();
          const report = await at.ingest({ "log.json": wrap(damaged) }, format);
          const [calls] = await at.rows("SELECT count(DISTINCT event_id) AS told FROM events");
          const [kept] = await at.rows("SELECT count(*) AS aside FROM aside");
          expect(report.records).toBe(damaged.length);
          expect(kept?.["aside"]).toBe(report.aside);
          // Two whose damage took away the same id are one call, told twice.
          const doubles = report.repeated;
          expect(Number(calls?.["told"]) + report.aside + doubles).toBeGreaterThanOrEqual(damaged.length);
          expect(Number(calls?.["told"]) + report.aside).toBeLessThanOrEqual(damaged.length);
        },
      ),
      { numRuns: RUNS },
    );
  },
);

test(
  "a record of CloudTrail is the same event in whichever way its file is read",
  { timeout: 300_000 },
  async () => {
    const [records, wrap] = FILES.cloudtrail;
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(records.length - 1), fc.array(mutation, { maxLength: 3 })), {
          minLength: 1,
          maxLength: 60,
        }),
        async (damage) => {
          turn += 1;
          const damaged = damage.map(([index, mutations], position) => {
            const original = JSON.parse(records[index] ?? "null") as Json;
            const record = mutations.reduce(mutated, original) as Record<string, Json>;
            // Whole ones only: they are read the quick way where all of the batch are.
            record["eventID"] = `${turn}-${position}`;
            // A number such as 1e300 where a text belongs is written as whoever reads it writes it.
            for (const [key, value] of Object.entries(record)) if (value === -1.5e300) record[key] = -1.5;
            record["eventTime"] = "2026-10-01T08:15:00Z";
            record["eventName"] ??= "GetSecretValue";
            return JSON.stringify(record);
          });
          const file = wrap(damaged);
          const read = async (files: Record<string, string>) => {
            await at.remove();
            at = await place();
            await at.ingest(files, "cloudtrail");
            return await at.rows(
              "SELECT * FROM events WHERE event_id <> 'alone' ORDER BY event_id, item, record_digest",
            );
          };
          const quick = await read({ "log.json": file });
          expect(quick.length).toBeGreaterThan(0);
          expect(await read({ "log.json": file, "odd.json": '{"Records":[{"eventID":"alone"}]}' })).toEqual(
            quick,
          );
        },
      ),
      { numRuns: RUNS },
    );
  },
);
