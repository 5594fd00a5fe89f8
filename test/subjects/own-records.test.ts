import { describe, expect, it } from "vitest";
import type { Fact } from "../../src/facts/index.ts";
import { STORE, daysAgo, fact, gap, metadata, secret, store, subject } from "./facts.ts";

const OWN = store({ product: "countersign-vault", absent_features: ["listener"] });

const slot = (id: string, own: object = {}): Fact =>
  fact("key_slot", `slot/${id}`, {
    slot_id: id,
    slot_type: "passphrase",
    identity: id,
    purpose: "daily",
    created_at: daysAgo(100),
    custody: "passphrase",
    authenticated_wrap: true,
    fingerprint_pinned: true,
    configured: true,
    opened: true,
    opens: true,
    ...own,
  });

const log = fact("access_log", "access-log", {
  log_count: 2,
  event_count: 9,
  failure_count: 1,
  actors: [],
  actor_count: 0,
});

const check = (own: object = {}): Fact =>
  fact("integrity_check", "integrity", {
    checked_at: daysAgo(0),
    looked_at: {},
    damage_count: 0,
    unchecked_count: 0,
    finding_counts: {},
    findings: [],
    ...own,
  });

const use = (own: object = {}): Fact =>
  fact("credential_use", "kv/db", {
    mount: "kv/",
    name: "db",
    read_count: 7,
    last_read_at: daysAgo(1),
    reveal_count: 1,
    last_revealed_at: daysAgo(4),
    last_revealed_by: "ada@build-7",
    write_count: 1,
    failure_count: 0,
    ...own,
  });

describe("what a store tells of itself", () => {
  it("is named only where it was read", () => {
    expect(subject("store", [OWN])).toMatchObject({ absent_features: ["listener"], own_records: [] });
    const told = subject("store", [OWN, slot("a"), log, check()]);
    expect(told.own_records).toEqual(["access_log", "integrity_check", "key_slot"]);
    expect(told).not.toHaveProperty("upkeep");
  });

  it("lacks nothing by design where it could not be asked what it is", () => {
    const unread = subject("store", [], { gaps: [gap(["store", "key_slot"], `${STORE}:`)] });
    expect(unread).toMatchObject({ absent_features: [], own_records: [] });
    expect(unread.gaps.map(({ fact_kind }) => fact_kind)).toContain("store");
  });

  it("counts keys and kinds of keys", () => {
    const slots = [slot("a"), slot("b"), slot("c", { slot_type: "aws-kms", purpose: "recovery" })];
    expect(subject("store", [OWN, ...slots]).key_slots).toEqual({
      count: 3,
      recovery_count: 1,
      shut_count: 0,
      types: ["aws-kms", "passphrase"],
      proven_types: ["aws-kms", "passphrase"],
    });
  });

  it("counts no key that does not open, and takes none for daily use as proven that was not seen to open", () => {
    const safe = { slot_type: "key-file", purpose: "recovery", opened: false };
    const shut = [slot("a", { opens: true }), slot("b", { ...safe, opens: false })];
    expect(subject("store", [OWN, ...shut]).key_slots).toEqual({
      count: 1,
      recovery_count: 0,
      shut_count: 1,
      types: ["passphrase"],
      proven_types: ["passphrase"],
    });
    const unseen = [slot("a", { opened: false, opens: undefined }), slot("b", { ...safe, opens: undefined })];
    expect(subject("store", [OWN, ...unseen]).key_slots).toMatchObject({
      types: ["key-file", "passphrase"],
      proven_types: ["key-file"],
    });
  });

  it("has ages of upkeep, and none of what was never done", () => {
    const upkeep = fact("upkeep", "upkeep", { store_created_at: daysAgo(400), backup_at: daysAgo(3) });
    expect(subject("store", [OWN, upkeep]).upkeep).toEqual({ store_age_days: 400, backup_age_days: 3 });
  });

  it("names what is damaged, not what crashes leave behind", () => {
    const findings = [
      { code: "altered", severity: "error", path: "vault/gen/000000000007" },
      { code: "torn", severity: "notice", path: "vault/log/a.jsonl" },
    ];
    const made = subject("store", [OWN, check({ damage_count: 1, findings })]);
    expect(made.integrity?.findings).toEqual([{ code: "altered", path: "vault/gen/000000000007" }]);
  });

  it("names loose ends of the log, the youngest first, and counts all", () => {
    const end = (path: string, days: number) => ({
      code: "unledgered",
      severity: "warning",
      path,
      at: daysAgo(days),
    });
    const findings = [
      end("old", 40),
      end("young", 2),
      { code: "lost", severity: "warning", path: "undated" },
    ];
    const counts = { unledgered: 11, lost: 1, torn: 3 };
    const made = subject("store", [OWN, log, check({ finding_counts: counts, findings })]);
    expect(made.access_log).toMatchObject({ loose_end_count: 12 });
    expect(made.access_log?.loose_ends.map(({ path, age_days }) => [path, age_days])).toEqual([
      ["undated", undefined],
      ["young", 2],
      ["old", 40],
    ]);
    expect(subject("store", [OWN, log]).access_log).not.toHaveProperty("loose_end_count");
  });
});

describe("the use of a secret", () => {
  const facts = [OWN, secret("db"), metadata("db")];

  it("is what the store's log says", () => {
    expect(subject("secret", [...facts, log, use()]).use).toEqual({
      read_count: 7,
      last_read_age_days: 1,
      reveal_count: 1,
      last_revealed_age_days: 4,
      last_revealed_by: "ada@build-7",
    });
  });

  it("is none where a log that was read does not name it, and unknown without one", () => {
    expect(subject("secret", [...facts, log]).use).toEqual({ read_count: 0, reveal_count: 0 });
    expect(subject("secret", facts)).not.toHaveProperty("use");
  });

  it("is unknown of a name that the log cuts", () => {
    const long = secret("a".repeat(300));
    expect(subject("secret", [OWN, long, log])).not.toHaveProperty("use");
  });
});

describe("whoever holds a key", () => {
  it("is a principal that reads and administers, for emergencies where the key is for recovery", () => {
    const facts = [
      OWN,
      slot("a"),
      slot("b", { purpose: "recovery", opened: false }),
      secret("db"),
      metadata("db"),
    ];
    expect(subject("principal", facts, { id: `${STORE}:slot/a` })).toMatchObject({
      name: "passphrase a",
      principal_type: "key_slot",
      break_glass: false,
      collector: true,
      created_age_days: 100,
      access: { own_readable_secret_count: 1, administers: true },
      key_slot: { custody: "passphrase", authenticated_wrap: true, fingerprint_pinned: true },
    });
    expect(subject("principal", facts, { id: `${STORE}:slot/b` })).toMatchObject({
      break_glass: true,
      collector: false,
    });
    expect(subject("secret", facts).readers).toMatchObject({ count: 2, emergency_count: 1 });
  });
});

describe("a rotation that the store only keeps a period for", () => {
  it("is declared", () => {
    const rotation = fact("secret_rotation", "kv/db", {
      mount: "kv/",
      name: "db",
      enabled: true,
      declared: true,
      period_s: 30 * 86_400,
      last_rotated_at: daysAgo(40),
    });
    expect(subject("secret", [OWN, secret("db"), metadata("db"), rotation])).toMatchObject({
      rotation_scheduled: true,
      value_age_days: 40,
      rotation: { source: "declared", period_days: 30, last_rotated_age_days: 40 },
    });
  });
});
