import type { Certainty } from "../grant.ts";

/** Something that is not known and on which an answer may turn. Leaves with the same `id` are the same thing. */
export interface Leaf {
  readonly id: string;
  /** `conditional`: the request decides. `possible`: a gap or a dispute. */
  readonly certainty: Exclude<Certainty, "certain">;
  /** How to say that it holds, and that it does not. */
  readonly holds: string;
  readonly fails: string;
  /** What a decision takes for granted while a gap or dispute is open. */
  readonly assumed: boolean;
}

export type Open =
  Leaf | { readonly all: readonly Open[] } | { readonly any: readonly Open[] } | { readonly not: Open };

/** A truth that is known, or what it depends on. */
export type Formula = boolean | Open;

export function all(parts: readonly Formula[]): Formula {
  const open: Open[] = [];
  for (const part of parts) {
    if (part === false) return false;
    if (part !== true) open.push(part);
  }
  const [first] = open;
  return first === undefined ? true : open.length === 1 ? first : { all: open };
}

export function any(parts: readonly Formula[]): Formula {
  const open: Open[] = [];
  for (const part of parts) {
    if (part === true) return true;
    if (part !== false) open.push(part);
  }
  const [first] = open;
  return first === undefined ? false : open.length === 1 ? first : { any: open };
}

export function not(part: Formula): Formula {
  if (typeof part === "boolean") return !part;
  return "not" in part ? part.not : { not: part };
}

/** Depends on what the request carries. */
export function standing(holds: string, fails = `not (${holds})`): Leaf {
  return { id: holds, certainty: "conditional", holds, fails, assumed: true };
}

/** Depends on something that could not be read or that the sources dispute; `why` says what. */
export function unclear(id: string, why: string, assumed: boolean): Leaf {
  return { id, certainty: "possible", holds: why, fails: why, assumed };
}

/** What a formula comes to. */
export interface Conclusion {
  /** Best case of the conditions that stand, gaps and disputes as assumed. */
  readonly holds: boolean;
  readonly certainty: Certainty;
  /** Standing conditions; where `possible`, what is missing or disputed comes first. No text twice. */
  readonly conditions: readonly string[];
}

/**
 * With at most this many different leaves every combination is tried (1,024), so that what cancels out is certain and what
 * does not matter is not named. With more the answer is as safe, but may name too much.
 */
const MAX_TRIED_LEAVES = 10;

export function conclude(formula: Formula): Conclusion {
  if (typeof formula === "boolean") return { holds: formula, certainty: "certain", conditions: [] };
  const leaves = [...leavesOf(formula).values()];
  const tells = leaves.length > MAX_TRIED_LEAVES || isPlain(formula);
  const needed = tells ? leaves : relevant(formula, leaves);
  const [first] = needed;
  if (first === undefined)
    return { holds: truths(formula, () => 0) !== 0, certainty: "certain", conditions: [] };
  const kept = without(formula, new Set(leaves.filter((leaf) => !needed.includes(leaf)).map(({ id }) => id)));
  const gaps = needed.filter(({ certainty }) => certainty === "possible");
  const texts = [...gaps.map(({ holds }) => holds), ...(gaps.length > 0 ? standingIn(needed) : texted(kept))];
  return {
    holds: bestCase(formula),
    certainty: gaps.length > 0 ? "possible" : "conditional",
    conditions: [...new Set(texts)],
  };
}

/** Whether some way of meeting the standing conditions makes it true, with gaps and disputes as assumed. */
export function bestCase(formula: Formula): boolean {
  if (typeof formula === "boolean") return formula;
  const leaves = [...leavesOf(formula).values()].filter(({ certainty }) => certainty === "conditional");
  if (leaves.length > MAX_TRIED_LEAVES) return hopeful(formula, true);
  return tried(formula, leaves).some((truths) => truths !== 0);
}

/** Takes each standing condition the way that helps where it stands, even if two places contradict each other. */
function hopeful(formula: Open, wanted: boolean): boolean {
  if ("all" in formula) {
    return formula.all.every((part) => hopeful(part, wanted));
  }
  if ("any" in formula) return formula.any.some((part) => hopeful(part, wanted));
  if ("not" in formula) return !hopeful(formula.not, !wanted);
  return formula.certainty === "conditional" ? wanted : formula.assumed;
}

/** Where 32 combinations are tried at once: those in which each of the first five leaves holds. */
const LANES = [0xaaaaaaaa, 0xcccccccc, 0xf0f0f0f0, 0xff00ff00, 0xffff0000];

/**
 * The truth in every combination of some leaves, 32 in a number: in combination `c` leaf `at` holds if bit `at` of `c` is set. Of
 * fewer than five leaves the combinations repeat. Other leaves are as assumed.
 */
function tried(formula: Open, leaves: readonly Leaf[]): Int32Array {
  const places = new Map(leaves.map(({ id }, at) => [id, at]));
  return Int32Array.from({ length: 1 << Math.max(0, leaves.length - LANES.length) }, (_, word) =>
    truths(formula, ({ id, assumed }) => {
      const at = places.get(id);
      if (at === undefined) return assumed ? ~0 : 0;
      return LANES[at] ?? ((word >>> (at - LANES.length)) & 1 ? ~0 : 0);
    }),
  );
}

function truths(formula: Open, of: (leaf: Leaf) => number): number {
  if ("all" in formula) {
    let every = ~0;
    for (const part of formula.all) every &= truths(part, of);
    return every;
  }
  if ("any" in formula) {
    let some = 0;
    for (const part of formula.any) some |= truths(part, of);
    return some;
  }
  return "not" in formula ? ~truths(formula.not, of) : of(formula);
}

function leavesOf(formula: Open, found = new Map<string, Leaf>()): Map<string, Leaf> {
  if ("all" in formula) for (const part of formula.all) leavesOf(part, found);
  else if ("any" in formula) for (const part of formula.any) leavesOf(part, found);
  else if ("not" in formula) leavesOf(formula.not, found);
  else if (!found.has(formula.id)) found.set(formula.id, formula);
  return found;
}

/** Leaves that must all hold or fail, none of them both: each of them matters. */
function isPlain(formula: Open): boolean {
  const signs = new Map<string, boolean>();
  return conjuncts(formula, true).every(({ part, wanted }) => {
    if (!("id" in part)) return false;
    const before = signs.get(part.id) ?? wanted;
    signs.set(part.id, wanted);
    return before === wanted;
  });
}

/** The leaves on which the value turns for at least one combination of the others. */
function relevant(formula: Open, leaves: readonly Leaf[]): Leaf[] {
  const table = tried(formula, leaves);
  return leaves.filter((_, at) => {
    const lanes = LANES[at];
    if (lanes === undefined)
      return table.some((truths, word) => truths !== table[word ^ (1 << (at - LANES.length))]);
    return table.some((truths) => (((truths >>> (1 << at)) ^ truths) & ~lanes) !== 0);
  });
}

/** The same truth without leaves that do not matter. */
function without(formula: Open, idle: ReadonlySet<string>): Formula {
  if (idle.size === 0) return formula;
  if ("all" in formula) return all(formula.all.map((part) => without(part, idle)));
  if ("any" in formula) return any(formula.any.map((part) => without(part, idle)));
  if ("not" in formula) return not(without(formula.not, idle));
  return idle.has(formula.id) ? formula.assumed : formula;
}

/** The formula where some leaves are decided. */
export function assuming(formula: Formula, decided: (leaf: Leaf) => boolean | undefined): Formula {
  if (typeof formula === "boolean") return formula;
  if ("all" in formula) return all(formula.all.map((part) => assuming(part, decided)));
  if ("any" in formula) return any(formula.any.map((part) => assuming(part, decided)));
  if ("not" in formula) return not(assuming(formula.not, decided));
  return decided(formula) ?? formula;
}

function standingIn(leaves: readonly Leaf[]): string[] {
  return leaves.filter(({ certainty }) => certainty === "conditional").map(({ holds }) => holds);
}

/** What must hold, one text for each thing. */
function texted(formula: Formula): string[] {
  if (typeof formula === "boolean") return [];
  return conjuncts(formula, true).map(({ part, wanted }) => said(part, wanted));
}

interface Wanted {
  readonly part: Open;
  readonly wanted: boolean;
}

function conjuncts(part: Open, wanted: boolean): Wanted[] {
  if ("not" in part) return conjuncts(part.not, !wanted);
  if (wanted && "all" in part) return part.all.flatMap((one) => conjuncts(one, true));
  if (!wanted && "any" in part) return part.any.flatMap((one) => conjuncts(one, false));
  return [{ part, wanted }];
}

function said(part: Open, wanted: boolean): string {
  if ("not" in part) return said(part.not, !wanted);
  if ("all" in part || "any" in part) {
    const parts = "all" in part ? part.all : part.any;
    const word = "all" in part === wanted ? " and " : " or ";
    return [...new Set(parts.map((one) => wrapped(said(one, wanted), one)))].join(word);
  }
  return wanted ? part.holds : part.fails;
}

function wrapped(text: string, part: Open): string {
  return "all" in part || "any" in part ? `(${text})` : text;
}
