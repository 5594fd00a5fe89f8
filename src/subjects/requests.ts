import { starGlob, type GrantAction } from "../access/index.ts";
import { compareStrings, type Instant } from "../base/index.ts";
import type { FactOf, FactSet } from "../facts/index.ts";
import type { EffectiveAccess } from "./access-view.ts";
import { MAX_LISTED_GRANTS } from "./people-schema.ts";
import { pathOf, type RequestNames } from "./request-names.ts";
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
  readonly names: RequestNames;
}

/** What a request says of who asked, for whom, and who approved. */
interface RequestSaid extends Pick<RequestFact, "high_privilege" | "principal" | "requested_by"> {
  readonly actions: readonly GrantAction[];
  readonly manager_approval?: ApprovalSaid | undefined;
  readonly security_approval?: ApprovalSaid | undefined;
}

type ApprovalSaid = NonNullable<RequestFact["manager_approval"]>;

/** A principal. */
interface Asked {
  readonly id: string;
  readonly name: string;
  readonly matchedCertain: boolean;
}

/** An approved request that has begun. */
interface Approved {
  readonly fact: RequestFact;
  readonly patterns: readonly { matches(text: string): boolean }[];
  readonly ended: boolean;
}

/** Requests whose approval holds and that have begun, by whom they are for. */
export class ApprovedRequests {
  /** Of those that are said to be approved. */
  readonly saidCount: number;
  /** Of these, whose approval is none. */
  readonly faulty: readonly RequestFact[];
  readonly #names: RequestNames;
  readonly #byBeneficiary: ReadonlyMap<string, readonly Approved[]>;

  constructor({ facts, names, takenAt }: Pick<Terms, "facts" | "names" | "takenAt">) {
    const said = facts.of("access_request").filter(({ state }) => state === "approved");
    const approved = said.filter(
      (fact) => approvalFault(fact, takenAt, (a, b) => names.isSame(a, b)) === undefined,
    );
    this.#names = names;
    this.saidCount = said.length;
    const proper = new Set(approved);
    this.faulty = said.filter((fact) => !proper.has(fact));
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

  /** Also those that have ended. */
  of({ id, name }: Pick<Asked, "id" | "name">): readonly Approved[] {
    const own = [id, pathOf(id), name].map((key) => key.toLowerCase());
    const keys = new Set([...own, ...this.#names.ofPrincipal(id)]);
    return [...keys].flatMap((key) => this.#byBeneficiary.get(key) ?? []);
  }
}

/** What each principal may do, held against the approved requests for it. */
export class RequestView {
  readonly registered: boolean;
  readonly #terms: Terms;
  readonly #approved: ApprovedRequests;
  #pairsLeft = MAX_GRANTED_PAIRS;

  constructor(terms: Terms) {
    this.#terms = terms;
    this.registered = terms.facts.of("access_request").length > 0;
    this.#approved = new ApprovedRequests(terms);
  }

  /** Undefined without a register, and where more pairs would have to be looked at than are allowed. */
  ofPrincipal(asked: Asked): { readonly fields: Requests; readonly records: readonly string[] } | undefined {
    if (!this.registered || this.#pairsLeft <= 0) return undefined;
    const granted = this.#granted(asked.id);
    if (granted === undefined) return undefined;
    const requests = this.#approved.of(asked);
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
    const { faulty, saidCount } = this.#approved;
    const ids = faulty.map(({ request_id }) => request_id).sort(compareStrings);
    return {
      request_count: this.#terms.facts.of("access_request").length,
      approved_request_count: saidCount,
      faulty_request_count: ids.length,
      faulty_request_sample: ids.slice(0, MAX_LISTED_GRANTS),
    };
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

/** Whether each action on a thing is in one of these requests for it. */
export function covers(
  requests: readonly Approved[],
  target: string,
  actions: ReadonlySet<GrantAction>,
): boolean {
  const path = pathOf(target);
  const fitting = requests.filter(({ patterns }) =>
    patterns.some((one) => one.matches(target) || one.matches(path)),
  );
  const allowed = new Set(fitting.flatMap(({ fact }) => fact.actions));
  return actions.isSubsetOf(allowed);
}

/** The faults of an approval, as pages and lists say them. */
const FAULTS = {
  manager: "no manager approved it",
  security: "security did not approve it",
  asked: "approved by who asked for it",
  own: "approved by who has it",
  both: "approved by one person for manager and security",
  later: "approved later than now",
} as const;

export type ApprovalFault = (typeof FAULTS)[keyof typeof FAULTS];

/**
 * Why an approval does not hold: a manager, and for high privilege and administration security as well, must approve, none of them whoever
 * asked for it or has it, under whichever of their names. Undefined: it holds.
 */
export function approvalFault(
  request: RequestSaid,
  at: Instant,
  isSame: (a: string, b: string) => boolean,
): ApprovalFault | undefined {
  const { actions, high_privilege, manager_approval, principal, requested_by, security_approval } = request;
  const faultOf = (given: ApprovalSaid | undefined, missing: ApprovalFault): ApprovalFault | undefined => {
    if (given?.approved !== true) return missing;
    if (isSame(given.by, requested_by)) return FAULTS.asked;
    if (isSame(given.by, principal)) return FAULTS.own;
    return given.at > at ? FAULTS.later : undefined;
  };
  const fault = faultOf(manager_approval, FAULTS.manager);
  const isHigh = high_privilege || actions.includes("administer");
  if (fault !== undefined || !isHigh) return fault;
  const isTwice =
    security_approval?.approved === true && isSame(security_approval.by, manager_approval?.by ?? "");
  return isTwice ? FAULTS.both : faultOf(security_approval, FAULTS.security);
}
