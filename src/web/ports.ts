import type { Instant, Sha256 } from "../base/index.ts";
import type { Actor, FileOut, Role } from "../review/index.ts";

/** So many bytes that nobody can guess. */
export type Random = (count: number) => Uint8Array;

interface Kept {
  /** SHA-256 of the token that the browser, or whoever was handed a link, holds: the token itself is kept nowhere. */
  readonly key: Sha256;
  readonly expires_at: Instant;
}

/** Somebody who is signed in. */
export interface SignedIn extends Kept {
  readonly kind: "signed_in";
  readonly email: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** As the identity provider named them when they signed in. */
  readonly groups: readonly string[];
  readonly created_at: Instant;
  readonly seen_at: Instant;
}

/** Somebody who was sent to the identity provider and has not come back. */
export interface SigningIn extends Kept {
  readonly kind: "signing_in";
  readonly state: string;
  readonly nonce: string;
  readonly code_verifier: string;
  /** Path of this server to go to afterwards. */
  readonly next: string;
}

/** A one-time link that was handed out. */
export interface LinkOffered extends Kept {
  readonly kind: "link";
  readonly email: string;
}

export type SessionRecord = LinkOffered | SignedIn | SigningIn;

/** Where sessions are kept. A record whose `expires_at` has passed may be gone at any time; who reads looks at it all the same. */
export interface Sessions {
  get(key: Sha256): Promise<SessionRecord | undefined>;
  /** A new one; its key is random, so that there cannot be one already. */
  put(record: SessionRecord): Promise<void>;
  /** Notes that a session was used; nothing where it is gone, so that no request brings back what was signed out beside it. */
  touch(key: Sha256, seen_at: Instant, expires_at: Instant): Promise<void>;
  /** Takes the record out and returns it: of two who take at once, one gets it. */
  take(key: Sha256): Promise<SessionRecord | undefined>;
  /** Takes out all sessions and links of a person; how many there were. */
  removeOf(email: string): Promise<number>;
  removeExpired(now: Instant): Promise<void>;
}

export const AUDIT_OUTCOMES = ["done", "failed", "refused"] as const;

export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** A line of the server's own audit log. Holds no token, no link, and nothing that somebody wrote into a form. */
export interface AuditEntry {
  readonly at: Instant;
  /** Email; absent for who is not signed in. */
  readonly who?: string;
  /** Of the table of routes, e.g. `item.decide`, or `session.expired` and the like. */
  readonly action: string;
  readonly outcome: AuditOutcome;
  /** What it was about, e.g. `quarterly-2026-q4/0f…`. */
  readonly about?: string;
  /** Code of the error or reason of the refusal. */
  readonly reason?: string;
  readonly address: string;
  readonly request_id: string;
}

export interface AuditQuery {
  readonly who?: string;
  readonly action?: string;
  readonly outcome?: AuditOutcome;
  readonly offset: number;
  readonly limit: number;
}

export interface AuditLog {
  /** Returns when the entry is durable: nothing is acknowledged before. */
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  read(query: AuditQuery): Promise<{ readonly total: number; readonly entries: readonly AuditEntry[] }>;
}

/** A file of a campaign's evidence. */
export interface EvidenceFile {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What there is of a campaign's evidence. */
export interface Evidence {
  /** It is being made, or waits for it. */
  readonly making: boolean;
  /** Why it could not be made when it was last asked for. */
  readonly trouble?: string;
  readonly made?: {
    readonly at: Instant;
    /** Nothing happened since that it would tell otherwise. */
    readonly current: boolean;
    readonly files: readonly EvidenceFile[];
  };
}

/** Evidence of campaigns, made beside the server. E_FORBIDDEN for who may not export it. */
export interface Reports {
  evidence(actor: Actor, campaign: string): Promise<Evidence>;
  /** Returns at once; where it is being made, or is current, nothing is done. E_LIMIT where too many wait. */
  make(actor: Actor, campaign: string): Promise<void>;
  /** E_NOT_FOUND, E_INTEGRITY. */
  file(actor: Actor, campaign: string, name: string): Promise<FileOut>;
}
