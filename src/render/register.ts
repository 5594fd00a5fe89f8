import { compareStrings } from "../base/index.ts";
import type { EvidencePackage, Finding } from "../evidence/index.ts";
import { gapCause } from "../facts/index.ts";
import { SEVERITIES, type Severity } from "../policy/index.ts";

/** A finding with the number it has in this report; its `finding_id` is the same in every report. */
export interface Numbered {
  /** `D-0001` for a deviation, `U-0001` for an unknown, `E-0001` for an error of a policy. */
  readonly number: string;
  readonly finding: Finding;
}

/** The findings of one policy, in order of their numbers, which follow on each other. */
export interface FindingGroup {
  readonly policy_id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly findings: readonly Numbered[];
}

type Gap = EvidencePackage["gaps"][number];

export interface NumberedGap {
  /** `G-0001`. */
  readonly number: string;
  readonly gap: Gap;
}

/** Gaps that one thing explains; their numbers follow on each other. There is at least one. */
export type NumberedGaps = readonly [NumberedGap, ...NumberedGap[]];

export interface GapPlace extends NumberedGap {
  readonly group: NumberedGaps;
}

/** Every finding and gap once, numbered: the order of the report and of the lists. */
export interface Register {
  readonly deviations: readonly FindingGroup[];
  readonly unknowns: readonly FindingGroup[];
  readonly errors: readonly FindingGroup[];
  readonly gaps: readonly NumberedGap[];
  /** The gaps by what explains them, in the same order. */
  readonly gapGroups: readonly NumberedGaps[];
  /** A gap, and the group that it belongs to, by the gap's digest. */
  readonly gapPlaces: ReadonlyMap<string, GapPlace>;
  /** So many digits of a record's digest tell it from every other record that a finding names. */
  readonly recordDigits: number;
  /** By the number of a finding, that of the first of which the same is said, which stands for their cause. */
  readonly causeOf: ReadonlyMap<string, string>;
  /** Findings of a control, by `<framework> <control_id>`. */
  readonly byControl: ReadonlyMap<string, readonly Numbered[]>;
}

const SIGNS = { violation: "D", undetermined: "U", error: "E" } as const;

const MIN_DIGITS = 4;

/** Numbers findings by severity, policy, what was expected or why it is not known, store, subject; gaps by store, reason, what explains them, operation, resource. */
export function makeRegister(source: Pick<EvidencePackage, "findings" | "gaps">): Register {
  const gaps = numberedGaps(source.gaps);
  const gapGroups = byCause(gaps);
  const gapPlaces = new Map(
    gapGroups.flatMap((group) => group.map((one) => [one.gap.gap, { ...one, group }] as const)),
  );
  const causes = (finding: Finding): string => causesOf(finding, { gapPlaces });
  const deviations = grouped(source.findings, "violation", causes);
  const unknowns = grouped(source.findings, "undetermined", causes);
  const errors = grouped(source.findings, "error", causes);
  const all = [...deviations, ...unknowns, ...errors].flatMap(({ findings }) => findings);
  return {
    deviations,
    unknowns,
    errors,
    gaps,
    gapGroups,
    gapPlaces,
    recordDigits: recordDigits(all),
    causeOf: firstOfCause(all, causes),
    byControl: indexByControl(all),
  };
}

const LEAST_DIGITS = 16;

function recordDigits(findings: readonly Numbered[]): number {
  const digests = new Set(findings.flatMap(({ finding }) => finding.records));
  let digits = LEAST_DIGITS;
  while (new Set([...digests].map((digest) => digest.slice(0, digits))).size < digests.size) digits += 8;
  return digits;
}

/** Every numbered finding, deviations first. */
export function numberedFindings({ deviations, unknowns, errors }: Register): Numbered[] {
  return [...deviations, ...unknowns, ...errors].flatMap(({ findings }) => findings);
}

/** What keeps a finding from being judged, the same for all that one thing keeps from it; empty where no gap does. */
export function causesOf({ gaps }: Finding, { gapPlaces }: Pick<Register, "gapPlaces">): string {
  const groups = gaps.map((gap) => gapPlaces.get(gap)?.group[0].number ?? gap);
  return [...new Set(groups)].sort(compareStrings).join(" ");
}

/** Findings of which the same is said stand together, unless these are fewer. */
const LEAST_ALIKE = 3;

/**
 * What is said of a finding where the same is said of several of its policy, store and status: one cause, such as a role that opens many
 * secrets, is told once. Empty where it is said of few.
 */
export function saidAlike(findings: readonly Finding[]): (finding: Finding) => string {
  const counts = new Map<string, number>();
  for (const finding of findings) counts.set(keyAlike(finding), (counts.get(keyAlike(finding)) ?? 0) + 1);
  return (finding) => ((counts.get(keyAlike(finding)) ?? 0) < LEAST_ALIKE ? "" : finding.message);
}

function keyAlike({ policy_id, store_id, status, expected, actual, message }: Finding): string {
  return JSON.stringify([policy_id, store_id, status, expected, actual, message]);
}

/** How many causes findings have: those of one policy and store of which the same is said have one. */
export function causeCount({ causeOf }: Pick<Register, "causeOf">, findings: readonly Numbered[]): number {
  return new Set(findings.map(({ number }) => causeOf.get(number) ?? number)).size;
}

function firstOfCause(
  all: readonly Numbered[],
  causes: (finding: Finding) => string,
): ReadonlyMap<string, string> {
  const firsts = new Map<string, string>();
  return new Map(
    all.map(({ number, finding }) => {
      const key = `${keyAlike(finding)} ${finding.status === "undetermined" ? unknownKey(finding, causes) : ""}`;
      const first = firsts.get(key) ?? number;
      firsts.set(key, first);
      return [number, first];
    }),
  );
}

/** Why a finding is not known: what explains its gaps, wherever they are, else what is said. */
function unknownKey(finding: Finding, causes: (finding: Finding) => string): string {
  return finding.gaps.length === 0 ? (finding.unknown_because ?? "") : causes(finding);
}

function byCause(gaps: readonly NumberedGap[]): NumberedGaps[] {
  const groups = new Map<string, [NumberedGap, ...NumberedGap[]]>();
  for (const numbered of gaps) {
    const cause = gapCause(numbered.gap);
    const group = groups.get(cause);
    if (group === undefined) groups.set(cause, [numbered]);
    else group.push(numbered);
  }
  return [...groups.values()];
}

function grouped(
  findings: readonly Finding[],
  status: Finding["status"],
  causes: (finding: Finding) => string,
): FindingGroup[] {
  const said = saidAlike(findings);
  const rank = ({ severity }: Finding): string => String(SEVERITIES.indexOf(severity));
  const chosen = ordered(
    findings.filter((finding) => finding.status === status),
    (finding) => [
      rank(finding),
      finding.policy_id,
      finding.store_id,
      finding.expected,
      ...(status === "undetermined" ? [finding.message, unknownKey(finding, causes)] : [said(finding)]),
      finding.subject_name,
      finding.subject_id,
      finding.finding_id,
    ],
  );
  const digits = Math.max(MIN_DIGITS, String(chosen.length).length);
  const groups = new Map<string, { first: Finding; findings: Numbered[] }>();
  for (const [index, finding] of chosen.entries()) {
    const number = `${SIGNS[status]}-${String(index + 1).padStart(digits, "0")}`;
    const group = groups.get(finding.policy_id) ?? { first: finding, findings: [] };
    group.findings.push({ number, finding });
    groups.set(finding.policy_id, group);
  }
  return [...groups.values()].map(({ first, findings: members }) => ({
    policy_id: first.policy_id,
    title: first.title,
    severity: first.severity,
    findings: members,
  }));
}

function numberedGaps(gaps: readonly Gap[]): NumberedGap[] {
  const inOrder = ordered(gaps, (gap) => [
    gap.store_id,
    gap.reason,
    gapCause(gap),
    gap.operation,
    gap.scope,
    gap.resource ?? "",
    gap.gap,
  ]);
  const digits = Math.max(MIN_DIGITS, String(gaps.length).length);
  return inOrder.map((gap, index) => ({ number: `G-${String(index + 1).padStart(digits, "0")}`, gap }));
}

/** A sorted copy, by several keys. */
function ordered<T>(items: readonly T[], keys: (item: T) => readonly string[]): T[] {
  return items
    .map((item) => ({ item, keys: keys(item) }))
    .sort((a, b) => {
      for (const [index, key] of a.keys.entries()) {
        const order = compareStrings(key, b.keys[index] ?? "");
        if (order !== 0) return order;
      }
      return 0;
    })
    .map(({ item }) => item);
}

function indexByControl(findings: readonly Numbered[]): Map<string, Numbered[]> {
  const index = new Map<string, Numbered[]>();
  for (const numbered of findings) {
    for (const control of numbered.finding.controls) {
      const list = index.get(control);
      if (list === undefined) index.set(control, [numbered]);
      else list.push(numbered);
    }
  }
  return index;
}

/** Numbers that follow on each other, as `first` to `last`. Expects the order of the register. */
export function runs(numbered: readonly Numbered[]): { first: Numbered; last: Numbered; count: number }[] {
  const found: { first: Numbered; last: Numbered; count: number }[] = [];
  for (const item of numbered) {
    const open = found.at(-1);
    if (open !== undefined && follows(open.last.number, item.number)) {
      open.last = item;
      open.count += 1;
    } else found.push({ first: item, last: item, count: 1 });
  }
  return found;
}

function follows(before: string, after: string): boolean {
  return before.slice(0, 2) === after.slice(0, 2) && Number(after.slice(2)) === Number(before.slice(2)) + 1;
}
