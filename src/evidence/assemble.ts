import type { GrantModel } from "../access/index.ts";
import { compareStrings, digestOf, sortedBy } from "../base/index.ts";
import {
  gapDigest,
  writePart,
  writePartLines,
  type Fact,
  type FactKind,
  type Gap,
  type Part,
  type RawRecord,
  type SourceManifest,
} from "../facts/index.ts";
import { type Catalogue, type ResolvedParams, type TierKey } from "../policy/index.ts";
import {
  OutcomeTally,
  foldControls,
  sumOf,
  type ControlStatus,
  type Mapping,
  type OwnControl,
} from "../controls/index.ts";
import { cutGaps, type Subject } from "../subjects/index.ts";
import { accessRows, grantLines } from "./access-rows.ts";
import { findingsOf, type FindingContext } from "./findings.ts";
import { readHistory, type Earlier, type LastComplete } from "./history.ts";
import {
  judgeEach,
  judgedSubject,
  judgementHead,
  policiesByKind,
  type JudgeRequest,
  type JudgedSubject,
  type Judgement,
} from "./judgement.ts";
import { idlePolicies } from "./idle-policies.ts";
import { operationCounts, populationsOf } from "./populations.ts";
import { policyResults } from "./policy-results.ts";
import type { EvidenceHead, EvidencePackage, Finding, NamedGap } from "./schema.ts";
import { unlisted } from "./unlisted.ts";

/** Everything that a package is made from. Nothing else enters: no clock, no machine. */
export interface AssembleRequest extends JudgeRequest {
  readonly records: readonly RawRecord[];
  /** By store: revisions of the connectors that made the facts, where others had read them. */
  readonly judgedRevisions?: ReadonlyMap<string, number>;
  readonly params: Readonly<Record<TierKey, ResolvedParams>>;
  readonly defaultParams: Readonly<Record<TierKey, ResolvedParams>>;
  readonly mappings: readonly Mapping[];
  /** Policy id → digest of the organisation's own bundle that holds it. */
  readonly ownBundles?: ReadonlyMap<string, string>;
  readonly entity: EvidenceHead["entity"];
  /** What the subjects were classified by. */
  readonly classification: EvidenceHead["classification"];
  readonly ownControls: readonly OwnControl[];
  readonly digests: EvidenceHead["digests"];
  readonly productVersion: string;
  readonly reproduce: string;
  readonly model: GrantModel;
  readonly partsDirectory: string;
  /** Earlier snapshots, where there are any. */
  readonly earlier?: Earlier;
}

/** Facts that an auditor reads in the original: policies, who may come in and how, encryption, audit, listeners. */
const EXTRACT_KINDS: readonly FactKind[] = [
  "access_log",
  "account",
  "auth_config",
  "auth_method",
  "auth_role",
  "availability",
  "endpoint",
  "group",
  "integrity_check",
  "key",
  "key_rotation",
  "key_rotation_history",
  "key_slot",
  "login_mfa",
  "mount",
  "node_config",
  "password_policy",
  "policy_document",
  "quota",
  "sink",
  "store",
  "store_config",
  "upkeep",
];

/** Names of the parts' files; `past_findings` is there with a history only. */
export const PART_FILES = {
  outcomes: "outcomes.ndjson.zst",
  subjects: "subjects.ndjson.zst",
  findings: "findings.ndjson.zst",
  gaps: "gaps.ndjson.zst",
  grants: "grants.ndjson.zst",
  extracts: "extracts.ndjson.zst",
  past_findings: "past-findings.ndjson.zst",
} as const satisfies Record<keyof EvidenceHead["parts"], string>;

/**
 * Judges every subject and assembles one evidence package; its parts are written below `partsDirectory`. The same request
 * gives the same bytes. E_DISK, and what the policy layer throws.
 */
export async function assemble(request: AssembleRequest): Promise<Assembled> {
  const { manifest, facts, partsDirectory, mappings, catalogue } = request;
  const judged = await judgeAll(request);
  const { gaps, judgement } = judged;
  const { findings, past, history, lastComplete } = await withHistory(request, judged);
  const causes = unlisted(facts.gaps);
  const extracts: Fact[] = EXTRACT_KINDS.flatMap((kind): readonly Fact[] => facts.of(kind));
  const parts = {
    outcomes: judged.outcomes,
    subjects: await writePart(partsDirectory, PART_FILES.subjects, judged.subjects),
    findings: await writePart(partsDirectory, PART_FILES.findings, findings),
    gaps: await writePart(partsDirectory, PART_FILES.gaps, gaps),
    grants: await writePart(partsDirectory, PART_FILES.grants, grantLines(request.model)),
    extracts: await writePart(partsDirectory, PART_FILES.extracts, extracts),
    ...(history === undefined
      ? {}
      : { past_findings: await writePart(partsDirectory, PART_FILES.past_findings, past) }),
  };
  const { tally } = judged;
  const frameworks = mappings.map((mapping) =>
    frameworkResult(
      mapping,
      foldControls(mapping, { catalogue: catalogue.policies, tally, gaps: facts.gaps }),
    ),
  );
  const subjects = new Map(judged.subjects.map((subject) => [subject.id, subject]));
  const body: Omit<EvidenceHead, "package_id"> = {
    format: "countersign-evidence/1",
    entity: request.entity,
    product: { name: "Countersign", version: request.productVersion },
    as_of: manifest.taken_at,
    time_zone: "UTC",
    snapshot: snapshotHead(request),
    sources: manifest.sources.map((source) => sourceOf(request, source)),
    populations: populationsOf(
      facts,
      manifest.sources.map(({ store_id }) => store_id),
      request.records,
    ),
    ...(causes.length === 0
      ? {}
      : { incomplete: { causes, ...(lastComplete === undefined ? {} : { last_complete: lastComplete }) } }),
    digests: request.digests,
    summary: summaryOf(judged, catalogue, parts.grants),
    classification: request.classification,
    policies: policyResults(request, tally, controlsByPolicy(mappings)),
    frameworks,
    own_controls: [...request.ownControls],
    ...(history === undefined ? {} : { history }),
    reproduce: request.reproduce,
    parts,
  };
  return {
    head: { ...body, package_id: digestOf(body) },
    findings,
    past,
    subjects: judged.subjects,
    gaps,
    extracts,
    idlePolicies: idlePolicies(facts),
    judgement,
    access: () => accessRows(request.model, subjects),
    grants: () => grantLines(request.model),
  };
}

function sourceOf(
  { records, judgedRevisions }: AssembleRequest,
  source: SourceManifest,
): EvidenceHead["sources"][number] {
  const judged = judgedRevisions?.get(source.store_id);
  return {
    ...source,
    operations: operationCounts(records, source.store_id),
    ...(judged === undefined ? {} : { judged_revision: judged }),
  };
}

/** A package, and what the next assessments want to know of it. */
export interface Assembled extends EvidencePackage {
  readonly judgement: Judgement;
}

/** Findings with the dates that earlier snapshots tell. */
async function withHistory(
  { earlier, catalogue, rules }: AssembleRequest,
  { findings, judgement }: Judged,
): Promise<
  Pick<EvidencePackage, "findings" | "past"> &
    Pick<EvidenceHead, "history"> & { readonly lastComplete?: LastComplete }
> {
  const policies = new Map(catalogue.policies.map((entry) => [entry.policy_id, entry]));
  const read =
    earlier === undefined ? undefined : await readHistory(earlier, judgement, { findings, rules, policies });
  if (read === undefined) return { findings, past: [] };
  const { trail, past, history, lastComplete } = read;
  if (history.snapshots.length === 0) return { findings, past, history };
  return {
    findings: findings.map((finding) => ({ ...finding, ...trail.datesOf(finding) })),
    past,
    history,
    ...(lastComplete === undefined ? {} : { lastComplete }),
  };
}

interface Judged {
  readonly judgement: Judgement;
  readonly outcomes: Part;
  readonly subjects: readonly Subject[];
  readonly findings: readonly Finding[];
  readonly tally: OutcomeTally;
  /** Of the snapshot, and those that the bounds of subjects have left. In digest order. */
  readonly gaps: readonly NamedGap[];
}

async function judgeAll(request: AssembleRequest): Promise<Judged> {
  const { catalogue, mappings, manifest, facts } = request;
  const gaps = new Map<string, NamedGap>();
  const addGap = (gap: Gap): void => {
    const digest = gapDigest(gap);
    gaps.set(digest, { ...gap, gap: digest });
  };
  facts.gaps.forEach(addGap);
  const context: FindingContext = {
    asOf: manifest.taken_at,
    policies: new Map(catalogue.policies.map((entry) => [entry.policy_id, entry])),
    controls: controlsByPolicy(mappings),
    gaps,
    providers: new Map(manifest.sources.map(({ store_id, connector }) => [store_id, connector])),
  };
  const subjects: Subject[] = [];
  const policies = policiesByKind(catalogue);
  const judgedSubjects: JudgedSubject[] = [];
  const findings: Finding[] = [];
  const tally = new OutcomeTally();
  const outcomeLines = async function* (): AsyncGenerator<Uint8Array> {
    for await (const { subject, outcomes, line } of judgeEach(request)) {
      subjects.push(subject);
      judgedSubjects.push(judgedSubject(policies, subject, outcomes));
      cutGaps(subject).forEach(addGap);
      for (const outcome of outcomes) {
        tally.add(outcome);
        findings.push(...findingsOf(context, subject, outcome));
      }
      yield line;
    }
  };
  const outcomes = await writePartLines(request.partsDirectory, PART_FILES.outcomes, outcomeLines());
  return {
    outcomes,
    subjects,
    findings: inOrder(findings),
    tally,
    gaps: sortedBy(gaps.values(), ({ gap }) => gap),
    judgement: { head: judgementHead(request, policies), subjects: judgedSubjects },
  };
}

/** Policy id → `<framework> <control_id>` of every control that it speaks for, in the mappings' order. */
function controlsByPolicy(mappings: readonly Mapping[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { framework, controls } of mappings) {
    for (const [controlId, { policies }] of controls) {
      for (const { id } of policies)
        found.set(id, [...(found.get(id) ?? []), `${framework.id} ${controlId}`]);
    }
  }
  return found;
}

function frameworkResult(mapping: Mapping, controls: ControlStatus[]): EvidenceHead["frameworks"][number] {
  const { id, title, edition, publisher, source, checked } = mapping.framework;
  const counts: Record<string, number> = {};
  for (const { status } of controls) counts[status] = (counts[status] ?? 0) + 1;
  return {
    framework: id,
    title,
    edition,
    publisher,
    source,
    ...(checked === undefined ? {} : { checked }),
    mapping_sha256: mapping.sha256,
    status_counts: counts,
    controls,
  };
}

const SEVERITY_ORDER = ["critical", "high", "medium", "low", "info"];
const STATUS_ORDER = ["violation", "error", "undetermined"];

/** The worst first; equal ones by policy and subject. */
function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ status, severity }: Finding): number =>
    STATUS_ORDER.indexOf(status) * SEVERITY_ORDER.length + SEVERITY_ORDER.indexOf(severity);
  return [...findings].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      compareStrings(a.policy_id, b.policy_id) ||
      compareStrings(a.subject_id, b.subject_id) ||
      compareStrings(a.finding_id, b.finding_id),
  );
}

function snapshotHead({ manifest, manifestSha256 }: AssembleRequest): EvidenceHead["snapshot"] {
  const { snapshot_id, run_id, started_at, taken_at, notice, records, facts, gaps, fact_counts, gap_counts } =
    manifest;
  return {
    snapshot_id,
    manifest_sha256: manifestSha256,
    run_id,
    started_at,
    taken_at,
    ...(notice === undefined ? {} : { notice }),
    records,
    facts,
    gaps,
    fact_counts,
    gap_counts,
  };
}

function summaryOf(
  { tally, findings, subjects, gaps }: Judged,
  catalogue: Catalogue,
  grants: Part,
): EvidenceHead["summary"] {
  const bySeverity = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const { status, severity } of findings) if (status === "violation") bySeverity[severity] += 1;
  const byKind: Record<string, number> = {};
  for (const { kind } of subjects) byKind[kind] = (byKind[kind] ?? 0) + 1;
  return {
    subject_counts: byKind,
    outcomes: sumOf(catalogue.policies.map(({ policy_id }) => tally.of(policy_id))),
    violations_by_severity: bySeverity,
    gap_count: gaps.length,
    grant_count: grants.count,
    break_glass: breakGlassOf(subjects),
  };
}

/** Excused principals that the head names; the subjects have them all. */
const MAX_EXCUSED_NAMES = 8;

function breakGlassOf(subjects: readonly Subject[]): EvidenceHead["summary"]["break_glass"] {
  const principals = subjects.filter((subject) => subject.kind === "principal");
  const excused = sortedBy(
    principals.filter(({ break_glass }) => break_glass),
    ({ name, id }) => `${name}\n${id}`,
  );
  return {
    principal_count: excused.length,
    undecided_count: principals.filter(({ undecided }) => undecided?.includes("break_glass") === true).length,
    names: excused
      .slice(0, MAX_EXCUSED_NAMES)
      .map(({ name, principal_type }) => `${name} (${principal_type.replaceAll("_", " ")})`),
  };
}
