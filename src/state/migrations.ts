import { sql, type Kysely } from "kysely";
import { DEFAULT_MIGRATION_TABLE, Migrator, type Migration } from "kysely/migration";
import { CountersignError, messageOf } from "../base/index.ts";
import { ITEM_ORDERS } from "./items.ts";
import { statisticsSqlite } from "./statistics.ts";

export type Product = "postgres" | "sqlite";

/** Brings the tables to what this program knows. Two processes that do it at once follow one another. */
export async function migrate(db: Kysely<unknown>, product: Product): Promise<void> {
  const migrations = migrationsFor(product);
  const names = Object.keys(migrations);
  const done = await doneIn(db);
  // The usual case, for which nobody waits who writes.
  if (done.length === names.length && names.every((name) => done.includes(name))) return;
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof Error && error.message.startsWith("corrupted migrations")) {
    throw new CountersignError(
      "E_RUNTIME",
      "expected a database of this version or an older one, got another",
      {
        fix: "Run the version of countersign that used this database last, or a newer one.",
        cause: error,
      },
    );
  }
  throw error instanceof Error ? error : new Error(messageOf(error));
}

/** Names of the migrations that were run; none where the database is new. */
async function doneIn(db: Kysely<unknown>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return [];
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db);
  return rows.map(({ name }) => name);
}

/** By name, in whose order they are run. A migration that was released is never changed. */
function migrationsFor(product: Product): Record<string, Migration> {
  return {
    "0001_review": {
      up: async (db) =>
        await run(db, [
          ...reviewTables(product),
          ...webTables(product),
          ...(product === "postgres" ? appendOnlyPostgres() : appendOnlySqlite()),
        ]),
    },
    "0002_statistics": {
      up: async (db) => await run(db, product === "sqlite" ? statisticsSqlite() : []),
    },
  };
}

async function run(db: Kysely<unknown>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

function tableOf(product: Product): (name: string, columns: string) => string {
  // By bytes, as SQLite orders, whatever the server's language.
  const text = product === "postgres" ? `text collate "C"` : "text";
  return (name, columns) => `create table ${name} (${columns.replaceAll(/\btext\b/g, text)})`;
}

function reviewTables(product: Product): string[] {
  const table = tableOf(product);
  return [
    table(
      "campaign",
      "campaign_id text primary key, version integer not null, state text not null, document text not null",
    ),
    table(
      "item",
      `campaign_id text not null references campaign(campaign_id), item_id text not null, version integer not null, state text not null,
       reviewer text, principal_id text not null, principal_name text not null, principal_email text, store_id text not null,
       owner text, tier text, risk text not null, recommendation text not null, change text not null, privileged integer not null,
       outcome text, last_used_at text, secret_count integer not null, search text not null, position integer not null, seen_sha256 text not null, primary key (campaign_id, item_id)`,
    ),
    table(
      "item_document",
      `campaign_id text not null, item_id text not null, document text not null, primary key (campaign_id, item_id),
       foreign key (campaign_id, item_id) references item(campaign_id, item_id)`,
    ),
    "create index item_in_order on item (campaign_id, position, item_id)",
    "create index item_of_reviewer on item (campaign_id, reviewer, state, position, item_id)",
    ...["state", "risk", "tier", "store_id", "recommendation", "outcome", "owner", "principal_id"].map(
      (column) => `create index item_by_${column} on item (campaign_id, ${column}, position, item_id)`,
    ),
    // What a list can be filtered by is counted at each look at it.
    "create index item_by_place on item (campaign_id, store_id, tier)",
    ...Object.entries(ITEM_ORDERS)
      .filter(([, keys]) => keys.length > 0)
      .map(
        ([name, keys]) =>
          `create index item_by_order_${name} on item (campaign_id, ${keys.map((key) => key.join(" ")).join(", ")}, position, item_id)`,
      ),
    table("target_set", "set_sha256 text primary key, count integer not null, members text not null"),
    table(
      "revocation",
      `campaign_id text not null references campaign(campaign_id), item_id text not null, version integer not null, state text not null,
       due_at text not null, document text not null, primary key (campaign_id, item_id)`,
    ),
    "create index revocation_by_state on revocation (campaign_id, state, due_at)",
    table(
      "access_request",
      "request_id text primary key, version integer not null, state text not null, principal text not null, document text not null",
    ),
    "create index access_request_of on access_request (principal, state)",
    table(
      "entry",
      `number integer primary key, campaign_id text, kind text not null, at text not null, by text not null, document text not null,
       document_sha256 text not null, published integer not null check (published in (0, 1))`,
    ),
    "create index entry_of_campaign on entry (campaign_id, number)",
    "create index entry_of_kind on entry (campaign_id, kind, number)",
    "create index entry_outstanding on entry (number) where published = 0",
    table(
      "entry_item",
      `number integer not null references entry(number), campaign_id text not null, item_id text not null,
       primary key (number, item_id)`,
    ),
    "create index entry_item_of on entry_item (campaign_id, item_id, number)",
  ];
}

function webTables(product: Product): string[] {
  const table = tableOf(product);
  return [
    table(
      "session",
      `id_sha256 text primary key, who text, document text not null, created_at text not null, seen_at text not null,
       expires_at text not null`,
    ),
    "create index session_of on session (who)",
    "create index session_end on session (expires_at)",
    table(
      "seen",
      "campaign_id text not null, item_id text not null, who text not null, at text not null, primary key (campaign_id, item_id, who)",
    ),
    table(
      "web_audit",
      "number integer primary key, at text not null, who text, action text not null, outcome text not null, document text not null",
    ),
  ];
}

/** What may change of an entry: that it is published, once. */
const PUBLISHING = ["number", "campaign_id", "kind", "at", "by", "document", "document_sha256"];

const REFUSAL = "the journal is appended to, and nothing else";

function appendOnlySqlite(): string[] {
  const kept = PUBLISHING.map((column) => `new.${column} is old.${column}`).join(" and ");
  const refuse = (name: string, event: string, when = ""): string =>
    `create trigger ${name} before ${event} ${when} begin select raise(abort, '${REFUSAL}'); end`;
  return [
    refuse("entry_kept", "update on entry", `when not (old.published = 0 and new.published = 1 and ${kept})`),
    refuse("entry_stays", "delete on entry"),
    ...["entry_item", "web_audit"].flatMap((name) => [
      refuse(`${name}_kept`, `update on ${name}`),
      refuse(`${name}_stays`, `delete on ${name}`),
    ]),
  ];
}

function appendOnlyPostgres(): string[] {
  const kept = PUBLISHING.map((column) => `new.${column} is not distinct from old.${column}`).join(" and ");
  const refuse = (name: string, event: string, level: string, when = ""): string =>
    `create trigger ${name} before ${event} for each ${level} ${when} execute function refuse_change()`;
  return [
    `create function refuse_change() returns trigger language plpgsql as $$ begin raise exception '${REFUSAL}'; end $$`,
    refuse(
      "entry_kept",
      "update on entry",
      "row",
      `when (not (old.published = 0 and new.published = 1 and ${kept}))`,
    ),
    refuse("entry_stays", "delete on entry", "row"),
    ...["entry_item", "web_audit"].flatMap((name) => [
      refuse(`${name}_kept`, `update on ${name}`, "row"),
      refuse(`${name}_stays`, `delete on ${name}`, "row"),
    ]),
    ...["entry", "entry_item", "web_audit"].map((name) =>
      refuse(`${name}_whole`, `truncate on ${name}`, "statement"),
    ),
  ];
}
