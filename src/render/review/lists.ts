import { counted, csvStream, type CsvColumn } from "../../base/index.ts";
import {
  cellLines,
  ITEM_COLUMNS,
  outcomeText,
  type Decision,
  type DecisionLine,
  type ReportItem,
  type ReportReviewer,
  type ReviewPackage,
  type ReviewReport,
} from "../../review/index.ts";
import { joined } from "../csv/table.ts";

/** The end of each row: of which review it is, wherever it is copied to. */
function provenance({ entity, campaign, population }: ReviewReport): CsvColumn<unknown>[] {
  return [
    { name: "entity", cell: () => entity.name },
    { name: "request_list_id", cell: () => entity.request_id ?? "not stated" },
    { name: "campaign_id", cell: () => campaign.campaign_id },
    { name: "as_of", cell: () => population.as_of },
    { name: "snapshot_id", cell: () => population.snapshot_id },
    { name: "snapshot_sha256", cell: () => population.snapshot_sha256 },
  ];
}

/** Left empty for the auditor's pen. */
const BLANKS: readonly CsvColumn<unknown>[] = [
  { name: "auditor_mark", cell: () => "" },
  { name: "auditor_remarks", cell: () => "" },
];

const each = (
  decisions: readonly Decision[],
  text: (decision: Decision) => number | string | undefined,
): string => cellLines(decisions.map((decision) => String(text(decision) ?? "none")));

/** What the access list lacks and the review adds; several decisions are lines of one cell, the first one first. */
function reviewColumns({ acknowledgement }: ReviewReport): CsvColumn<ReportItem>[] {
  return [
    { name: "state", cell: ({ found }) => found.state },
    { name: "reviewer", cell: ({ found }) => found.decisions[0]?.by ?? found.reviewer ?? "nobody" },
    { name: "authority", cell: ({ found }) => found.assigned_because },
    { name: "second_reviewer", cell: ({ found }) => found.decisions[1]?.by ?? secondText(found) },
    { name: "outcome", cell: ({ found }) => outcomeText(found) },
    { name: "decided_by", cell: ({ found: { decisions } }) => each(decisions, ({ by }) => by) },
    { name: "level", cell: ({ found: { decisions } }) => each(decisions, ({ level }) => level) },
    { name: "decision", cell: ({ found: { decisions } }) => each(decisions, ({ kind }) => kind) },
    { name: "decided_at", cell: ({ found: { decisions } }) => each(decisions, ({ at }) => at) },
    {
      name: "justification",
      cell: ({ found: { decisions } }) => each(decisions, ({ justification }) => justification),
    },
    { name: "channel", cell: ({ found: { decisions } }) => each(decisions, ({ channel }) => channel) },
    { name: "seen_sha256", cell: ({ found: { decisions } }) => each(decisions, (one) => one.seen_sha256) },
    { name: "bulk_size", cell: ({ found: { decisions } }) => each(decisions, (one) => one.bulk_size) },
    { name: "handed_on_times", cell: ({ found }) => found.delegations },
    { name: "joined_at", cell: ({ found }) => found.joined_at ?? "" },
    { name: "changed_at", cell: ({ found }) => found.changed_at ?? "" },
    { name: "escalated_at", cell: ({ found }) => found.escalated_at ?? "" },
    {
      name: "ticket",
      cell: ({ revocation }) => (revocation === undefined ? "" : (revocation.ticket?.reference ?? "none")),
    },
    { name: "wider_since_revoked", cell: ({ found }) => widerText(found) },
    { name: "revocation_due_at", cell: ({ revocation }) => revocation?.due_at ?? "" },
    { name: "revocation_state", cell: ({ revocation }) => revocation?.state ?? "" },
    { name: "removed_at", cell: ({ revocation }) => revocation?.removed_at ?? "" },
    { name: "verified_by_snapshot", cell: ({ revocation }) => revocation?.checked?.snapshot_id ?? "" },
    { name: "remaining_path", cell: ({ revocation }) => cellLines(revocation?.checked?.remaining ?? []) },
    { name: "sampled", cell: ({ sampled }) => (sampled ? "yes" : "no") },
    { name: "acknowledged_by", cell: () => acknowledgement?.by ?? "nobody yet" },
    { name: "acknowledged_at", cell: () => acknowledgement?.at ?? "" },
  ];
}

/** What a revoked item covers by now, all of which must go, e.g. `3 secrets: read, list`. */
function widerText({ widened }: ReportItem["found"]): string {
  return widened === undefined
    ? ""
    : `${counted(widened.secret_count, "secret")}: ${joined(widened.actions)}`;
}

/** Where one decided: whether another must. */
function secondText({ item: { needs }, state }: ReportItem["found"]): string {
  if (needs.reviewers < 2 && !needs.security) return "none needed";
  return state === "decided" ? "none: it went without" : "missing";
}

const SECRET_COLUMNS: readonly CsvColumn<ReportItem>[] = [
  { name: "first_secrets", cell: ({ found }) => cellLines(found.item.secrets.sample) },
  { name: "secrets_sha256", cell: ({ found }) => found.item.secrets.set_sha256 },
];

function itemColumns(report: ReviewReport): CsvColumn<ReportItem>[] {
  return [
    { name: "item_id", cell: ({ found }) => found.item.item_id },
    ...ITEM_COLUMNS.map(({ name, cell }) => ({ name, cell: ({ found }: ReportItem) => cell(found) })),
    ...SECRET_COLUMNS,
    ...reviewColumns(report),
    { name: "item_sha256", cell: ({ found }) => found.seen_sha256 },
    ...BLANKS,
    ...provenance(report),
  ];
}

const DECISION_COLUMNS: readonly CsvColumn<DecisionLine>[] = [
  { name: "entry", cell: ({ entry }) => entry },
  { name: "item_id", cell: ({ decision }) => decision.item_id },
  { name: "decided_at", cell: ({ decision }) => decision.at },
  { name: "by", cell: ({ decision }) => decision.by },
  { name: "level", cell: ({ decision }) => decision.level },
  { name: "decision", cell: ({ decision }) => decision.kind },
  { name: "until", cell: ({ decision }) => decision.until ?? "" },
  { name: "keep_actions", cell: ({ decision }) => joined(decision.keep_actions ?? []) },
  { name: "revoke_secrets", cell: ({ decision }) => cellLines(decision.revoke_secrets ?? []) },
  { name: "justification", cell: ({ decision }) => decision.justification ?? "none" },
  { name: "channel", cell: ({ decision }) => decision.channel },
  { name: "bulk_size", cell: ({ decision }) => decision.bulk_size },
  { name: "considered_s", cell: ({ decision }) => decision.considered_s ?? "not known" },
  { name: "late", cell: ({ late }) => (late ? "yes" : "no") },
  { name: "fate", cell: ({ fate }) => fate },
  { name: "seen_sha256", cell: ({ decision }) => decision.seen_sha256 },
  { name: "entry_sha256", cell: ({ entry_sha256 }) => entry_sha256 },
];

const REVOCATION_COLUMNS: readonly CsvColumn<ReportItem>[] = [
  { name: "item_id", cell: ({ found }) => found.item.item_id },
  { name: "principal", cell: ({ found }) => found.item.principal.name },
  { name: "principal_id", cell: ({ found }) => found.item.principal.id },
  { name: "person", cell: ({ found }) => found.item.principal.person?.name ?? "not known" },
  { name: "store_id", cell: ({ found }) => found.item.store_id },
  { name: "tier", cell: ({ found }) => found.item.secrets.tier ?? "not known: dealt with as critical" },
  { name: "kind", cell: ({ revocation }) => revocation?.kind ?? "" },
  { name: "actions", cell: ({ revocation }) => joined(revocation?.actions ?? []) },
  { name: "secret_count", cell: ({ revocation }) => revocation?.secret_count ?? "" },
  { name: "secrets_out", cell: ({ revocation }) => cellLines(revocation?.secrets ?? []) },
  { name: "decided_by", cell: ({ found }) => joined([...new Set(found.decisions.map(({ by }) => by))]) },
  { name: "from_at", cell: ({ revocation }) => revocation?.from_at ?? "" },
  { name: "due_at", cell: ({ revocation }) => revocation?.due_at ?? "" },
  { name: "ticket", cell: ({ revocation }) => revocation?.ticket?.reference ?? "none" },
  { name: "ticket_noted_by", cell: ({ revocation }) => revocation?.ticket?.by ?? "" },
  { name: "state", cell: ({ revocation }) => revocation?.state ?? "" },
  { name: "removed_at", cell: ({ revocation }) => revocation?.removed_at ?? "" },
  {
    name: "verified_by_snapshot",
    cell: ({ revocation }) => revocation?.checked?.snapshot_id ?? "not verified yet",
  },
  { name: "verified_snapshot_sha256", cell: ({ revocation }) => revocation?.checked?.snapshot_sha256 ?? "" },
  { name: "verified_as_of", cell: ({ revocation }) => revocation?.checked?.as_of ?? "" },
  { name: "remaining_count", cell: ({ revocation }) => revocation?.checked?.remaining_count ?? "" },
  { name: "remaining_path", cell: ({ revocation }) => cellLines(revocation?.checked?.remaining ?? []) },
];

const REVIEWER_COLUMNS: readonly CsvColumn<ReportReviewer>[] = [
  { name: "reviewer", cell: ({ reviewer }) => reviewer },
  { name: "name", cell: ({ name }) => name ?? "not known" },
  { name: "title", cell: ({ title }) => title ?? "not known" },
  { name: "asked", cell: ({ asked }) => asked },
  { name: "waiting", cell: ({ waiting }) => waiting },
  {
    name: "authority",
    cell: ({ authority }) => cellLines(authority.map(({ because, items }) => `${items}: ${because}`)),
  },
  { name: "decision_count", cell: (one) => one.decision_count },
  { name: "certified", cell: ({ decisions }) => decisions["certify"] ?? 0 },
  { name: "reduced", cell: ({ decisions }) => decisions["reduce"] ?? 0 },
  { name: "revoked", cell: ({ decisions }) => decisions["revoke"] ?? 0 },
  { name: "limited_in_time", cell: ({ decisions }) => decisions["time_limit"] ?? 0 },
  { name: "justified", cell: ({ justified }) => justified },
  { name: "late", cell: ({ late }) => late },
  { name: "own_access", cell: (one) => one.own_access },
  { name: "own_secrets", cell: (one) => one.own_secrets },
  { name: "certified_share", cell: (one) => rounded(one.certified_share) },
  { name: "bulk_share", cell: (one) => rounded(one.bulk_share) },
  { name: "largest_bulk", cell: (one) => one.largest_bulk },
  { name: "median_seconds_between", cell: (one) => rounded(one.median_seconds) },
  { name: "median_seconds_considered", cell: (one) => rounded(one.median_considered_s) },
  { name: "fits_rubber_stamp_terms", cell: (one) => (one.rubber_stamp ? "yes" : "no") },
  { name: "last_decision_at", cell: (one) => one.last_decision_at ?? "" },
  { name: "signed_off_at", cell: (one) => one.signed_off_at ?? "not signed off" },
];

function rounded(value: number | undefined): number | string {
  return value === undefined ? "not known" : Math.round(value * 1000) / 1000;
}

/** One line of the reconciliation of a kind of thing. */
interface PopulationLine {
  readonly kind: string;
  readonly what: string;
  readonly count: number;
}

export function populationLines({ population }: ReviewReport): PopulationLine[] {
  const sides = (["secrets", "principals", "stores"] as const).flatMap((kind): PopulationLine[] => {
    const { total, in_items, excluded } = population[kind];
    return [
      { kind, what: "in the inventory", count: total },
      { kind, what: "in items", count: in_items },
      ...Object.entries(excluded).map(([reason, count]) => ({ kind, what: `excluded: ${reason}`, count })),
    ];
  });
  const people = Object.entries(population.people ?? {}).map(([what, count]) => ({
    kind: "people",
    what: what.replaceAll("_", " "),
    count,
  }));
  return [
    ...sides,
    ...people,
    { kind: "grants", what: "in items", count: population.grant_count },
    { kind: "items", what: "sealed", count: population.item_count },
    {
      kind: "gaps",
      what: population.complete ? "none hides anything in scope" : "may hide what is in scope",
      count: population.gap_count,
    },
  ];
}

const POPULATION_COLUMNS: readonly CsvColumn<PopulationLine>[] = [
  { name: "kind", cell: ({ kind }) => kind },
  { name: "what", cell: ({ what }) => what },
  { name: "count", cell: ({ count }) => count },
];

type List = readonly [file: string, chunks: AsyncIterable<string>];

/** The lists of a report, each in pieces. */
export function reviewLists(source: ReviewPackage): List[] {
  const { report } = source;
  const of = provenance(report);
  return [
    ["items.csv", csvStream(itemColumns(report), source.items())],
    ["secrets.csv", csvStream(SET_COLUMNS, source.secrets())],
    ["decisions.csv", csvStream([...DECISION_COLUMNS, ...of], source.decisions())],
    ["revocations.csv", csvStream([...REVOCATION_COLUMNS, ...BLANKS, ...of], source.revoked())],
    ["reviewers.csv", csvStream([...REVIEWER_COLUMNS, ...BLANKS, ...of], report.reviewers)],
    ["population.csv", csvStream([...POPULATION_COLUMNS, ...of], populationLines(report))],
    ["sample.csv", csvStream(itemColumns(report), source.sample())],
  ];
}

const SET_COLUMNS: readonly CsvColumn<readonly [string, string]>[] = [
  { name: "secrets_sha256", cell: ([set]) => set },
  { name: "secret_id", cell: ([, id]) => id },
];
