import type { AclRule } from "../../facts/index.ts";
import type { MergedRule } from "./acl.ts";
import { capabilitySet, DENY, type CapabilitySet } from "./capability.ts";
import type { EscalationGroup } from "./escalation-groups.ts";
import type { PatternIndex } from "./pattern-index.ts";
import type { SessionClass } from "./session-class.ts";
import type { CoverLists, TargetClass } from "./target-class.ts";
import { isTemplated } from "./template.ts";

/**
 * Names of policies of a session class that take something away from others of it, at requests that are decided together.
 * Only without some of these can it do more there: a rule that gives all that those behind it give, without conditions, is in
 * nobody's way.
 */
export type Contest = ReadonlySet<string>;

/** Tells which policies of a session class stand in each other's way. */
export class Contests {
  readonly #index: PatternIndex;
  readonly #covers: CoverLists;
  /** Pattern number to the lists that it is in. */
  readonly #listsOf: readonly number[][];
  /** List to what is decided by it and other lists together. */
  readonly #unitsOf: readonly number[][];
  readonly #known = new Map<string, readonly Contest[]>();

  constructor(
    index: PatternIndex,
    covers: CoverLists,
    targets: readonly TargetClass[],
    escalations: readonly EscalationGroup[],
  ) {
    this.#index = index;
    this.#covers = covers;
    const listsOf = index.patterns.map((): number[] => []);
    for (const [list, numbers] of covers.lists.entries())
      for (const number of numbers) listsOf[number]?.push(list);
    const unitsOf = covers.lists.map((): number[] => []);
    const units = [
      ...targets.map(({ lists }) => lists),
      ...escalations.map(({ list, besides }) => [list, ...besides.flat().map((one) => one.list)]),
    ];
    for (const [unit, lists] of units.entries()) for (const list of lists) unitsOf[list]?.push(unit);
    this.#listsOf = listsOf;
    this.#unitsOf = unitsOf;
  }

  of(session: SessionClass): readonly Contest[] {
    const known = this.#known.get(session.key);
    if (known !== undefined) return known;
    const made = this.#find(session);
    this.#known.set(session.key, made);
    return made;
  }

  #find({ rules, open }: SessionClass): Contest[] {
    const byNumber = new Map(rules.map((rule) => [this.#index.numberOf(rule.pattern), rule]));
    const lists = new Set([...byNumber.keys()].flatMap((number) => this.#listsOf[number] ?? []));
    const takers = new Map<string, ReadonlySet<string>>();
    const joint = new Joint();
    const firstOf = new Map<number, string>();
    for (const list of lists) {
      const numbers = (this.#covers.lists[list] ?? []).filter((number) => byNumber.has(number));
      const key = numbers.join(",");
      const found =
        takers.get(key) ??
        takersOf(
          numbers.flatMap((number) => byNumber.get(number) ?? []),
          open,
        );
      takers.set(key, found);
      const [first] = found;
      if (first === undefined) continue;
      for (const name of found) joint.join(first, name);
      for (const unit of this.#unitsOf[list] ?? []) {
        joint.join(firstOf.get(unit) ?? first, first);
        firstOf.set(unit, first);
      }
    }
    return joint.sets();
  }
}

/** Names that belong together, directly or by others. */
class Joint {
  readonly #parents = new Map<string, string>();

  join(one: string, other: string): void {
    this.#parents.set(this.#root(one), this.#root(other));
  }

  #root(name: string): string {
    let at = name;
    for (let next = this.#parents.get(at); next !== undefined && next !== at; next = this.#parents.get(at))
      at = next;
    this.#parents.set(name, at);
    return at;
  }

  sets(): ReadonlySet<string>[] {
    const names = [...this.#parents.keys()].sort();
    return [...Map.groupBy(names, (name) => this.#root(name)).values()].map((set) => new Set(set));
  }
}

/** Several policies: whichever one is looked at, another is among them. */
const SEVERAL = Symbol("several");
type Givers = string | typeof SEVERAL | undefined;

/** Of rules that cover one request, the first before all others: policies that take from another's what it would give. */
function takersOf(rules: readonly MergedRule[], open: ReadonlySet<MergedRule>): ReadonlySet<string> {
  const lines = rules.map(({ sources, overruled }) => [...sources, ...overruled]);
  const takers = new Set<string>();
  if (lines.flat().length < 2) return takers;
  // Where a rule stands that a template leaves open is not known.
  if (rules.some((rule) => open.has(rule))) return new Set(lines.flat().map(({ policy }) => policy));
  /** Who gives anything, and each capability, from behind up to the present rule. */
  let anyone: Givers;
  const givers = new Map<CapabilitySet, Givers>();
  for (const group of lines.reverse()) {
    const given = group.map(({ policy, rule }) => ({ policy, rule, set: capabilitySet(rule.capabilities) }));
    for (const { policy, set } of given) if ((set & DENY) === 0) anyone = withGiver(anyone, policy);
    for (const { policy, rule, set } of given) {
      const isOther = (who: Givers): boolean =>
        who !== undefined && (who !== policy || isTemplated(rule.path));
      const takes =
        (set & DENY) !== 0 || !isPlain(rule)
          ? isOther(anyone)
          : [...givers].some(([bit, who]) => (set & bit) === 0 && isOther(who));
      if (takes) takers.add(policy);
    }
    for (const { policy, set } of given)
      for (let bit = 1; bit <= set && (set & DENY) === 0; bit *= 2)
        if ((set & bit) !== 0) givers.set(bit, withGiver(givers.get(bit), policy));
  }
  return takers;
}

function withGiver(givers: Givers, policy: string): Givers {
  return givers === undefined || givers === policy ? policy : SEVERAL;
}

const PLACES = ["line", "column", "end_line", "end_column", "index"] satisfies (keyof AclRule)[];
const PLAIN = new Set<string>(["path", "capabilities", ...PLACES] satisfies (keyof AclRule)[]);

/** Whether a rule asks for nothing but its capabilities, so that beside others it only adds. */
function isPlain(rule: AclRule): boolean {
  return Object.keys(rule).every((key) => PLAIN.has(key));
}
