import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../src/base/index.ts";
import { hashicorp } from "../../../src/connectors/index.ts";
import { readRecord } from "../../../src/connectors/hashicorp/normalise.ts";
import { resourceOf, type Ask, type Operation } from "../../../src/connectors/hashicorp/operation.ts";
import { OPERATIONS, operationOf } from "../../../src/connectors/hashicorp/operations/index.ts";
import { isGap, type Fact, type FactKind, type Gap, type RawRecord } from "../../../src/facts/index.ts";
import { ABSENCE_IS_TRUE, DOCUMENTED, allowedBy, type Change } from "./absence.ts";
import { recordWith, replayed } from "./replays.ts";

/**
 * Every operation's good answer, with one thing of it taken away: whatever is taken away, either nothing is known less for
 * it, or a gap hides what is missing, or the API says so by leaving it out, which the table in `absence.ts` gives reasons for.
 */
const samples = [...replayed("vault"), ...replayed("openbao"), ...DOCUMENTED.map(documented)].filter(isGood);

function documented({ operation, params, data }: (typeof DOCUMENTED)[number]): RawRecord {
  return recordWith({ operation, params }, { data });
}

/** An answer that tells something: a gap beside facts is about other things. */
function isGood(record: RawRecord): boolean {
  const found = hashicorp.normalise(record);
  return record.status === 200 && (found.length === 0 || found.some((item) => !isGap(item)));
}

interface Mutation {
  readonly name: string;
  /** The key that was changed, or the whole answer as JSON. */
  readonly key: string;
  /** Absent for the whole answer. */
  readonly change?: Change;
  readonly record: RawRecord;
}

function mutationsOf(record: RawRecord): Mutation[] {
  const body = bodyOf(record);
  const { data } = body;
  const whole = [{}, { data: null }, { data: {} }, { data: [] }, { data: "" }, []].map((given) => ({
    name: JSON.stringify(given),
    key: JSON.stringify(given),
    record: withBody(record, given),
  }));
  const holder = isTable(data) ? data : body;
  const made = Object.entries(holder).flatMap(([key, value]) =>
    changesOf(value).map(({ change, becomes }) => {
      const changed = Object.fromEntries(
        Object.entries(holder).flatMap(([name, item]) => {
          if (name !== key) return [[name, item]];
          return change === "removed" ? [] : [[name, becomes]];
        }),
      );
      const given = holder === body ? changed : { ...body, data: changed };
      return { name: `${key} ${change}`, change, key, record: withBody(record, given) };
    }),
  );
  return [...whole, ...made];
}

function changesOf(value: unknown): { change: Change; becomes?: unknown }[] {
  const empty = Array.isArray(value) ? [] : isTable(value) ? {} : typeof value === "string" ? "" : undefined;
  return [
    { change: "removed" },
    { change: "null", becomes: null },
    ...(empty === undefined ? [] : [{ change: "emptied" as const, becomes: empty }]),
  ];
}

function withBody(record: RawRecord, body: unknown): RawRecord {
  return recordWith(record, body, record);
}

function bodyOf(record: RawRecord): Record<string, unknown> {
  return JSON.parse((record.body as { text: string }).text) as Record<string, unknown>;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What was known by the one answer, is not by the other, and no gap of it hides. */
function lostSilently(whole: RawRecord, reduced: RawRecord): string[] {
  const operation = operationOf(whole.operation);
  const found = hashicorp.normalise(reduced);
  const gaps = found.filter(isGap);
  const kept = new Set(found.filter((item) => !isGap(item)).map(contentOf));
  const before = hashicorp.normalise(whole).filter((item): item is Fact => !isGap(item));
  const asked = new Set(asksOf(operation, reduced).map((ask) => canonicalJson(ask)));
  return [
    ...before
      // The version of a secret, `<secret>#<number>`, is hidden with the secret.
      .filter((fact) => !kept.has(contentOf(fact)))
      .filter(({ kind, id }) => !isHidden(gaps, [kind], id.replace(/#\d+$/, "")))
      .map(({ kind, id }) => `${kind} ${id}`),
    ...asksOf(operation, whole)
      .filter((ask) => !asked.has(canonicalJson(ask)) && !isHidden(gaps, ...wouldTell(whole, ask)))
      .map((ask) => `the question ${ask.operation} ${canonicalJson(ask.params)}`),
  ];
}

function contentOf(item: Fact | Gap): string {
  return canonicalJson({ ...item, record: "" });
}

function asksOf(operation: Operation, record: RawRecord): Ask[] {
  try {
    const { answered } = readRecord(operation, record);
    const found = operation.next?.(answered, { excluded: () => undefined }) ?? [];
    return found.filter((item): item is Ask => "operation" in item);
  } catch {
    return [];
  }
}

function wouldTell({ store_id }: RawRecord, { operation, params, namespace = "" }: Ask) {
  const asked = operationOf(operation);
  return [asked.hides, resourceOf(asked, store_id, namespace, params)] as const;
}

/** Whether gaps hide all of these kinds of the thing with this id. */
function isHidden(gaps: readonly Gap[], kinds: readonly FactKind[], id: string): boolean {
  return kinds.every((kind) =>
    gaps.some(({ hides, resource = "" }) => {
      const reaches =
        resource === "" || resource === id || (/[/:]$/.test(resource) && id.startsWith(resource));
      return hides.includes(kind) && reaches;
    }),
  );
}

describe("an answer that lacks something", () => {
  it("is known of every operation", () => {
    const known = new Set(samples.map(({ operation }) => operation));
    expect([...OPERATIONS.keys()].filter((id) => !known.has(id))).toEqual([]);
  });

  it("is read by every operation", () => {
    const idle = [...OPERATIONS.values()].filter(
      ({ facts, next }) => facts === undefined && next === undefined,
    );
    expect(idle.map(({ id }) => id)).toEqual([]);
  });

  it.each([...OPERATIONS.keys()])("of %s is as good as the whole one, or a gap", (id) => {
    const used = new Set<string>();
    const findings = samples
      .filter(({ operation }) => operation === id)
      .flatMap((sample) =>
        mutationsOf(sample).flatMap(({ name, change, key, record }) => {
          const lost = lostSilently(sample, record);
          if (lost.length === 0) return [];
          if (allowedBy(id, key, change) === undefined) return [`${name}: ${lost[0] ?? ""}`];
          used.add(key);
          return [];
        }),
      );
    expect([...new Set(findings)]).toEqual([]);
    // A reason that nothing needs any more would hide the next mistake.
    const named = (ABSENCE_IS_TRUE[id] ?? []).flatMap(({ keys }) => keys).filter((key) => key !== "*");
    expect(named.filter((key) => !used.has(key))).toEqual([]);
  });
});
