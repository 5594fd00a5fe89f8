import { CountersignError, EXIT, counted, printable, type ExitCode } from "../base/index.ts";
import { bound, questions, readTwice, type Question } from "../events/index.ts";
import { csv } from "../render/index.ts";
import type { Cell, Parameter, Result } from "../tables/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { configIfThere, type Environment } from "./environment.ts";
import { asReader, asking, holding } from "./event-engine.ts";
import { table as textTable } from "./output.ts";

export interface QueryOptions extends CommonOptions {
  readonly csv?: boolean;
  readonly set?: readonly string[];
  readonly list?: boolean;
}

/** An id that stands on days further apart is not one call told twice: the log contradicts itself, or was altered. */
const ON_SEVERAL_DAYS = `SELECT store_id, event_id FROM events WHERE day <> 'unanswered'
  GROUP BY store_id, event_id, item HAVING count(*) > 1`;

/**
 * `events check`: reads every file of the table and compares it with its digest, counts the ids that stand twice, and names sources of which
 * the same log was read. E_INTEGRITY.
 */
export async function checkEvents(environment: Environment, options: CommonOptions): Promise<ExitCode> {
  const found = await holding(environment, options, async (table) => {
    const verified = await table.verify();
    return await asking(environment, table, async (database) => {
      const { rows } = await database.query(`SELECT count(*) FROM (${ON_SEVERAL_DAYS}) AS several`);
      const read_twice = await readTwice(database);
      return { ...verified, ids_on_several_days: Number(rows[0]?.[0]), read_twice };
    });
  });
  const several = found.ids_on_several_days;
  const odd = [
    ...(several === 0
      ? []
      : [`${counted(several, "id")} of calls with instants days apart: a log that contradicts itself`]),
    ...found.read_twice.map(
      ({ store_ids, files }) =>
        `${counted(files, "file")} read both as ${store_ids.join(" and as ")}: each call counts twice`,
    ),
  ];
  const whole = `${counted(found.parts, "file")} of the event table, ${counted(found.bytes, "byte")}: as they were written`;
  environment.terminal.out(
    options.json === true ? `${JSON.stringify(found)}\n` : `${[whole, ...odd].join("\n")}\n`,
  );
  return odd.length === 0 ? EXIT.pass : EXIT.incomplete;
}

/** `events query`: a saved question by its name, or SQL. */
export async function queryEvents(
  environment: Environment,
  question: string | undefined,
  options: QueryOptions,
): Promise<ExitCode> {
  const saved = questions();
  if (options.list === true || question === undefined) {
    const rows = saved.map(({ id, head }) => [id, head.title]);
    environment.terminal.out(
      options.json === true
        ? `${JSON.stringify(saved.map(({ id, head }) => ({ id, ...head })))}\n`
        : textTable([["question", "about"], ...rows]),
    );
    return EXIT.pass;
  }
  const named = saved.find(({ id }) => id === question);
  if (named === undefined) refuseWord(question, saved);
  const isText = (name: string): boolean => named?.head.parameters?.[name]?.type === "text";
  const sql = named === undefined ? question : bound(named, parameters(options.set ?? [], isText));
  const config = await configIfThere(environment, options);
  const result = await asReader(environment, options, config, async ({ engine, behind }) => {
    if (behind !== undefined) environment.terminal.err(`not seen: ${behind}\n`);
    return await engine.query(sql);
  });
  show(environment, result, options);
  return EXIT.pass;
}

/** No SQL is one word: that is a saved question's name which has a slip. E_NOT_FOUND. */
function refuseWord(question: string, saved: readonly Question[]): void {
  if (!/^\s*[\w-]+\s*$/.test(question)) return;
  const parts = question.trim().toLowerCase().split(/[_-]/);
  const near = saved
    .map(({ id }) => id)
    .filter((id) => parts.some((part) => part.length > 2 && id.includes(part)));
  const told = near.length > 0 ? near : saved.map(({ id }) => id);
  throw new CountersignError(
    "E_NOT_FOUND",
    `expected a saved question or SQL, got ${JSON.stringify(question)}`,
    {
      fix: `${near.length > 0 ? "Near it are" : "There are"}: ${told.join(", ")}.`,
    },
  );
}

/** `name=value` as a parameter: a number where it is one, and its parameter takes more than text. */
export function parameters(
  set: readonly string[],
  isText: (name: string) => boolean,
): Record<string, Parameter> {
  return Object.fromEntries(
    set.map((one) => {
      const [name = "", ...rest] = one.split("=");
      const value = rest.join("=");
      if (name !== "" && rest.length > 0)
        return [
          name,
          value !== "" && !isText(name) && Number.isFinite(Number(value)) ? Number(value) : value,
        ];
      throw new CountersignError("E_USAGE", `expected name=value after --set, got ${JSON.stringify(one)}`);
    }),
  );
}

function show({ terminal }: Environment, { columns, rows }: Result, options: QueryOptions): void {
  if (options.json === true) {
    const objects = rows.map((row) =>
      Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])),
    );
    terminal.out(`${JSON.stringify(objects)}\n`);
    return;
  }
  const text = rows.map((row) => row.map(cellText));
  if (options.csv === true) {
    terminal.out(
      csv(
        columns.map((name, index) => ({ name, cell: (row: string[]) => row[index] ?? "" })),
        text,
      ),
    );
  } else terminal.out(`${textTable([columns, ...text])}${counted(rows.length, "row")}\n`);
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  return typeof cell === "object" ? cell.map(cellText).join(" ") : printable(String(cell));
}
