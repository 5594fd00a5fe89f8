import { canonicalJson } from "../base/index.ts";
import type { SessionRow, StateDatabase, WebAuditRow } from "../state/index.ts";
import type { AuditEntry, AuditLog, AuditOutcome, AuditQuery, SessionRecord, Sessions } from "./ports.ts";

/** Sessions, sign-ins on their way and one-time links, in the database of the state. */
export function storedSessions({ web }: Pick<StateDatabase, "web">): Sessions {
  return {
    get: async (key) => recordOf(await web.session(key)),
    put: async (record) => {
      await web.putSession(rowOf(record));
    },
    touch: async (key, seen_at, expires_at) => {
      const record = recordOf(await web.session(key));
      if (record?.kind !== "signed_in") return;
      const document = canonicalJson({ ...record, seen_at, expires_at });
      await web.touchSession(key, { seen_at, expires_at, document });
    },
    take: async (key) => recordOf(await web.takeSession(key)),
    removeOf: async (email) => await web.endSessionsOf(email),
    removeExpired: async (now) => {
      await web.sweepSessions(now);
    },
  };
}

function rowOf(record: SessionRecord): SessionRow {
  const { key, expires_at } = record;
  // Those that nobody has used have no such instants: they are as old as they are due.
  const { created_at, seen_at } =
    record.kind === "signed_in" ? record : { created_at: expires_at, seen_at: expires_at };
  return {
    id_sha256: key,
    document: canonicalJson(record),
    created_at,
    seen_at,
    expires_at,
    ...(record.kind === "signing_in" ? {} : { who: record.email }),
  };
}

function recordOf(row: SessionRow | undefined): SessionRecord | undefined {
  return row === undefined ? undefined : (JSON.parse(row.document) as SessionRecord);
}

/** The server's own log, in the database of the state. */
export function storedAudit({ web }: Pick<StateDatabase, "web">): AuditLog {
  return {
    append: async ({ at, who, action, outcome, about, reason, address, request_id }) => {
      const more = { ...present("about", about), ...present("reason", reason), address, request_id };
      await web.audit({ at, action, outcome, document: canonicalJson(more), ...present("who", who) });
    },
    read: async (query: AuditQuery) => {
      const { total, lines } = await web.auditLines(query);
      return { total, entries: lines.map(entryOf) };
    },
  };
}

function present<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}

function entryOf({ at, who, action, outcome, document }: WebAuditRow): AuditEntry {
  const more = JSON.parse(document) as Pick<AuditEntry, "about" | "address" | "reason" | "request_id">;
  return { at, action, outcome: outcome as AuditOutcome, ...more, ...present("who", who) };
}
