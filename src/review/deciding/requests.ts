import type { GrantAction } from "../../access/index.ts";
import { compareStrings, type Instant } from "../../base/index.ts";
import { approvalFault, patternTest, type ApprovalFault } from "../../subjects/index.ts";
import type { PeopleView } from "../desk/people-view.ts";
import type { AccessRequest, Approval, ReviewItem } from "../model.ts";
import { isOnePerson } from "./same-person.ts";

/**
 * Why an approval is none, by the one rule for requests that are made here, of registers, and stated by integrations; undefined where it
 * holds, and of a request that is not said to be approved.
 */
export function faultOf(
  request: AccessRequest,
  at: Instant,
  people: Pick<PeopleView, "byEmail" | "isSame">,
): ApprovalFault | undefined {
  return request.state === "approved" ? approvalFault(request, at, sameBy(people)) : undefined;
}

/** A request after one of those who must approve it answered. */
export function answered(
  request: AccessRequest,
  as: "manager" | "security",
  approval: Approval,
): AccessRequest {
  const waits = as === "manager" && request.high_privilege;
  return {
    ...request,
    version: request.version + 1,
    ...(as === "manager" ? { manager_approval: approval } : { security_approval: approval }),
    state: !approval.approved ? "refused" : waits ? "requested" : "approved",
  };
}

/** Whether two names may be one person's, as far as rosters and principals tell. */
export function sameBy({ byEmail, isSame }: Pick<PeopleView, "byEmail" | "isSame">) {
  return isSame ?? ((a: string, b: string) => isOnePerson(byEmail, a, b));
}

/** Whose access a request may be for. */
interface Requester {
  readonly id: string;
  readonly name: string;
  readonly person?:
    | { readonly email?: string; readonly other_emails?: readonly string[]; readonly person_id: string }
    | undefined;
}

/** Requests as a campaign takes them: one whose approval does not hold is not approved yet. */
export function asTaken(
  requests: readonly AccessRequest[],
  at: Instant,
  people: Pick<PeopleView, "byEmail" | "isSame">,
): AccessRequest[] {
  return requests.map((request) =>
    faultOf(request, at, people) === undefined ? request : { ...request, state: "requested" },
  );
}

/** Approved requests that have begun, by whom they are for. */
export class Requests {
  /** Whether anybody keeps requests here at all. */
  readonly registered: boolean;
  readonly #byPrincipal: ReadonlyMap<string, readonly AccessRequest[]>;

  constructor(requests: readonly AccessRequest[], asOf: Instant) {
    this.registered = requests.length > 0;
    const approved = requests.filter(
      ({ state, starts_at = asOf }) => state === "approved" && starts_at <= asOf,
    );
    this.#byPrincipal = Map.groupBy(approved, ({ principal }) => principal.toLowerCase());
  }

  /**
   * The one that covers all of the access: each action on each secret. Of several the one that ends last; what never ends
   * comes first. `known`: further names of who has it. Of a part nothing is said: the rest is without a request.
   */
  covering(
    who: Requester,
    actions: readonly GrantAction[],
    targets: readonly string[],
    known: Iterable<string> = [],
  ): ReviewItem["request"] {
    const { email, other_emails = [], person_id } = who.person ?? {};
    const names = [who.id, pathOf(who.id), who.name, email, ...other_emails, person_id, ...known];
    const found = [...new Set(names.map((name) => name?.toLowerCase()))]
      .flatMap((name) => (name === undefined ? [] : (this.#byPrincipal.get(name) ?? [])))
      .filter((request) => actions.every((action) => request.actions.includes(action)))
      .filter(({ secrets }) => {
        const fits = patternTest(secrets);
        return targets.every((id) => fits(id) || fits(pathOf(id)));
      })
      .sort(
        (a, b) =>
          compareStrings(b.ends_at ?? "~", a.ends_at ?? "~") || compareStrings(a.request_id, b.request_id),
      );
    const [request] = found;
    if (request === undefined) return undefined;
    return {
      request_id: request.request_id,
      approved_by: request.security_approval?.by ?? request.manager_approval?.by ?? "not said",
      ...(request.ends_at === undefined ? {} : { ends_at: request.ends_at }),
    };
  }
}

/** An id without its source's name, as registers may write it. */
function pathOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}
