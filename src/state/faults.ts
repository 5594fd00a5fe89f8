import { CountersignError, messageOf, type ErrorCode } from "../base/index.ts";

/** Primary result codes of SQLite. Source: sqlite.org/rescode.html. */
const SQLITE: Readonly<Record<number, ErrorCode>> = {
  5: "E_STATE_LOCKED",
  6: "E_STATE_LOCKED",
  8: "E_DISK",
  10: "E_DISK",
  11: "E_INTEGRITY",
  13: "E_DISK",
  14: "E_DISK",
  26: "E_INTEGRITY",
};

/** SQLSTATEs of PostgreSQL, by their beginnings, the longer ones first. Source: its manual, appendix A. */
const POSTGRES: readonly (readonly [string, ErrorCode])[] = [
  ["53100", "E_DISK"],
  ["55P03", "E_STATE_LOCKED"],
  ["40", "E_STATE_LOCKED"],
  ["08", "E_UNREACHABLE"],
  ["28", "E_DENIED"],
  ["3D", "E_UNREACHABLE"],
  ["42501", "E_DENIED"],
  ["53", "E_UNREACHABLE"],
  ["57P", "E_UNREACHABLE"],
  ["58", "E_DISK"],
  ["XX00", "E_INTEGRITY"],
];

/** Of Node, when there is no way to the server, or it broke off. */
const NO_WAY =
  /^(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|ERR_TLS.*|ERR_SSL.*|.*CERT.*)$/;
const BROKEN_OFF =
  /connection terminated|timeout exceeded when trying to connect|does not support SSL|not queryable/i;

const FIXES: Partial<Record<ErrorCode, string>> = {
  E_DENIED: "Let the database role of the URL connect, and own its tables.",
  E_DISK:
    "Free some space, or give this user access, and run the same command again; nothing that was acknowledged is lost.",
  E_INTEGRITY:
    "Restore the database from a backup; `countersign review check` says whether the journal is whole.",
  E_STATE_LOCKED: "Wait until the other process is done, then try again.",
  E_UNREACHABLE: "Start the database, or correct its URL, then try again.",
};

/** Whether SQLite says that another connection is writing. */
export function isBusy(thrown: unknown): boolean {
  return sqliteCode(thrown) === 5;
}

/** Wraps what a database throws where it enters; `where` names the database without its password. */
export function stateError(thrown: unknown, where: string): CountersignError {
  if (thrown instanceof CountersignError) return thrown;
  const code = codeOf(thrown);
  const fix = FIXES[code];
  // A message of PostgreSQL may quote values in its detail, never in its first line.
  const said = messageOf(thrown).split("\n", 1)[0]?.slice(0, 300) ?? "";
  return new CountersignError(code, `expected ${where} to answer, got: ${said}`, {
    cause: thrown,
    ...(fix === undefined ? {} : { fix }),
  });
}

function codeOf(thrown: unknown): ErrorCode {
  const sqlite = sqliteCode(thrown);
  if (isTaken(thrown)) return "E_CONFLICT";
  if (sqlite !== undefined) return SQLITE[sqlite] ?? "E_INTERNAL";
  // What tried several addresses says so of each.
  const one = thrown instanceof AggregateError ? (thrown.errors as unknown[])[0] : thrown;
  const code = one instanceof Error && "code" in one ? String(one.code) : "";
  if (NO_WAY.test(code) || BROKEN_OFF.test(messageOf(one))) return "E_UNREACHABLE";
  if (!/^[0-9A-Z]{5}$/.test(code)) return "E_INTERNAL";
  return POSTGRES.find(([beginning]) => code.startsWith(beginning))?.[1] ?? "E_INTERNAL";
}

/** Whether a key was taken: SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE, and SQLSTATE unique_violation. */
function isTaken(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if ("errcode" in thrown) return thrown.errcode === 1555 || thrown.errcode === 2067;
  return "code" in thrown && thrown.code === "23505";
}

function sqliteCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !("errcode" in thrown)) return undefined;
  return Number(thrown.errcode) & 0xff;
}
