import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CountersignError, compareStrings, counted, makeWritable, printable } from "../base/index.ts";
import { GAP_REASONS, gapCause, gapGroups, gapPlaces, isExcluded, type Gap } from "../facts/index.ts";
import {
  incompleteText,
  outOfSight,
  replaceFiles,
  type EvidenceHead,
  type EvidencePackage,
  type Finding,
  storesText,
} from "../evidence/index.ts";
import type { WrittenFile } from "../render/index.ts";
import { PACKAGE_NAMES, assessSnapshot, packageExits, writeHead } from "./assessing.ts";
import { MAX_EARLIER, stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import { whereAllowed } from "./keeping.ts";
import { table } from "./output.ts";
import { stepProgress } from "./progress.ts";
import { prepare, type Prepared } from "./rulebook.ts";
import { lastReportable, openSnapshot, type OpenedSnapshot } from "./snapshots.ts";
import { inClearText, reportable, unreadSources, unreadText } from "./unread.ts";

export { packageExits };

export interface AssessingOptions extends ConfigOptions {
  readonly from?: string;
  /** At most so many earlier snapshots are looked at. */
  readonly history: number;
}

export interface ReportingOptions extends AssessingOptions {
  readonly out: string;
  readonly page: "a4" | "letter";
  /**
   * `keep`, the default: everything is evaluated, and kept for the next run. `reuse`: outcomes of earlier runs are taken.
   * `none`: nothing is kept; for a state directory that may not be written to.
   */
  readonly outcomes?: "keep" | "none" | "reuse";
}

/** An assessment, and the sources of which nothing could be read. */
export type Assessed = EvidencePackage & {
  readonly unread: readonly string[];
  /** The complete report that is kept beside this one, which is not. */
  readonly kept?: { readonly as_of: string; readonly path: string };
};

/** Judges a snapshot and keeps the package in the state directory, where that may be written to. */
export async function assessCommandLine(
  environment: Environment,
  options: AssessingOptions,
): Promise<Assessed> {
  const prepared = await prepare(environment, options);
  const snapshot = await openSnapshot(environment, options);
  const state = stateDirectory(environment, options);
  const allowed = whereAllowed(environment.terminal);
  const judge = async (directory: string): Promise<EvidencePackage> => {
    const evidence = await assessSnapshot({
      environment,
      ...prepared,
      snapshot,
      partsDirectory: join(directory, "parts"),
      ...keptIn(state),
      reuseOutcomes: false,
      whereAllowed: allowed,
      earlierLimit: options.history,
      reproduce: reproducing("assess", snapshot, options),
    });
    await writeHead(directory, evidence.head);
    return evidence;
  };
  const place = join(state, "assessments", snapshot.manifest.snapshot_id);
  const kept = await allowed(async () => {
    await makeWritable(place);
    return true;
  });
  const evidence =
    kept === true
      ? await replaceFiles(place, { names: PACKAGE_NAMES, clock: environment.ports.clock }, judge)
      : await aside(judge);
  return { ...evidence, unread: unreadSources(snapshot) };
}

/** In a directory that nothing is kept of. */
async function aside<T>(judge: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-assess-"));
  try {
    return await judge(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Judges a snapshot and writes the report; an earlier one in the same directory stays until this one is whole. */
export async function reportCommandLine(
  environment: Environment,
  options: ReportingOptions,
  before?: Prepared,
): Promise<{ evidence: Assessed; files: readonly WrittenFile[] }> {
  const prepared = before ?? (await prepare(environment, options));
  const { step, done } = stepProgress(environment.terminal, 3);
  step("Reading the snapshot");
  const snapshot = await openSnapshot(environment, options);
  if (options.from === undefined) await refuseAttempt(snapshot, options);
  const out = resolve(environment.cwd, options.out);
  const { LAST_COMPLETE_FOLDER, keepLastComplete, replaceReport, writeReport } =
    await import("../render/index.ts");
  const written = await replaceReport(out, environment.ports.clock, async (directory) => {
    step("Judging");
    const evidence = await assessSnapshot({
      environment,
      ...prepared,
      snapshot,
      partsDirectory: join(directory, "parts"),
      ...(options.outcomes === "none" ? {} : keptIn(stateDirectory(environment, options))),
      reuseOutcomes: options.outcomes === "reuse",
      whereAllowed: whereAllowed(environment.terminal),
      earlierLimit: options.history,
      reproduce: reproducing("report", snapshot, options),
    });
    step("Writing the report");
    const files = await writeReport(evidence, directory, { page: options.page });
    const kept = evidence.head.incomplete === undefined ? undefined : await keepLastComplete(out, directory);
    return { evidence, files, kept };
  });
  done("Report written");
  const { kept } = written;
  const evidence = {
    ...written.evidence,
    unread: unreadSources(snapshot),
    ...(kept === undefined ? {} : { kept: { ...kept, path: join(out, LAST_COMPLETE_FOLDER) } }),
  };
  return { evidence, files: written.files.map((found) => ({ ...found, path: join(out, found.file) })) };
}

/**
 * Nobody who names no snapshot means an attempt that read nothing: in the last report's place it would read as if there were
 * neither secrets nor findings. Where no snapshot read anything it is all that there is. E_UNSEEN.
 */
async function refuseAttempt(snapshot: OpenedSnapshot, { out }: ReportingOptions): Promise<void> {
  if (reportable(snapshot) !== "no") return;
  const last = await lastReportable(snapshot);
  if (last === undefined) return;
  const { snapshot_id } = snapshot.manifest;
  throw new CountersignError(
    "E_UNSEEN",
    `expected a snapshot that read a store, got ${snapshot_id}, an attempt that read none; ${out} is left as it was`,
    {
      fix: `Mend what \`countersign doctor\` tells, and run again. The last snapshot that read something: countersign report --from ${last}. The attempt, where all is unknown: countersign report --from ${snapshot_id} --out <directory>`,
    },
  );
}

/** Ends what a killed process had begun in the report's directory, whatever becomes of this one. E_STATE_LOCKED, E_DISK. */
export async function finishLastReport(
  { cwd, ports }: Environment,
  { out }: Pick<ReportingOptions, "out">,
): Promise<void> {
  const { finishReport } = await import("../render/index.ts");
  await finishReport(resolve(cwd, out), ports.clock);
}

function reproducing(command: string, { manifest }: OpenedSnapshot, { history }: AssessingOptions): string {
  const bound = history === MAX_EARLIER ? "" : ` --history ${history}`;
  return `countersign ${command} --from ${manifest.snapshot_id}${bound}`;
}

/** What assessments leave for the next ones. */
const keptIn = (state: string) => ({
  cacheDirectory: join(state, "cache"),
  historyDirectory: join(state, "history"),
  snapshotsDirectory: join(state, "snapshots"),
});

/** The verdict for programs. */
export function packageJson(assessed: Assessed): Record<string, unknown> {
  const { head, unread, kept } = assessed;
  const { package_id, as_of, snapshot, summary, frameworks, sources, history, incomplete } = head;
  return {
    ...(incomplete === undefined ? {} : { incomplete }),
    ...(kept === undefined ? {} : { last_complete_report: kept }),
    package_id,
    snapshot_id: snapshot.snapshot_id,
    as_of,
    summary,
    ...gapCounts(assessed),
    unread,
    sources: sources.map(({ store_id, status, address }) => ({ store_id, status, address })),
    stores_not_looked_at: history?.stores_not_looked_at ?? [],
    frameworks: frameworks.map(({ framework, status_counts }) => ({ framework, status_counts })),
  };
}

/** The verdict for a person: what was seen, what failed, what was not seen. */
export function packageText(assessed: Assessed): string {
  const { head, findings, gaps, unread } = assessed;
  const { summary, frameworks, sources, as_of, entity, snapshot, history } = head;
  const { outcomes, violations_by_severity, subject_counts } = summary;
  const { unread_gaps } = gapCounts(assessed);
  const severities = Object.entries(violations_by_severity).filter(([, number]) => number > 0);
  const bySeverity = severities.map(([severity, number]) => `${number} ${severity}`).join(", ");
  const found = severities.reduce((sum, [, number]) => sum + number, 0);
  const statuses = ["satisfied", "deviation", "undetermined", "not_tested", "not_applicable"];
  const text = [
    ...incompleteText(head).map((line) => `${line}\n`),
    keptText(assessed),
    unreadText(unread),
    inClearText(sources),
    `${entity.name}, as of ${as_of}\n`,
    snapshot.notice === undefined ? "" : `${snapshot.notice}\n`,
    notReadText(history),
    notLookedAtText(history),
    `\n${counted(subject_counts["secret"], "secret")}, ${counted(subject_counts["principal"], "principal")} in ${storesText(head)}; ${counted(summary.grant_count, "grant")}\n`,
    `  deviations    ${outcomes.deviation}${found === 0 ? "" : `, in ${counted(found, "finding")}: ${bySeverity}`}\n`,
    `  undetermined  ${outcomes.undetermined}\n`,
    `  compliant     ${outcomes.compliant}\n`,
    `  gaps          ${unread_gaps}${unread_gaps > 0 ? "  what could not be read is never a pass" : ""}\n`,
    causesText(gaps.filter((gap) => !isExcluded(gap))),
    leftOutText(gaps),
    `${outOfSightText(assessed)}\n`,
    table([
      ["framework", ...statuses.map((status) => status.replace("_", " "))],
      ...frameworks.map(({ framework, status_counts }) => [
        framework,
        ...statuses.map((status) => String(status_counts[status] ?? 0)),
      ]),
    ]),
    worst(findings),
  ].join("");
  return printable(text);
}

/** Of `gap_count`, what could not be read, and what the settings leave out. */
function gapCounts({ head, gaps }: Assessed): { readonly unread_gaps: number; readonly left_out: number } {
  const left_out = gaps.filter(isExcluded).length;
  return { unread_gaps: head.summary.gap_count - left_out, left_out };
}

/** Where the complete report is, whose place an incomplete one took. */
function keptText({ kept }: Assessed): string {
  return kept === undefined ? "" : `The last complete report (${kept.as_of}) is kept in ${kept.path}.\n`;
}

/** Most causes of gaps that are told, and places with one. */
const MAX_CAUSES = 5;
const MAX_PLACES = 3;

/** What gaps come from: what was refused before what was left out, and of each what explains most first. */
function causesText(gaps: readonly Gap[]): string {
  const groups = GAP_REASONS.flatMap((reason) =>
    gapGroups(gaps.filter((gap) => gap.reason === reason)).sort(
      (a, b) => b.length - a.length || compareStrings(gapCause(a[0]), gapCause(b[0])),
    ),
  );
  const told = groups
    .slice(0, MAX_CAUSES)
    .map((group) => `    ${group.length} of ${gapPlaces(group, MAX_PLACES)}:\n      ${group[0].detail}\n`);
  const left = groups.slice(MAX_CAUSES);
  const more = left.reduce((sum, { length }) => sum + length, 0);
  return `${told.join("")}${more === 0 ? "" : `    and ${more} more, of ${counted(left.length, "cause")}: see gaps.csv\n`}`;
}

/** What the settings leave out of the scope, once each way of doing so. */
function leftOutText(gaps: readonly Gap[]): string {
  return gapGroups(gaps.filter(isExcluded))
    .map((group) => `  not in scope  ${gapPlaces(group, MAX_PLACES)}: ${group[0].detail}\n`)
    .join("");
}

/** Most earlier snapshots, or stores, that are named; the package names them all. */
const MAX_NAMED = 3;

/** That fewer findings than before are no progress, where it is so. */
function outOfSightText(assessed: Assessed): string {
  const { unseen, undetermined } = outOfSight(assessed);
  const total = unseen + undetermined;
  if (total === 0) return "";
  return `  not fixed     ${counted(total, "earlier finding")} out of sight: ${unseen} not seen any more, ${undetermined} not known any more\n`;
}

/** That what findings say of the past is not all of it. */
function notReadText(history: EvidenceHead["history"]): string {
  const left = history?.not_read ?? [];
  if (left.length === 0) return "";
  const named = left.slice(0, MAX_NAMED).map(({ snapshot_id, reason }) => `  ${snapshot_id}: ${reason}\n`);
  const more = left.length > MAX_NAMED ? `  and ${left.length - MAX_NAMED} more\n` : "";
  const what = counted(left.length, "earlier snapshot");
  return `${what} could not be looked at, so things may have failed for longer than is said:\n${named.join("")}${more}`;
}

/** That the verdict is silent about stores of which earlier ones spoke. */
function notLookedAtText(history: EvidenceHead["history"]): string {
  const left = history?.stores_not_looked_at ?? [];
  if (left.length === 0) return "";
  const named = left.slice(0, MAX_NAMED).map(
    ({ store_id, last_looked_at, open_finding_count }) =>
      `  ${store_id}: last looked at ${last_looked_at}, ${counted(open_finding_count, "finding")} open then
`,
  );
  const more =
    left.length > MAX_NAMED
      ? `  and ${left.length - MAX_NAMED} more
`
      : "";
  const what = counted(left.length, "store");
  return `${what} of earlier snapshots not looked at any more, so nothing here speaks of them:
${named.join("")}${more}`;
}

/** One cause often fails many: findings of which most say the same come first. */
function mostAlikeFirst(findings: EvidencePackage["findings"]): EvidencePackage["findings"] {
  const alike = [...Map.groupBy(findings, ({ message }) => message).values()];
  return alike.toSorted((a, b) => b.length - a.length).flat();
}

/** The worst policies, each with the first subject that fails it and the number of the others; empty where none is failed. */
function worst(findings: EvidencePackage["findings"]): string {
  const failed = findings.filter(({ status }) => status === "violation");
  if (failed.length === 0) return "";
  const policies = [...Map.groupBy(failed, ({ policy_id }) => policy_id).values()]
    .map(mostAlikeFirst)
    .slice(0, 8)
    .flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const subject = ({ found_in: thing, subject_id }: Finding): string => thing ?? subject_id;
      const others = new Set(same.map(subject)).size - 1;
      const more = others > 0 ? ` and ${others} more` : "";
      const alike = same.filter(({ message }) => message === first.message).length;
      const said = alike < 2 ? "" : `            ${alike} of these: ${first.message}\n`;
      return [`  ${first.severity.padEnd(8)}  ${first.title}\n            ${subject(first)}${more}\n${said}`];
    });
  return `\nWorst first:\n${policies.join("")}`;
}

/** For a person: why there is a new report though no store could be read. */
export const DAMAGE_TEXT =
  "The embedded vault is not intact, so this is reported, although no other store could be read\n";

/** For a person: why there is no new report, and what to do. */
export function unreportedText(
  snapshotId: string,
  { out }: Pick<ReportingOptions, "out">,
  unread: readonly string[],
): string {
  return printable(`${unreadText(unread)}So ${out} is left as it was; the attempt is kept as ${snapshotId}.
Next: mend what is said to be wrong (countersign doctor tells when it is), then countersign run again
A report of the attempt can be had all the same; where nothing could be read it says only what is unknown: countersign report --from ${snapshotId} --out <directory>
`);
}

export function filesText(files: readonly WrittenFile[]): string {
  const names = files.filter(({ path }) => !path.includes("/parts/")).map(({ path }) => `  ${path}\n`);
  return `\nWritten:\n${names.join("")}`;
}
