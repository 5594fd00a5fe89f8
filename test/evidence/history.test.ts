import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/base/index.ts";
import { Trail, readHistory, type NotRead } from "../../src/evidence/history.ts";
import {
  extents,
  populationName,
  rulesDigest,
  wholePopulations,
  type Judgement,
  type Rules,
} from "../../src/evidence/judgement.ts";
import type { Finding } from "../../src/evidence/index.ts";
import type { CatalogueEntry } from "../../src/policy/index.ts";
import { STORE, gap } from "../subjects/facts.ts";

const POLICY = "rotation_overdue";
const ID = `${STORE}:kv/db`;

const RULES: Rules = {
  product_version: "0.1.0",
  policy_bundle: digestOf("bundle"),
  parameters: digestOf("parameters"),
  classification: digestOf("classification"),
  mappings: digestOf("mappings"),
};

const instant = (day: number): string => `2026-09-${String(day).padStart(2, "0")}T06:00:00.000Z`;

interface Day {
  /** The letter of the outcome; absent: the secret is not in the snapshot. */
  readonly letter: string | undefined;
  /** False: a gap may hide secrets. */
  readonly whole: boolean;
  readonly rules: Rules;
  /** Of the store; absent: everything. */
  readonly namespace: string;
  /** False: the store was no source of the snapshot. */
  readonly source: boolean;
}

function judgement(day: number, known: Partial<Day>): Judgement {
  const { letter, whole = true, rules = RULES, namespace = "", source = true } = known;
  const store = {
    store_id: STORE,
    connector: "hashicorp",
    address: "https://vault.example.com",
    selection: digestOf(namespace),
  };
  return {
    head: {
      snapshot_id: `day-${day}`,
      manifest_sha256: digestOf(day),
      taken_at: instant(day),
      rules_sha256: rulesDigest(RULES),
      first_rules: rules,
      policies: { secret: ["other_policy", POLICY] },
      whole: whole && source ? [populationName(STORE, "secret")] : [],
      stores: source ? [store] : [],
    },
    subjects:
      letter === undefined
        ? []
        : [{ store_id: STORE, kind: "secret", id: ID, name: "db", outcomes: `c${letter}` }],
  };
}

/**
 * A word a day: a letter for the outcome, `-` for not there, `?` for not there where a gap may hide it, `x` where the store
 * was no source. A capital, and `_` for `-`: another namespace of the store was looked at.
 */
const days = (text: string): Judgement[] =>
  Array.from(text, (sign, index) => {
    const day = index + 1;
    if (sign === "x") return judgement(day, { source: false });
    if (sign === "?") return judgement(day, { whole: false });
    const other = sign === "_" || sign !== sign.toLowerCase() ? { namespace: "team" } : {};
    if (sign === "-" || sign === "_") return judgement(day, other);
    return judgement(day, { letter: sign.toLowerCase(), ...other });
  });

const finding = (status: Finding["status"]): Finding =>
  ({ status, subject_kind: "secret", subject_id: ID, policy_id: POLICY }) as unknown as Finding;

const CATALOGUE = new Map([
  [POLICY, { policy_id: POLICY, title: "Too old", severity: "high" } as unknown as CatalogueEntry],
]);

function followed(text: string): Trail {
  const trail = new Trail();
  trail.want("secret", ID, POLICY);
  for (const day of days(text)) trail.follow(day);
  return trail;
}

describe("a violation", () => {
  it.each([
    ["v", { first: 1, good: undefined, unjudged: 0 }],
    ["cv", { first: 2, good: 1, unjudged: 0 }],
    ["cvvv", { first: 2, good: 1, unjudged: 0 }],
    ["vccv", { first: 4, good: 3, unjudged: 0 }],
    // What could not be judged ends no run, and is counted.
    ["cvuv", { first: 2, good: 1, unjudged: 1 }],
    ["cuuv", { first: 4, good: 1, unjudged: 2 }],
    ["cvev", { first: 2, good: 1, unjudged: 1 }],
    ["cv?v", { first: 2, good: 1, unjudged: 1 }],
    // What was really away, or of no concern to the policy, ends the run.
    ["cv-v", { first: 4, good: 1, unjudged: 0 }],
    ["vnv", { first: 3, good: undefined, unjudged: 0 }],
    // Before it was ever there nothing could be judged, and nothing is counted.
    ["??v", { first: 3, good: undefined, unjudged: 0 }],
    // What looked elsewhere, or not at all, ends no run either.
    ["cvCv", { first: 2, good: 1, unjudged: 1 }],
    ["cvNv", { first: 2, good: 1, unjudged: 1 }],
    ["cv_v", { first: 2, good: 1, unjudged: 1 }],
    ["cvxv", { first: 2, good: 1, unjudged: 1 }],
    ["cvV", { first: 2, good: 1, unjudged: 0 }],
    // A run that has ended begins anew wherever it was good.
    ["vcCV", { first: 4, good: 3, unjudged: 0 }],
  ])("of %s is dated", (text, { first, good, unjudged }) => {
    expect(followed(text).datesOf(finding("violation"))).toEqual({
      first_seen_bad_at: instant(first),
      ...(good === undefined ? {} : { last_seen_good_at: instant(good) }),
      unjudged_count: unjudged,
    });
    expect(followed(text).past(CATALOGUE)).toEqual([]);
  });
});

describe("an unknown", () => {
  it("that failed before is not fixed, and says when it was last seen to fail", () => {
    const trail = followed("cvu");
    expect(trail.past(CATALOGUE)).toEqual([]);
    expect(trail.datesOf(finding("undetermined"))).toEqual({
      last_seen_good_at: instant(1),
      last_seen_bad_at: instant(2),
      unjudged_count: 1,
    });
  });

  it("that was fixed before is no earlier finding either: what it is now is not known", () => {
    expect(followed("vcu").past(CATALOGUE)).toEqual([]);
  });
});

describe("an earlier finding that is none now", () => {
  it.each([
    ["vc", "fixed", { fixed_at: 2 }],
    ["vccc", "fixed", { fixed_at: 2 }],
    // An unknown in between fixes nothing.
    ["vuuc", "fixed", { fixed_at: 4 }],
    ["v?c", "fixed", { fixed_at: 3 }],
    ["v-", "no_longer_there", { ended_at: 2 }],
    ["v--", "no_longer_there", { ended_at: 2 }],
    ["v-c", "fixed", { fixed_at: 3 }],
    ["vn", "no_longer_applicable", { ended_at: 2 }],
    // A gap may hide it: it is not fixed.
    ["v?", "not_seen", {}],
    ["vu?", "not_seen", {}],
    // Another part of the store was looked at: it is neither gone nor fixed.
    ["v_", "not_seen", {}],
    ["v__", "not_seen", {}],
    ["vC", "not_comparable", {}],
    ["vN", "not_comparable", {}],
    ["vCC", "not_comparable", {}],
    ["vuC", "not_comparable", {}],
    // What ended before has ended.
    ["vc_", "fixed", { fixed_at: 2 }],
    ["v-_", "no_longer_there", { ended_at: 2 }],
    ["v-C", "no_longer_there", { ended_at: 2 }],
    // The same part again shows it.
    ["v_c", "fixed", { fixed_at: 3 }],
    ["vC-", "no_longer_there", { ended_at: 3 }],
    ["vU_", "no_longer_there", { ended_at: 3 }],
    // The store is no source any more, or was none meanwhile.
    ["vx", "not_looked_at", {}],
    ["vux", "not_looked_at", {}],
    ["vxc", "fixed", { fixed_at: 3 }],
    ["vx-", "no_longer_there", { ended_at: 3 }],
  ])("of %s is %s", (text, now, dates: { fixed_at?: number; ended_at?: number }) => {
    const [past, ...others] = followed(text).past(CATALOGUE);
    expect(others).toEqual([]);
    expect(past).toMatchObject({ now, first_seen_bad_at: instant(1), last_seen_bad_at: instant(1) });
    expect([past?.fixed_at, past?.ended_at]).toEqual(
      [dates.fixed_at, dates.ended_at].map((day) => (day === undefined ? undefined : instant(day))),
    );
    expect(past?.finding_id).toBe(digestOf([POLICY, ID, 0]));
  });

  it("counts from the last time that it began to fail", () => {
    const [past] = followed("vcvvc").past(CATALOGUE);
    expect(past).toMatchObject({
      first_seen_bad_at: instant(3),
      last_seen_bad_at: instant(4),
      fixed_at: instant(5),
    });
  });

  it("is followed though nobody asked for it", () => {
    const trail = new Trail();
    for (const day of days("vc")) trail.follow(day);
    expect(trail.past(CATALOGUE)).toHaveLength(1);
  });

  it("of a store that is not looked at any more is left out where it had ended", () => {
    for (const text of ["vcx", "v-x", "vnx"]) expect(followed(text).past(CATALOGUE)).toEqual([]);
  });
});

describe("the history", () => {
  async function* earlier(...items: (Judgement | NotRead)[]): AsyncGenerator<Judgement | NotRead> {
    for (const item of items) yield await Promise.resolve(item);
  }
  const read = (items: (Judgement | NotRead)[], present: Judgement) =>
    readHistory({ judgements: earlier(...items), olderCount: 2 }, present, {
      findings: [],
      rules: RULES,
      policies: CATALOGUE,
    });

  it("is absent where there is no earlier snapshot", async () => {
    expect(await read([], judgement(3, { letter: "v" }))).toBeUndefined();
  });

  it("names what was looked at, what could not be read and what was left", async () => {
    const damaged = { snapshot_id: "day-2", reason: "E_INTEGRITY" };
    const found = await read([damaged, judgement(1, { letter: "v" })], judgement(3, { letter: "c" }));
    expect(found?.history).toEqual({
      rules_sha256: rulesDigest(RULES),
      snapshots: [{ snapshot_id: "day-1", taken_at: instant(1), manifest_sha256: digestOf(1) }],
      not_read: [damaged],
      older_count: 2,
      rule_changes: [],
      source_changes: [],
      stores_not_looked_at: [],
    });
  });

  it("names the stores that are not looked at any more, as they were looked at last, with what was open", async () => {
    const [first, second, third] = days("vvx");
    const found = await read([first!, second!], third!);
    expect(found?.history.stores_not_looked_at).toEqual([
      {
        store_id: STORE,
        connector: "hashicorp",
        address: "https://vault.example.com",
        snapshot_id: "day-2",
        last_looked_at: instant(2),
        open_finding_count: 1,
      },
    ]);
    expect(found?.past).toMatchObject([{ now: "not_looked_at", store_id: STORE }]);
  });

  it("says where another part of a store was looked at, also after a time without it", async () => {
    const [first, second, third, present] = days("vxCC");
    const found = await read([first!, second!, third!], present!);
    expect(found?.history.source_changes).toEqual([
      { snapshot_id: "day-3", taken_at: instant(3), store_id: STORE, changed: ["selection"] },
    ]);
    expect(found?.history.stores_not_looked_at).toEqual([]);
  });

  it("says where the rules of the first assessments changed, and that the present ones are others", async () => {
    const old = { ...RULES, parameters: digestOf("older"), policy_bundle: digestOf("older") };
    const older = { ...old, mappings: digestOf("oldest") };
    const found = await read(
      [judgement(1, { letter: "v", rules: older }), judgement(2, { letter: "v", rules: old })],
      judgement(3, { letter: "v", rules: old }),
    );
    expect(found?.history.rule_changes).toEqual([
      { snapshot_id: "day-2", taken_at: instant(2), changed: ["mappings"] },
      { snapshot_id: "day-3", taken_at: instant(3), changed: ["parameters", "policy_bundle"] },
    ]);
  });

  it("takes no snapshot that was judged with other rules", async () => {
    const other = judgement(1, { letter: "v" });
    const strange = { ...other, head: { ...other.head, rules_sha256: digestOf("other") } };
    await expect(read([strange], judgement(3, { letter: "v" }))).rejects.toThrow(/present rules/);
  });
});

describe("the rules", () => {
  it.each(["product_version", "policy_bundle", "parameters", "classification"] as const)(
    "are others with another %s",
    (name) => {
      expect(rulesDigest({ ...RULES, [name]: digestOf("other") })).not.toBe(rulesDigest(RULES));
    },
  );

  it("are the same with other mappings, which change no outcome", () => {
    expect(rulesDigest({ ...RULES, mappings: digestOf("other") })).toBe(rulesDigest(RULES));
  });
});

describe("what was looked at", () => {
  const store = { store_id: STORE, connector: "hashicorp", address: "https://a.example.com", selection: "0" };
  const secret = { kind: "secret", store_id: STORE } as const;
  const estate = { kind: "estate", store_id: "estate" } as const;
  const both = extents({ stores: [store, { ...store, store_id: "vault-us" }] });

  it.each(["connector", "address", "selection"])("is other with another %s", (key) => {
    const other = extents({ stores: [{ ...store, [key]: "other" }] });
    expect(other(secret)).not.toBe(extents({ stores: [store] })(secret));
  });

  it("is the same of a store whatever the others are, and of the estate is all of them", () => {
    const alone = extents({ stores: [store] });
    expect(alone(secret)).toBe(both(secret));
    expect(alone(estate)).not.toBe(both(estate));
    expect(alone({ kind: "secret", store_id: "vault-us" })).toBeUndefined();
  });
});

describe("a population", () => {
  it("is whole where no gap of its store may hide members", () => {
    const whole = wholePopulations([STORE, "vault-us"], [gap(["mount"], `${STORE}:kv/`)]);
    expect(whole).not.toContain(populationName(STORE, "secret"));
    expect(whole).toContain(populationName(STORE, "principal"));
    expect(whole).toContain(populationName("vault-us", "secret"));
  });

  it("is not spoilt by a gap that hides only details", () => {
    expect(wholePopulations([STORE], [gap(["secret_metadata"], ID)])).toContain(
      populationName(STORE, "secret"),
    );
  });
});
