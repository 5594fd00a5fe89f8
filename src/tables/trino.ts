import type { Agent } from "undici";
import { CountersignError } from "../base/index.ts";
import { MAX_RESULT_ROWS, instantOf, type Cell, type QueryEngine, type Result } from "./engine.ts";
import { withNames } from "./names.ts";
import { pagesOf, type Page, type StatementTerms, type TrinoAddress } from "./trino-protocol.ts";

export interface TrinoSettings extends TrinoAddress {
  readonly catalog: string;
  readonly schema: string;
  /** Of one statement. */
  readonly timeoutMs: number;
}

/** Most bytes of one answer, as JSON. */
const MAX_ANSWER_BYTES = 512 * 1024 * 1024;

/**
 * A Trino cluster, by its coordinator. One statement at a time; instants are in UTC. Names that are defined stand in front of
 * each statement that says them, so that a question leaves nothing on the cluster and other sessions see nothing of it.
 * Beside what `QueryEngine` says it throws E_UNREACHABLE, E_DENIED and E_MALFORMED.
 */
export class Trino implements QueryEngine {
  readonly #agent: Agent;
  readonly #settings: TrinoSettings;
  readonly #names = new Map<string, string>();
  readonly #interruption = new AbortController();

  private constructor(agent: Agent, settings: TrinoSettings) {
    this.#agent = agent;
    this.#settings = settings;
  }

  /** Nothing is sent before the first statement. */
  static async open(settings: TrinoSettings): Promise<Trino> {
    const { ca, cert, key } = settings;
    const undici = await import("undici");
    const agent = new undici.Agent({
      connections: 1,
      connect: {
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      },
    });
    return new Trino(agent, settings);
  }

  async define(name: string, select: string): Promise<void> {
    await Promise.resolve(this.#names.set(name, select));
  }

  /** Only what reads: E_SQL for anything but a query, whatever the user may do on the cluster. */
  async query(sql: string): Promise<Result> {
    return await this.#answer(withNames(sql, this.#names));
  }

  /** A statement that changes the cluster's tables; defined names are not known in it. */
  async run(sql: string): Promise<Result> {
    return await this.#answer(sql);
  }

  /** Ends the statement that runs, on the cluster too; it and later ones fail with E_INTERRUPTED. */
  interrupt(): void {
    this.#interruption.abort();
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #answer(sql: string): Promise<Result> {
    const { catalog, schema, timeoutMs } = this.#settings;
    const terms: StatementTerms = { catalog, schema, timeoutMs, maxBytes: MAX_ANSWER_BYTES };
    let columns: NonNullable<Page["columns"]> | undefined;
    const rows: Cell[][] = [];
    for await (const page of pagesOf(this.#agent, this.#settings, sql, terms, this.#interruption.signal)) {
      if (page.error !== undefined) throw errorOf(page.error);
      columns ??= page.columns;
      for (const row of page.data ?? []) {
        if (rows.length === MAX_RESULT_ROWS) {
          throw new CountersignError("E_LIMIT", `expected at most ${MAX_RESULT_ROWS} rows, got more`, {
            fix: "Ask for fewer with WHERE, GROUP BY or LIMIT.",
          });
        }
        rows.push(row.map((cell, index) => cellOf(cell, columns?.[index]?.type)));
      }
    }
    return { columns: (columns ?? []).map(({ name }) => name), rows };
  }
}

/** What Trino calls its errors, by what they are to us; https://trino.io/docs/current/develop/client-protocol.html. */
const CODES = [
  [/^PERMISSION_DENIED$/, "E_DENIED", "Let the user of `events.trino` read the tables of its schema."],
  [
    /^QUERY_TEXT_TOO_LARGE$/,
    "E_LIMIT",
    "Raise `query.max-length` of the cluster, or let the rules under `break_glass` and `events` fit fewer principals.",
  ],
  [/^USER_CANCELED$/, "E_INTERRUPTED", undefined],
  [/^ADMINISTRATIVELY_/, "E_INTERRUPTED", undefined],
  [/^(HIVE_BAD_DATA|HIVE_CURSOR_ERROR|HIVE_INVALID_.*)$/, "E_INPUT", undefined],
  [/^(HIVE_CANNOT_OPEN_SPLIT|HIVE_FILESYSTEM_ERROR|HIVE_FILE_NOT_FOUND)$/, "E_DISK", undefined],
] as const;

function errorOf({ message, errorName = "", errorType }: NonNullable<Page["error"]>): CountersignError {
  const [, named, fix] = CODES.find(([pattern]) => pattern.test(errorName)) ?? [];
  const code =
    named ??
    (errorType === "USER_ERROR"
      ? "E_SQL"
      : errorType === "INSUFFICIENT_RESOURCES"
        ? "E_LIMIT"
        : "E_UNREACHABLE");
  const said = (message ?? "").split("\n", 1)[0]?.slice(0, 500) ?? "";
  return new CountersignError(code, `expected a statement that Trino can run, got ${errorName}: ${said}`, {
    ...(fix === undefined ? {} : { fix }),
  });
}

const INSTANT = /^timestamp(\(\d+\))?$/;

/** `type`: the SQL type of its column; undefined within a list. */
function cellOf(cell: unknown, type: string | undefined): Cell {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "boolean" || typeof cell === "number") return cell;
  if (typeof cell === "string") return type !== undefined && INSTANT.test(type) ? instantOf(cell) : cell;
  return Array.isArray(cell) ? cell.map((one: unknown) => cellOf(one, undefined)) : JSON.stringify(cell);
}
