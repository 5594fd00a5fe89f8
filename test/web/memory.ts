import type { AuditEntry, AuditLog, AuditQuery, SessionRecord, Sessions } from "../../src/web/index.ts";

/** Sessions as the tests need them: the contract of the port, in memory. */
export class MemorySessions implements Sessions {
  readonly records = new Map<string, SessionRecord>();

  get(key: string): Promise<SessionRecord | undefined> {
    return Promise.resolve(this.records.get(key));
  }

  put(record: SessionRecord): Promise<void> {
    this.records.set(record.key, record);
    return Promise.resolve();
  }

  touch(key: string, seen_at: string, expires_at: string): Promise<void> {
    const record = this.records.get(key);
    if (record?.kind === "signed_in") this.records.set(key, { ...record, seen_at, expires_at });
    return Promise.resolve();
  }

  take(key: string): Promise<SessionRecord | undefined> {
    const record = this.records.get(key);
    this.records.delete(key);
    return Promise.resolve(record);
  }

  removeOf(email: string): Promise<number> {
    const own = [...this.records.values()].filter((one) => one.kind !== "signing_in" && one.email === email);
    for (const { key } of own) this.records.delete(key);
    return Promise.resolve(own.length);
  }

  removeExpired(now: string): Promise<void> {
    for (const { key, expires_at } of this.records.values()) if (expires_at <= now) this.records.delete(key);
    return Promise.resolve();
  }
}

export class MemoryAudit implements AuditLog {
  readonly entries: AuditEntry[] = [];

  append(entry: AuditEntry): Promise<void> {
    this.entries.push(entry);
    return Promise.resolve();
  }

  read({ who, action, outcome, offset, limit }: AuditQuery) {
    const found = this.entries
      .filter(
        (entry) =>
          (who === undefined || entry.who === who) &&
          (action === undefined || entry.action === action) &&
          (outcome === undefined || entry.outcome === outcome),
      )
      .reverse();
    return Promise.resolve({ total: found.length, entries: found.slice(offset, offset + limit) });
  }
}
