import type { DeleteQueryBuilder, DeleteResult, Kysely, Transaction } from "kysely";
import type { Instant, Sha256 } from "../base/index.ts";
import { limitOf } from "./items.ts";
import { given, type SessionRow, type Tables, type WebAuditRow } from "./rows.ts";

/** How the database is reached: reading at any time, writing in a transaction of its own. */
export interface Access {
  readonly read: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  readonly write: <T>(work: (db: Transaction<Tables>) => Promise<T>) => Promise<T>;
  /** As `write`, durable only with the next that is written: for what is of no weight after a power cut. */
  readonly note: <T>(work: (db: Transaction<Tables>) => Promise<T>) => Promise<T>;
  /** As `write`, alone in adding what is numbered. */
  readonly alone: <T>(work: (db: Transaction<Tables>) => Promise<T>) => Promise<T>;
}

export interface WebAuditFilter {
  readonly action?: string;
  readonly outcome?: string;
  readonly who?: string;
  readonly offset?: number;
  readonly limit?: number;
}

type Sessions = DeleteQueryBuilder<Tables, "session", DeleteResult>;

/** What the web server keeps of who is signed in, and of what was asked of it. */
export class WebRows {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async putSession(session: SessionRow): Promise<void> {
    await this.#access.write(async (db) => {
      await db
        .insertInto("session")
        .values({ ...session, who: session.who ?? null })
        .execute();
    });
  }

  /** Whether or not it has expired. */
  async session(id: Sha256): Promise<SessionRow | undefined> {
    const query = (db: Kysely<Tables>) =>
      db.selectFrom("session").selectAll().where("id_sha256", "=", id).executeTakeFirst();
    const row = await this.#access.read(query);
    return row === undefined ? undefined : (given(row) as SessionRow);
  }

  /** Writes that a session was used, and what else changed of it; without effect where it has ended. */
  async touchSession(
    id: Sha256,
    change: Partial<Pick<SessionRow, "document" | "expires_at">> & Pick<SessionRow, "seen_at">,
  ): Promise<void> {
    await this.#access.note(async (db) => {
      await db.updateTable("session").set(change).where("id_sha256", "=", id).execute();
    });
  }

  /** Ends a session and returns it: of two who take it at once, one gets it. */
  async takeSession(id: Sha256): Promise<SessionRow | undefined> {
    const row = await this.#access.write(
      async (db) =>
        await db.deleteFrom("session").where("id_sha256", "=", id).returningAll().executeTakeFirst(),
    );
    return row === undefined ? undefined : (given(row) as SessionRow);
  }

  /** Ends all of a person; tells how many there were. */
  async endSessionsOf(who: string): Promise<number> {
    return await this.#ended((sessions) => sessions.where("who", "=", who));
  }

  /** Removes those that expired before `now`; tells how many there were. */
  async sweepSessions(now: Instant): Promise<number> {
    return await this.#ended((sessions) => sessions.where("expires_at", "<", now));
  }

  async #ended(which: (sessions: Sessions) => Sessions): Promise<number> {
    const result = await this.#access.write(
      async (db) => await which(db.deleteFrom("session")).executeTakeFirstOrThrow(),
    );
    return Number(result.numDeletedRows);
  }

  /**
   * Remembers when somebody was first shown items; what is known already stays. Pages do not wait for the disk: what a power cut takes is
   * what was shown since the last act of anybody.
   */
  async shown(campaign_id: string, item_ids: readonly string[], who: string, at: Instant): Promise<void> {
    const known = await this.firstShown(campaign_id, item_ids, who);
    const rows = [...new Set(item_ids)]
      .filter((item_id) => !known.has(item_id))
      .map((item_id) => ({ campaign_id, item_id, who, at }));
    if (rows.length === 0) return;
    await this.#access.note(async (db) => {
      await db
        .insertInto("seen")
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
  }

  /** When somebody was first shown each of some items; those that never were are absent. */
  async firstShown(
    campaign_id: string,
    item_ids: readonly string[],
    who: string,
  ): Promise<Map<string, Instant>> {
    if (item_ids.length === 0) return new Map();
    const rows = await this.#access.read(
      async (db) =>
        await db
          .selectFrom("seen")
          .select(["item_id", "at"])
          .where("campaign_id", "=", campaign_id)
          .where("who", "=", who)
          .where("item_id", "in", [...item_ids])
          .execute(),
    );
    return new Map(rows.map(({ item_id, at }) => [item_id, at]));
  }

  /** Appends to the web server's own log; returns the number. */
  async audit(line: Omit<WebAuditRow, "number">): Promise<number> {
    return await this.#access.alone(async (db) => {
      const { last } = await db
        .selectFrom("web_audit")
        .select(({ fn }) => fn.max<number | null>("number").as("last"))
        .executeTakeFirstOrThrow();
      const number = (last ?? 0) + 1;
      await db
        .insertInto("web_audit")
        .values({ number, ...line, who: line.who ?? null })
        .execute();
      return number;
    });
  }

  /** Lines of the log, newest first, and how many fit. */
  async auditLines({ offset = 0, limit, ...filter }: WebAuditFilter = {}): Promise<{
    readonly total: number;
    readonly lines: readonly WebAuditRow[];
  }> {
    return await this.#access.read(async (db) => {
      let fitting = db.selectFrom("web_audit");
      for (const column of ["action", "outcome", "who"] as const) {
        const value = filter[column];
        if (value !== undefined) fitting = fitting.where(column, "=", value);
      }
      const { total } = await fitting.select(({ fn }) => fn.countAll().as("total")).executeTakeFirstOrThrow();
      const rows = await fitting
        .selectAll()
        .orderBy("number", "desc")
        .offset(Math.max(0, Math.trunc(offset)))
        .limit(limitOf(limit))
        .execute();
      return { total: Number(total), lines: rows.map((row) => given(row) as WebAuditRow) };
    });
  }
}
