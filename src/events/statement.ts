import { readFileSync, readdirSync } from "node:fs";
import { parse } from "yaml";
import { CountersignError, invariant, sortedBy } from "../base/index.ts";
import { Type, closed, compileSchema, literals, type Static } from "../schema/index.ts";
import { literal, type Parameter } from "../tables/index.ts";

const Sentence = Type.String({ minLength: 1, maxLength: 2000 });

/** A value that a statement takes: in its text `:name`. */
const StatementParameter = closed({
  type: literals(["integer", "number", "text", "list"]),
  default: Type.Union([Type.Number(), Type.String(), Type.Array(Type.String())]),
  /** What it means, with its unit. */
  about: Sentence,
  minimum: Type.Optional(Type.Number()),
  maximum: Type.Optional(Type.Number()),
});

/** What stands in the head of a saved question. */
const QuestionHead = closed({
  title: Sentence,
  parameters: Type.Optional(
    Type.Record(Type.String({ pattern: "^[a-z][a-z0-9_]{0,62}$" }), StatementParameter),
  ),
});

/** What stands in the head of a detection. */
const DetectionHead = closed({
  ...QuestionHead.properties,
  severity: literals(["low", "medium", "high", "critical"]),
  /** How it decides. */
  logic: Sentence,
  /** What it cannot see. */
  blind_spots: Sentence,
  false_positives: Sentence,
  /** What to do when it fires. */
  response: Sentence,
});

const questionHead = compileSchema(QuestionHead);
const detectionHead = compileSchema(DetectionHead);

/** SQL with parameters, in the subset that DuckDB and Trino run alike. */
interface Statement<Head> {
  /** Name of its file. */
  readonly id: string;
  readonly head: Head;
  readonly sql: string;
}

export type Question = Statement<Static<typeof QuestionHead>>;
export type Detection = Statement<Static<typeof DetectionHead>>;

/**
 * What every detection finds, a row each. `detected_at` is the instant of the event that fulfilled it, `event_id` that event's; NULL
 * where the rule would have to carry the ids of many along: then it is looked up by that instant (`decidingEvents`).
 */
export const DETECTION_COLUMNS = [
  "store_id",
  "detected_at",
  "principal_key",
  "secret_key",
  "source_ip",
  "event_count",
  "first_at",
  "last_at",
  "event_id",
  "detail",
] as const;

/** The saved questions, in order of their ids. */
export function questions(): Question[] {
  return statementsIn("queries", questionHead.fits);
}

/** The detections, in order of their ids. */
export function detections(): Detection[] {
  return statementsIn("detections", detectionHead.fits);
}

const FILE = /^\/\*---\n([^]*?)\n---\*\/\n([^]+)$/;

function statementsIn<Head>(folder: string, fits: (head: unknown) => head is Head): Statement<Head>[] {
  const directory = new URL(`./${folder}/`, import.meta.url);
  const names = readdirSync(directory).filter((name) => name.endsWith(".sql"));
  return sortedBy(
    names.map((name) => {
      const [, head = "", sql = ""] = FILE.exec(readFileSync(new URL(name, directory), "utf8")) ?? [];
      const value: unknown = parse(head);
      invariant(fits(value), `a head of ${folder}/${name} that fits its schema`);
      return { id: name.slice(0, -".sql".length), head: value, sql: sql.trim() };
    }),
    ({ id }) => id,
  );
}

/** What a detection looks at. Events from `since` to before `now` may be found; those before `since` are what is known. */
export interface Period {
  readonly since: Date;
  readonly now: Date;
}

/** The SQL of a detection, with `:since` and `:now` beside its own parameters. E_USAGE as `bound`. */
export function boundDetection(
  detection: Pick<Question, "head" | "id" | "sql">,
  { since, now }: Period,
  given: Readonly<Record<string, Parameter>> = {},
): string {
  return bound(detection, given, { since: instantLiteral(since), now: instantLiteral(now) });
}

/** To the millisecond, in UTC as all instants of the table. */
function instantLiteral(instant: Date): string {
  return `TIMESTAMP '${instant.toISOString().slice(0, -1).replace("T", " ")}'`;
}

/** Comments, texts, and parameters: where a text is no parameter of an interval, nothing in it or in a comment is one. */
const PIECES =
  /--[^\n]*|\/\*[^]*?\*\/|(?<=\bINTERVAL )':([a-z][a-z0-9_]*)'|'(?:[^']|'')*'|(?<![:\w]):([a-z][a-z0-9_]*)\b/g;

/**
 * The SQL of a statement with its parameters in place, those of `given` or the usual ones. Within the quotes of an INTERVAL,
 * where no parameter can be bound, a whole number may stand. E_USAGE for one that it does not take, or of another type or
 * size.
 */
export function bound(
  { id, head, sql }: Pick<Question, "head" | "id" | "sql">,
  given: Readonly<Record<string, Parameter>> = {},
  literals: Readonly<Record<string, string>> = {},
): string {
  const parameters = head.parameters ?? {};
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(parameters, name)) continue;
    const known = Object.keys(parameters).sort().join(", ");
    throw new CountersignError("E_USAGE", `expected a parameter of ${id}, got ${JSON.stringify(name)}`, {
      fix: known === "" ? "It takes none." : `It takes: ${known}.`,
    });
  }
  const values = Object.entries(parameters).map(([name, parameter]) => {
    const value = given[name] ?? parameter.default;
    refuseOther(id, name, parameter, value);
    return [name, literal(value)] as const;
  });
  const byName = new Map([...values, ...Object.entries(literals)]);
  return sql.replace(PIECES, (piece, quoted: string | undefined, plain: string | undefined) => {
    const name = quoted ?? plain;
    if (name === undefined) return piece;
    const value = byName.get(name);
    invariant(value !== undefined, `a parameter ${name} in the head of ${id}`);
    if (quoted === undefined) return value;
    invariant(parameters[name]?.type === "integer", `a whole number in the interval of ${id}, not ${name}`);
    return `'${value}'`;
  });
}

function refuseOther(
  id: string,
  name: string,
  { type, minimum, maximum }: Static<typeof StatementParameter>,
  value: Parameter,
): void {
  const fits = {
    integer: typeof value === "number" && Number.isInteger(value),
    number: typeof value === "number" && Number.isFinite(value),
    text: typeof value === "string",
    list: Array.isArray(value),
  }[type];
  const least = minimum ?? -Infinity;
  const most = maximum ?? Infinity;
  if (fits && (typeof value !== "number" || (value >= least && value <= most))) return;
  const range = typeof value === "number" && fits ? ` from ${least} to ${most}` : "";
  throw new CountersignError(
    "E_USAGE",
    `expected ${type === "integer" ? "a whole number" : `a ${type}`}${range} as ${name} of ${id}, got ${JSON.stringify(value)}`,
  );
}
