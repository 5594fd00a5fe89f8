import { compareStrings } from "../base/index.ts";
import { gapDigest, type FactKind, type Gap } from "../facts/index.ts";
import { MAX_SUBJECT_BYTES } from "../policy/index.ts";
import { documentBytes } from "./document.ts";
import type { Subject, SubjectOf } from "./schema.ts";

/** Most entries of a store's or a sink's lists that policies judge by, as its schema says. */
const MOST_LISTED: Readonly<Record<string, number>> = {
  endpoints: 32,
  logged_in_clear: 32,
  network_endpoints: 64,
  networks: 64,
  sinks: 32,
};

/** How much of each part of a document is kept. */
interface Measure {
  /** Characters of a text; ids are never cut. */
  readonly chars: number;
  /** Entries of a list. */
  readonly items: number;
  readonly labels: number;
  /** Readers by name; their counts are over all. */
  readonly sample: number;
  readonly records: number;
}

/** Tried in this order until the document fits; what is only shown goes before what is judged. */
const MEASURES: readonly Measure[] = [
  { chars: 4096, items: 256, labels: 24, sample: 25, records: 64 },
  { chars: 512, items: 64, labels: 24, sample: 10, records: 32 },
  { chars: 256, items: 32, labels: 12, sample: 4, records: 16 },
  { chars: 128, items: 16, labels: 4, sample: 0, records: 8 },
  { chars: 32, items: 4, labels: 0, sample: 0, records: 4 },
];

/** Never cut: they name something, or say what is hidden. */
const WHOLE: ReadonlySet<string> = new Set([
  "absent_features",
  "gaps",
  "id",
  "kind",
  "own_records",
  "store_id",
  "traits",
]);

/**
 * A subject whose document, as policies take it, has at most {@link MAX_SUBJECT_BYTES} bytes. What is cut from a list
 * that policies judge counts as hidden, with a gap of reason `limit`, so that a cut never makes a pass.
 */
export function bounded<S extends Subject>(subject: S): S {
  if (fits(subject)) return subject;
  let cut = subject;
  for (const measure of MEASURES) {
    cut = cutTo(subject, measure);
    if (fits(cut)) break;
  }
  return cut;
}

function fits(subject: Subject): boolean {
  const tooLong = Object.entries(subject).some(
    ([name, value]) => Array.isArray(value) && value.length > (MOST_LISTED[name] ?? Infinity),
  );
  return !tooLong && documentBytes(subject) <= MAX_SUBJECT_BYTES;
}

function cutTo<S extends Subject>(subject: S, measure: Measure): S {
  const lists: string[] = [];
  const cut = part(subject, "", measure, lists) as S;
  const kinds = new Set(lists.flatMap((list) => judgedBy(subject, list) ?? []));
  const known = new Set(subject.gaps.map(({ fact_kind }) => fact_kind));
  const hidden = [...kinds]
    .filter((kind) => !known.has(kind))
    .map((fact_kind) => ({
      fact_kind,
      reason: "limit",
      gap: gapDigest(cutGap(subject, fact_kind)),
      gap_count: 1,
    }));
  const gaps = [...subject.gaps, ...hidden].sort((a, b) => compareStrings(a.fact_kind, b.fact_kind));
  return { ...cut, gaps };
}

/** One part of a document within its measure; names of lists that lost entries go into `lists`. */
function part(value: unknown, key: string, measure: Measure, lists: string[]): unknown {
  if (WHOLE.has(key)) return value;
  if (typeof value === "string") return shortened(value, measure.chars);
  if (Array.isArray(value)) {
    const most = itemsOf(key, measure);
    if (value.length > most) lists.push(key);
    const kept: unknown[] = value.slice(0, most);
    return key === "records" || key === "sample" ? kept : kept.map((item) => part(item, "", measure, lists));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const kept = key === "labels" ? entries.slice(0, measure.labels) : entries;
  return Object.fromEntries(kept.map(([name, item]) => [name, part(item, name, measure, lists)]));
}

function itemsOf(key: string, { items, sample, records }: Measure): number {
  if (key === "sample") return sample;
  if (key === "records") return records;
  return Math.min(items, MOST_LISTED[key] ?? items);
}

/** A text that was cut ends in `…`: it equals nothing that a policy may ask for. */
function shortened(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1).toWellFormed()}…`;
}

/** The fact kind that a list of a document shows, where policies judge by its entries rather than by a count. */
function judgedBy(subject: Subject, list: string): FactKind | undefined {
  const lists: Readonly<Record<string, FactKind>> = {
    allowed_domains: "certificate_role",
    allowed_origins: "cors",
    allowed_other_sans: "certificate_role",
    allowed_uri_sans: "certificate_role",
    endpoints: "endpoint",
    excluded_sources: "sink_selection",
    found: "detection",
    logged_in_clear: "mount",
    network_endpoints: "network_endpoint",
    networks: "network",
    out_of_step: "secret_metadata",
    password_auth_methods: "auth_method",
    password_auth_methods_without_mfa: "auth_method",
    sinks: "sink",
    unhashed_keys: "mount",
  };
  if (subject.kind !== "principal") return lists[list];
  if (list === "found") return "detection";
  const own = ["bounds", "policies", "secret_id_bound_cidrs", "token_bound_cidrs"];
  return own.includes(list) ? factKindOf(subject) : undefined;
}

function factKindOf({ principal_type }: SubjectOf<"principal">): FactKind {
  if (principal_type === "entity") return "principal";
  return principal_type === "token" ? "token" : "auth_role";
}

function cutGap({ store_id, id }: Pick<Subject, "store_id" | "id">, kind: FactKind): Gap {
  return {
    store_id,
    scope: store_id,
    resource: id,
    operation: "subject",
    reason: "limit",
    hides: [kind],
    detail: `expected a document of at most ${MAX_SUBJECT_BYTES} bytes, got more: its lists were cut`,
  };
}

/** The gaps that cutting has left in a document: evidence lists them beside those of the collection. */
export function cutGaps(subject: Subject): Gap[] {
  return subject.gaps
    .filter(({ reason }) => reason === "limit")
    .map(({ fact_kind, gap }) => ({ made: cutGap(subject, fact_kind as FactKind), gap }))
    .filter(({ made, gap }) => gapDigest(made) === gap)
    .map(({ made }) => made);
}
