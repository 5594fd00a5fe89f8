/** A column of the event table: its SQL type in DuckDB and Trino alike, and what it holds. */
export interface Column {
  readonly name: string;
  readonly type: "BIGINT" | "INTEGER" | "TIMESTAMP" | "VARCHAR";
  readonly about: string;
}

/** What was done, in one vocabulary for all stores. */
export const OPERATIONS = [
  /** Took a value. */
  "read",
  /** Took names. */
  "list",
  /** Took what is known of a thing, without its value. */
  "describe",
  "write",
  "delete",
  "rotate",
  /** Gave a value or access to somebody else: a resource policy, a grant, a replica, a wrapped answer. */
  "share",
  /** Changed who may do what, a key, a log, the seal, or the store. */
  "administer",
  "login",
  /** Had a key decrypt or unwrap. */
  "decrypt",
  "other",
] as const;

export type Operation = (typeof OPERATIONS)[number];

/** How it ended. `unanswered`: the log holds the request and, so far, no answer. */
export const OUTCOMES = ["success", "denied", "failed", "unanswered"] as const;

/**
 * One row for each thing that one call was about; OCSF's API Activity (class 6003) is the model. What the log does not say
 * is NULL. `store_id` and `day` are the partitions.
 */
export const EVENT_COLUMNS: readonly Column[] = [
  {
    name: "event_id",
    type: "VARCHAR",
    about: "The log's own id of the call, else the SHA-256 of the record.",
  },
  { name: "item", type: "INTEGER", about: "Which of the things that the call names, from 0." },
  { name: "time", type: "TIMESTAMP", about: "When, UTC, to the millisecond." },
  { name: "provider", type: "VARCHAR", about: "`aws`, `azure`, `gcp` or `hashicorp`." },
  { name: "account", type: "VARCHAR", about: "Account, key vault, project or namespace that was called." },
  { name: "region", type: "VARCHAR", about: "Region, as the log calls it." },
  {
    name: "service",
    type: "VARCHAR",
    about: "Service or engine, e.g. `secretsmanager.amazonaws.com`, `kv`.",
  },
  {
    name: "operation",
    type: "VARCHAR",
    about: `One of ${OPERATIONS.map((name) => `\`${name}\``).join(", ")}.`,
  },
  { name: "operation_name", type: "VARCHAR", about: "As the log calls it." },
  { name: "resource", type: "VARCHAR", about: "What it was done to, as the log calls it." },
  {
    name: "secret_key",
    type: "VARCHAR",
    about: "The secret, in the form that all its names are brought to.",
  },
  { name: "secret_version", type: "VARCHAR", about: "Version, stage or label that was asked for or given." },
  { name: "principal_key", type: "VARCHAR", about: "Who; of an assumed role the role, not the session." },
  { name: "principal_type", type: "VARCHAR", about: "Kind of principal, as the log calls it." },
  { name: "principal_name", type: "VARCHAR", about: "What people call the principal." },
  { name: "session", type: "VARCHAR", about: "Which session or token of the principal." },
  { name: "source_ip", type: "VARCHAR", about: "Address that it came from, or the service that called." },
  { name: "source_network", type: "VARCHAR", about: "Its /24 (IPv4) or /48 (IPv6)." },
  { name: "user_agent", type: "VARCHAR", about: "Program, as it calls itself; at most 512 characters." },
  { name: "outcome", type: "VARCHAR", about: `One of ${OUTCOMES.map((name) => `\`${name}\``).join(", ")}.` },
  { name: "error_code", type: "VARCHAR", about: "As the log calls it; never a message." },
  { name: "request_id", type: "VARCHAR", about: "Ties together the events of one call." },
  {
    name: "record_digest",
    type: "VARCHAR",
    about: "SHA-256 of the file or kept body that holds the record.",
  },
];

/** Names of the columns, as a list in SQL. */
export const EVENT_COLUMN_LIST = EVENT_COLUMNS.map(({ name }) => name).join(", ");
