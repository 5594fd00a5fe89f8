import { compareStrings, digestOf } from "../../base/index.ts";
import {
  GRANT_ACTIONS,
  strongest,
  type Certainty,
  type Grant,
  type GrantPrincipal,
  type GrantStatement,
  type Through,
} from "../grant.ts";
import type { Minted } from "./credentials.ts";
import type { ClassGrant, ClassStatement } from "./class-grant.ts";
import type { EvaluatedClass } from "./holder-sessions.ts";
import type { Session } from "./session.ts";
import type { LocatedTarget } from "./target-class.ts";

/** A grant between classes as one principal holds it. */
export interface HeldGrant {
  readonly principal: GrantPrincipal;
  readonly session: Session;
  readonly evaluated: EvaluatedClass;
  readonly grant: ClassGrant;
  readonly certainty: Certainty;
  /** The logins that minted credentials of other principals bring, one through the other. */
  readonly minted?: readonly Minted[];
}

/** A grant as it is shown, with its set. */
export interface ShownGrant {
  readonly grant: Grant;
  /** Of the target classes. */
  readonly places: readonly number[];
  /** In id order. */
  readonly targets: () => readonly LocatedTarget[];
}

/** A held grant and the places of its target classes. */
interface Part {
  readonly held: HeldGrant;
  readonly places: readonly number[];
}

/** What target classes hold. */
interface Sets {
  readonly count: (places: readonly number[]) => number;
  readonly targets: (places: readonly number[]) => readonly LocatedTarget[];
}

/**
 * Held grants of one principal with path, records and a name that lasts. Parts that have one name, e.g. shares of what several
 * sessions of another may read by the same rule, are one grant, of all that they reach.
 */
export function shownGrants(parts: readonly Part[], sets: Sets): ShownGrant[] {
  const named = parts.map((part) => ({ ...part, ...shown(part.held) }));
  return [...Map.groupBy(named, ({ id }) => id).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { id, path, conditions, held } = first;
    const places = [...new Set(same.flatMap((part) => part.places))];
    const targets = (): readonly LocatedTarget[] => sets.targets(places);
    const actions = new Set(same.flatMap((part) => part.held.grant.actions));
    const grant: Grant = {
      id,
      store_id: held.principal.store_id,
      principal_id: held.principal.id,
      actions: GRANT_ACTIONS.filter((action) => actions.has(action)),
      certainty: same.map((part) => part.held.certainty).reduce(strongest),
      conditions,
      ...(same.every((part) => part.held.session.perhapsThrough !== undefined)
        ? { perhaps: true as const }
        : {}),
      path,
      records: [...new Set(same.flatMap(({ records }) => records))].sort(compareStrings),
      target_count: sets.count(places),
      targets: () => targets().map((target) => target.id),
    };
    return [{ grant, places, targets }];
  });
}

function shown({ principal, session, grant, minted = [] }: HeldGrant) {
  const path = [
    ...grant.statements.flatMap((statement) => statementsOf(statement, session, [])),
    ...minted.flatMap((one, place) =>
      one.statements.flatMap((statement) =>
        statementsOf(
          { ...statement, sources: statement.sources.map((one) => ({ ...one, actions: grant.actions })) },
          one.session,
          minted.slice(0, place + 1).map((before) => credentialOf(before.principal)),
        ),
      ),
    ),
    ...(grant.statements.length === 0 ? unknownStatements(session) : []),
  ];
  const conditions = [
    ...new Set([
      ...session.unknown,
      ...session.doubts,
      ...minted.flatMap((one) => [...one.session.unknown, ...one.session.doubts]),
      ...session.conditions,
      ...grant.conditions,
      ...grant.doubts,
    ]),
  ];
  return {
    id: digestOf({ principal: principal.id, path: path.map(definition), conditions }),
    path,
    conditions,
    records: recordsOf([session, ...minted.map((one) => one.session)], path),
  };
}

function unknownStatements(session: Session): GrantStatement[] {
  return session.unknown.map((note) => ({ actions: GRANT_ACTIONS, through: [], policy: "unknown", note }));
}

function credentialOf(principal: GrantPrincipal): Through {
  return { kind: "credential", id: principal.id, name: principal.name };
}

/** A merged rule stands for one statement of each line in it that gives something, by each way to that policy. */
function statementsOf(
  { sources, note }: ClassStatement,
  session: Session,
  before: readonly Through[],
): GrantStatement[] {
  return sources.flatMap(({ source, actions }) => {
    const policy = session.policies.find((one) => one.name === source.policy);
    const chains = session.through.get(source.policy) ?? [[]];
    return chains.map((chain): GrantStatement => ({
      actions,
      through: [...before, ...chain],
      policy: source.policy,
      ...(policy?.id === undefined
        ? {}
        : { policy_id: policy.id, rule: source.rule.path, line: source.rule.line }),
      capabilities: source.rule.capabilities,
      ...(note === undefined ? {} : { note }),
    }));
  });
}

/** Line numbers are no part of a grant's name: a comment above a rule changes nothing. */
function definition({ actions, through, policy_id, policy, rule, note }: GrantStatement): unknown {
  return [
    actions,
    through.map(({ kind, id, name }) => [kind, id ?? name]),
    policy_id ?? policy,
    rule ?? "",
    note ?? "",
  ];
}

function recordsOf(sessions: readonly Session[], path: readonly GrantStatement[]): string[] {
  const ids = new Set(path.map((statement) => statement.policy_id));
  const policies = sessions.flatMap((one) => one.policies);
  const used = policies.filter((policy) => ids.has(policy.id)).flatMap((policy) => policy.records);
  return [...new Set([...sessions.flatMap((one) => one.records), ...used])].sort(compareStrings);
}
