import { describe, expect, it } from "vitest";
import { computeGrants, pathText, type GrantModel } from "../../src/access/index.ts";
import { FactSet, type Fact, type Gap } from "../../src/facts/index.ts";
import { STORE, TAKEN_AT, fact, gap, secret, store } from "../subjects/facts.ts";

const slot = (id: string, own: object = {}): Fact =>
  fact("key_slot", `slot/${id}`, {
    slot_id: id,
    slot_type: "passphrase",
    identity: id,
    purpose: "daily",
    created_at: "2026-01-01T00:00:00Z",
    fingerprint_pinned: false,
    configured: true,
    opened: false,
    ...own,
  });

const OWN = store({ product: "countersign-vault" });

function model(facts: readonly Fact[], gaps: readonly Gap[] = []): GrantModel {
  return computeGrants(new FactSet(facts, gaps), { takenAt: TAKEN_AT });
}

describe("a store that keys alone open", () => {
  const made = model([
    OWN,
    slot("ada"),
    slot("safe", { purpose: "recovery", opened: true }),
    secret("db"),
    secret("mail"),
  ]);
  const [ada, safe] = [`${STORE}:slot/ada`, `${STORE}:slot/safe`];
  const db = `${STORE}:kv/db`;

  it("lets whoever holds a key do everything with everything, for certain", () => {
    expect(made.whoCan(db, "read").map(({ principal_id, certainty }) => [principal_id, certainty])).toEqual([
      [ada, "certain"],
      [safe, "certain"],
    ]);
    expect(made.whoCan(db, "share")).toEqual([]);
    expect(made.whatCan(ada).flatMap((grant) => [...grant.targets()])).toEqual([db, `${STORE}:kv/mail`]);
    expect(pathText(made.path(ada, db)[0]?.path ?? [])).toContain("key slot passphrase ada");
    expect([...made.rows()]).toHaveLength(4);
    expect(made.blindness).toEqual([]);
  });

  it("counts keys as readers, those that are kept apart by themselves", () => {
    expect(made.readers(db)).toMatchObject({
      count: 2,
      writer_count: 2,
      apart_count: 0,
      reader_and_granter_count: 2,
    });
    expect(made.readers(db, new Set([safe]))).toMatchObject({
      count: 2,
      apart_count: 1,
      reader_and_granter_count: 1,
    });
    expect(made.access(ada)).toMatchObject({
      readable_secret_count: 2,
      administers: true,
      certainty: "certain",
    });
    expect(made.principals.map(({ collector }) => collector)).toEqual([false, true]);
  });

  it("says nothing of things and people that are not there", () => {
    expect(made.whoCan(`${STORE}:kv/other`)).toEqual([]);
    expect(made.path(ada, `${STORE}:kv/other`)).toEqual([]);
    expect(made.whatCan(`${STORE}:slot/other`)).toEqual([]);
  });

  it("may have keys that nobody knows of, where they could not be read", () => {
    const blind = model([OWN, secret("db")], [gap(["key_slot"], `${STORE}:`)]);
    expect(blind.blindness).toMatchObject([{ fact_kind: "key_slot", reason: "denied" }]);
  });
});

describe("a store of which nobody knows what decides there", () => {
  it.each([
    ["another product", [store({ product: "azure-key-vault" }), secret("db")]],
    ["no word of what it is, and no gap for that", [secret("db")]],
  ])("%s: never looks as if nobody could read", (_name, facts) => {
    const made = model(facts);
    expect(made.blindness).toEqual([{ store_id: STORE, fact_kind: "grant", reason: "unsupported" }]);
    // A secret that is no target has no count of readers: policies about readers prove nothing then.
    expect(made.targets).toEqual([]);
    expect(made.readers(`${STORE}:kv/db`)).toMatchObject({ count: 0 });
  });

  it("has a gap for that where it could not be asked, which makes its access uncertain", () => {
    const made = model([secret("db")], [gap(["store"], `${STORE}:`)]);
    expect(made.blindness).toMatchObject([{ fact_kind: "store", reason: "denied" }]);
  });
});
