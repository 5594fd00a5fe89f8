import {
  GRANT_ACTIONS,
  type Certainty,
  type Grant,
  type GrantAction,
  type GrantModel,
  type GrantPrincipal,
  type GrantStatement,
  type GrantTarget,
} from "../access/index.ts";
import { compareStrings } from "../base/index.ts";
import { isWithin } from "./condition-order.ts";

/** Most differences that are told; the others are counted. */
export const MAX_DIFFERENCES = 1000;

/** Most pairs of a principal and a thing that are looked at on one side; what is beyond is not compared, and that is told. */
export const MAX_PAIRS = 2_000_000;

/** Most statements that a difference names. */
export const MAX_NAMED_STATEMENTS = 16;

export type Direction = "gained" | "lost" | "narrowed" | "widened";

/** What one principal may do to one thing on one side and not on the other. */
export interface AccessDifference {
  /** `widened`, `narrowed`: there is some access on both sides. One pair can have both. */
  readonly direction: Direction;
  /** It comes, or came, by steps before alone: a role that it assumes, or letting itself in. */
  readonly isDetour: boolean;
  readonly principal: GrantPrincipal;
  readonly target: GrantTarget;
  /** Whether the principal, or the thing, is there on one side alone. */
  readonly principalIsNew: boolean;
  readonly targetIsNew: boolean;
  readonly actions: readonly GrantAction[];
  /** `possible`: what is not known decides whether there is a difference. `conditional`: under conditions that the other side does not have. */
  readonly certainty: Certainty;
  /** By which it comes, or came, in order of what they are called; at most {@link MAX_NAMED_STATEMENTS}. */
  readonly statements: readonly GrantStatement[];
  readonly statementCount: number;
}

export interface AccessDiff {
  /** By principal, thing, gains before losses, and certainty, in id order; at most {@link MAX_DIFFERENCES}. */
  readonly differences: readonly AccessDifference[];
  /** Of all, told or not. */
  readonly count: number;
  /** Pairs of which both sides are only possible, for reasons that differ: nothing is said of them. */
  readonly undecided: number;
  /** Differences that say no more than that a thing comes or goes, or that a role does: see `isImplied`. Neither told nor counted. */
  readonly implied: number;
  /** Principals were left out from some on, {@link MAX_PAIRS}: there may be more differences. */
  readonly cut: boolean;
}

/**
 * Who may do what to which thing after and not before, and the other way round. Things and principals are the same where their ids are. Access
 * that perhaps is not the principal's own to take (`Grant.perhaps`) is told of the role or group alone, which holds it itself. `accessDiff(b, a)` is
 * its mirror. Pure.
 */
export function accessDiff(
  before: GrantModel,
  after: GrantModel,
  { maxPairs = MAX_PAIRS, maxTold = MAX_DIFFERENCES } = {},
): AccessDiff {
  const [former, present] = [new Sided(before, maxPairs), new Sided(after, maxPairs)];
  const found: AccessDifference[] = [];
  let [undecided, implied] = [0, 0];
  const tell = (all: readonly AccessDifference[]): void => {
    const told = all.filter((one) => !isImplied(one));
    implied += all.length - told.length;
    found.push(...told);
  };
  const ids = new Set([...former.principals.keys(), ...present.principals.keys()]);
  for (const id of [...ids].sort(compareStrings)) {
    const [was, is] = [former.of(id), present.of(id)];
    // Half of what a principal has would look like a loss, or a gain.
    if (former.cut || present.cut) break;
    for (const target of [...new Set([...was.keys(), ...is.keys()])].sort(compareStrings)) {
      const [formerly, presently] = [was.get(target) ?? [], is.get(target) ?? []];
      undecided += isUndecided(formerly, presently) ? 1 : 0;
      tell(surplusOf({ id, target, isGain: true }, [present, presently], [former, formerly]));
      tell(surplusOf({ id, target, isGain: false }, [former, formerly], [present, presently]));
    }
  }
  return {
    differences: found.slice(0, maxTold),
    count: found.length,
    undecided,
    implied,
    cut: former.cut || present.cut,
  };
}

/**
 * Whether a difference follows from one that is told, or from what is new: an account's own root may do everything in it, and a service that works as
 * a role has what the role has.
 */
function isImplied({ isDetour, principal, targetIsNew }: AccessDifference): boolean {
  if (principal.principal_type === "aws_root") return targetIsNew && !principal.external;
  return principal.principal_type === "service" && isDetour;
}

interface Pair {
  readonly id: string;
  readonly target: string;
  readonly isGain: boolean;
}

type SideOfPair = readonly [Sided, readonly Grant[]];

/** What one side of a pair has more than the other: one difference for each certainty. */
function surplusOf(
  { id, target, isGain }: Pair,
  [own, grants]: SideOfPair,
  [other, others]: SideOfPair,
): AccessDifference[] {
  const principal = own.principals.get(id);
  const thing = own.targets.get(target);
  if (principal === undefined || thing === undefined) return [];
  const more = GRANT_ACTIONS.flatMap((action) => {
    const certainty = surplus(wayOf(grants, action), wayOf(others, action));
    return certainty === undefined ? [] : [{ action, certainty }];
  });
  return CERTAINTIES.flatMap((certainty): AccessDifference[] => {
    const actions = more.filter((one) => one.certainty === certainty).map(({ action }) => action);
    if (actions.length === 0) return [];
    const giving = grants.filter((grant) => grant.actions.some((action) => actions.includes(action)));
    const statements = causes(giving, others);
    const difference: AccessDifference = {
      isDetour: giving.every(({ detour }) => detour === true),
      direction: directionOf(isGain, others.length > 0),
      principal,
      target: thing,
      principalIsNew: !other.principals.has(id),
      targetIsNew: !other.targets.has(target),
      actions,
      certainty,
      statements: statements.slice(0, MAX_NAMED_STATEMENTS),
      statementCount: statements.length,
    };
    return [difference];
  });
}

const CERTAINTIES = ["certain", "conditional", "possible"] as const;

function directionOf(isGain: boolean, isBoth: boolean): Direction {
  if (isGain) return isBoth ? "widened" : "gained";
  return isBoth ? "narrowed" : "lost";
}

/** One side, principal by principal: no more than one principal's pairs are held at once. */
class Sided {
  readonly principals: ReadonlyMap<string, GrantPrincipal>;
  readonly targets: ReadonlyMap<string, GrantTarget>;
  cut = false;
  readonly #model: GrantModel;
  #left: number;

  constructor(model: GrantModel, maxPairs: number) {
    this.#model = model;
    this.#left = maxPairs;
    this.principals = new Map(model.principals.map((one) => [one.id, one]));
    this.targets = new Map(model.targets.map((one) => [one.id, one]));
  }

  /** Its grants by the thing that they reach. */
  of(id: string): ReadonlyMap<string, readonly Grant[]> {
    const found = new Map<string, Grant[]>();
    if (!this.principals.has(id)) return found;
    for (const grant of this.#model.whatCan(id)) {
      if (grant.perhaps === true) continue;
      for (const target of grant.targets()) {
        if (this.#left <= 0) {
          this.cut = true;
          return found;
        }
        this.#left -= 1;
        const list = found.get(target);
        if (list === undefined) found.set(target, [grant]);
        else list.push(grant);
      }
    }
    return found;
  }
}

/** Whether both sides are only possible, for different reasons. */
function isUndecided(was: readonly Grant[], is: readonly Grant[]): boolean {
  return GRANT_ACTIONS.some((action) => {
    const [former, present] = [wayOf(was, action), wayOf(is, action)];
    if (former.rank !== 1 || present.rank !== 1 || sameWays(former, present)) return false;
    return surplus(former, present) === undefined && surplus(present, former) === undefined;
  });
}

/** How sure one action is: 3 certain, 2 under conditions, 1 possible, 0 not at all. */
interface Way {
  readonly rank: number;
  /** The lists of conditions, or of what is not known, of the surest grants. */
  readonly terms: ReadonlySet<string>;
  /** The statements of these. */
  readonly statements: ReadonlySet<string>;
}

const RANK: Readonly<Record<Certainty, number>> = { certain: 3, conditional: 2, possible: 1 };

function wayOf(grants: readonly Grant[], action: GrantAction): Way {
  const giving = grants.filter(({ actions }) => actions.includes(action));
  const rank = giving.reduce((best, { certainty }) => Math.max(best, RANK[certainty]), 0);
  const surest = giving.filter(({ certainty }) => RANK[certainty] === rank);
  return {
    rank,
    terms: new Set(surest.map(({ conditions }) => [...conditions].sort().join("\n"))),
    statements: new Set(surest.flatMap(({ path }) => path.map(nameOf))),
  };
}

function sameWays(a: Way, b: Way): boolean {
  return a.terms.size === b.terms.size && a.terms.isSubsetOf(b.terms);
}

/** How sure it is that one side has more of an action than the other; undefined where it has not. */
function surplus(own: Way, other: Way): Certainty | undefined {
  if (own.rank > other.rank) {
    // What the other side perhaps has already is perhaps no difference.
    if (own.rank === 1 || other.rank === 1) return "possible";
    return own.rank === 3 ? "certain" : "conditional";
  }
  // Where something unread leaves both open, a statement that one side alone has is perhaps what makes a difference.
  if (own.rank === 1 && other.rank === 1)
    return own.statements.isSubsetOf(other.statements) ? undefined : "possible";
  if (own.rank !== 2 || other.rank !== 2 || areWithin(own.terms, other.terms)) return undefined;
  // Where conditions come and others go, which of them are wider is worked out where their values are ordered.
  return areWithin(other.terms, own.terms) ? "conditional" : "possible";
}

function areWithin(narrow: ReadonlySet<string>, wide: ReadonlySet<string>): boolean {
  return [...narrow].every((one) => wide.has(one) || [...wide].some((other) => isWithin(one, other)));
}

/** The statements of this side that the other lacks; all of this side where it lacks none, since a boundary or denial then made the difference. */
function causes(grants: readonly Grant[], others: readonly Grant[]): GrantStatement[] {
  const known = new Set(others.flatMap(({ path }) => path).map(nameOf));
  const own = new Map(grants.flatMap(({ path }) => path).map((one) => [nameOf(one), one]));
  const all = [...own].sort(([a], [b]) => compareStrings(a, b));
  const fresh = all.filter(([name]) => !known.has(name));
  return (fresh.length > 0 ? fresh : all).map(([, one]) => one);
}

/** A line moves without making another statement; through whom it is come by makes one. */
function nameOf({ policy, policy_id = "", rule = "", through, actions, note = "" }: GrantStatement): string {
  const ways = through.map(({ kind, name }) => `${kind} ${name}`).join(",");
  return [policy, policy_id, rule, ways, actions.join("+"), note].join("\n");
}

/** Whether somebody may do more. */
export function isGain(direction: Direction): boolean {
  return direction === "gained" || direction === "widened";
}
