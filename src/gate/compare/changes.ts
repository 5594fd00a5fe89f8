import { compareStrings, digestOf } from "../../base/index.ts";
import type { ChangeSubject, ClassificationRules } from "../../subjects/index.ts";
import type { PlacedChange } from "../declared.ts";
import { Parties } from "./parties.ts";
import { allFacts } from "./worlds.ts";
import { statementName, type Compared, type PlacedDifference } from "./compared.ts";

type AccessOfChange = NonNullable<Extract<ChangeSubject, { kind: "change" }>["access"]>;

/** Most things that the name of a difference tells by name. */
const MAX_NAMED = 3;

/**
 * What a comparison found, as subjects of the kind `change`: what one principal gains or loses of several things alike, by the same statements, is
 * one. `requested` says of a principal and things whether a request is on record; absent where no register was read.
 */
export function accessChanges({ differences, pair }: Compared, rules: ClassificationRules): PlacedChange[] {
  const parties = new Parties([...allFacts(pair.before), ...allFacts(pair.after)], rules);
  const alike = Map.groupBy(differences, (one) => keyOf(one, parties.tierOf(one.target)));
  return [...alike.values()].map((all) => changeOf(all, parties));
}

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

function changeOf(all: readonly PlacedDifference[], parties: Parties): PlacedChange {
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
