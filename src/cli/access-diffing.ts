import { CountersignError, csv, type CsvColumn, type ExitCode } from "../base/index.ts";
import {
  UNKNOWN_SURROUNDINGS,
  accessLine,
  accessMarkdown,
  accessNotes,
  accessReport,
  byWhat,
  requestedWord,
  type AccessReport,
  type AccessRequest,
  type ToldDifference,
} from "../gate/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { configIfThere, type Environment } from "./environment.ts";
import { BY_LABELS, againstOf, treeOf } from "./gating.ts";
import { table } from "./output.ts";
import { sourceBeside } from "./source-beside.ts";

/** Options of `access diff`, as commander gives them. */
export interface DiffOptions extends CommonOptions {
  readonly base?: string;
  /** A snapshot's id or directory; `latest`: the newest, as where it is absent and one is kept; `none`: no snapshot. */
  readonly against?: string;
  /** Where what a plan was made of lies; beside the plan unless said. */
  readonly source?: string;
  readonly format: "csv" | "markdown" | "text";
}

/** Who gains or loses which access by a change. What `accessReport` throws, E_USAGE, E_NOT_FOUND, E_CONFIG. */
export async function diffAccess(
  environment: Environment,
  paths: readonly string[],
  options: DiffOptions,
): Promise<ExitCode> {
  const { cwd, env, signal, ports, terminal } = environment;
  const terms = { cwd, env, signal };
  const config = await configIfThere(environment, options);
  const tree = await treeOf(environment, terms, { paths, options: {} });
  const { base } = options;
  if (base !== undefined && options.against !== undefined)
    throw new CountersignError("E_USAGE", "expected --base or --against, got both", {
      fix: "Leave one of them out: a plan has both sides itself.",
    });
  const collected = await heldAgainst(environment, options);
  const former = base === undefined ? undefined : await baseOf(environment, base, paths);
  const report = await accessReport({
    tree,
    ...(former === undefined ? {} : { base: former }),
    ...(collected === undefined ? {} : { collected }),
    classification: config?.rules ?? BY_LABELS,
    surroundings: UNKNOWN_SURROUNDINGS,
    beside: sourceBeside(cwd, options.source),
    at: ports.clock.now().toISOString(),
    signal,
  });
  terminal.out(rendered(report, options.json === true ? "json" : options.format));
  return report.exit;
}

/** What was asked for, or else what is kept here: of a commit that is named, none. */
async function heldAgainst(
  environment: Environment,
  options: DiffOptions,
): Promise<AccessRequest["collected"]> {
  if (options.base !== undefined || options.against !== undefined) return againstOf(environment, options);
  const { newestCollected } = await import("./snapshot-against.ts");
  const newest = await newestCollected(environment, options);
  return newest === undefined ? undefined : { ...newest, isUnasked: true };
}

async function baseOf({ cwd, env, signal }: Environment, ref: string, paths: readonly string[]) {
  const { refTree } = await import("./git-trees.ts");
  return { ref, tree: await refTree({ cwd, env, signal }, ref, paths) };
}

function rendered(report: AccessReport, format: DiffOptions["format"] | "json"): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(report)}\n`;
    case "markdown":
      return accessMarkdown(report);
    case "csv":
      return accessCsv(report);
    case "text":
      return textOf(report);
  }
}

/** The differences, one a line. */
export function accessCsv({ differences }: AccessReport): string {
  return csv(COLUMNS, differences);
}

function textOf(report: AccessReport): string {
  const { differences } = report;
  const isAsked = differences.some(({ requested }) => requested !== undefined);
  const columns = [...COLUMNS.slice(0, 5), ...(isAsked ? [REQUESTED] : []), ...COLUMNS.slice(5, 6)];
  const rows = differences.map((one) => columns.map(({ cell }) => String(cell(one))));
  const heading = columns.map(({ name }) => name);
  const notes = accessNotes(report).map((line) => `${line}\n`);
  return [
    `${accessLine(report)}\n`,
    ...(rows.length === 0 ? [] : ["\n", table([heading, ...rows])]),
    ...(notes.length === 0 ? [] : ["\n", table(notes.map((line) => [line.trimEnd()]))]),
  ].join("");
}

const REQUESTED: CsvColumn<ToldDifference> = { name: "requested", cell: requestedWord };

const COLUMNS: readonly CsvColumn<ToldDifference>[] = [
  { name: "direction", cell: ({ direction }) => direction },
  { name: "principal", cell: ({ principal }) => principal.name },
  { name: "secret", cell: ({ target }) => target.name },
  { name: "actions", cell: ({ actions }) => actions.join(" ") },
  { name: "certainty", cell: ({ certainty }) => certainty },
  { name: "by", cell: byWhat },
  { name: "file", cell: ({ place }) => place.file },
  { name: "line", cell: ({ place }) => place.line },
  { name: "principal_id", cell: ({ principal }) => principal.id },
  { name: "secret_id", cell: ({ target }) => target.id },
  { name: "tier", cell: ({ target }) => target.tier ?? "" },
  { name: "indirect", cell: ({ detour }) => (detour ? "yes" : "no") },
  REQUESTED,
];
