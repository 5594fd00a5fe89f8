import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import { type StateDatabase, openState } from "../../src/state/index.ts";
import {
  type AuditEntry,
  type AuditLog,
  type SessionRecord,
  type Sessions,
  storedAudit,
  storedSessions,
} from "../../src/web/index.ts";
import { MemoryAudit, MemorySessions } from "./memory.ts";

const at = (minute: number): string => `2026-10-12T09:${String(minute).padStart(2, "0")}:00.000Z`;

const RECORDS = {
  signed_in: {
    kind: "signed_in",
    key: sha256("one"),
    expires_at: at(30),
    email: "rita@example.com",
    name: "Rita Ö. “<b>”",
    roles: ["reviewer", "security"],
    groups: ["grc", "a,b"],
    created_at: at(0),
    seen_at: at(0),
  },
  signing_in: {
    kind: "signing_in",
    key: sha256("two"),
    expires_at: at(10),
    state: "s",
    nonce: "n",
    code_verifier: "v",
    next: "/campaigns/x?a=b&c=d",
  },
  link: { kind: "link", key: sha256("three"), expires_at: at(15), email: "rita@example.com" },
} as const satisfies Record<string, SessionRecord>;

function entry(n: number, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: at(n),
    action: "item.decide",
    outcome: "done",
    address: "127.0.0.1",
    request_id: `r${n}`,
    ...more,
  };
}

/** What the server asks of its rows, of those of the tests and of those in the database alike. */
describe.each(["memory", "SQLite"] as const)("rows of the server in %s", (where) => {
  let state: StateDatabase | undefined;
  let sessions: Sessions;
  let audit: AuditLog;

  beforeEach(async () => {
    if (where === "memory") {
      [sessions, audit] = [new MemorySessions(), new MemoryAudit()];
      return;
    }
    const directory = await mkdtemp(join(tmpdir(), "countersign-web-"));
    state = await openState({ file: join(directory, "state.db") });
    [sessions, audit] = [storedSessions(state), storedAudit(state)];
  });

  afterEach(async () => {
    await state?.close();
    state = undefined;
  });

  it.each(Object.values(RECORDS))(
    "give a record of $kind back as it was, and take it out once",
    async (record) => {
      expect(await sessions.get(record.key)).toBeUndefined();
      await sessions.put(record);
      expect(await sessions.get(record.key)).toEqual(record);
      const taken = await Promise.all([1, 2, 3].map(() => sessions.take(record.key)));
      expect(taken.filter((one) => one !== undefined)).toEqual([record]);
      expect(await sessions.get(record.key)).toBeUndefined();
    },
  );

  it("note when somebody was seen, and bring nothing back that was taken out", async () => {
    const { signed_in, link } = RECORDS;
    await sessions.put(signed_in);
    await sessions.touch(signed_in.key, at(5), at(35));
    expect(await sessions.get(signed_in.key)).toEqual({ ...signed_in, seen_at: at(5), expires_at: at(35) });
    await sessions.take(signed_in.key);
    await sessions.touch(signed_in.key, at(6), at(36));
    expect(await sessions.get(signed_in.key)).toBeUndefined();
    await sessions.put(link);
    await sessions.touch(link.key, at(6), at(36));
    expect(await sessions.get(link.key)).toEqual(link);
  });

  it("take out sessions and links of one person, and count them", async () => {
    const { signed_in, signing_in, link } = RECORDS;
    const other = { ...signed_in, key: sha256("other"), email: "sam@example.com" };
    for (const record of [signed_in, signing_in, link, other]) await sessions.put(record);
    expect(await sessions.removeOf("rita@example.com")).toBe(2);
    expect(await sessions.removeOf("rita@example.com")).toBe(0);
    const left = await Promise.all([signed_in, signing_in, link, other].map(({ key }) => sessions.get(key)));
    expect(left).toEqual([undefined, signing_in, undefined, other]);
  });

  it("take out what has expired, and leave what has not", async () => {
    for (const record of Object.values(RECORDS)) await sessions.put(record);
    await sessions.removeExpired(at(12));
    const left = await Promise.all(Object.values(RECORDS).map(({ key }) => sessions.get(key)));
    expect(left.map((one) => one?.kind)).toEqual(["signed_in", undefined, "link"]);
  });

  it("give the log newest first, narrowed by who, action and outcome, and count what fits", async () => {
    const hostile = "' or 1=1 --\n<script>";
    const entries = [
      entry(0, { who: "rita@example.com", about: "quarterly/0f" }),
      entry(1, { outcome: "refused", reason: hostile }),
      entry(2, { who: "sam@example.com", action: "session.link", outcome: "failed", reason: "error" }),
      entry(3, { who: "rita@example.com", outcome: "refused", reason: "E_CONFLICT" }),
    ];
    for (const one of entries) await audit.append(one);
    const read = (query: object) => audit.read({ offset: 0, limit: 50, ...query });
    expect(await read({})).toEqual({ total: 4, entries: [...entries].reverse() });
    expect((await read({ who: "rita@example.com" })).entries).toEqual([entries[3], entries[0]]);
    expect((await read({ who: "rita@example.com", outcome: "refused" })).entries).toEqual([entries[3]]);
    expect((await read({ action: "session.link" })).entries).toEqual([entries[2]]);
    expect(await read({ who: hostile })).toEqual({ total: 0, entries: [] });
    expect(await read({ offset: 1, limit: 2 })).toEqual({ total: 4, entries: [entries[2], entries[1]] });
  });

  it("keep every line of those that are written at once", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => audit.append(entry(n))));
    expect((await audit.read({ offset: 0, limit: 50 })).entries).toHaveLength(20);
  });
});
