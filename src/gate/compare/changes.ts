import { compareStrings, digestOf } from "../../base/index.ts";
import type {
  ChangeSubject,
  ClassificationRules,
  RequestAnswer,
  RequestRegister,
} from "../../subjects/index.ts";
import { isGain } from "../access-diff.ts";
import type { PlacedChange } from "../declared.ts";
import { Parties } from "./parties.ts";
import { allFacts } from "./worlds.ts";
import { statementName, type Compared, type PlacedDifference } from "./compared.ts";
import type { Pair } from "./pair.ts";

type AccessOfChange = NonNullable<Extract<ChangeSubject, { kind: "change" }>["access"]>;

/** Most things that the name of a difference tells by name. */
const MAX_NAMED = 3;

/**
 * What a comparison found, as subjects of the kind `change`: what one principal gains or loses of several things alike, by the same statements, is
 * one. Where a register of requests is kept, what is gained is a second subject, which tells whether it was requested. Who has it only by way of
 * somebody else who gains the same, is not asked for: whoever assumes a role has what is requested for the role.
 */
export function accessChanges(
  { differences, pair }: Compared,
  rules: ClassificationRules,
  register?: RequestRegister,
): PlacedChange[] {
  const parties = new Parties([...allFacts(pair.before), ...allFacts(pair.after)], rules);
  const alike = Map.groupBy(differences, (one) => keyOf(one, parties.tierOf(one.target)));
  const changes = [...alike.values()].map((all) => changeOf(all, parties, pair));
  if (register === undefined) return changes;
  const asked = differences.filter(needsRequest).map((one) => ({ one, answer: answerOf(one, register) }));
  const alikeAsked = Map.groupBy(asked, ({ one, answer }) =>
    JSON.stringify([keyOf(one, parties.tierOf(one.target)), answer]),
  );
  const requested = [...alikeAsked.values()].map((all) =>
    requestedOf(
      changeOf(
        all.map(({ one }) => one),
        parties,
        pair,
      ),
      (all[0] as (typeof all)[number]).answer,
    ),
  );
  return [...changes, ...requested];
}

/** Whether a request has to be on record: somebody gains more than seeing that a thing is there, and that is told of nobody else. */
export function needsRequest({ direction, actions, isConsequence }: PlacedDifference): boolean {
  return isGain(direction) && actions.some((action) => action !== "list") && !isConsequence;
}

/** What the register says of a difference. */
export function answerOf(
  { principal, target, actions }: PlacedDifference,
  register: RequestRegister,
): RequestAnswer {
  return register.answer(principal, target.id, actions);
}

function requestedOf({ subject, ...placed }: AccessChange, answer: RequestAnswer): PlacedChange {
  const unknown = "unknown" in answer ? answer.unknown : undefined;
  return {
    ...placed,
    subject: {
      ...subject,
      id: subject.id.replace("access:", "requested_access:"),
      change_type: "requested_access",
      gaps:
        unknown === undefined
          ? []
          : [{ fact_kind: "access_request", reason: unknown.reason, gap_count: unknown.count }],
      access: { ...subject.access, ...("requested" in answer ? answer : {}) },
    },
    ...(unknown === undefined ? {} : { why: { access_request: unknown.detail } }),
  };
}

/** As `accessChanges` makes them. */
type AccessChange = PlacedChange & {
  readonly subject: Extract<ChangeSubject, { kind: "change" }> & { readonly access: AccessOfChange };
};

function keyOf(
  { principal, direction, certainty, actions, statements, place, targetIsNew }: PlacedDifference,
  tier = "",
): string {
  return JSON.stringify([
    principal.id,
    direction,
    certainty,
    actions,
    statements.map(statementName),
    place,
    targetIsNew,
    tier,
  ]);
}

function changeOf(
  all: readonly PlacedDifference[],
  parties: Parties,
  { format: writtenIn, provider }: Pair,
): AccessChange {
  const [first] = all as [PlacedDifference, ...PlacedDifference[]];
  const { principal, direction, actions, certainty, statements, statementCount, place, related } = first;
  const names = all.map(({ target }) => target.name).sort(compareStrings);
  const more = names.length - MAX_NAMED;
  const things = `${names.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const ids = all.map(({ target }) => target.id).sort(compareStrings);
  const tier = parties.tierOf(first.target);
  const access: AccessOfChange = {
    direction,
    principal: parties.principal(principal, first.target),
    target: { id: first.target.id, name: things, ...(tier === undefined ? {} : { tier }) },
    actions: [...actions].sort(compareStrings),
    certainty,
    statements: [...new Set(statements.map((one) => statementName(one).slice(0, 1024)))],
    statement_count: statementCount,
  };
  return {
    format: "access",
    writtenIn,
    provider,
    declaration: {
      address: `${principal.name} on ${things}`,
      place,
      ...(related === undefined ? {} : { related: new Map([[place, related]]) }),
    },
    subject: {
      kind: "change",
      id: `access:${digestOf([principal.id, ids, direction, certainty, access.actions])}`,
      name: `${principal.name} on ${things}`,
      ...(tier === undefined ? {} : { tier }),
      change_type: "access",
      gaps: [],
      access,
    },
  };
}
