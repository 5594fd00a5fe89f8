import { POPULATION_KINDS, computeGrants, type GrantModel } from "../access/index.ts";
import { CountersignError, EXIT, counted, type ExitCode } from "../base/index.ts";
import type { FactKind, FactSet } from "../facts/index.ts";
import type { Link, Person, Reconciliation } from "../people/index.ts";
import { reconciledPeople } from "../subjects/index.ts";
import { blindnessJson, gapLines, hiding, unseen, type Unseen } from "./access-gaps.ts";
import type { CommonOptions } from "./commands/command.ts";
import { loadConfig, type Environment } from "./environment.ts";
import { exitSummary, table, wrapped } from "./output.ts";
import { openSnapshot } from "./snapshots.ts";

export interface PeopleOptions extends CommonOptions {
  readonly from?: string;
}

/** Most entries of each part that are told to a person. */
const MAX_TOLD = 20;

const WIDTH = 120;

/** What rosters tell, and what of it matters here. */
const PEOPLE: readonly FactKind[] = ["person", "roster"];

/** Somebody who left, and what of theirs can still be used. */
interface Leaver {
  readonly link: Link;
  readonly hours?: number;
  readonly readable: number;
  /** Secrets and all else. */
  readonly usable: number;
}

/** People and principals of a snapshot against each other. E_NOT_FOUND where it has no roster. */
export async function checkPeople(environment: Environment, options: PeopleOptions): Promise<ExitCode> {
  const { rules } = await loadConfig(environment, options);
  const { facts, manifest } = await openSnapshot(environment, options);
  const hidden = unseen(hiding(facts.gaps, [...PEOPLE, ...POPULATION_KINDS]), facts.gaps, "");
  requireRosters(facts);
  const model = computeGrants(facts, { takenAt: manifest.taken_at });
  const found = reconciledPeople(facts, model, rules, manifest.taken_at);
  const leavers = leaversOf(found, model, manifest.taken_at);
  const summary = exitSummary([
    ...(leavers.length > 0 ? [EXIT.violations] : []),
    ...(hidden.blindness.length > 0 || found.ambiguous.length > 0 ? [EXIT.incomplete] : []),
  ]);
  environment.terminal.out(
    options.json === true
      ? `${JSON.stringify({ ...checkJson(facts, found, leavers), blindness: blindnessJson(hidden), ...summary })}\n`
      : checkText(facts, found, leavers, hidden),
  );
  return summary.exit;
}

function requireRosters(facts: FactSet): void {
  const isHidden = facts.gaps.some(({ hides }) => hides.some((kind) => PEOPLE.includes(kind)));
  if (facts.of("person").length > 0 || isHidden) return;
  throw new CountersignError("E_NOT_FOUND", "expected a roster of people in the snapshot, got none", {
    fix: "Name one under `rosters` of a source with the connector `people`, then collect again: docs/people.md shows how.",
  });
}

const HOUR_MS = 3_600_000;

function leaversOf({ links }: Reconciliation, model: GrantModel, at: string): Leaver[] {
  return [...links.values()].flatMap((link): Leaver[] => {
    const { status, status_certain, terminated_at } = link.person;
    if (status !== "terminated" || !status_certain) return [];
    const { readable_secret_count, usable_count, administers } = model.access(link.principal_id);
    if (usable_count === 0 && !administers) return [];
    const hours =
      terminated_at === undefined ? undefined : (Date.parse(at) - Date.parse(terminated_at)) / HOUR_MS;
    return [
      {
        link,
        readable: readable_secret_count,
        usable: usable_count,
        ...(hours === undefined ? {} : { hours: Math.floor(hours) }),
      },
    ];
  });
}

function checkJson(facts: FactSet, found: Reconciliation, leavers: readonly Leaver[]) {
  return {
    rosters: facts.of("roster").map(({ file, roster_kind, person_count, as_of }) => ({
      file,
      roster_kind,
      person_count,
      as_of,
    })),
    counts: found.counts,
    leavers_with_access: leavers.map(({ link, hours, readable, usable }) => ({
      ...linkJson(link),
      ...(hours === undefined ? {} : { hours_since: hours }),
      readable_secret_count: readable,
      usable_count: usable,
    })),
    contradictions: contradicted(found).map((person) => ({
      ...personJson(person),
      contradictions: person.contradictions,
    })),
    ambiguous: found.ambiguous,
    links: [...found.links.values()].map(linkJson),
    unmatched_principals: found.unmatched.map(({ id, name, owner, may_be_person }) => ({
      principal_id: id,
      name,
      ...(owner === undefined ? {} : { owner }),
      may_be_person,
    })),
    people_without_principal: found.without_principal.map(personJson),
  };
}

function linkJson({ principal_id, person, rule, evidence }: Link) {
  return { principal_id, ...personJson(person), rule, evidence };
}

function personJson({ person_id, name, email, status, status_from, terminated_at }: Person) {
  return {
    person_id,
    name,
    ...(email === undefined ? {} : { email }),
    status,
    status_from,
    ...(terminated_at === undefined ? {} : { terminated_at }),
  };
}

function contradicted({ people }: Reconciliation): Person[] {
  return people.filter(({ contradictions }) => contradictions.length > 0);
}

function checkText(
  facts: FactSet,
  found: Reconciliation,
  leavers: readonly Leaver[],
  hidden: Unseen,
): string {
  const { counts, ambiguous, unmatched, without_principal } = found;
  const nobody = unmatched.filter(({ owner }) => owner === undefined || owner === "");
  return [
    table([
      ["roster", "kind", "people", "as of"],
      ...facts.of("roster").map((one) => [one.file, one.roster_kind, String(one.person_count), one.as_of]),
    ]),
    "\n",
    table([
      ["people", String(counts.person_count)],
      ["  with a principal", String(counts.persons_with_principal)],
      ["  without", String(without_principal.length)],
      [
        "principals",
        String(
          counts.principals_with_person +
            counts.principals_with_owner_alone +
            counts.principals_with_neither +
            counts.ambiguous,
        ),
      ],
      ["  with a person", String(counts.principals_with_person)],
      ["  with an owner alone", String(counts.principals_with_owner_alone)],
      ["  with neither", String(counts.principals_with_neither)],
      ["  that several people fit", String(counts.ambiguous)],
    ]),
    section(
      "Left, and still with access",
      leavers.map(
        ({ link, hours, readable, usable }) =>
          `${link.principal_id}: ${who(link.person)} (by ${link.rule}) left ${hours === undefined ? "at an unknown time" : `${counted(hours, "hour")} ago`}; ${counted(readable, "readable secret")}, ${counted(usable, "thing")} that it may use in all`,
      ),
    ),
    section(
      "Rosters contradict each other or themselves",
      contradicted(found).map((person) => `${who(person)}: ${person.contradictions.join("; ")}`),
    ),
    section(
      "Fit several people, so that none is taken",
      ambiguous.map(
        (one) => `${one.principal_id}: ${one.evidence} (by ${one.rule}): ${one.person_ids.join(", ")}`,
      ),
    ),
    section(
      "Neither a person nor an owner",
      nobody.map(({ id }) => id),
    ),
    section("People without a principal", without_principal.map(who)),
    section("Could not be read, and may hide people or principals", gapLines(hidden)),
  ].join("");
}

function who({ name, email, person_id }: Person): string {
  return `${name} <${email ?? person_id}>`;
}

function section(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const told = lines.slice(0, MAX_TOLD).map((line) => wrapped(line, WIDTH, "  "));
  const more = lines.length > MAX_TOLD ? `  and ${lines.length - MAX_TOLD} more: --json has all\n` : "";
  return `\n${title}:\n${told.join("")}${more}`;
}
