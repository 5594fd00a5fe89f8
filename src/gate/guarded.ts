import { known, type BaselineEntry } from "./baseline.ts";
import type { PlacedChange } from "./declared.ts";
import { withLines } from "./excerpts.ts";
import { waiverChanges } from "./guard-changes.ts";
import { SourceText, type Place } from "./text/source-text.ts";
import { isUnreadFile, type Tree } from "./tree.ts";
import type { GateFinding, Notice, Verdict } from "./verdict.ts";
import { DEFAULT_WAIVER_DAYS, MARKS, waived, waiverKey, waiversOf, type Waiver } from "./waivers.ts";

/** What decides beside the findings: which of them are known or waived, and by whose word. */
export interface Guards {
  /** Whose configuration, policies and baseline were taken: of what the change is to be merged into, or of the change itself. */
  readonly from: Verdict["guards"]["from"];
  readonly ref?: string;
  readonly maxWaiverDays: number;
  readonly baseline: readonly BaselineEntry[];
  /** What the change does to configuration, own policies and baseline. */
  readonly changes: readonly PlacedChange[];
  /** The same files as they are in the base, whose waivers hold. */
  readonly base?: Tree;
}

/** Waivers of the change itself, and no baseline. */
export const OWN_GUARDS: Guards = {
  from: "change",
  maxWaiverDays: DEFAULT_WAIVER_DAYS,
  baseline: [],
  changes: [],
};

export interface GuardedTerms {
  /** Files that were judged. */
  readonly sources: ReadonlyMap<string, SourceText>;
  /** Files that were not judged, in which findings stand all the same: of these lines are shown. */
  readonly shown?: ReadonlyMap<string, SourceText>;
  /** A part of the files is looked at, so that nothing is said of baseline entries of the others. */
  readonly partial: boolean;
  /** Whether a file of the base would be judged, so that its waivers are ones. */
  readonly isJudged: (path: string, text: string) => boolean;
  /** `YYYY-MM-DD`, in UTC. */
  readonly today: string;
  /** Judges the base's files, by the same rules, with the waivers that are in them. */
  readonly judgeBase: (tree: Tree) => Promise<Verdict>;
}

export interface Guarded {
  readonly told: Verdict["guards"];
  readonly changes: readonly PlacedChange[];
  /** Findings with what they stand on, and whether they are waived or known. */
  readonly settle: (
    findings: readonly GateFinding[],
    credentials: readonly Place[],
  ) => { readonly findings: GateFinding[]; readonly notices: Notice[] };
}

/**
 * Reads the waivers. With a base only those hold that waive the same thing there, with the same end and reason: what a change adds, or
 * moves to another thing, is told and waives nothing.
 */
export async function guarded(guards: Guards, terms: GuardedTerms): Promise<Guarded> {
  const { sources, shown = new Map<string, SourceText>(), today, judgeBase, partial } = terms;
  const { from, ref, maxWaiverDays, base } = guards;
  const trustedOf = async (tree: Tree): Promise<ReadonlySet<string>> =>
    waivers.length === 0 || before?.length === 0 ? new Set() : waivedIn(await judgeBase(tree));
  const own = [...sources.values()].map(waiversOf);
  const waivers = own.flatMap((file) => file.waivers);
  const before = base === undefined ? undefined : await waiversOfTree(base, terms);
  const trusted = base === undefined ? undefined : await trustedOf(base);
  return {
    told: { from, ...(ref === undefined ? {} : { ref }), max_waiver_days: maxWaiverDays },
    changes: [...guards.changes, ...(before === undefined ? [] : waiverChanges(before, waivers))],
    settle: (findings, credentials) => {
      const lined = withLines(findings, new Map([...shown, ...sources]), credentials);
      const holding = { today, maxDays: maxWaiverDays, ...(trusted === undefined ? {} : { trusted }) };
      const held = waived(lined, waivers, sources, holding);
      const looked = (file: string): boolean => !partial || sources.has(file);
      const met = known(held.findings, guards.baseline, looked);
      const notices = [...own.flatMap((file) => file.notices), ...held.notices, ...met.notices];
      return { findings: [...met.findings], notices };
    },
  };
}

/** Waivers of the base's files; where a part is looked at, of that part. */
async function waiversOfTree(tree: Tree, { sources, partial, isJudged }: GuardedTerms): Promise<Waiver[]> {
  const waivers: Waiver[] = [];
  for await (const file of tree.files()) {
    if (isUnreadFile(file) || (partial && !sources.has(file.path))) continue;
    const bytes = await file.read();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    if (MARKS.some((mark) => text.includes(mark)) && (sources.has(file.path) || isJudged(file.path, text)))
      waivers.push(...waiversOf(new SourceText(file.path, text)).waivers);
  }
  return waivers;
}

function waivedIn({ findings }: Verdict): ReadonlySet<string> {
  return new Set(
    findings.flatMap(({ policy_id, subject, waiver }) =>
      waiver === undefined ? [] : [waiverKey(policy_id, subject.address, waiver)],
    ),
  );
}
