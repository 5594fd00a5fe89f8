import { digestOf } from "../../src/base/index.ts";
import type { ControlStatus, ControlStatusName, PolicyStatus } from "../../src/controls/index.ts";
import type {
  EvidenceHead,
  EvidencePackage,
  Finding,
  FrameworkResult,
  PolicyResult,
} from "../../src/evidence/index.ts";
import type { CatalogueEntry, ParamValue } from "../../src/policy/index.ts";
import type { Subject } from "../../src/subjects/index.ts";
import {
  ACCESS,
  AS_OF,
  EXTRACTS,
  GAPS,
  GRANTS,
  HISTORY,
  HOSTILE_NAMES,
  LIMITS,
  OWN_CONTROLS,
  PAST,
  POLICIES,
  STORE,
  counts,
  digest,
  finding,
  part,
  secret,
} from "./sample.ts";

export interface SampleOptions {
  /** Deviations beside those of the hostile names. */
  readonly deviations?: number;
  readonly unknowns?: number;
  readonly notice?: string;
  /** An estate in which nothing was found, not even something to test. */
  readonly empty?: boolean;
}

const STATUSES: readonly ControlStatusName[] = [
  "deviation",
  "undetermined",
  "not_tested",
  "not_applicable",
  "satisfied",
];

function control(
  framework: string,
  control_id: string,
  title: string,
  status: ControlStatusName,
): ControlStatus {
  const policies: PolicyStatus[] =
    status === "not_tested"
      ? []
      : POLICIES.slice(0, 2).map((entry) => ({
          policy_id: entry.policy_id,
          title: entry.title,
          subject_kind: entry.subject,
          severity: entry.severity,
          strength: "direct",
          status,
          counts: counts(
            status === "satisfied" ? { compliant: 10 } : { compliant: 5, deviation: 3, undetermined: 2 },
          ),
          population_gap_count: status === "undetermined" ? 1 : 0,
        }));
  return {
    framework,
    control_id,
    title,
    status,
    why: {
      deviation: "3 secrets are older than their limit. 2 could not be judged, because a listing timed out.",
      undetermined:
        "Nothing was seen to fail, but the audit sinks could not be read, so the control is not shown to hold.",
      not_tested: "No policy answers this control.",
      not_applicable: "The store holds no encryption keys of this type, and that could be seen.",
      satisfied: "Both direct parts were tested on a complete population of 10 and held.",
    }[status],
    counts: counts(
      status === "satisfied"
        ? { compliant: 20 }
        : status === "not_tested"
          ? {}
          : { compliant: 10, deviation: 6, waived: 1, undetermined: 4 },
    ),
    subjects: status === "not_tested" ? {} : { secret: 10, store: 1 },
    policies,
    unanswered:
      status === "satisfied"
        ? []
        : [{ family: "REVIEW", title: "The access review of the period is complete", strength: "direct" }],
    attestation_needed: status === "not_tested",
    ...(status === "deviation"
      ? { other_edition: "CC6.1 (2022 points of focus)", note: "Logical access to keys." }
      : {}),
    ...(status === "undetermined" ? { verify: true as const } : {}),
  };
}

function frameworkOf(
  framework: string,
  title: string,
  edition: string,
  ids: readonly string[],
): FrameworkResult {
  const controls = ids.map((id, index) =>
    control(
      framework,
      id,
      `Access to secrets is ${index % 2 === 0 ? "limited to those who need it" : "recorded and reviewed"}`,
      STATUSES[index % STATUSES.length] ?? "not_tested",
    ),
  );
  const status_counts: Record<string, number> = {};
  for (const { status } of controls) status_counts[status] = (status_counts[status] ?? 0) + 1;
  return {
    framework,
    title,
    edition,
    source: "Published criteria, paraphrased",
    publisher: "The publisher of the framework",
    mapping_sha256: digest(framework),
    status_counts,
    controls,
  };
}

const paramsOf = (entry: CatalogueEntry): Record<string, Record<string, ParamValue>> =>
  "limit_days" in entry.params ? { limit_days: { ...LIMITS, untiered: 30 } } : {};

/** A package with every status, every kind of finding and every hostile name. */
export function samplePackage(options: SampleOptions = {}): EvidencePackage {
  const { deviations = 20, unknowns = 5, empty = false } = options;
  const names = empty
    ? []
    : [
        ...HOSTILE_NAMES,
        ...Array.from(
          { length: deviations + unknowns },
          (_, index) => `payments/service-${index}/database/credentials`,
        ),
      ];
  const subjects = names.map(secret);
  const rotation = POLICIES[0]!;
  const owner = POLICIES[2]!;
  const faulty = POLICIES[4]!;
  const findings = subjects.flatMap((subject, index): Finding[] => [
    finding(
      subject,
      rotation,
      index < HOSTILE_NAMES.length + deviations ? "violation" : "undetermined",
      index,
    ),
    ...(subject.owner === undefined && index < 30 ? [finding(subject, owner, "violation", index)] : []),
    ...(index === 0 ? [finding(subject, faulty, "error", index)] : []),
  ]);
  const head = headOf(options, subjects, findings);
  return {
    head,
    findings,
    past: empty ? [] : PAST,
    subjects,
    gaps: empty ? [] : GAPS,
    extracts: empty ? [] : EXTRACTS,
    idlePolicies: new Set(),
    access: () => (empty ? [] : ACCESS),
    grants: () => (empty ? [] : GRANTS),
  };
}

function headOf(
  { notice, empty = false }: SampleOptions,
  subjects: readonly Subject[],
  findings: readonly Finding[],
): EvidenceHead {
  const by = (status: Finding["status"]) => findings.filter((found) => found.status === status).length;
  const outcomes = counts({
    compliant: empty ? 0 : 40,
    deviation: by("violation"),
    undetermined: by("undetermined") + by("error"),
    error: by("error"),
  });
  const severities = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const { status, severity } of findings) if (status === "violation") severities[severity] += 1;
  const policies = POLICIES.map((entry): PolicyResult => ({
    policy: entry,
    params: paramsOf(entry),
    params_overridden: entry.policy_id === "rotation_overdue",
    population: empty || entry.policy_id === "key_exportable" ? 0 : subjects.length,
    counts: counts(empty ? {} : { compliant: 3, deviation: 2, undetermined: 1 }),
    controls: ["soc2-2017 CC6.1"],
  }));
  const soc2 = frameworkOf("soc2-2017", "SOC 2", "Trust Services Criteria 2017", [
    "CC6.1",
    "CC6.2",
    "CC6.3",
    "CC7.2",
    "CC8.1",
  ]);
  const iso = frameworkOf("iso27001-2022", "ISO/IEC 27001", "2022, Annex A", [
    "A.8.5",
    "A.5.15",
    "A.5.18",
    "A.8.15",
  ]);
  const body: Omit<EvidenceHead, "package_id"> = {
    format: "countersign-evidence/1",
    entity: {
      name: "Harbour & Pine Logistics <Holding>",
      boundary: "Production secrets of the payments platform, region eu-central",
      request_id: "PBC-2026-Q3-014",
      prepared_by: "R. Okafor, compliance engineering",
    },
    product: { name: "Countersign", version: "0.1.0" },
    as_of: AS_OF,
    time_zone: "UTC",
    snapshot: {
      snapshot_id: "20260930T060000Z-0123456789ab",
      manifest_sha256: digest("manifest"),
      run_id: "run-7f3a",
      started_at: "2026-09-30T05:58:12.000Z",
      taken_at: AS_OF,
      ...(notice === undefined ? {} : { notice }),
      records: part("records.ndjson.zst", 120),
      facts: part("facts.ndjson.zst", 900),
      gaps: part("gaps.ndjson.zst", 3),
      fact_counts: { secret: subjects.length },
      gap_counts: { denied: 1, timeout: 1, unsupported: 1 },
    },
    sources: [
      {
        store_id: STORE,
        connector: "hashicorp-vault",
        revision: 3,
        address: "https://vault.harbourpine.example:8200",
        caller: "approle countersign-collector (entity 7d1c)",
        settings_sha256: digest("settings"),
        status: empty ? "failed" : "partial",
        scopes: [
          { scope: STORE, status: empty ? "failed" : "partial", record_count: 120, gap_count: empty ? 0 : 3 },
        ],
        operations: [
          { operation: "GET sys/audit", call_count: 1, refused_count: 1 },
          { operation: "LIST kv/metadata/{path}", call_count: 86, refused_count: 0 },
        ],
      },
    ],
    populations: [
      {
        store_id: STORE,
        subject_kind: "secret",
        listed: subjects.length,
        collected: Math.max(0, subjects.length - 2),
        named_by: empty ? [] : ["kv.list"],
        independent_count: subjects.length,
        independent_method: "a second listing by another operation",
        excluded: 0,
        gap_count: empty ? 0 : 2,
      },
      {
        store_id: STORE,
        subject_kind: "key",
        listed: 0,
        collected: 0,
        named_by: [],
        excluded: 0,
        gap_count: 0,
      },
      {
        store_id: STORE,
        subject_kind: "principal",
        listed: 12,
        collected: 12,
        named_by: ["approle.roles", "identity.entities"],
        independent_count: 12,
        independent_method: "the store’s own count",
        excluded: 0,
        gap_count: 0,
      },
    ],
    digests: {
      policy_bundle: digest("bundle"),
      configuration: digest("configuration"),
      parameters: digest("parameters"),
      mappings: { "iso27001-2022": digest("iso"), "soc2-2017": digest("soc2") },
    },
    summary: {
      subject_counts: empty ? {} : { secret: subjects.length, store: 1 },
      outcomes,
      violations_by_severity: severities,
      gap_count: empty ? 0 : GAPS.length,
      grant_count: empty ? 0 : ACCESS.length,
      break_glass: { principal_count: 0, undecided_count: 0, names: [] },
    },
    classification: {
      labels: { owner: ["owner"], tier: ["tier"], environment: [], expires_at: [], rotation_period_days: [] },
      tiers: [{ tier: "critical", when: { kind: "secret", path: ["kv/payments/*", "kv/ledger/*"] } }],
      owners: [],
      environments: [],
      break_glass: [{ path: "*", label: { purpose: "emergency" } }],
    },
    policies,
    frameworks: [soc2, iso],
    own_controls: OWN_CONTROLS,
    ...(empty ? {} : { history: HISTORY }),
    reproduce: "countersign assess --from 20260930T060000Z-0123456789ab --out out",
    parts: {
      outcomes: part("outcomes.ndjson.zst", 0),
      subjects: part("subjects.ndjson.zst", subjects.length),
      findings: part("findings.ndjson.zst", findings.length),
      gaps: part("gaps.ndjson.zst", GAPS.length),
      grants: part("grants.ndjson.zst", ACCESS.length),
      extracts: part("extracts.ndjson.zst", EXTRACTS.length),
      ...(empty ? {} : { past_findings: part("past-findings.ndjson.zst", PAST.length) }),
    },
  };
  return { ...body, package_id: digestOf(body) };
}
