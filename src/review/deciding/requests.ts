import type { GrantAction } from "../../access/index.ts";
import { compareStrings, type Instant } from "../../base/index.ts";
import { isProperlyApproved, patternTest } from "../../subjects/index.ts";
import type { PeopleView } from "../desk/people-view.ts";
import type { AccessRequest, ReviewItem } from "../model.ts";

/**
 * Whether what an integration says is approved is taken for approved: by the rule that requests of registers are judged by. Whoever holds
 * its token could else approve in anybody's name what nobody could approve here.
 */
export function isTaken(
  request: AccessRequest,
  at: Instant,
  { isSame }: Pick<PeopleView, "isSame">,
): boolean {
  if (request.stated_by === undefined || request.state !== "approved") return true;
  return isProperlyApproved(request, at, isSame ?? sameName);
}

/** Whose access a request may be for. */
interface Requester {
  readonly id: string;
  readonly name: string;
  readonly person?: { readonly email?: string; readonly person_id: string } | undefined;
}

/**
 * Requests as a campaign takes them: of registers outside of the state none is approved but by those who must, by the same rule as in the
 * policies about requests.
 */
export function asTaken(
  requests: readonly AccessRequest[],
  at: Instant,
  { isSame = sameName }: Pick<PeopleView, "isSame">,
): AccessRequest[] {
  return requests.map((request) =>
    request.state === "approved" && !isProperlyApproved(request, at, isSame)
      ? { ...request, state: "requested" }
      : request,
  );
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
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
   * comes first. Of a part nothing is said: the rest is without a request.
   */
  covering(
    who: Requester,
    actions: readonly GrantAction[],
    targets: readonly string[],
  ): ReviewItem["request"] {
    const { email, person_id } = who.person ?? {};
    const names = [who.id, pathOf(who.id), who.name, email, person_id];
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
