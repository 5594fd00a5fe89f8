import type { Kysely, Transaction } from "kysely";
import type { Instant, Sha256 } from "../base/index.ts";
import { limitOf } from "./items.ts";
import { given, type LoginLinkRow, type SessionRow, type Tables, type WebAuditRow } from "./rows.ts";

/** How the database is reached: reading at any time, writing in a transaction of its own. */
export interface Access {
  readonly read: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  readonly write: <T>(work: (db: Transaction<Tables>) => Promise<T>) => Promise<T>;
  /** As `write`, alone in adding what is numbered. */
  readonly alone: <T>(work: (db: Transaction<Tables>) => Promise<T>) => Promise<T>;
}

/** What the web server keeps of who is signed in, and of what was asked of it. */
export class WebRows {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /** A new session; `instead` ends at the same instant: the id of a session changes with every change of who it is. */
  async startSession(session: SessionRow, instead?: Sha256): Promise<void> {
    await this.#access.write(async (db) => {
      if (instead !== undefined) await db.deleteFrom("session").where("id_sha256", "=", instead).execute();
      await db.insertInto("session").values(session).execute();
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
    await this.#access.write(async (db) => {
      await db.updateTable("session").set(change).where("id_sha256", "=", id).execute();
    });
  }

  async endSession(id: Sha256): Promise<void> {
    await this.#access.write(async (db) => {
      await db.deleteFrom("session").where("id_sha256", "=", id).execute();
    });
  }

  async endSessionsOf(who: string): Promise<void> {
    await this.#access.write(async (db) => {
      await db.deleteFrom("session").where("who", "=", who).execute();
    });
  }

  /** Removes sessions and login links that expired before `now`. */
  async sweep(now: Instant): Promise<void> {
    await this.#access.write(async (db) => {
      await db.deleteFrom("session").where("expires_at", "<", now).execute();
      await db.deleteFrom("login_link").where("expires_at", "<", now).execute();
    });
  }

  async addLoginLink(link: LoginLinkRow): Promise<void> {
    await this.#access.write(async (db) => {
      await db.insertInto("login_link").values(link).execute();
    });
  }

  /** Uses a link up, once: tells whose it is, or undefined where it is used, expired or none of ours. */
  async useLoginLink(id: Sha256, now: Instant): Promise<string | undefined> {
    const row = await this.#access.write(
      async (db) =>
        await db
          .updateTable("login_link")
          .set({ used_at: now })
          .where("id_sha256", "=", id)
          .where("used_at", "is", null)
          .where("expires_at", ">", now)
          .returning("who")
          .executeTakeFirst(),
    );
    return row?.who;
  }

  /** Remembers when somebody was first shown items; what is known already stays. */
  async shown(campaign_id: string, item_ids: readonly string[], who: string, at: Instant): Promise<void> {
    const rows = [...new Set(item_ids)].map((item_id) => ({ campaign_id, item_id, who, at }));
    if (rows.length === 0) return;
    await this.#access.write(async (db) => {
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

  /** The log, first to last, from after a number on. */
  async auditLines(after = 0, limit?: number): Promise<WebAuditRow[]> {
    const rows = await this.#access.read(
      async (db) =>
        await db
          .selectFrom("web_audit")
          .selectAll()
          .where("number", ">", after)
          .orderBy("number")
          .limit(limitOf(limit))
          .execute(),
    );
    return rows.map((row) => given(row) as WebAuditRow);
  }
}
