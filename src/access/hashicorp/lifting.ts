import type { ClassGrant, Lift } from "./evaluate.ts";
import { MAX_ESCALATIONS, owns } from "./evaluate.ts";
import type { ClassedSession, EvaluatedClass, HolderSessions } from "./holder-sessions.ts";
import { keptTogether, restsOn, without } from "./obstacles.ts";
import type { Session } from "./session.ts";
import type { StoreFacts } from "./store-facts.ts";

type Classify = (session: Session) => EvaluatedClass;

/** What somebody has once things are deleted, and has not now. */
interface Gain {
  /** Fact ids of these things. */
  readonly gone: readonly string[];
  readonly conditions: readonly string[];
  readonly doubts: readonly string[];
  /** As of a grant; with `roleId`, the credential of that role. */
  readonly classes: ClassGrant["classes"];
  readonly roleId?: string;
}

/**
 * Gives whoever may delete what holds access back the administration of what would be reached without it, by themselves or by
 * others. Who is held back is found by judging their sessions without it; where nobody gains, deleting gives nothing.
 */
export function withLifting(
  store: StoreFacts,
  holders: readonly HolderSessions[],
  classify: Classify,
): HolderSessions[] {
  if (!holders.some(({ sessions }) => sessions.some(({ of }) => of.lifts.length > 0))) return [...holders];
  const gains = new Gains(store, holders, classify);
  const made = new Map<string, EvaluatedClass>();
  const lifted = <T extends ClassedSession>(one: T): T => {
    const lifts = closure(store, one, classify);
    if (lifts.size === 0) return one;
    const key = `${one.of.session.key}\n${[...lifts.keys()].sort().join("\n")}`;
    const of = made.get(key) ?? { ...one.of, grants: [...one.of.grants, ...gains.by(lifts)] };
    made.set(key, of);
    return { ...one, of };
  };
  return holders.map((holder) => ({
    ...holder,
    sessions: holder.sessions.map(lifted),
    logins: holder.logins.map(lifted),
    ...(holder.takenOver === undefined ? {} : { takenOver: holder.takenOver.map(lifted) }),
  }));
}

/** All that a session can delete, also after what held back its deleting is gone. Ends, as it only grows. */
function closure(store: StoreFacts, { session, of }: ClassedSession, classify: Classify): Map<string, Lift> {
  const lifts = new Map(of.lifts.map((lift) => [lift.id, lift]));
  for (let size = 0; size < lifts.size;) {
    size = lifts.size;
    for (const { next } of variants(store, session, new Set(lifts.keys())))
      for (const lift of classify(next).lifts) if (!lifts.has(lift.id)) lifts.set(lift.id, lift);
  }
  return lifts;
}

/**
 * What a session becomes where some of these things are gone. What one rule gives comes to light without everything else that
 * stands in its way: with none of them left, one, or a policy and the way to it. Single ones first, so that no more is named
 * than is needed.
 */
function variants(store: StoreFacts, session: Session, deletable: ReadonlySet<string>) {
  const own = restsOn(store, session).filter((id) => deletable.has(id));
  const kept = [new Set<string>(), ...own.map((id) => new Set([id])), ...keptTogether(store, session)];
  const sets = [
    ...own.map((id) => [id]),
    ...kept.map((left) => own.filter((id) => !left.has(id))).filter((gone) => gone.length > 1),
  ];
  return [...new Map(sets.map((gone) => [gone.join("\n"), gone])).values()].flatMap((gone) => {
    const next = without(store, session, new Set(gone));
    return next === undefined ? [] : [{ gone, next }];
  });
}

/** Whether a grant needs nothing more than its session; `2`, or `1` where it does. */
function strength({ conditions, doubts }: ClassGrant): number {
  return conditions.length + doubts.length === 0 ? 2 : 1;
}

/** Places, in words, and what of a grant is about them. */
function partsOf({ classes, roleId }: ClassGrant): { key: string; part: Pick<Gain, "classes" | "roleId"> }[] {
  if (roleId !== undefined) return [{ key: `role ${roleId}`, part: { classes: [], roleId } }];
  if ("everything" in classes) return [{ key: `all ${classes.everything}`, part: { classes } }];
  return classes.map((place) => ({ key: String(place), part: { classes: [place] } }));
}

/** Who would gain what by deletions. */
class Gains {
  readonly #store: StoreFacts;
  readonly #classify: Classify;
  readonly #holders: readonly HolderSessions[];
  /** Fact id to the holders whose sessions rest on it. */
  readonly #resting = new Map<string, Set<HolderSessions>>();
  /** What a holder would gain, by those of the things that its sessions rest on: many may delete the same of them. */
  readonly #held = new Map<HolderSessions, Map<string, readonly Gain[]>>();
  readonly #known = new Map<string, readonly Gain[]>();

  constructor(store: StoreFacts, holders: readonly HolderSessions[], classify: Classify) {
    this.#store = store;
    this.#classify = classify;
    this.#holders = holders;
    for (const holder of holders) {
      const ids = [
        ...holder.sessions.flatMap(({ session }) => restsOn(store, session)),
        ...(holder.dormant?.behind ?? []),
      ];
      for (const id of ids) this.#resting.set(id, (this.#resting.get(id) ?? new Set()).add(holder));
    }
  }

  /** Grants for whoever has these ways to delete. */
  by(lifts: ReadonlyMap<string, Lift>): ClassGrant[] {
    const grants = new Map<string, ClassGrant>();
    for (const { gone, conditions, doubts, classes, roleId } of this.#of([...lifts.keys()].sort())) {
      const ways = gone.flatMap((id) => lifts.get(id) ?? []);
      const asked = [...new Set([...ways.flatMap((way) => way.conditions), ...conditions])];
      const doubted = [...new Set([...ways.flatMap((way) => way.doubts), ...doubts])];
      const wide = "everything" in classes ? classes.everything : "";
      const key = JSON.stringify([asked, doubted, roleId, "everything" in classes, wide]);
      const known = grants.get(key);
      const before = known === undefined || "everything" in known.classes ? [] : known.classes;
      grants.set(key, {
        actions: [roleId === undefined ? "administer" : "share"],
        statements: joinedStatements(known?.statements ?? [], ways),
        conditions: asked,
        doubts: doubted,
        classes:
          "everything" in classes ? classes : [...new Set([...before, ...classes])].sort((a, b) => a - b),
        ...(roleId === undefined ? {} : { roleId }),
      });
    }
    return [...grants.values()];
  }

  #of(deletable: readonly string[]): readonly Gain[] {
    const key = deletable.join("\n");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const touched = new Map<HolderSessions, string[]>();
    for (const id of deletable)
      for (const holder of this.#resting.get(id) ?? [])
        touched.set(holder, [...(touched.get(holder) ?? []), id]);
    const made = this.#holders.flatMap((holder) => {
      const ids = touched.get(holder);
      return ids === undefined ? [] : this.#gainedBy(holder, ids);
    });
    this.#known.set(key, made);
    return made;
  }

  #gainedBy(holder: HolderSessions, ids: readonly string[]): readonly Gain[] {
    const known = this.#held.get(holder) ?? new Map<string, readonly Gain[]>();
    this.#held.set(holder, known);
    const key = ids.join("\n");
    const made = known.get(key) ?? this.#ofHolder(holder, new Set(ids));
    known.set(key, made);
    return made;
  }

  /** What a holder does not have by any session, and would have; names alone are nothing. Whoever administers has all. */
  #ofHolder({ sessions, dormant }: HolderSessions, deletable: ReadonlySet<string>): Gain[] {
    const has = new Map<string, number>();
    const grow = (grant: ClassGrant): Pick<Gain, "classes" | "roleId">[] =>
      partsOf(grant).flatMap(({ key, part }) => {
        const news = grant.actions
          .filter((action) => action !== "list")
          .filter((action) => (has.get(`${action} ${key}`) ?? 0) < strength(grant));
        for (const action of news) has.set(`${action} ${key}`, strength(grant));
        return news.length === 0 ? [] : [part];
      });
    for (const { of } of sessions) of.grants.forEach(grow);
    if (sessions.some(({ session, of }) => of.grants.some((grant) => owns(session, grant)))) return [];
    const lost = sessions.flatMap(({ session }) => variants(this.#store, session, deletable));
    const behind = (dormant?.behind ?? []).filter((id) => deletable.has(id));
    const woken = behind.length === 0 ? [] : (dormant?.sessions ?? []);
    const found = [...lost, ...woken.map((next) => ({ gone: behind, next }))];
    const fewestFirst = found.sort((a, b) => a.gone.length - b.gone.length);
    return fewestFirst.flatMap(({ gone, next }) =>
      this.#classify(next).grants.flatMap((grant) =>
        grow(grant).map((part) => ({
          gone,
          conditions: [...next.conditions, ...grant.conditions],
          doubts: [...next.unknown, ...next.doubts, ...grant.doubts],
          ...part,
        })),
      ),
    );
  }
}

/** Each rule with what it deletes once, and no more of them than are told of anyone who administers. */
function joinedStatements(before: ClassGrant["statements"], ways: readonly Lift[]): ClassGrant["statements"] {
  const added = ways
    .map(({ statement }) => statement)
    .filter(({ rule, note }) => !before.some((one) => one.rule === rule && one.note === note));
  return [...before, ...added].slice(0, MAX_ESCALATIONS);
}
