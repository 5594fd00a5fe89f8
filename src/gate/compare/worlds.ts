import type { Fact, FactKind, FactOf, Gap } from "../../facts/index.ts";
import type { Side } from "../declared.ts";
import { namedSecrets } from "./named-secrets.ts";

/** Kinds of what stands for whatever a policy names: it is there on both sides, or on neither. */
const THINGS: ReadonlySet<string> = new Set<FactKind>([
  "certificate_role",
  "dynamic_role",
  "key",
  "mount",
  "resource_policy",
  "secret",
  "secret_metadata",
]);

/**
 * Facts and gaps of one side that can be compared with another's: what either side says of things that it does not declare, these being there on
 * both, and secrets that stand for those that policies of either name.
 */
export function worldOf(side: Side, other: Side): { facts: Fact[]; gaps: readonly Gap[] } {
  const world = new Map(side.facts.map((fact) => [keyOf(fact), fact]));
  for (const fact of side.elsewhere?.facts ?? [])
    world.set(keyOf(fact), joined(world.get(keyOf(fact)), fact));
  const there = new Set(other.facts.map(keyOf));
  const mentioned = (other.elsewhere?.facts ?? []).filter((fact) => !there.has(keyOf(fact))).flatMap(bare);
  const standing = [side, other].flatMap(({ facts, standIns }) =>
    facts.filter((fact) => THINGS.has(fact.kind) && standIns?.has(keyOf(fact)) === true),
  );
  const named = namedSecrets([...allFacts(side), ...allFacts(other)]);
  for (const fact of [...standing, ...mentioned, ...named])
    if (!world.has(keyOf(fact))) world.set(keyOf(fact), fact);
  return { facts: [...world.values()], gaps: allGaps(side) };
}

export function keyOf({ kind, id }: Fact): string {
  return `${kind} ${id}`;
}

export function allFacts({ facts, elsewhere }: Side): readonly Fact[] {
  return elsewhere === undefined ? facts : [...facts, ...elsewhere.facts];
}

export function allGaps({ gaps, elsewhere }: Side): readonly Gap[] {
  return elsewhere === undefined ? gaps : [...gaps, ...elsewhere.gaps];
}

export function unplacedOf({ unplaced = [], elsewhere }: Side): ReadonlySet<string> {
  return new Set([...unplaced, ...(elsewhere?.unplaced ?? [])]);
}

/** What a part of an input says of somebody whom another part declares comes to what is declared. */
function joined(declared: Fact | undefined, more: Fact): Fact {
  if (declared === undefined) return more;
  if (!isHolder(declared) || !isHolder(more)) return declared;
  return { ...declared, policies: [...new Set([...declared.policies, ...more.policies])].sort() };
}

function isHolder(fact: Fact): fact is FactOf<"group"> | FactOf<"principal"> {
  return fact.kind === "group" || fact.kind === "principal";
}

/** That something is there of which this side says nothing. */
function bare(fact: Fact): Fact[] {
  if (isHolder(fact)) return [{ ...fact, policies: [] }];
  if (fact.kind !== "resource_policy") return THINGS.has(fact.kind) ? [fact] : [];
  const { kind, id, store_id, scope, record, resource } = fact;
  return [{ kind, id, store_id, scope, record, resource }];
}
