import type { GrantPrincipal } from "../grant.ts";
import type { ClassGrant, Lift } from "./class-grant.ts";
import type { LoginIdentity } from "./principals.ts";
import type { SessionClass } from "./session-class.ts";
import type { Session } from "./session.ts";

/** A session class with what it may do. */
export interface EvaluatedClass {
  readonly session: SessionClass;
  readonly grants: readonly ClassGrant[];
  /** May create child tokens, and so leave out policies of its own. */
  readonly createsTokens: boolean;
  readonly lifts: readonly Lift[];
}

export interface ClassedSession {
  readonly session: Session;
  readonly of: EvaluatedClass;
}

/** A principal and its sessions, each with its class. */
export interface HolderSessions {
  readonly principal: GrantPrincipal;
  readonly identity?: LoginIdentity;
  readonly sessions: readonly ClassedSession[];
  /** Those of its sessions that a role's credential brings. */
  readonly logins: readonly ClassedSession[];
  /** What others have who log in as it by one of its former role ids, with the key of these. */
  readonly takenOver?: readonly (ClassedSession & { readonly key: string })[];
  /** What a role or user has once the disabled identity behind it is gone, and of which identities, by fact id. */
  readonly dormant?: { readonly behind: readonly string[]; readonly sessions: readonly Session[] };
}
