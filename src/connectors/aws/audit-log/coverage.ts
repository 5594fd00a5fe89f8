import {
  logStateSchema,
  without,
  type Fact,
  type Gap,
  type LogHole,
  type Span,
} from "../../../facts/index.ts";
import { Misshapen } from "../../shape.ts";
import { fact, gapIn, mountOf, type Answered } from "../operation.ts";

/** Days that LookupEvents reaches back. Source: LookupEvents, API reference. */
export const LOOKUP_DAYS = 90;

/** Gaps of one log that are told one by one. */
const MAX_TOLD = 100;

/** Why nothing is known of a time, where no hole says it. */
const UNKNOWN: Readonly<Record<string, Pick<Gap, "detail" | "fix" | "reason">>> = {
  lake: {
    reason: "limit",
    detail: "the event data store was not asked for this time yet",
    fix: "Collect again.",
  },
  lookup_events: {
    reason: "limit",
    detail: `LookupEvents was not asked for this time: it reaches back ${LOOKUP_DAYS} days, and a run reads only so much`,
    fix: "Collect again; for what is older read a trail's files (audit_log: { from: s3 }).",
  },
  s3: {
    reason: "unavailable",
    detail: "no log file and no digest file that was read shows that the trail delivered at this time",
    fix: "Collect again where a run's limit was met; else see since when, and whether, the trail logs and its bucket keeps. Log file validation has digest files written each hour.",
  },
};

const WAYS = ["lake", "lookup_events", "s3"] as const;

/** Of which time the records are kept, and a gap for each piece of what was to be read that is not among it. */
export function coverage(answered: Answered): (Fact | Gap)[] {
  const { body: state, params } = answered;
  if (!logStateSchema.fits(state)) throw new Misshapen("the answer", "the state of a log", undefined);
  const way = WAYS.find((one) => one === params["way"]);
  if (way === undefined) throw new Misshapen("way", "a way to read a log", params["way"]);
  const mount = mountOf(answered);
  const observed = state.observed.flatMap((span) => without(span, state.holes));
  const wanted = { from_at: params["from_at"] ?? "", to_at: params["to_at"] ?? "" };
  const last = observed.at(-1);
  return [
    fact(answered, "audit_log_coverage", `${mount}#audit-log/${way}`, {
      mount,
      name: "cloudtrail",
      way,
      observed_from: observed[0]?.from_at,
      observed_until: last?.to_at,
      observed,
      hole_count: state.holes.length,
      body_count: state.entry_count,
      event_count: state.event_count,
      redaction_count: state.redaction_count,
      reach_days: way === "lookup_events" ? LOOKUP_DAYS : undefined,
      management_only: way === "lookup_events",
    }),
    ...told(answered, state.holes.map(holeGap)),
    ...told(
      answered,
      without(wanted, [...state.observed, ...state.holes]).map(
        (span) => ({ ...span, ...UNKNOWN[way] }) as Told,
      ),
    ),
  ];
}

type Told = Span & Pick<Gap, "detail" | "reason"> & { readonly fix?: string };

function holeGap({ from_at, to_at, source, reason, detail, fix }: LogHole): Told {
  const said = `${source}: ${detail}`.slice(0, 1024);
  return { from_at, to_at, reason, detail: said, ...(fix === undefined ? {} : { fix }) };
}

/** The first ones each, the rest as one over all of their time. */
function told(answered: Answered, all: readonly Told[]): Gap[] {
  const [first] = all.slice(MAX_TOLD);
  const rest =
    first === undefined
      ? []
      : [
          {
            ...first,
            to_at: all.reduce((end, { to_at }) => (to_at > end ? to_at : end), first.to_at),
            detail:
              `${all.length - MAX_TOLD} more pieces of this time were not read, e.g. ${first.detail}`.slice(
                0,
                1024,
              ),
          },
        ];
  return [...all.slice(0, MAX_TOLD), ...rest].map((one) =>
    gapIn(answered, { ...one, resource: mountOf(answered), hides: ["audit_log_coverage"] }),
  );
}
