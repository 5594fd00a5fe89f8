import { starGlob, type GrantAction } from "../access/index.ts";
import { compareStrings, type Instant } from "../base/index.ts";
import type { FactOf, FactSet } from "../facts/index.ts";
import type { Person } from "../people/index.ts";
import type { EffectiveAccess } from "./access-view.ts";
import { MAX_LISTED_GRANTS } from "./people-schema.ts";
import type { SubjectOf } from "./schema.ts";

type RequestFact = FactOf<"access_request">;
type Requests = NonNullable<SubjectOf<"principal">["requests"]>;

/** Most pairs of a principal and a thing that it may use which are looked at in one assessment. */
const MAX_GRANTED_PAIRS = 5_000_000;

/** Most records of requests that a principal names. */
const MAX_RECORDS = 32;

interface Terms {
  readonly facts: FactSet;
  readonly access: EffectiveAccess;
  readonly takenAt: Instant;
  readonly people: readonly Person[];
}

/** What a request says of who asked, for whom, and who approved. */
interface RequestSaid extends Pick<RequestFact, "high_privilege" | "principal" | "requested_by"> {
  readonly actions: readonly GrantAction[];
  readonly manager_approval?: ApprovalSaid | undefined;
  readonly security_approval?: ApprovalSaid | undefined;
}

type ApprovalSaid = NonNullable<RequestFact["manager_approval"]>;

/** A principal, with all that a request may call it by. */
interface Asked {
  readonly id: string;
  readonly name: string;
  readonly names: readonly string[];
  readonly person: Person | undefined;
  readonly matchedCertain: boolean;
}

/** An approved request that has begun. */
interface Approved {
  readonly fact: RequestFact;
  readonly patterns: readonly { matches(text: string): boolean }[];
  readonly ended: boolean;
}

/** What each principal may do, held against the approved requests for it. */
export class RequestView {
  readonly registered: boolean;
  readonly #terms: Terms;
  readonly #byBeneficiary: ReadonlyMap<string, readonly Approved[]>;
  readonly #saidCount: number;
  readonly #faulty: readonly RequestFact[];
  #pairsLeft = MAX_GRANTED_PAIRS;

  constructor(terms: Terms) {
    const { facts, takenAt, people } = terms;
    this.#terms = terms;
    this.registered = facts.of("access_request").length > 0;
    const isSame = samePerson(people);
    const said = facts.of("access_request").filter(({ state }) => state === "approved");
    const approved = said.filter((fact) => isProperlyApproved(fact, takenAt, isSame));
    this.#saidCount = said.length;
    const proper = new Set(approved);
    this.#faulty = said.filter((fact) => !proper.has(fact));
    const begun = approved.filter(({ starts_at }) => starts_at === undefined || starts_at <= takenAt);
    this.#byBeneficiary = Map.groupBy(
      begun.map((fact) => ({
        fact,
        patterns: fact.secrets.map(starGlob),
        ended: fact.ends_at !== undefined && fact.ends_at <= takenAt,
      })),
      ({ fact }) => fact.principal.toLowerCase(),
    );
  }

  /** Undefined without a register, and where more pairs would have to be looked at than are allowed. */
  ofPrincipal(asked: Asked): { readonly fields: Requests; readonly records: readonly string[] } | undefined {
    if (!this.registered || this.#pairsLeft <= 0) return undefined;
    const granted = this.#granted(asked.id);
    if (granted === undefined) return undefined;
    const requests = this.#for(asked);
    const inForce = requests.filter(({ ended }) => !ended);
    const unrequested: string[] = [];
    const pastEnd: string[] = [];
    for (const [target, actions] of granted.certain) {
      if (covers(inForce, target, actions)) continue;
      if (covers(requests, target, actions)) pastEnd.push(target);
      else unrequested.push(target);
    }
    const few = (ids: string[]): string[] => ids.sort(compareStrings).slice(0, MAX_LISTED_GRANTS);
    return {
      records: [...new Set(requests.map(({ fact }) => fact.record))]
        .sort(compareStrings)
        .slice(0, MAX_RECORDS),
      fields: {
        request_count: requests.length,
        granted_count: granted.certain.size,
        unrequested_count: unrequested.length,
        unrequested_sample: few(unrequested),
        past_end_count: pastEnd.length,
        past_end_sample: few(pastEnd),
        uncertain_count: granted.uncertain,
        matched_certain: asked.matchedCertain,
      },
    };
  }

  ofEstate() {
    const ids = this.#faulty.map(({ request_id }) => request_id).sort(compareStrings);
    return {
      request_count: this.#terms.facts.of("access_request").length,
      approved_request_count: this.#saidCount,
      faulty_request_count: ids.length,
      faulty_request_sample: ids.slice(0, MAX_LISTED_GRANTS),
    };
  }

  #for({ id, name, names, person }: Asked): readonly Approved[] {
    const known = person === undefined ? [] : [...person.emails, ...person.usernames, ...person.numbers];
    const keys = new Set([id, pathOf(id), name, ...names, ...known].map((key) => key.toLowerCase()));
    return [...keys].flatMap((key) => this.#byBeneficiary.get(key) ?? []);
  }

  /** What it may do to each thing as itself, beyond listing it; a role that it assumes is a principal itself. */
  #granted(
    id: string,
  ): { certain: ReadonlyMap<string, ReadonlySet<GrantAction>>; uncertain: number } | undefined {
    const certain = new Map<string, Set<GrantAction>>();
    const uncertain = new Set<string>();
    for (const grant of this.#terms.access.whatCan(id)) {
      const beyondListing = grant.actions.filter((action) => action !== "list");
      if (grant.detour === true || beyondListing.length === 0) continue;
      for (const target of grant.targets()) {
        this.#pairsLeft -= 1;
        if (this.#pairsLeft <= 0) return undefined;
        if (grant.certainty === "possible") uncertain.add(target);
        else certain.set(target, new Set([...(certain.get(target) ?? []), ...beyondListing]));
      }
    }
    return { certain, uncertain: [...uncertain].filter((target) => !certain.has(target)).length };
  }
}

function covers(requests: readonly Approved[], target: string, actions: ReadonlySet<GrantAction>): boolean {
  const path = pathOf(target);
  const fitting = requests.filter(({ patterns }) =>
    patterns.some((one) => one.matches(target) || one.matches(path)),
  );
  const allowed = new Set(fitting.flatMap(({ fact }) => fact.actions));
  return actions.isSubsetOf(allowed);
}

/** An id without its source's name. */
function pathOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}

type PeopleByName = ReadonlyMap<string, ReadonlySet<Person>>;

function peopleByName(people: readonly Person[]): PeopleByName {
  const index = new Map<string, Set<Person>>();
  for (const person of people) {
    for (const key of [...person.emails, ...person.usernames, ...person.numbers])
      index.set(key, (index.get(key) ?? new Set<Person>()).add(person));
  }
  return index;
}

/**
 * Whether a manager, and for high privilege and administration security as well, approved it, neither of them whoever asked for it or
 * has it, under whichever of their names.
 */
export function isProperlyApproved(
  request: RequestSaid,
  at: Instant,
  isSame: (a: string, b: string) => boolean,
): boolean {
  const { actions, high_privilege, manager_approval, principal, requested_by, security_approval } = request;
  const another = (approval: ApprovalSaid | undefined, than: readonly string[]): boolean =>
    approval?.approved === true && approval.at <= at && than.every((one) => !isSame(approval.by, one));
  const involved = [requested_by, principal];
  if (!another(manager_approval, involved)) return false;
  const isHigh = high_privilege || actions.includes("administer");
  return !isHigh || another(security_approval, [...involved, manager_approval?.by ?? ""]);
}

/** Whether two names may be of one person: an address, a username or a number of theirs, whatever its case. */
export function samePerson(people: readonly Person[]): (a: string, b: string) => boolean {
  const known = peopleByName(people);
  return (a, b) => {
    const [one, other] = [a.toLowerCase(), b.toLowerCase()];
    if (one === other) return true;
    const [first, second] = [known.get(one), known.get(other)];
    return first !== undefined && second !== undefined && !first.isDisjointFrom(second);
  };
}
