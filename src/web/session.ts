import type { Clock, Instant } from "../base/index.ts";
import type { Random, Sessions, SignedIn, SigningIn } from "./ports.ts";
import type { Role } from "../review/index.ts";
import { isToken, keyOf, newToken } from "./tokens.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** How long somebody may take at the identity provider. */
const SIGNING_IN_MS = 10 * MINUTE_MS;

/** How long a one-time link is good for. */
export const LINK_MINUTES = 15;

/** A use is noted so often: not every page is a write. */
const NOTED_EVERY_MS = MINUTE_MS;

export interface SessionTerms {
  readonly idle_minutes: number;
  readonly session_hours: number;
}

export interface Identity {
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
}

/** A session with the token that the browser holds. */
export interface OpenSession {
  readonly token: string;
  readonly record: SignedIn;
}

/** Sessions on the server's side: what the browser holds is a random token and says nothing. */
export class SessionKeeper {
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #terms: SessionTerms;

  constructor(sessions: Sessions, clock: Clock, random: Random, terms: SessionTerms) {
    this.#sessions = sessions;
    this.#clock = clock;
    this.#random = random;
    this.#terms = terms;
  }

  /** The session of a token that is in force; notes that it was used. */
  async open(token: string | undefined): Promise<OpenSession | undefined> {
    if (!isToken(token)) return undefined;
    const record = await this.#sessions.get(keyOf(token));
    if (record?.kind !== "signed_in") return undefined;
    const now = this.#clock.now().getTime();
    if (this.#ends(record, record.seen_at) <= now) {
      await this.#sessions.take(record.key);
      return undefined;
    }
    if (now - Date.parse(record.seen_at) >= NOTED_EVERY_MS) {
      const seen = instant(now);
      await this.#sessions.touch(record.key, seen, instant(this.#ends(record, seen)));
    }
    return { token, record };
  }

  /** A session of a new token: whatever the browser held before is worth nothing. */
  async begin(identity: Identity, roles: readonly Role[]): Promise<OpenSession> {
    const now = this.#clock.now().toISOString();
    await this.#sessions.removeExpired(now);
    return this.#keep({ ...identity, roles, created_at: now, seen_at: now });
  }

  /** The same session under another token and with other roles; undefined where it was ended meanwhile. */
  async rotate({ record }: OpenSession, roles: readonly Role[]): Promise<OpenSession | undefined> {
    const taken = await this.#sessions.take(record.key);
    if (taken?.kind !== "signed_in") return undefined;
    const { email, name, groups, created_at } = taken;
    const seen_at = this.#clock.now().toISOString();
    return this.#keep({ email, name, groups, roles, created_at, seen_at });
  }

  async end({ record }: OpenSession): Promise<void> {
    await this.#sessions.take(record.key);
  }

  endAllOf(email: string): Promise<number> {
    return this.#sessions.removeOf(email);
  }

  /** Remembers what was sent to the identity provider, under the token that the browser holds meanwhile. */
  async remember(token: string, sent: Pick<SigningIn, "code_verifier" | "next" | "nonce" | "state">) {
    const key = keyOf(token);
    await this.#sessions.take(key);
    await this.#sessions.put({ kind: "signing_in", key, expires_at: this.#in(SIGNING_IN_MS), ...sent });
  }

  /** What was sent, once. */
  async recall(token: string | undefined): Promise<SigningIn | undefined> {
    if (!isToken(token)) return undefined;
    const record = await this.#sessions.get(keyOf(token));
    if (record?.kind !== "signing_in") return undefined;
    const taken = await this.#sessions.take(record.key);
    return taken?.kind === "signing_in" && this.#inForce(taken.expires_at) ? taken : undefined;
  }

  /** The email of a one-time link, which is used up by it. */
  async redeem(token: string): Promise<string | undefined> {
    const record = await this.#sessions.get(keyOf(token));
    if (record?.kind !== "link") return undefined;
    const taken = await this.#sessions.take(record.key);
    return taken?.kind === "link" && this.#inForce(taken.expires_at) ? taken.email : undefined;
  }

  newToken(): string {
    return newToken(this.#random);
  }

  async #keep(session: Omit<SignedIn, "expires_at" | "key" | "kind">): Promise<OpenSession> {
    const token = this.newToken();
    const bare = { kind: "signed_in", key: keyOf(token), ...session } as const;
    const record: SignedIn = { ...bare, expires_at: instant(this.#ends(bare, bare.seen_at)) };
    await this.#sessions.put(record);
    return { token, record };
  }

  /** When a session ends that was last seen then: after being idle, and at the latest after so many hours. */
  #ends({ created_at }: Pick<SignedIn, "created_at">, seen_at: Instant): number {
    return Math.min(
      Date.parse(seen_at) + this.#terms.idle_minutes * MINUTE_MS,
      Date.parse(created_at) + this.#terms.session_hours * HOUR_MS,
    );
  }

  #inForce(expires_at: Instant): boolean {
    return Date.parse(expires_at) > this.#clock.now().getTime();
  }

  #in(ms: number): Instant {
    return instant(this.#clock.now().getTime() + ms);
  }
}

/**
 * A one-time link for `email`, good for {@link LINK_MINUTES} minutes: the path that is to be put behind the server's address. Whoever
 * opens it must confirm, so that a preview does not use it up.
 */
export async function offerLink(
  sessions: Sessions,
  clock: Clock,
  random: Random,
  email: string,
): Promise<string> {
  const token = newToken(random);
  const expires_at = instant(clock.now().getTime() + LINK_MINUTES * MINUTE_MS);
  await sessions.put({ kind: "link", key: keyOf(token), expires_at, email: email.toLowerCase() });
  return `/sign-in/link/${token}`;
}

function instant(ms: number): Instant {
  return new Date(ms).toISOString();
}
