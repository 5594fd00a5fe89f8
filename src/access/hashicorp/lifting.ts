import { Credentials } from "./credentials.ts";
import { Gains, type Deletions, type Judging, type Means } from "./gains.ts";
import type { ClassedSession, EvaluatedClass, HolderSessions } from "./holder-sessions.ts";
import type { Session } from "./session.ts";
import type { StoreFacts } from "./store-facts.ts";

/**
 * Gives whoever may delete what holds access back the administration of what would be reached without it, by themselves or by
 * others. Who is held back is found by judging their sessions without it; where nobody gains, deleting gives nothing. What
 * only several sessions of a holder can delete together is given to it by a session that joins them.
 */
export function withLifting(
  store: StoreFacts,
  holders: readonly HolderSessions[],
  judging: Judging,
): HolderSessions[] {
  if (!holders.some(({ sessions }) => sessions.some(({ of }) => of.lifts.length > 0))) return [...holders];
  const gains = new Gains(store, holders, judging);
  const closed = new Map<EvaluatedClass, Deletions>();
  const made = new Map<EvaluatedClass, EvaluatedClass>();
  const closedOf = (of: EvaluatedClass): Deletions => {
    const known = closed.get(of) ?? gains.closed(new Map(of.lifts.map((lift) => [lift.id, meansOf(lift)])));
    closed.set(of, known);
    return known;
  };
  const lifted = <T extends ClassedSession>(one: T): T => {
    if (one.of.lifts.length === 0) return one;
    const of = made.get(one.of) ?? { ...one.of, grants: [...one.of.grants, ...gains.by(closedOf(one.of))] };
    made.set(one.of, of);
    return { ...one, of };
  };
  const credentials = new Credentials(holders);
  return holders.map((holder) => ({
    ...holder,
    sessions: [...holder.sessions.map(lifted), ...joint(deletersOf(holder, credentials), gains, closedOf)],
    logins: holder.logins.map(lifted),
    ...(holder.takenOver === undefined ? {} : { takenOver: holder.takenOver.map(lifted) }),
  }));
}

function meansOf({ statement, conditions, doubts }: EvaluatedClass["lifts"][number]): Means {
  return { statements: [statement], conditions, doubts };
}

/** A session by which a holder may delete something, its own or one whose credential it mints, and what that takes. */
interface Deleter extends ClassedSession, Means {
  readonly perhapsThrough?: string;
}

function deletersOf({ sessions }: HolderSessions, credentials: Credentials): Deleter[] {
  const deleters: Deleter[] = [];
  for (const { session, of } of sessions) {
    const { conditions, perhapsThrough } = session;
    const perhaps = perhapsThrough === undefined ? {} : { perhapsThrough };
    const doubts = [...session.unknown, ...session.doubts];
    if (of.lifts.length > 0) deleters.push({ session, of, ...perhaps, statements: [], conditions, doubts });
    for (const grant of of.grants) {
      if (grant.roleId === undefined) continue;
      for (const found of credentials.of(grant.roleId)) {
        if (found.of.lifts.length === 0) continue;
        const before = [...found.before.map((one) => one.session), found.session];
        deleters.push({
          session: acting([session, ...before]),
          of: found.of,
          ...perhaps,
          statements: [...grant.statements, ...found.before.flatMap((one) => one.statements)],
          conditions: [...conditions, ...grant.conditions, ...found.conditions],
          doubts: [doubts, grant.doubts, ...before.flatMap((one) => [one.unknown, one.doubts])].flat(),
        });
      }
    }
  }
  return deleters;
}

/** One that has the ways to the policies of several, and whose grants say what it takes to have them all. */
function acting(sessions: readonly Session[]): Session {
  const policies = new Map(sessions.flatMap((one) => one.policies.map((policy) => [policy.name, policy])));
  const through = new Map<string, Session["through"] extends ReadonlyMap<string, infer T> ? T : never>();
  for (const session of sessions)
    for (const [name, chains] of session.through) if (!through.has(name)) through.set(name, chains);
  return {
    namespace: sessions[0]?.namespace ?? "",
    policies: [...policies.values()],
    anyIdentity: false,
    conditions: [],
    own: [],
    unknown: [],
    doubts: [],
    through,
    records: [...new Set(sessions.flatMap((one) => one.records))],
  };
}

/** What only several of these give together: first those that the holder surely has, then all. */
function joint(
  deleters: readonly Deleter[],
  gains: Gains,
  closedOf: (of: EvaluatedClass) => Deletions,
): ClassedSession[] {
  const told = [...new Set(deleters.map(({ of }) => of))].map(closedOf);
  if (told.length < 2) return [];
  const sure = deleters.filter(({ perhapsThrough }) => perhapsThrough === undefined);
  return (sure.length === deleters.length ? [sure] : [sure, deleters]).flatMap((some) => {
    const [first] = some;
    const together = gains.closed(deletionsOf(some));
    if (first === undefined || told.some((less) => less.size >= together.size)) return [];
    const grants = gains.by(together, told);
    told.push(together);
    if (grants.length === 0) return [];
    const session = acting(some.map((one) => one.session));
    const perhaps = some.find((one) => one.perhapsThrough !== undefined)?.perhapsThrough;
    const of = {
      session: { ...first.of.session, rules: [], open: new Set<never>() },
      grants,
      createsTokens: false,
      lifts: [],
    };
    return [{ session: perhaps === undefined ? session : { ...session, perhapsThrough: perhaps }, of }];
  });
}

/** Each thing once, by the way that takes least. */
function deletionsOf(deleters: readonly Deleter[]): Deletions {
  const all = new Map<string, Means>();
  const asked = ({ conditions, doubts }: Means): number => doubts.length * 1000 + conditions.length;
  for (const { of, statements, conditions, doubts } of deleters)
    for (const lift of of.lifts) {
      const means = {
        statements: [...statements, lift.statement],
        conditions: [...new Set([...conditions, ...lift.conditions])],
        doubts: [...new Set([...doubts, ...lift.doubts])],
      };
      const known = all.get(lift.id);
      if (known === undefined || asked(means) < asked(known)) all.set(lift.id, means);
    }
  return all;
}
