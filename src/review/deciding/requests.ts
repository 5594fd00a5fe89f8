import type { GrantAction } from "../../access/index.ts";
import { compareStrings } from "../../base/index.ts";
import { patternTest } from "../../subjects/index.ts";
import type { AccessRequest, ReviewItem } from "../model.ts";

/** Whose access a request may be for. */
interface Requester {
  readonly id: string;
  readonly name: string;
  readonly person?: { readonly email?: string; readonly person_id: string } | undefined;
}

/** Approved requests, by whom they are for. */
export class Requests {
  readonly #byPrincipal: ReadonlyMap<string, readonly AccessRequest[]>;

  constructor(requests: Iterable<AccessRequest>) {
    const approved = [...requests].filter(({ state }) => state === "approved");
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
