import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/base/index.ts";
import { FACT_KINDS, compileSchema, gapDigest, validGap, type Fact } from "../../src/facts/index.ts";
import { MAX_SUBJECT_BYTES } from "../../src/policy/index.ts";
import {
  SUBJECT_KINDS,
  cutGaps,
  documentOf,
  subjectSchema,
  type EffectiveAccess,
  type Subject,
} from "../../src/subjects/index.ts";
import {
  STORE,
  daysAgo,
  entity,
  fact,
  gap,
  metadata,
  role,
  secret,
  store,
  subject,
  subjectsOf,
  token,
} from "./facts.ts";

const guards = new Map(SUBJECT_KINDS.map((kind) => [kind, compileSchema(subjectSchema(kind))]));

function misfit(subject: Subject): string | undefined {
  const guard = guards.get(subject.kind);
  return guard?.fits(subject) === true ? undefined : (guard?.complaint() ?? "no schema");
}

function bytesOf(subject: Subject): number {
  return documentOf(subject).length;
}

/** Effective access with as many readers of everything as one likes. */
function crowded(count: number, idLength: number): EffectiveAccess {
  const sample = Array.from({ length: Math.min(count, 50) }, (_, place) => ({
    principal_id: `${STORE}:${"p".repeat(idLength)}${place}`,
    principal_type: "entity",
    actions: ["read", "list", "write", "delete", "share", "administer"] as const,
    certainty: "certain" as const,
  }));
  const counts = {
    count,
    external: 0,
    public: 0,
    by_role_count: 0,
    possible_count: 0,
    writer_count: count,
    reader_and_granter_count: count,
    perhaps_reader_and_granter_count: 0,
    apart_count: 0,
    perhaps_count: 0,
  };
  const rules = Array.from({ length: 20 }, (_, place) => `policy:${place} ${"+/".repeat(idLength)}*`);
  return {
    principals: [
      { id: `${STORE}:auth/approle/role/app`, store_id: STORE },
    ] as unknown as EffectiveAccess["principals"],
    targets: [{ id: `${STORE}:kv/app/db` }] as unknown as EffectiveAccess["targets"],
    whatCan: () => [],
    mayReach: () => true,
    readers: () => ({ ...counts, sample }),
    access: () => ({
      readable_secret_count: 1,
      own_readable_secret_count: 1,
      writable_secret_count: 1,
      usable_count: 1,
      administers: true,
      administers_itself: true,
      impersonated_count: 0,
      perhaps_administers: true,
      reads_and_administers: true,
      perhaps_reads_and_administers: true,
      sudo_rules: rules,
      sudo_rule_count: 400,
      wildcard_rules: rules,
      wildcard_rule_count: 400,
      perhaps_wildcard: true,
      certainty: "certain",
    }),
  };
}

/** Everything in a store hidden from the collector, by a gap of its own for each kind. */
const EVERYTHING_HIDDEN = FACT_KINDS.map((kind) => gap([kind], undefined, { reason: "unavailable" }));

describe("a subject that is too large", () => {
  it("keeps its counts when its readers by name are cut", () => {
    const labels = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`label-${n}`, "v".repeat(250)]));
    const given = { access: crowded(5000, 120), gaps: EVERYTHING_HIDDEN };
    const made = subject("secret", [store(), secret("app/db"), metadata("app/db", { labels })], given);
    expect(bytesOf(made)).toBeLessThanOrEqual(MAX_SUBJECT_BYTES);
    expect(made.readers).toMatchObject({ count: 5000, external: 0, public: 0 });
    expect(made.readers?.sample.length).toBeLessThan(50);
    expect(made).toMatchObject({ writer_count: 5000, reader_and_granter_count: 5000, value_age_days: 40 });
    expect(made.gaps).toHaveLength(FACT_KINDS.length + 1);
    expect(cutGaps(made)).toEqual([]);
  });

  it("fits with the longest id that a fact may have where every kind of fact is hidden", () => {
    const path = "\u6f22".repeat(2048 - `${STORE}:kv/`.length);
    const facts = [store(), secret(path), metadata(path, { labels: { note: "n".repeat(9000) } })];
    const made = subject("secret", facts, { gaps: EVERYTHING_HIDDEN });
    expect(made.id).toHaveLength(2048);
    expect(bytesOf(made)).toBeLessThanOrEqual(MAX_SUBJECT_BYTES);
  });

  it("is left alone while it fits", () => {
    const made = subject("principal", [role("app", { policies: ["a", "b"] })]);
    expect(made).toMatchObject({ policies: ["a", "b"], gaps: [] });
  });

  it.each([
    ["auth_role", role("app", { policies: names(4000) }), "policies"],
    ["auth_role", role("app", { token_bound_cidrs: names(4000) }), "token_bound_cidrs"],
    ["auth_role", role("app", { secret_id_bound_cidrs: names(4000) }), "secret_id_bound_cidrs"],
    [
      "auth_role",
      role("app", { bounds: Object.fromEntries(names(4000).map((name) => [name, []])) }),
      "bounds",
    ],
    ["principal", entity("ada", { policies: names(4000) }), "policies"],
    ["token", token("t1", { policies: names(4000) }), "policies"],
  ] as const)(
    "says by a gap that %s facts are hidden where the list %#, %s, was cut",
    (kind, given, list) => {
      const made = subject("principal", [given]);
      expect(bytesOf(made)).toBeLessThanOrEqual(MAX_SUBJECT_BYTES);
      expect(misfit(made)).toBeUndefined();
      expect(made[list as "policies"].length).toBeLessThan(4000);
      const cuts = cutGaps(made);
      expect(cuts).toHaveLength(1);
      expect(made.gaps).toEqual([
        { fact_kind: kind, reason: "limit", gap: gapDigest(validGap(cuts[0]!)), gap_count: 1 },
      ]);
    },
  );

  it("says so of a store with more listeners or sinks than its document may list, however short", () => {
    const listener = (n: number): Fact =>
      fact("endpoint", `sys/listener/${n}`, { listener_type: "tcp", tls: n !== 40, address: `10.0.0.${n}` });
    const sink = (n: number): Fact =>
      fact("sink", `sys/audit/${n}`, { path: `${n}/`, sink_type: "file", options: {} });
    const places = Array.from({ length: 41 }, (_, n) => n);
    const made = subject("store", [store(), ...places.map(listener), ...places.map(sink)]);
    expect(made.endpoints).toHaveLength(32);
    expect(made).toMatchObject({ sink_count: 41 });
    expect(made.gaps.map(({ fact_kind, reason }) => `${fact_kind} ${reason}`)).toEqual([
      "endpoint limit",
      "sink limit",
    ]);
    expect(misfit(made)).toBeUndefined();
  });

  it("says so of a sink that writes values of more mounts than its document may list", () => {
    const mount = (n: number): Fact =>
      fact("mount", `m${n}/`, {
        path: `m${n}/`,
        engine: "kv",
        unhashed_keys: [n === 40 ? "password" : "ttl"],
      });
    const sink = fact("sink", "sys/audit/file", { path: "file/", sink_type: "file", options: {} });
    const made = subject("sink", [sink, ...Array.from({ length: 41 }, (_, n) => mount(n))]);
    expect(made.logged_in_clear).toHaveLength(32);
    expect(made.gaps.map(({ fact_kind, reason }) => `${fact_kind} ${reason}`)).toEqual(["mount limit"]);
    expect(misfit(made)).toBeUndefined();
  });

  it("adds no gap for what the collection did not see anyway", () => {
    const made = subject("principal", [role("app", { policies: names(4000) })], {
      gaps: [gap(["auth_role"])],
    });
    expect(cutGaps(made)).toEqual([]);
    expect(made.gaps.find(({ fact_kind }) => fact_kind === "auth_role")).toMatchObject({
      reason: "denied",
      gap_count: 1,
    });
  });

  it("never has half a character", () => {
    const key = "\u{1f511}".repeat(200);
    const made = subject("secret", [secret("a"), metadata("a", { labels: { [key]: key } })]);
    expect(() => canonicalJson(made)).not.toThrow();
  });
});

/** Texts as hostile as a store may hold them: long, of any script, never of control characters in ids. */
const text = (maxLength: number) =>
  fc
    .tuple(fc.constantFrom("x", "ä", "漢", "\u{1f511}", '"', "\\", " "), fc.nat({ max: maxLength }))
    .map(([unit, length]) =>
      unit
        .repeat(Math.ceil(length / unit.length))
        .slice(0, length)
        .toWellFormed(),
    );

const segment = text(1800).map((part) => part.replaceAll(/["\\ ]/g, "_"));
const labels = fc.dictionary(text(500), text(8000), { maxKeys: 80 });
const list = fc.array(text(3000), { maxLength: 120 });

const hostile: fc.Arbitrary<Fact[]> = fc
  .record({ path: segment, labels, list, word: text(60_000), hidden: fc.subarray([...FACT_KINDS]) })
  .map(({ path, labels, list, word }) => {
    const bounds = Object.fromEntries(list.map((item) => [item, []]));
    const certificate = {
      subject: word,
      issuer: word,
      serial: word,
      key_algorithm: word,
      signature_algorithm: word,
    };
    return [
      store({ cluster_name: word, version: word, seal_type: word, storage_type: word }),
      fact("cors", "sys/config/cors", { enabled: true, allowed_origins: list }),
      secret(path),
      metadata(path, { labels }),
      fact("secret_rotation", `kv/${path}`, { mount: "kv/", name: path, enabled: true, schedule: word }),
      fact("key", `transit/${path}`, {
        mount: word,
        name: word,
        key_type: word,
        latest_version: 1,
        exportable: false,
      }),
      fact("certificate", `pki/cert/${path}`, {
        mount: "pki/",
        name: path,
        not_before: daysAgo(10),
        not_after: daysAgo(-10),
        is_ca: false,
        sans: list,
        ...certificate,
      }),
      fact("sink", `sys/audit/${path}`, { path: word, sink_type: word, destination: word, options: {} }),
      role("app", { policies: list, token_bound_cidrs: list, bounds, method: word }),
      entity("ada", { policies: list, labels, name: word }),
      token("t1", { policies: list, display_name: word, token_type: word, bound_cidrs: list }),
      ...list
        .slice(0, 90)
        .flatMap((item, place) => [
          fact("mount", `mount-${place}/`, { path: item, engine: word, listing_visibility: item }),
          fact("auth_method", `auth/m${place}/`, { path: item, method: "userpass" }),
          fact("endpoint", `sys/listener/${place}`, { listener_type: item, address: item, tls: true }),
        ]),
    ];
  });

describe("every subject", () => {
  it("fits its schema and its bound, whatever a store holds", () => {
    fc.assert(
      fc.property(hostile, fc.subarray([...FACT_KINDS]), fc.nat({ max: 2000 }), (facts, hidden, readers) => {
        const gaps = hidden.map((kind) => gap([kind]));
        for (const one of subjectsOf(facts, { gaps, access: crowded(readers, readers) })) {
          expect(misfit(one), one.kind).toBeUndefined();
          expect(bytesOf(one), one.kind).toBeLessThanOrEqual(MAX_SUBJECT_BYTES);
          for (const kind of hidden)
            if (one.kind === "store") expect(one.gaps.map((at) => at.fact_kind)).toContain(kind);
        }
      }),
      { numRuns: process.env["SLOW"] === "1" ? 1000 : 40 },
    );
  });
});

function names(count: number): string[] {
  return Array.from({ length: count }, (_, place) => `name-${place}`);
}
