import { CountersignError, EXIT, counted, firstInstant, type ExitCode } from "../base/index.ts";
import {
  coverage,
  detectionFinding,
  detections,
  type Detection,
  type EventFinding,
  type LogCoverage,
  type Period,
} from "../events/index.ts";
import { csv } from "../render/index.ts";
import type { Parameter } from "../tables/index.ts";
import type { LoadedConfig } from "./config.ts";
import { configIfThere, productVersion, type Environment } from "./environment.ts";
import { asReader } from "./event-engine.ts";
import { parameters, type QueryOptions } from "./event-queries.ts";
import { configuredParameters, examine } from "./event-examination.ts";
import { refuseUnknown, reviewing, type Review, type Suppression } from "./event-settings.ts";
import { WITHOUT_LOG } from "./log-sources.ts";
import { exitSummary, table } from "./output.ts";

export interface DetectOptions extends QueryOptions {
  readonly ocsf?: boolean;
  readonly since?: string;
  readonly until?: string;
}

const DAY_MS = 86_400_000;

/** What `events detect` tells. */
interface Detected {
  readonly period: Period;
  readonly ran: readonly string[];
  readonly off: readonly string[];
  readonly findings: readonly Told[];
  /** Why nothing found is not the same as nothing there. */
  readonly holes: readonly string[];
  readonly ended: readonly Suppression[];
}

interface Told {
  readonly finding: EventFinding;
  readonly review: Review | undefined;
}

/**
 * `events detect`: what is odd. Ends with 1 where something was found that is neither acknowledged nor suppressed, with 3 where nothing, or not
 * everything, could be looked at.
 */
export async function detectEvents(
  environment: Environment,
  ids: readonly string[],
  options: DetectOptions,
): Promise<ExitCode> {
  const config = await configurationOf(environment, options);
  const off = ids.length > 0 ? [] : (config?.value.events?.off ?? []);
  const wanted = chosen(ids).filter(({ id }) => !off.includes(id));
  const period = periodOf(environment, options);
  const given = givenTo(wanted, config, options.set ?? []);
  const reviews = reviewing(config?.value.events, environment.ports.clock.now());
  const { found, holes } = await asReader(environment, options, config, async ({ engine, behind }) => {
    const { found, reference } = await examine(engine, wanted, { config, period, given });
    const logs = await coverage(engine, period);
    return {
      found,
      holes: [
        ...(options.since === undefined ? [] : begunLate(logs, period)),
        ...holesOf(logs, period, config),
        ...(behind === undefined ? [] : [behind]),
        ...(reference.undecided > 0
          ? [
              `${counted(reference.undecided, "principal")} of the log may be break-glass, a workload or have hours: a rule asks for what the log does not say`,
            ]
          : []),
      ],
    };
  });
  const detected: Detected = {
    period,
    ran: wanted.map(({ id }) => id),
    off,
    findings: found.map((finding) => ({ finding, review: reviews.of(finding) })),
    holes,
    ended: reviews.ended,
  };
  return tell(environment, detected, options);
}

async function configurationOf(
  environment: Environment,
  options: DetectOptions,
): Promise<LoadedConfig | undefined> {
  const config = await configIfThere(environment, options);
  if (config !== undefined) refuseUnknown(config);
  return config;
}

function chosen(ids: readonly string[]): Detection[] {
  const all = detections();
  const unknown = ids.find((id) => !all.some((detection) => detection.id === id));
  if (unknown !== undefined) {
    throw new CountersignError("E_NOT_FOUND", `expected a detection, got ${JSON.stringify(unknown)}`, {
      fix: `There are: ${all.map(({ id }) => id).join(", ")}.`,
    });
  }
  return all.filter(({ id }) => ids.length === 0 || ids.includes(id));
}

function periodOf({ ports }: Environment, { since, until }: DetectOptions): Period {
  const instant = (name: string, text: string): Date => {
    const found = firstInstant(text);
    if (found !== undefined) return new Date(found);
    throw new CountersignError("E_USAGE", `expected an instant after ${name}, got ${JSON.stringify(text)}`, {
      fix: "Write a day or an instant of RFC 3339, such as 2026-10-01 or 2026-10-01T08:00:00Z.",
    });
  };
  const period = {
    since: since === undefined ? new Date(0) : instant("--since", since),
    now: until === undefined ? ports.clock.now() : instant("--until", until),
  };
  if (period.since < period.now) return period;
  throw new CountersignError("E_USAGE", "expected --since before the end of the period, got one after it");
}

/** Parameters of each detection: those of the configuration, then those of `--set [detection.]name=value`. */
function givenTo(
  wanted: readonly Detection[],
  config: LoadedConfig | undefined,
  set: readonly string[],
): ReadonlyMap<string, Record<string, Parameter>> {
  const given = configuredParameters(wanted, config);
  const isText = (name: string): boolean => {
    const parameter = name.slice(name.indexOf(".") + 1);
    const of = name.includes(".") ? wanted.filter(({ id }) => name.startsWith(`${id}.`)) : wanted;
    return of.some(({ head }) => head.parameters?.[parameter]?.type === "text");
  };
  for (const [name, value] of Object.entries(parameters(set, isText))) {
    const [first = "", second] = name.split(".");
    const [id, parameter] = second === undefined ? [wanted[0]?.id ?? "", first] : [first, second];
    const own = given.get(id);
    if (own === undefined || (second === undefined && wanted.length !== 1)) {
      throw new CountersignError(
        "E_USAGE",
        `expected detection.parameter=value, got ${JSON.stringify(name)}`,
        {
          fix: `Name one of the detections that run, e.g. --set ${wanted[0]?.id ?? "bulk_read"}.${first}=…`,
        },
      );
    }
    own[parameter] = value;
  }
  return given;
}

/** Logs that tell nothing of the first days that were asked for: a log without events every hour begins a little later. */
function begunLate(logs: readonly LogCoverage[], { since }: Period): string[] {
  return logs
    .filter(({ first_at }) => first_at !== "" && Date.parse(first_at) - since.getTime() >= DAY_MS)
    .map(
      ({ store_id, first_at }) =>
        `${store_id}: its log begins at ${first_at}, behind the beginning of the period`,
    );
}

function holesOf(
  logs: readonly LogCoverage[],
  { since, now }: Period,
  config: LoadedConfig | undefined,
): string[] {
  const withEvents = logs.filter(({ last_at }) => last_at !== "");
  const missing = Object.entries(config?.value.sources ?? {})
    .filter(
      ([id, { connector }]) => !WITHOUT_LOG.has(connector) && !withEvents.some((log) => log.store_id === id),
    )
    .map(([id]) => id)
    .sort();
  return [
    ...(withEvents.length === 0
      ? [`no event before ${now.toISOString()} was ingested: nothing can be said`]
      : []),
    ...missing.map((id) => `${id}: no log was ingested`),
    ...logs.flatMap(({ store_id, last_at, aside, nameless_events, nameless_reads }) => [
      ...(last_at !== "" && Date.parse(last_at) < since.getTime()
        ? [`${store_id}: its log ends at ${last_at}, before the period`]
        : []),
      ...(aside > 0
        ? [
            `${store_id}: ${counted(aside, "record or part of a file", "records or parts of files")} could not be read`,
          ]
        : []),
      ...(nameless_events > 0
        ? [`${store_id}: ${counted(nameless_events, "event")} with neither principal nor source`]
        : []),
      ...(nameless_reads > 0
        ? [`${store_id}: ${counted(nameless_reads, "read")} with neither secret nor resource`]
        : []),
    ]),
  ];
}

function tell({ terminal }: Environment, detected: Detected, options: DetectOptions): ExitCode {
  const { period, ran, off, findings, holes, ended } = detected;
  const open = findings.filter(({ review }) => review === undefined);
  const exits = exitSummary([
    ...(open.length > 0 ? [EXIT.violations] : []),
    ...(holes.length > 0 ? [EXIT.incomplete] : []),
  ]);
  const notes = notesText(detected, open.length);
  if (options.ocsf === true) {
    const version = productVersion();
    for (const { finding, review } of findings) {
      const terms = { productVersion: version, ...(review === undefined ? {} : { review }) };
      terminal.out(`${JSON.stringify(detectionFinding(finding, terms))}\n`);
    }
    terminal.err(notes);
  } else if (options.json === true) {
    const told = findings.map(({ finding, review }) => ({
      ...finding,
      ...(review === undefined ? {} : { review }),
    }));
    const between = { since: period.since.toISOString(), until: period.now.toISOString() };
    terminal.out(
      `${JSON.stringify({ ...between, detections: ran, off, findings: told, holes, ended_suppressions: ended, ...exits })}\n`,
    );
  } else if (options.csv === true) {
    terminal.out(csv([...COLUMNS], findings));
    terminal.err(notes);
  } else {
    const head = COLUMNS.map(({ name }) => name);
    const rows = findings.map((told) => COLUMNS.map(({ cell }) => cell(told)));
    terminal.out(`${findings.length === 0 ? "" : table([head, ...rows])}${notes}`);
  }
  return exits.exit;
}

const COLUMNS = [
  { name: "detection", cell: ({ finding }: Told) => finding.detection },
  { name: "severity", cell: ({ finding }: Told) => finding.severity },
  { name: "detected_at", cell: ({ finding }: Told) => finding.detected_at },
  { name: "store_id", cell: ({ finding }: Told) => finding.store_id },
  { name: "principal_key", cell: ({ finding }: Told) => finding.principal_key ?? "" },
  { name: "secret_key", cell: ({ finding }: Told) => finding.secret_key ?? "" },
  { name: "source_ip", cell: ({ finding }: Told) => finding.source_ip ?? "" },
  { name: "event_count", cell: ({ finding }: Told) => String(finding.event_count) },
  { name: "first_at", cell: ({ finding }: Told) => finding.first_at },
  { name: "last_at", cell: ({ finding }: Told) => finding.last_at },
  { name: "event_id", cell: ({ finding }: Told) => finding.event_id ?? "" },
  { name: "detail", cell: ({ finding }: Told) => finding.detail },
  { name: "review", cell: ({ review }: Told) => (review === undefined ? "" : reviewText(review)) },
];

function reviewText(review: Review): string {
  const by = review.by === undefined ? "" : ` by ${review.by}`;
  const when =
    review.how === "suppressed"
      ? `suppressed${by} until ${review.until}`
      : `acknowledged${by} on ${review.reviewed_at}`;
  return `${when}: ${review.reason}`;
}

function notesText({ ran, off, findings, holes, ended }: Detected, open: number): string {
  const acknowledged = findings.filter(({ review }) => review?.how === "acknowledged").length;
  const suppressed = findings.length - open - acknowledged;
  const also = acknowledged === 0 ? "" : `, ${acknowledged} acknowledged`;
  const lines = [
    `${counted(ran.length, "detection")}: ${counted(open, "finding")}, ${suppressed} suppressed${also}`,
    ...off.map((id) => `off by configuration: ${id}`),
    ...ended.map(({ detection, until, reason }) => `suppression ended on ${until}: ${detection}: ${reason}`),
    ...holes.map((hole) => `not seen: ${hole}`),
  ];
  return `${lines.join("\n")}\n`;
}
