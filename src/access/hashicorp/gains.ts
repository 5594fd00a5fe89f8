import { owns } from "./certainty.ts";
import type { Contests } from "./contests.ts";
import type { ClassGrant, ClassStatement, Lift } from "./class-grant.ts";
import { MAX_ESCALATIONS } from "./evaluate.ts";
import type { ClassedSession, EvaluatedClass, HolderSessions } from "./holder-sessions.ts";
import { keptTogether, restsOn, without } from "./obstacles.ts";
import type { Session } from "./session.ts";
import type { StoreFacts } from "./store-facts.ts";

/**
 * At most this many sessions of one store are judged without something; about 0.3 ms each. What more deletions would give is
 * possible: never nothing.
 */
export const MAX_VARIANTS = 50_000;

const TOO_MANY = "more deletions than are looked at may give it";

/** By what someone can have a thing deleted: themselves, or by deleting what keeps somebody from it. */
export interface Means {
  readonly statements: readonly ClassStatement[];
  readonly conditions: readonly string[];
  readonly doubts: readonly string[];
}

/** Fact ids of things, each with the means to delete it. */
export type Deletions = ReadonlyMap<string, Means>;

/** How sessions are judged. */
export interface Judging {
  readonly judge: (session: Session) => EvaluatedClass;
  readonly contests: () => Contests;
  /** `MAX_VARIANTS` unless given. */
  readonly maxVariants: number | undefined;
}

type Part = Pick<ClassGrant, "classes" | "roleId">;

/** What is there once things are deleted, and is not now. */
interface After {
  /** Fact ids of these things. */
  readonly gone: readonly string[];
  readonly conditions: readonly string[];
  readonly doubts: readonly string[];
}

interface Gain extends After {
  readonly part: Part;
}

/** Somebody may delete more. */
interface Opening extends After {
  readonly id: string;
}

interface Outcome {
  readonly gains: readonly Gain[];
  readonly openings: readonly Opening[];
}

/** Something that a variant of a session gives and its holder has not. */
interface News {
  readonly key: string;
  readonly strength: number;
  readonly what: Gain | Opening;
}

/** Things by which one session may be held back together: fact ids in order. */
interface Held {
  readonly session: Session;
  readonly ids: readonly string[];
  readonly kept: readonly ReadonlySet<string>[];
}

/** A holder with what it has, and what holds it back. */
interface Candidate {
  readonly has: ReadonlyMap<string, number>;
  readonly held: readonly Held[];
  readonly dormant: HolderSessions["dormant"];
  readonly tried: Map<string, readonly News[]>;
  /** By those of the things that it rests on: many may delete the same of them. */
  readonly known: Map<string, Outcome>;
}

/** Who would gain what by deletions. */
export class Gains {
  readonly #store: StoreFacts;
  readonly #judging: Judging;
  readonly #candidates: readonly Candidate[];
  /** Fact id to the candidates that it holds back. */
  readonly #resting = new Map<string, Set<Candidate>>();
  readonly #known = new Map<string, Outcome>();
  #left: number;

  constructor(store: StoreFacts, holders: readonly HolderSessions[], judging: Judging) {
    this.#store = store;
    this.#judging = judging;
    this.#left = judging.maxVariants ?? MAX_VARIANTS;
    const contests = judging.contests();
    this.#candidates = holders.flatMap((holder) => candidates(store, holder, contests));
    for (const one of this.#candidates) {
      const ids = [...one.held.flatMap((held) => held.ids), ...(one.dormant?.behind ?? [])];
      for (const id of ids) this.#resting.set(id, (this.#resting.get(id) ?? new Set()).add(one));
    }
  }

  /** All that someone can have deleted that holds anybody back, also after what held back the deleting is gone. Ends, as it only grows. */
  closed(deletions: Deletions): Deletions {
    const all = new Map([...deletions].filter(([id]) => this.#resting.has(id)));
    for (let grown = true; grown;) {
      grown = false;
      for (const { id, ...after } of this.#of(all).openings) {
        if (!this.#resting.has(id)) continue;
        const means = withMeans(after, all);
        const known = all.get(id);
        if (known !== undefined && strength(known) >= strength(means)) continue;
        all.set(id, means);
        grown = true;
      }
    }
    return all;
  }

  /** Grants for whoever can delete this much, but for what less of it gives. */
  by(deletions: Deletions, less: readonly Deletions[] = []): ClassGrant[] {
    const grants = new Map<string, ClassGrant>();
    for (const { part, ...after } of this.#of(deletions).gains) {
      if (less.some((some) => after.gone.every((id) => some.has(id)))) continue;
      const { classes, roleId } = part;
      const means = withMeans(after, deletions);
      const wide = "everything" in classes ? classes.everything : "";
      const key = JSON.stringify([means.conditions, means.doubts, roleId, "everything" in classes, wide]);
      const known = grants.get(key);
      const before = known === undefined || "everything" in known.classes ? [] : known.classes;
      grants.set(key, {
        ...means,
        actions: [roleId === undefined ? "administer" : "share"],
        statements: joinedStatements(known?.statements ?? [], means.statements),
        classes:
          "everything" in classes ? classes : [...new Set([...before, ...classes])].sort((a, b) => a - b),
        ...(roleId === undefined ? {} : { roleId }),
      });
    }
    return [...grants.values()];
  }

  #of(deletions: Deletions): Outcome {
    const deletable = [...deletions.keys()].sort();
    const key = deletable.join("\n");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const touched = new Map<Candidate, string[]>();
    for (const id of deletable)
      for (const one of this.#resting.get(id) ?? []) {
        const ids = touched.get(one);
        if (ids === undefined) touched.set(one, [id]);
        else ids.push(id);
      }
    const made = [...touched].map(([one, ids]) => this.#ofCandidate(one, ids));
    const outcome = {
      gains: made.flatMap(({ gains }) => gains),
      openings: made.flatMap(({ openings }) => openings),
    };
    this.#known.set(key, outcome);
    return outcome;
  }

  /** What a holder does not have by any session, and would have. The fewest things first, so that no more is named than is needed. */
  #ofCandidate(one: Candidate, ids: readonly string[]): Outcome {
    const key = ids.join("\n");
    const known = one.known.get(key);
    if (known !== undefined) return known;
    const deletable = new Set(ids);
    const found = one.held.flatMap((held, place) =>
      variants(held, deletable).flatMap((gone) =>
        this.#tried(one, `${place}\n${gone.join("\n")}`, gone, () =>
          without(this.#store, held.session, new Set(gone)),
        ),
      ),
    );
    const behind = (one.dormant?.behind ?? []).filter((id) => deletable.has(id));
    if (behind.length > 0)
      for (const [place, next] of (one.dormant?.sessions ?? []).entries())
        found.push(...this.#tried(one, `dormant ${place}\n${behind.join("\n")}`, behind, () => next));
    const best = new Map<string, number>();
    const news = found
      .sort((a, b) => a.what.gone.length - b.what.gone.length)
      .filter((next) => {
        const more = (best.get(next.key) ?? 0) < next.strength;
        if (more) best.set(next.key, next.strength);
        return more;
      });
    const outcome = {
      gains: news.flatMap(({ what }) => ("part" in what ? [what] : [])),
      openings: news.flatMap(({ what }) => ("part" in what ? [] : [what])),
    };
    one.known.set(key, outcome);
    return outcome;
  }

  #tried(
    one: Candidate,
    key: string,
    gone: readonly string[],
    become: () => Session | undefined,
  ): readonly News[] {
    const known = one.tried.get(key);
    if (known !== undefined) return known;
    const made = this.#left > 0 ? this.#news(one, gone, become()) : untried(one, gone);
    this.#left -= 1;
    one.tried.set(key, made);
    return made;
  }

  #news({ has }: Candidate, gone: readonly string[], next: Session | undefined): News[] {
    if (next === undefined) return [];
    const { grants, lifts } = this.#judging.judge(next);
    const after = ({ conditions, doubts }: Omit<After, "gone">): After => ({
      gone,
      conditions: [...next.conditions, ...conditions],
      doubts: [...next.unknown, ...next.doubts, ...doubts],
    });
    const gains = grants.flatMap((grant) =>
      partsOf(grant).map(({ key, part }) => ({
        key,
        strength: strength(grant),
        what: { ...after(grant), part },
      })),
    );
    const openings = lifts.map((lift) => ({
      key: liftKey(lift),
      strength: strength(lift),
      what: { ...after(lift), id: lift.id },
    }));
    return [...gains, ...openings].filter((found) => (has.get(found.key) ?? 0) < found.strength);
  }
}

/** What is held back of a holder, and of who takes it over; nothing of one that administers already. */
function candidates(store: StoreFacts, holder: HolderSessions, contests: Contests): Candidate[] {
  const { sessions, takenOver = [], dormant } = holder;
  if (sessions.some(({ session, of }) => of.grants.some((grant) => owns(session, grant)))) return [];
  const own = sessions.flatMap((one) => heldBack(store, one, contests));
  const others = takenOver.flatMap((one) => heldBack(store, one, contests));
  const fresh = () => ({ tried: new Map(), known: new Map() });
  return [
    ...(own.length === 0 && dormant === undefined
      ? []
      : [{ has: strengths(sessions), held: own, dormant, ...fresh() }]),
    ...(others.length === 0
      ? []
      : [{ has: strengths([...sessions, ...takenOver]), held: others, dormant: undefined, ...fresh() }]),
  ];
}

function strengths(sessions: readonly ClassedSession[]): ReadonlyMap<string, number> {
  const has = new Map<string, number>();
  const grow = (key: string, of: Omit<Means, "statements">): void => {
    has.set(key, Math.max(has.get(key) ?? 0, strength(of)));
  };
  for (const { of } of sessions) {
    for (const grant of of.grants) for (const { key } of partsOf(grant)) grow(key, grant);
    for (const lift of of.lifts) grow(liftKey(lift), lift);
  }
  return has;
}

/** The server refuses all requests of a session whose policies make no list: any of them may be what it takes. */
function heldBack(store: StoreFacts, { session, of }: ClassedSession, contests: Contests): Held[] {
  const sets = of.session.broken
    ? [new Set(session.policies.map(({ name }) => name))]
    : contests.of(of.session);
  if (sets.length === 0) return [];
  const resting = [...restsOn(store, session)].sort(([a], [b]) => (a < b ? -1 : 1));
  const kept = keptTogether(store, session);
  return sets.flatMap((contest) => {
    const ids = resting.filter(([, names]) => !contest.isDisjointFrom(names)).map(([id]) => id);
    return ids.length === 0 ? [] : [{ session, ids, kept }];
  });
}

/**
 * Which of these things to take from a session. What one rule gives comes to light without everything else that stands in its
 * way: with none of them left, one, or a policy and the way to it.
 */
function variants({ ids, kept }: Held, deletable: ReadonlySet<string>): (readonly string[])[] {
  const own = ids.filter((id) => deletable.has(id));
  if (own.length < 2) return own.map((id) => [id]);
  const left = [new Set<string>(), ...own.map((id) => new Set([id])), ...kept];
  const sets = [
    ...own.map((id) => [id]),
    ...left.map((some) => own.filter((id) => !some.has(id))).filter((gone) => gone.length > 1),
  ];
  return [...new Map(sets.map((gone) => [gone.join("\n"), gone])).values()];
}

/** What of a variant that nobody has looked at: it may give everything below its namespace. */
function untried({ held, dormant }: Candidate, gone: readonly string[]): News[] {
  const sessions = [...held.map(({ session }) => session), ...(dormant?.sessions ?? [])];
  return [...new Set(sessions.map(({ namespace }) => namespace))].map((everything) => ({
    key: `untried ${everything}`,
    strength: 1,
    what: { gone, conditions: [], doubts: [TOO_MANY], part: { classes: { everything } } },
  }));
}

/** Whether something needs nothing more than its session; `2`, or `1` where it does. */
function strength({ conditions, doubts }: Omit<Means, "statements">): number {
  return conditions.length + doubts.length === 0 ? 2 : 1;
}

function liftKey({ id }: Lift): string {
  return `deletes ${id}`;
}

/** Actions and places, in words, and what of a grant is about them; names alone are nothing. */
function partsOf({ actions, classes, roleId }: ClassGrant): { key: string; part: Part }[] {
  const places: { where: string; part: Part }[] =
    roleId !== undefined
      ? [{ where: `role ${roleId}`, part: { classes: [], roleId } }]
      : "everything" in classes
        ? [{ where: `all ${classes.everything}`, part: { classes } }]
        : classes.map((place) => ({ where: String(place), part: { classes: [place] } }));
  return actions
    .filter((action) => action !== "list")
    .flatMap((action) => places.map(({ where, part }) => ({ key: `${action} ${where}`, part })));
}

/** What it takes to have something after these things are gone, with the means to delete them. */
function withMeans({ gone, conditions, doubts }: After, deletions: Deletions): Means {
  const ways = gone.flatMap((id) => deletions.get(id) ?? []);
  return {
    statements: joinedStatements(
      [],
      ways.flatMap((way) => way.statements),
    ),
    conditions: [...new Set([...ways.flatMap((way) => way.conditions), ...conditions])],
    doubts: [...new Set([...ways.flatMap((way) => way.doubts), ...doubts])],
  };
}

/** Each rule with what it deletes once, and no more of them than are told of anyone who administers. */
function joinedStatements(
  before: readonly ClassStatement[],
  added: readonly ClassStatement[],
): readonly ClassStatement[] {
  const fresh = added.filter(
    ({ rule, note }) => !before.some((one) => one.rule === rule && one.note === note),
  );
  return [...before, ...fresh].slice(0, MAX_ESCALATIONS);
}
