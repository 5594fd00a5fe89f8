import { describe, expect, it } from "vitest";
import { FactSet, recordDigest, type Fact, type Gap, type RawRecord } from "../../src/facts/index.ts";
import { operationCounts, populationsOf } from "../../src/evidence/populations.ts";
import { STORE, fact, gap, metadata, role, secret, token } from "../subjects/facts.ts";

function population(
  kind: string,
  facts: readonly Fact[],
  gaps: readonly Gap[] = [],
  records: readonly RawRecord[] = [],
) {
  const found = populationsOf(new FactSet(facts, gaps), [STORE], records).find(
    ({ subject_kind }) => subject_kind === kind,
  );
  if (found === undefined) throw new Error(`expected a population of ${kind}`);
  return found;
}

const details = (resource?: string, own: Partial<Gap> = {}): Gap =>
  gap(["secret_metadata", "secret_version"], resource, own);

describe("a population", () => {
  it("is complete where everything that was listed was read", () => {
    expect(population("secret", [secret("a"), secret("b"), metadata("a"), metadata("b")])).toEqual({
      store_id: STORE,
      subject_kind: "secret",
      listed: 2,
      collected: 2,
      named_by: [],
      excluded: 0,
      gap_count: 0,
    });
  });

  it("names the operations whose answers named its members, and no other", () => {
    const answer = (operation: string): RawRecord =>
      ({ operation, store_id: STORE, status: 200 }) as unknown as RawRecord;
    const [list, details] = [answer("kv.list"), answer("kv.metadata")];
    const facts = [
      { ...secret("a"), record: recordDigest(list) },
      { ...metadata("a"), record: recordDigest(details) },
    ];
    expect(population("secret", facts, [], [list, details]).named_by).toEqual(["kv.list"]);
    expect(population("key", facts, [], [list, details]).named_by).toEqual([]);
  });

  it("says why what was listed was not read", () => {
    const refused = gap(["key"], `${STORE}:key/1`, { detail: "the collector may not call kms DescribeKey" });
    expect(population("key", [], [refused])).toMatchObject({
      listed: 1,
      collected: 0,
      gap_causes: [`${STORE}:key/1: the collector may not call kms DescribeKey`],
    });
    expect(population("secret", [], [refused])).not.toHaveProperty("gap_causes");
  });

  it("that is empty is listed as such", () => {
    expect(population("key", [])).toMatchObject({ listed: 0, collected: 0, gap_count: 0 });
  });

  it.each([
    ["one that was listed", details(`${STORE}:kv/a`), { listed: 3, collected: 2, gap_count: 1 }],
    ["a folder", details(`${STORE}:kv/`), { listed: 3, collected: 1, gap_count: 1 }],
    ["the whole store", details(), { listed: 3, collected: 0, gap_count: 1 }],
    ["what was not even listed", details(`${STORE}:kv/z`), { listed: 4, collected: 3, gap_count: 1 }],
    ["a listing", gap(["secret"], `${STORE}:kv/team/`), { listed: 3, collected: 3, gap_count: 1 }],
    ["something else", gap(["sink"], `${STORE}:sys/audit/`), { listed: 3, collected: 3, gap_count: 0 }],
    [
      "what was left out on purpose",
      details(`${STORE}:old/`, { reason: "limit" }),
      { listed: 3, collected: 2, gap_count: 1, excluded: 1 },
    ],
  ])("shows a gap of %s", (_what, hidden, counts) => {
    const facts = [secret("a"), secret("b"), secret("c", "old/")];
    expect(population("secret", facts, [hidden])).toMatchObject(counts);
  });

  it("never collects more than it lists", () => {
    const gaps = [details(`${STORE}:kv/a`), details(`${STORE}:kv/`), details()];
    const { listed, collected } = population("secret", [secret("a")], gaps);
    expect(collected).toBe(0);
    expect(listed).toBe(1);
  });

  it("is counted a second time where a list of accessors was read, and says by what", () => {
    const counted = fact("token_count", "auth/token/accessors", { token_count: 7 });
    expect(population("token", [token("t1"), counted])).toMatchObject({
      listed: 1,
      independent_count: 7,
      independent_method: expect.stringMatching(/list of token accessors/) as string,
    });
    expect(population("principal", [role("app"), counted])).not.toHaveProperty("independent_count");
  });

  it("is of one store alone", () => {
    const facts = new FactSet([secret("a")], [details()]);
    for (const { listed, gap_count } of populationsOf(facts, ["vault-us"], []))
      expect([listed, gap_count]).toEqual([0, 0]);
  });
});

describe("the operations of a source", () => {
  const record = (operation: string, status: number, store_id = STORE): RawRecord =>
    ({ operation, status, store_id }) as unknown as RawRecord;

  it("are counted in order, with those that were refused or failed", () => {
    const records = [
      record("kv.metadata", 200),
      record("kv.list", 404),
      record("kv.metadata", 403),
      record("kv.metadata", 503),
      record("kv.metadata", 0),
      record("kv.metadata", 200, "vault-us"),
    ];
    expect(operationCounts(records, STORE)).toEqual([
      { operation: "kv.list", call_count: 1, refused_count: 0 },
      { operation: "kv.metadata", call_count: 4, refused_count: 3 },
    ]);
  });
});
