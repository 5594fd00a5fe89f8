import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../src/hashicorp/index.ts";
import {
  STORE,
  daysAgo,
  fact,
  gap,
  metadata,
  recordOf,
  role,
  secret,
  store,
  subject,
  subjectsOf,
  token,
} from "./facts.ts";

const engine = (own: object) => fact("secret_engine_config", "kv/config", { mount: "kv/", ...own });
const rotation = (path: string, own: object = {}) =>
  fact("secret_rotation", `kv/${path}`, { mount: "kv/", name: path, enabled: true, ...own });

const PLAIN = { absent_features: [], own_records: [] };

describe("a secret that only a listing names", () => {
  it("has what the listing says and nothing else", () => {
    expect(subject("secret", [secret("app/db"), store()])).toEqual({
      kind: "secret",
      id: `${STORE}:kv/app/db`,
      store_id: STORE,
      name: "app/db",
      traits: [],
      labels: {},
      gaps: [],
      records: [recordOf("secret", "kv/app/db")],
      secret_type: "kv",
      mount: "kv/",
      value_removed: false,
      rotation_scheduled: false,
      expiry_set: false,
      tier: "critical",
      undecided: ["environment", "owner", "tier"],
      readers: {
        count: 0,
        by_role_count: 0,
        possible_count: 0,
        emergency_count: 0,
        perhaps_count: 0,
        external: 0,
        public: 0,
        sample: [],
      },
      writer_count: 0,
      reader_and_granter_count: 0,
      perhaps_reader_and_granter_count: 0,
      store: { ...PLAIN, product: "vault", version: "1.21.1", sink_count: 0 },
    });
  });

  it("has its gaps where the rest could not be read", () => {
    const gaps = [gap(["secret_metadata", "secret_version"], `${STORE}:kv/app/`)];
    const made = subject("secret", [secret("app/db")], { gaps });
    expect(made.gaps.map(({ fact_kind }) => fact_kind)).toEqual(["secret_metadata", "secret_version"]);
    expect(made).not.toHaveProperty("value_age_days");
  });
});

describe("what rules say of a secret whose labels could not be read", () => {
  const tiers = [
    { tier: "critical" as const, when: { label: { pci: "yes" } } },
    { tier: "low" as const, when: { path: "kv/*" } },
  ];
  const owners = [{ owner: "fallback", when: { path: "kv/*" } }];
  const labels = { owner: [], tier: [], environment: [], expires_at: [], rotation_period_days: [] };
  const hidden = [gap(["secret_metadata"], `${STORE}:kv/db`)];

  it("is the strictest that may hold, and no fallback", () => {
    const made = subject("secret", [secret("db")], { gaps: hidden, rules: { tiers, labels } });
    expect(made).toMatchObject({ tier: "critical", undecided: ["tier"] });
    const read = subject("secret", [secret("db"), metadata("db")], { rules: { tiers, labels } });
    expect(read.tier).toBe("low");
    expect(read).not.toHaveProperty("undecided");
  });

  it("names no owner that a label may have named otherwise", () => {
    const made = subject("secret", [secret("db")], { gaps: hidden, rules: { owners } });
    expect(made).not.toHaveProperty("owner");
    expect(made.undecided).toContain("owner");
    expect(subject("secret", [secret("db"), metadata("db")], { rules: { owners } }).owner).toBe("fallback");
  });

  it("is decided where the engine keeps no labels", () => {
    const mount = fact("mount", "kv/", { path: "kv/", engine: "kv", engine_version: "1" });
    const made = subject("secret", [secret("db"), mount], { rules: { tiers, owners } });
    expect(made).toMatchObject({ tier: "low", owner: "fallback" });
    expect(made).not.toHaveProperty("undecided");
  });
});

describe("who reads a secret", () => {
  const { rules } = parsePolicy('path "*" { capabilities = ["read", "update", "sudo"] }', { name: "all" });
  const all = fact("policy_document", "sys/policies/acl/all", {
    name: "all",
    policy_type: "acl",
    text: "…",
    ext: { hashicorp: { rules } },
  });
  const kv = fact("mount", "kv/", { path: "kv/", engine: "kv", engine_version: "2" });
  const facts = [
    store(),
    secret("db"),
    metadata("db"),
    kv,
    all,
    role("app", { policies: ["all"] }),
    role("break-glass", { policies: ["all"] }),
    token("r", { root: true, policies: ["root"] }),
  ];

  it("is counted with break-glass and root apart", () => {
    const given = { rules: { break_glass: [{ name: "break-glass" }] } };
    expect(subject("secret", facts, given)).toMatchObject({
      readers: { count: 3, emergency_count: 2 },
      reader_and_granter_count: 1,
    });
    expect(subject("secret", facts)).toMatchObject({
      readers: { count: 3, emergency_count: 1 },
      reader_and_granter_count: 2,
    });
  });
});

describe("a secret with its metadata", () => {
  it("has ages counted to the snapshot, and counts", () => {
    const labels = { owner: "payments", tier: "High", env: "production" };
    const made = subject("secret", [secret("db"), metadata("db", { labels, deleted_version_count: 1 })]);
    expect(made).toMatchObject({
      created_age_days: 400,
      value_age_days: 40,
      current_version: 3,
      version_count: 3,
      deleted_version_count: 1,
      destroyed_version_count: 0,
      owner: "payments",
      tier: "high",
      environment: "production",
      labels,
      value_removed: false,
    });
    expect(made.records).toEqual([recordOf("secret", "kv/db"), recordOf("secret_metadata", "kv/db")].sort());
  });

  it("has no value where the current version is gone", () => {
    const { value_set_at, ...rest } = metadata("db") as { value_set_at?: string };
    expect(value_set_at).toBeDefined();
    const made = subject("secret", [secret("db"), rest as never]);
    expect(made.value_removed).toBe(true);
    expect(made).not.toHaveProperty("value_age_days");
  });

  it("keeps long labels short, and no more than 24", () => {
    const labels = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`k${n}`.padEnd(300, "x"), "v".repeat(300)]),
    );
    const made = subject("secret", [secret("db"), metadata("db", { labels })]);
    expect(Object.keys(made.labels)).toHaveLength(24);
    expect(
      Object.entries(made.labels).every(([key, value]) => key.length === 256 && value.length === 256),
    ).toBe(true);
  });
});

describe("what a secret inherits from its engine", () => {
  it.each([
    [{ cas_required: true }, { cas_required: false }, { cas_required: true }],
    [{ cas_required: false }, { cas_required: true }, { cas_required: true }],
    [{ cas_required: false }, { cas_required: false }, { cas_required: false }],
    [{ max_versions: 0 }, { max_versions: 12 }, { max_versions: 12 }],
    [{ max_versions: 3 }, { max_versions: 12 }, { max_versions: 3 }],
    [{ delete_version_after_s: 0 }, { delete_version_after_s: 60 }, { delete_version_after_s: 60 }],
  ])("%j with %j is %j", (own, inherited, together) => {
    expect(subject("secret", [secret("db"), metadata("db", own), engine(inherited)])).toMatchObject(together);
  });

  it("is not said where the engine's settings could not be read", () => {
    const own = { cas_required: false, max_versions: 0, delete_version_after_s: 0 };
    const gaps = [gap(["secret_engine_config"], `${STORE}:kv/config`)];
    const made = subject("secret", [secret("db"), metadata("db", own)], { gaps });
    expect(made).not.toHaveProperty("cas_required");
    expect(made).not.toHaveProperty("delete_version_after_s");
    expect(made.gaps.map(({ fact_kind }) => fact_kind)).toEqual(["secret_engine_config"]);
  });

  it("comes from the engine of the same namespace alone", () => {
    const other = fact(
      "secret_engine_config",
      "team/kv/config",
      { mount: "kv/", max_versions: 9 },
      `${STORE}/team`,
    );
    expect(subject("secret", [secret("db"), metadata("db", { max_versions: 0 }), other])).not.toMatchObject({
      max_versions: 9,
    });
  });
});

describe("a secret's end", () => {
  it.each([
    ["a label", { labels: { expires_at: daysAgo(-30) } }, 30],
    ["a label with a day alone", { labels: { expires_at: "2026-10-10" } }, 9],
    ["a label in the past", { labels: { expiry: daysAgo(3) } }, -3],
    ["a label of an hour ago", { labels: { expiry: daysAgo(1 / 24) } }, -1],
    ["its version's deletion time", { value_deletes_at: daysAgo(-10) }, 10],
    ["the earliest of both", { labels: { expires_at: daysAgo(-5) }, value_deletes_at: daysAgo(-10) }, 5],
  ])("comes from %s", (_what, own, days) => {
    const made = subject("secret", [secret("db"), metadata("db", own)]);
    expect(made).toMatchObject({ expires_in_days: days, expiry_set: true });
    expect(made.unusable_labels ?? {}).not.toHaveProperty("expires_at");
  });

  it.each([
    "never",
    "2026-10-10T06:00",
    "10/11/2026",
    "October 10, 2026",
    "2026-13-45",
    "+275760-09-14",
    "1790000000",
  ])("is not there where the label is no date that means the same everywhere: %s", (expires_at) => {
    const made = subject("secret", [secret("db"), metadata("db", { labels: { expires_at } })]);
    expect(made.expiry_set).toBe(false);
    expect(made).not.toHaveProperty("expires_in_days");
    expect(made.unusable_labels).toMatchObject({ expires_at });
  });

  it("does not come from what holds for versions that are written later", () => {
    const after = { delete_version_after_s: 50 * 86_400 };
    const made = subject("secret", [secret("db"), metadata("db", after), engine(after)]);
    expect(made).toMatchObject({ expiry_set: false, delete_version_after_s: 50 * 86_400 });
  });
});

describe("a secret's rotation", () => {
  it("by the store gives the value its age", () => {
    const last_rotated_at = daysAgo(12);
    const made = subject("secret", [secret("db"), rotation("db", { period_s: 2_592_000, last_rotated_at })]);
    expect(made).toMatchObject({
      rotation_scheduled: true,
      value_age_days: 12,
      rotation: { enabled: true, source: "store", period_days: 30, last_rotated_age_days: 12 },
    });
  });

  it("that never ran leaves the age unknown", () => {
    const made = subject("secret", [secret("db"), rotation("db", { schedule: "0 3 * * SAT" })]);
    expect(made.rotation).toEqual({
      enabled: true,
      source: "store",
      schedule: "0 3 * * SAT",
      period_days: 7,
    });
    expect(made).not.toHaveProperty("value_age_days");
  });

  it("that is switched off is no rotation", () => {
    expect(subject("secret", [secret("db"), rotation("db", { enabled: false })]).rotation_scheduled).toBe(
      false,
    );
  });

  it.each([
    ["90", { enabled: true, source: "declared", period_days: 90, last_rotated_age_days: 40 }],
    ["soon", undefined],
    ["0", undefined],
    ["-5", undefined],
    ["Infinity", undefined],
    ["", undefined],
  ])("declared as %j", (rotation_days, declared) => {
    expect(subject("secret", [secret("db"), metadata("db", { labels: { rotation_days } })]).rotation).toEqual(
      declared,
    );
  });
});

describe("the store as its secrets show it", () => {
  const tls = (n: number, on?: boolean) =>
    fact("endpoint", `sys/listener/${n}`, { listener_type: "tcp", ...(on === undefined ? {} : { tls: on }) });
  const shown = (...facts: Parameters<typeof subjectsOf>[0]) =>
    subject("secret", [secret("db"), ...facts]).store;

  it("is encrypted everywhere only where every listener is known to be", () => {
    expect(shown(tls(1, true), tls(2, true)).tls_everywhere).toBe(true);
    expect(shown(tls(1, true), tls(2, false)).tls_everywhere).toBe(false);
    expect(shown(tls(1, true), tls(2))).not.toHaveProperty("tls_everywhere");
    expect(shown()).not.toHaveProperty("tls_everywhere");
  });

  it("does not say so while a listener may be hidden", () => {
    const gaps = [gap(["endpoint"], `${STORE}:sys/`)];
    expect(subject("secret", [secret("db"), tls(1, true)], { gaps }).store).not.toHaveProperty(
      "tls_everywhere",
    );
  });

  it("has no count of sinks while one may be hidden", () => {
    const sink = fact("sink", "sys/audit/file", { path: "file/", sink_type: "file", options: {} });
    expect(shown(store(), sink)).toEqual({ ...PLAIN, product: "vault", version: "1.21.1", sink_count: 1 });
    const gaps = [gap(["sink"], `${STORE}:sys/audit/`)];
    expect(subject("secret", [secret("db"), sink], { gaps }).store).toEqual(PLAIN);
  });
});

describe("subjects", () => {
  it("come by kind and id, the estate last", () => {
    const facts = [secret("b"), secret("a"), store(), metadata("a")];
    expect(subjectsOf(facts).map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      `secret ${STORE}:kv/a`,
      `secret ${STORE}:kv/b`,
      `store ${STORE}`,
      "estate estate",
    ]);
  });

  it("do not depend on the order of facts and gaps", () => {
    const facts = [secret("b"), secret("a"), store(), metadata("a"), metadata("b")];
    const gaps = [gap(["sink"]), gap(["secret_metadata"], `${STORE}:kv/`)];
    expect(subjectsOf([...facts].reverse(), { gaps: [...gaps].reverse() })).toEqual(
      subjectsOf(facts, { gaps }),
    );
  });

  it("are there for a store that only a gap tells of", () => {
    const made = subject("store", [], { gaps: [gap(["store", "mount", "secret"])] });
    expect(made).toMatchObject({ id: STORE, name: STORE, secret_count: 0 });
    expect(made.gaps.map(({ fact_kind }) => fact_kind)).toEqual([
      "grant",
      "mount",
      "pasted_credential",
      "secret",
      "store",
    ]);
    expect(made).not.toHaveProperty("sealed");
  });
});
