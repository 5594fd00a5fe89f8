import { digestOf, canonicalJson, type Instant, type Sha256 } from "../../base/index.ts";
import type { TargetSet } from "../../state/index.ts";
import type { SeenAccess } from "../desk/ports.ts";
import type { AccessRequest, CampaignTerms, Population, ReviewItem } from "../model.ts";
import type { PopulationItem } from "./population-input.ts";
import { makePopulation } from "./population.ts";
import type { Previous } from "./since-last.ts";

/** Most items of one campaign: they are made in one transaction, and decided on by people. */
export const MAX_ITEMS = 200_000;

/** Items of one part of a population in the content-addressed store. */
const PART_ITEMS = 1000;

/** A population, and the sets of secrets that its items name, each once. */
export interface Made {
  readonly items: readonly ReviewItem[];
  readonly targetSets: readonly TargetSet[];
  readonly population: Population;
}

export interface MakingTerms {
  readonly seen: SeenAccess;
  readonly terms: CampaignTerms;
  readonly query: string;
  readonly previous?: Previous;
  readonly succeeds?: boolean;
  /** Since when a grant is known, from earlier campaigns. */
  readonly seenSince?: (grantId: string) => Instant | undefined;
  /** Made here or listed in registers; none is approved whose approval does not hold. */
  readonly requests: readonly AccessRequest[];
}

/** Makes what a campaign is about, all of it: there is no campaign of a part. E_LIMIT. */
export function makeAll(making: MakingTerms): Made {
  const items: ReviewItem[] = [];
  const sets = new Map<Sha256, readonly string[]>();
  const made = populate(making);
  for (let step = made.next(); ; step = made.next()) {
    if (step.done === true) {
      const targetSets = [...sets].map(([set_sha256, members]) => ({ set_sha256, members }));
      return { items, targetSets, population: step.value };
    }
    const { item, targets } = step.value;
    items.push(item);
    if (!sets.has(item.secrets.set_sha256)) sets.set(item.secrets.set_sha256, targets);
  }
}

/** The same, item by item. */
export function populate({
  seen,
  terms,
  query,
  previous,
  succeeds,
  requests,
  seenSince,
}: MakingTerms): Generator<PopulationItem, Population> {
  const { model, facts, as_of, people, subjects } = seen;
  return makePopulation({
    model,
    facts,
    subjects: subjects(),
    terms,
    asOf: as_of,
    query,
    personOf: people.personOf,
    requests,
    ...(people.namesOf === undefined ? {} : { namesOf: people.namesOf }),
    ...(people.reconciled === undefined ? {} : { people: people.reconciled }),
    ...(previous === undefined ? {} : { previous }),
    ...(succeeds === undefined ? {} : { succeeds }),
    ...(seenSince === undefined ? {} : { seenSince }),
  });
}

/** Items as they are kept for good: NDJSON, whose lines have the digests that decisions name. */
export function* partsOf(items: Iterable<ReviewItem>): Generator<Uint8Array> {
  let lines: string[] = [];
  for (const item of items) {
    lines.push(`${canonicalJson(item)}\n`);
    if (lines.length < PART_ITEMS) continue;
    yield Buffer.from(lines.join(""), "utf8");
    lines = [];
  }
  if (lines.length > 0) yield Buffer.from(lines.join(""), "utf8");
}

/** Digest of an item as it is shown: of its canonical JSON. */
export function seenDigest(item: ReviewItem): Sha256 {
  return digestOf(item);
}

/** By risk, the gravest first; then by person or principal, store and id: as people work through them. */
export function inReviewOrder(items: readonly ReviewItem[]): ReviewItem[] {
  const rank = { critical: 0, high: 1, standard: 2, low: 3 };
  const key = (item: ReviewItem): string =>
    `${rank[item.risk]}\n${item.principal.person?.name ?? item.principal.name}\n${item.principal.person?.person_id ?? ""}\n${item.principal.id}\n${item.store_id}\n${item.item_id}`;
  return items
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}
