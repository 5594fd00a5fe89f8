import { everyLoginPolicies, filledFromOutside } from "../access/index.ts";
import { sortedBy } from "../base/index.ts";
import {
  gapCauses,
  recordDigest,
  type Fact,
  type FactKind,
  type FactOf,
  type FactSet,
  type Gap,
  type RawRecord,
} from "../facts/index.ts";
import type { EvidenceHead, Population } from "./schema.ts";

/**
 * Kinds that name the members of a population, and those without which a member is not read in full. A live token that
 * belongs to no identity is a principal as well; it is listed among the tokens.
 */
const POPULATIONS: Readonly<Record<string, { names: readonly FactKind[]; details: readonly FactKind[] }>> = {
  certificate: { names: ["certificate"], details: [] },
  certificate_role: { names: ["certificate_role"], details: [] },
  dynamic_role: { names: ["dynamic_role"], details: [] },
  key: { names: ["key"], details: ["key_rotation", "key_rotation_history"] },
  principal: { names: ["auth_role", "group", "principal"], details: [] },
  review: { names: ["review_campaign"], details: ["review_reviewer", "review_revocation"] },
  secret: { names: ["secret"], details: ["secret_metadata", "secret_rotation", "secret_version"] },
  sink: { names: ["sink"], details: [] },
  token: { names: ["token"], details: [] },
};

/**
 * Completeness of each population: what listings named, what was read in full, what is hidden. A member that a gap
 * names counts as listed and not as collected.
 */
export function populationsOf(
  facts: FactSet,
  storeIds: readonly string[],
  records: readonly RawRecord[],
): Population[] {
  const operations = new Map(records.map((record) => [recordDigest(record), record.operation]));
  const reviewing = sourcesOfReviews(facts);
  // A store has no reviews, and the register of reviews no secrets: none of either would look like something that was looked for.
  const populationsIn = (store_id: string) =>
    Object.entries(POPULATIONS).filter(([kind]) => (kind === "review") === reviewing.has(store_id));
  return storeIds.flatMap((store_id) =>
    populationsIn(store_id).map(([subject_kind, { names, details }]) => {
      const gaps = facts.gaps.filter(
        (gap) => gap.store_id === store_id && hides(gap, [...names, ...details]),
      );
      const members = membersOf(facts, store_id, names);
      const named = new Set(members.map(({ id }) => id));
      const unread = new Set(gaps.flatMap(({ resource }) => resource ?? []).filter((id) => !isPrefix(id)));
      const incomplete = new Set(
        members.filter((one) => unread.has(one.id) || isUnder(one, gaps, details)).map(({ id }) => id),
      ).size;
      const unnamed = [...unread].filter((id) => !named.has(id)).length;
      return {
        store_id,
        subject_kind,
        listed: named.size + unnamed,
        collected: named.size - incomplete,
        named_by: operationsOf(members, operations),
        ...independentCount(facts, store_id, subject_kind),
        excluded: gaps.filter(({ reason }) => reason === "excluded" || reason === "limit").length,
        gap_count: gaps.length,
        ...(gaps.length === 0 ? {} : { gap_causes: gapCauses(gaps) }),
      };
    }),
  );
}

function sourcesOfReviews(facts: FactSet): ReadonlySet<string> {
  const told = facts.of("review_register").map(({ store_id }) => store_id);
  const hidden = facts.gaps.filter((gap) => hides(gap, ["review_register"]));
  return new Set([...told, ...hidden.map(({ store_id }) => store_id)]);
}

function hides(gap: Gap, kinds: readonly FactKind[]): boolean {
  return gap.hides.some((kind) => kinds.includes(kind));
}

function isPrefix(resource: string): boolean {
  return resource.endsWith("/") || resource.endsWith(":");
}

/** A detail hidden for everything below a prefix, or for a whole place, is hidden for this member. */
function isUnder({ id, scope }: Fact, gaps: readonly Gap[], details: readonly FactKind[]): boolean {
  return gaps.some(
    (gap) =>
      hides(gap, details) &&
      (gap.resource === undefined
        ? `${scope}/`.startsWith(`${gap.scope}/`)
        : isPrefix(gap.resource) && id.startsWith(gap.resource)),
  );
}

/** The operations whose answers named members, in order. */
function operationsOf(members: readonly Fact[], operations: ReadonlyMap<string, string>): string[] {
  return [...new Set(members.flatMap(({ record }) => operations.get(record) ?? []))].sort();
}

function membersOf(facts: FactSet, storeId: string, kinds: readonly FactKind[]): Fact[] {
  const directories = kinds.includes("principal") ? facts.of("auth_config").filter(letsEveryoneIn) : [];
  const listed = kinds.flatMap((kind): readonly Fact[] => facts.of(kind)).filter(isMember);
  return [...listed, ...directories].filter(({ store_id }) => store_id === storeId);
}

/** Of the groups only those are principals that an outside directory fills. */
function isMember(fact: Fact): boolean {
  return fact.kind !== "group" || filledFromOutside(fact);
}

/** Settings by which a directory lets in whomever it knows are a principal. */
function letsEveryoneIn(settings: FactOf<"auth_config">): boolean {
  return everyLoginPolicies(settings).length > 0;
}

/** What another answer than those that were read in full counts: of tokens the list that named them, before each was looked up. */
function independentCount(
  facts: FactSet,
  storeId: string,
  kind: string,
): Pick<Population, "independent_count" | "independent_method"> {
  const counted = facts.of("token_count").filter(({ store_id }) => store_id === storeId);
  if (kind !== "token" || counted.length === 0) return {};
  return {
    independent_count: counted.reduce((sum, { token_count }) => sum + token_count, 0),
    independent_method: "length of the store's list of token accessors, from which the tokens were looked up",
  };
}

/** Which operations were used on a source, how often, and how often the store refused or failed. */
export function operationCounts(
  records: readonly RawRecord[],
  storeId: string,
): EvidenceHead["sources"][number]["operations"] {
  const counts = new Map<string, { call_count: number; refused_count: number }>();
  for (const { store_id, operation, status } of records) {
    if (store_id !== storeId) continue;
    const count = counts.get(operation) ?? { call_count: 0, refused_count: 0 };
    count.call_count += 1;
    if (status === 0 || status === 401 || status === 403 || status >= 500) count.refused_count += 1;
    counts.set(operation, count);
  }
  return sortedBy(
    [...counts].map(([operation, count]) => ({ operation, ...count })),
    ({ operation }) => operation,
  );
}
