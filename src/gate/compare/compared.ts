import {
  computeGrants,
  hidesGrants,
  type GrantModel,
  type GrantStatement,
  type GrantTarget,
} from "../../access/index.ts";
import { canonicalJson, compareStrings, type Instant } from "../../base/index.ts";
import { FactSet, type Fact, type FactKind } from "../../facts/index.ts";
import { accessDiff, isGain, type AccessDiff, type AccessDifference } from "../access-diff.ts";
import type { Side, Written } from "../declared.ts";
import type { Place } from "../text/source-text.ts";
import { NOT_KNOWN } from "../resources/values.ts";
import { isOutside } from "./parties.ts";
import { othersNamed } from "./named-secrets.ts";
import { boundTo, inOwnAccount } from "./own-account.ts";
import type { ComparedSide, Pair } from "./pair.ts";
import { UNKNOWN_SURROUNDINGS } from "../formats/format.ts";
import { stepsOf } from "./kubernetes-steps.ts";
import { placeOfStatement } from "./places.ts";
import { undeclaredPair, untold } from "./undeclared.ts";
import { allFacts, allGaps, keyOf, unplacedOf, worldOf } from "./worlds.ts";

/** A difference with where it comes from. */
export interface PlacedDifference extends AccessDifference {
  /** Of the first statement that has a place; else of whatever of both is declared, else the beginning of the input. */
  readonly place: Place;
  /** Where the same stands in the file that is judged, where `place` is in the source of that. */
  readonly related?: Place;
  /**
   * Of a gain by steps before: all that changed on its way gives the same to somebody else by itself, such as the role that it could assume already.
   */
  readonly isConsequence: boolean;
  /** By statement, in their order, where each stands: undefined of one that stands elsewhere. */
  readonly places: readonly (Place | undefined)[];
}

export interface Compared extends Omit<AccessDiff, "differences"> {
  readonly pair: Pair;
  readonly differences: readonly PlacedDifference[];
  /** What is not known on one side alone and may hold access, in a sentence each, in order: there may be a difference in it. */
  readonly unseen: readonly string[];
}

/**
 * Computes who may do what on both sides, and the difference. `at` decides rules that end. Where the account of the change is not known, what would
 * be gained in one that its policies name is possible. Pure.
 */
export function compared(given: Pair, at: Instant): Compared {
  const { pair, perhaps } = inOwnAccount(given);
  return perhaps.reduce((found, account) => withGainsIn(found, account, at), comparedSides(pair, at));
}

/** What else is gained if that is the account of the change. */
function withGainsIn(found: Compared, account: string, at: Instant): Compared {
  const { pair } = found;
  const bound = boundTo(pair, account);
  const ids = new Map(
    [pair.before, pair.after].flatMap((side) =>
      allFacts(side).map(({ id }) => [id.replaceAll(UNKNOWN_SURROUNDINGS.account, account), id] as const),
    ),
  );
  const called = <T extends { readonly id: string }>(one: T): T => ({
    ...one,
    id: ids.get(one.id) ?? one.id,
  });
  const keyOfDifference = ({ principal, target }: AccessDifference): string => `${principal.id} ${target.id}`;
  const known = new Set(found.differences.map(keyOfDifference));
  const more = comparedSides(bound, at)
    .differences.filter(({ direction }) => isGain(direction))
    .map((one): PlacedDifference => {
      const [principal, target] = [called(one.principal), called(one.target)];
      return { ...one, principal, target, certainty: "possible" };
    })
    .filter((one) => !known.has(keyOfDifference(one)));
  if (more.length === 0) return found;
  const unseen = [...found.unseen, `whether account ${account} is the account of the change`];
  return {
    ...found,
    differences: [...found.differences, ...more],
    count: found.count + more.length,
    unseen: unseen.sort(compareStrings),
  };
}

/** With what is gained or lost of things that nobody declares, which is possible: what these let in of themselves is not known. */
function comparedSides(pair: Pair, at: Instant): Compared {
  const found = comparedAsDeclared(pair, at);
  const isSame = changedIds(pair.before, pair.after).size === 0;
  const undeclared = isSame ? undefined : undeclaredPair(pair);
  if (undeclared === undefined) return found;
  const others = comparedAsDeclared(undeclared.pair, at);
  const more = untold(others.differences, found.differences, undeclared).map((one): PlacedDifference => ({
    ...one,
    certainty: "possible",
  }));
  return { ...found, differences: [...found.differences, ...more], count: found.count + more.length };
}

function comparedAsDeclared(pair: Pair, at: Instant): Compared {
  const { before, after } = pair;
  if (![before, after].some(mayGive)) return { ...NO_DIFFERENCE, pair, unseen: unseenOf(pair) };
  const models = [modelOf(before, after, at), modelOf(after, before, at)] as const;
  const diff = accessDiff(...models);
  const changed = changedIds(before, after);
  const own = diff.differences.filter((one) => !isMention(one, pair));
  const differences = own.map((one): PlacedDifference => {
    const side = isGain(one.direction) ? after : before;
    const all = one.statements.map((statement) => {
      return { statement, place: placeOfStatement(statement, one.principal.id, side, changed) };
    });
    // What stands in a file somebody can change here.
    const ordered = [...all.filter(({ place }) => place), ...all.filter(({ place }) => !place)];
    const place = ordered[0]?.place ?? declaredPlace(one, [side, after, before]) ?? beginning(pair.path);
    const written = side.writtenAt?.(place);
    return {
      ...one,
      target: called(one.target, [side, after, before]),
      isConsequence: isConsequence(one, own, changed),
      statements: ordered.map(({ statement }) => statement),
      places: ordered.map(({ place: at }) => (at === undefined ? undefined : (side.writtenAt?.(at) ?? at))),
      ...(written === undefined ? { place } : { place: written, related: place }),
    };
  });
  const count = diff.count - (diff.differences.length - own.length);
  return {
    ...diff,
    count,
    pair,
    differences,
    unseen: [...unseenOf(pair), ...openHomes(differences)].sort(compareStrings),
  };
}

const NO_DIFFERENCE = { differences: [], count: 0, undecided: 0, implied: 0, cut: false } as const;

/** Kinds of things: nobody has access by them alone. */
const GIVING_NOTHING: ReadonlySet<FactKind> = new Set<FactKind>([
  "key",
  "key_alias",
  "mount",
  "secret",
  "secret_metadata",
  "secret_rotation",
  "store",
]);

/** Whether anything of a side may give access: most plans make things alone, and working out who reaches these costs as much as judging them. */
function mayGive(side: ComparedSide): boolean {
  return (
    allFacts(side).some((fact) =>
      fact.kind === "resource_policy" ? fact.text !== undefined : !GIVING_NOTHING.has(fact.kind),
    ) || allGaps(side).some(({ hides }) => hides.some((kind) => !GIVING_NOTHING.has(kind)))
  );
}

/** Whether a thing is only named, such as a key that is declared elsewhere: of whom it lets in neither side says anything. */
function isMention({ targetIsNew, certainty, target }: AccessDifference, { before, after }: Pair): boolean {
  const isDeclared = before.declarations.has(target.id) || after.declarations.has(target.id);
  return targetIsNew && certainty === "possible" && !isDeclared;
}

function isConsequence(
  one: AccessDifference,
  all: readonly AccessDifference[],
  changed: ReadonlySet<string>,
): boolean {
  if (!one.isDetour || !isGain(one.direction) || one.statementCount > one.statements.length) return false;
  const steps = wayOf(one).intersection(changed);
  return (
    steps.size > 0 &&
    all.some(
      (other) =>
        !other.isDetour &&
        isGain(other.direction) &&
        other.target.id === one.target.id &&
        one.actions.every((action) => other.actions.includes(action)) &&
        steps.isSubsetOf(wayOf(other)),
    )
  );
}

/** Facts by which somebody comes to a thing, itself among them. */
function wayOf({ principal, statements }: AccessDifference): ReadonlySet<string> {
  const ids = statements.flatMap(({ policy_id, through }) => [policy_id, ...through.map(({ id }) => id)]);
  return new Set([principal.id, ...ids.filter((id) => id !== undefined)]);
}

function modelOf(side: ComparedSide, other: ComparedSide, takenAt: Instant): GrantModel {
  const { facts, gaps } = worldOf(side, other);
  return computeGrants(new FactSet(facts, gaps), { takenAt });
}

/** Ids of facts that one side has otherwise than the other, or alone. */
function changedIds(before: Side, after: Side): ReadonlySet<string> {
  const text = (fact: Fact): string => canonicalJson({ ...fact, record: "" });
  const was = new Map(allFacts(before).map((fact) => [keyOf(fact), fact]));
  const changed = new Set<string>();
  for (const fact of allFacts(after)) {
    const former = was.get(keyOf(fact));
    was.delete(keyOf(fact));
    if (former === undefined || text(former) !== text(fact)) changed.add(fact.id);
  }
  for (const { id } of was.values()) changed.add(id);
  return changed;
}

function declaredPlace(
  { principal, target }: AccessDifference,
  sides: readonly Written[],
): Place | undefined {
  for (const { declarations } of sides)
    for (const { id } of [principal, target]) {
      const declaration = declarations.get(id);
      if (declaration !== undefined) return declaration.place;
    }
  return undefined;
}

/** A thing whose name is not known is called by its address. */
function called(target: GrantTarget, sides: readonly Written[]): GrantTarget {
  if (target.name !== NOT_KNOWN) return target;
  const [declaration] = sides.flatMap(({ declarations }) => declarations.get(target.id) ?? []);
  return declaration === undefined ? target : { ...target, name: declaration.address };
}

function beginning(file: string): Place {
  return { file, line: 1, column: 1, end_line: 1, end_column: 1 };
}

/** Accounts of which it is not known whether they are the change's own: then their identities have what their policies give. */
function openHomes(differences: readonly PlacedDifference[]): string[] {
  const open = differences.filter(({ principal, target }) => isOutside(principal, target) === undefined);
  const told = open.map(
    ({ principal, target }) => `whether ${target.name} is in the account of ${principal.name}`,
  );
  return [...new Set(told)];
}

/** What is hidden on both sides alike is the same on both, as far as the input goes. */
function unseenOf({ before, after, provider }: Pair): string[] {
  const hiding = (side: Side): Map<string, string> => {
    const some = allGaps(side).filter((gap) => hidesGrants(gap, provider === "aws"));
    return new Map(some.map((gap) => [JSON.stringify([gap.resource, gap.hides, gap.detail]), gap.detail]));
  };
  const [was, is] = [hiding(before), hiding(after)];
  const alone = [...[...was].filter(([key]) => !is.has(key)), ...[...is].filter(([key]) => !was.has(key))];
  const unplaced = unplacedOf(before).symmetricDifference(unplacedOf(after));
  const [named, names] = [othersNamed(allFacts(before)), othersNamed(allFacts(after))];
  const fresh = [...named, ...names].filter(([key]) => !(named.has(key) && names.has(key)));
  const abroad = fresh.map(
    ([, account]) =>
      `whether secrets or keys of account ${account}, which policies name, let anyone in from here`,
  );
  const unheld = unheldOtherwise(before, after);
  const admitting = admittedOtherwise(before, after);
  const steps =
    provider === "kubernetes" ? stepsOf(allFacts(before)).symmetricDifference(stepsOf(allFacts(after))) : [];
  return [
    ...new Set([
      ...alone.map(([, detail]) => detail),
      ...unplaced,
      ...abroad,
      ...unheld,
      ...admitting,
      ...steps,
    ]),
  ].sort(compareStrings);
}

/** Managed policies and groups that both sides have, otherwise, and that nobody here holds or is in: others may, but in a snapshot, which has all who do. */
function unheldOtherwise(before: Side, after: Side): string[] {
  if (allFacts(before).some(({ kind }) => kind === "account")) return [];
  const held = new Set(
    [...allFacts(before), ...allFacts(after)].flatMap((fact) =>
      fact.kind === "principal" || fact.kind === "group" ? fact.policies : [],
    ),
  );
  const was = new Map(before.facts.map((fact) => [keyOf(fact), fact]));
  const joined = new Set(
    [...allFacts(before), ...allFacts(after)].flatMap((fact) =>
      fact.kind === "principal" ? fact.direct_group_ids : [],
    ),
  );
  const inline = (side: Side): Map<string, string> =>
    new Map(side.facts.flatMap((fact) => (fact.kind === "policy_document" ? [[fact.id, fact.text]] : [])));
  const [texts, formerTexts] = [inline(after), inline(before)];
  const groups = after.facts.flatMap((fact) => {
    const former = was.get(keyOf(fact));
    if (fact.kind !== "group" || former?.kind !== "group" || joined.has(fact.id)) return [];
    const fresh = fact.policies.some(
      (id) => !former.policies.includes(id) || texts.get(id) !== formerTexts.get(id),
    );
    return fresh ? [`who is in group ${fact.name}, which has other policies than before`] : [];
  });
  const documents = after.facts.flatMap((fact) => {
    const former = was.get(keyOf(fact));
    if (fact.kind !== "policy_document" || former?.kind !== "policy_document") return [];
    if (fact.policy_type !== "iam_managed" || former.text === fact.text || held.has(fact.id)) return [];
    return [`who holds policy ${fact.name}, which is otherwise than before, and gains or loses by it`];
  });
  return [...groups, ...documents];
}

/** Fields of a role of a login that say what its tokens may do and for how long, and not who gets them. */
const OF_TOKENS = /^(?:policies|record|token_(?:ttl|max_ttl|explicit_max_ttl|period|num_uses)\w*)$/;

/**
 * Roles of a login that both sides have, and by which others may log in afterwards: the role is the principal, and may do the same as
 * before, so that no difference tells it.
 */
function admittedOtherwise(before: Side, after: Side): string[] {
  const admits = (fact: Fact): string =>
    canonicalJson(Object.fromEntries(Object.entries(fact).filter(([name]) => !OF_TOKENS.test(name))));
  const was = new Map(before.facts.map((fact) => [keyOf(fact), fact]));
  return after.facts.flatMap((fact) => {
    const former = was.get(keyOf(fact));
    if (fact.kind !== "auth_role" || former === undefined || admits(former) === admits(fact)) return [];
    return [`who may log in by ${fact.mount}${fact.name}, which is otherwise than before, is not compared`];
  });
}

/** A statement as one line for people. */
export function statementName({ policy, rule, line }: GrantStatement): string {
  const where = line === undefined ? policy : `${policy}:${line}`;
  return rule === undefined ? where : `${where} ${rule}`;
}
