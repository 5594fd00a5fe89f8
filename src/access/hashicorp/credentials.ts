import type { Certainty, GrantAction, GrantPrincipal } from "../grant.ts";
import { GRANT_ACTIONS, weakest } from "../grant.ts";
import { certaintyOf } from "./certainty.ts";
import type { ClassGrant, ClassStatement } from "./class-grant.ts";
import type { Session } from "./session.ts";
import type { EvaluatedClass, HolderSessions } from "./holder-sessions.ts";

/** A login by another's credential that was minted, and what it is used for. */
export interface Minted {
  readonly principal: GrantPrincipal;
  readonly session: Session;
  readonly statements: readonly ClassStatement[];
}

/** A role whose credential can be minted, and by what way. */
interface Credential extends Pick<Reachable, "before" | "conditions" | "certainty"> {
  readonly roleId: string;
}

/** What may be had by the credential of a role, which may in turn mint another's. */
export interface Reachable {
  readonly session: Session;
  readonly of: EvaluatedClass;
  readonly principal: GrantPrincipal;
  /** Credentials on the way, this one's left out. */
  readonly before: readonly Minted[];
  readonly conditions: readonly string[];
  readonly certainty: Certainty;
}

type Way = Pick<Reachable, "principal" | "session" | "of">;

export const ANYTHING: readonly GrantAction[] = GRANT_ACTIONS;

/** What can be had by minting the credentials of roles and users. */
export class Credentials {
  readonly #holders: ReadonlyMap<string, HolderSessions>;
  /** Id of a role to the sessions that its credential brings to the identities behind it. */
  readonly #logins = new Map<string, { session: Session; of: EvaluatedClass }[]>();
  /** Key of former role ids to the identities that bear them. */
  readonly #former: ReadonlyMap<string, readonly Way[]>;
  readonly #known = new Map<string, readonly Reachable[]>();

  constructor(holders: readonly HolderSessions[]) {
    this.#holders = new Map(holders.map((holder) => [holder.principal.id, holder]));
    for (const login of holders.flatMap(({ logins }) => logins)) {
      const list = this.#logins.get(login.session.by ?? "");
      if (list === undefined) this.#logins.set(login.session.by ?? "", [login]);
      else list.push(login);
    }
    const former = holders.flatMap(({ principal, takenOver = [] }) =>
      takenOver.map((way) => ({ principal, ...way })),
    );
    this.#former = Map.groupBy(former, ({ key }) => key);
  }

  /** The logins that a credential brings. Where an identity stands behind a role, a login has its policies too. */
  #ways(roleId: string): readonly Way[] {
    const role = this.#holders.get(roleId);
    if (role === undefined) return this.#former.get(roleId) ?? [];
    const { principal, sessions } = role;
    return (this.#logins.get(roleId) ?? sessions).map((way) => ({ principal, ...way }));
  }

  /** What the credential of a role, or a former role id, brings, and what further credentials can be minted with it; each role once. */
  of(roleId: string): readonly Reachable[] {
    const known = this.#known.get(roleId);
    if (known !== undefined) return known;
    const found: Reachable[] = [];
    const seen = new Set<string>();
    const queue: Credential[] = [{ roleId, before: [], conditions: [], certainty: "certain" }];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (seen.has(next.roleId)) continue;
      seen.add(next.roleId);
      for (const { principal, session, of } of this.#ways(next.roleId)) {
        const { before } = next;
        const conditions = [...next.conditions, ...session.conditions];
        found.push({ session, of, principal, before, conditions, certainty: next.certainty });
        for (const grant of of.grants) {
          if (grant.roleId === undefined) continue;
          queue.push({
            roleId: grant.roleId,
            before: [...before, { principal, session, statements: grant.statements }],
            conditions: [...conditions, ...grant.conditions],
            certainty: weakest(next.certainty, certaintyOf(session, grant)),
          });
        }
      }
    }
    this.#known.set(roleId, found);
    return found;
  }
}

/** An unread policy may give anything. */
export function unknownGrants(session: Session): ClassGrant[] {
  if (session.unknown.length === 0) return [];
  const classes = { everything: session.namespace };
  return [{ actions: ANYTHING, statements: [], conditions: [], doubts: [], classes }];
}

/** What a minted credential may be used for: reading, or giving oneself access; an unread policy may allow either. */
export function usesOf({ session, of }: Reachable): { inner: ClassGrant; action: "read" | "administer" }[] {
  return [...of.grants, ...unknownGrants(session)]
    .filter(({ roleId }) => roleId === undefined)
    .flatMap((inner) =>
      (["read", "administer"] as const)
        .filter((action) => inner.actions.includes(action))
        .map((action) => ({ inner, action })),
    );
}
