import { ControlStatus, OutcomeCounts } from "../controls/index.ts";
import {
  Count,
  Digest,
  InstantText,
  Part,
  SourceManifest,
  Text,
  Texts,
  Type,
  closed,
  literals,
  type Fact,
  type Gap,
  type Static,
} from "../facts/index.ts";
import { CatalogueEntry, ParamValue, SEVERITIES } from "../policy/index.ts";
import { TierName, type Subject } from "../subjects/index.ts";

/** One operation that was used, and how often: with its parameters in the snapshot it makes the population repeatable. */
const OperationCount = closed({ operation: Type.String(), call_count: Count, refused_count: Count });

/** Completeness and accuracy of one population (IPE): what was listed, what was read, what is missing. */
export const Population = closed({
  store_id: Type.String(),
  /** E.g. `secret`, `principal`, `key`. */
  subject_kind: Type.String(),
  /** Named by listings. */
  listed: Count,
  /** Of these, read in full. */
  collected: Count,
  /** Counted a second way, where the store offers one. */
  independent_count: Type.Optional(Count),
  independent_method: Type.Optional(Type.String()),
  excluded: Count,
  gap_count: Count,
});

export type Population = Static<typeof Population>;

/** One policy as it was applied: what was tested, how, on how many. */
export const PolicyResult = closed({
  policy: CatalogueEntry,
  /** Parameter values in force by tier; `any` where tiers do not matter. */
  params: Type.Record(Type.String(), Type.Record(Type.String(), ParamValue)),
  /** True where a value differs from the policy's own default. */
  params_overridden: Type.Boolean(),
  population: Count,
  counts: OutcomeCounts,
  /** `<framework> <control_id>` that this policy speaks for. */
  controls: Texts,
});

export type PolicyResult = Static<typeof PolicyResult>;

export const FrameworkResult = closed({
  framework: Type.String(),
  title: Text,
  edition: Text,
  publisher: Text,
  source: Text,
  mapping_sha256: Digest,
  /** Status name to number of controls. */
  status_counts: Type.Record(Type.String(), Count),
  controls: Type.Array(ControlStatus),
});

export type FrameworkResult = Static<typeof FrameworkResult>;

/**
 * The head of an evidence package: one JSON document. It states observed results; the auditor and management conclude.
 * It depends only on the snapshot, the configuration and the product, so making it again gives the same bytes.
 */
export const EvidenceHead = closed({
  format: Type.Literal("countersign-evidence/1"),
  /** Digest of everything below but this field. */
  package_id: Digest,
  entity: closed({
    name: Text,
    boundary: Type.Optional(Text),
    /** The auditor's request-list (PBC) id. */
    request_id: Type.Optional(Text),
    prepared_by: Type.Optional(Text),
    reviewed_by: Type.Optional(Text),
  }),
  product: closed({ name: Type.Literal("Countersign"), version: Type.String() }),
  /** Evidence is as of one instant. */
  as_of: InstantText,
  time_zone: Type.Literal("UTC"),
  snapshot: closed({
    snapshot_id: Type.String(),
    manifest_sha256: Digest,
    run_id: Type.String(),
    started_at: InstantText,
    taken_at: InstantText,
    notice: Type.Optional(Type.String()),
    records: Part,
    facts: Part,
    gaps: Part,
    fact_counts: Type.Record(Type.String(), Count),
    gap_counts: Type.Record(Type.String(), Count),
  }),
  sources: Type.Array(
    Type.Composite(
      [
        SourceManifest,
        closed({
          operations: Type.Array(OperationCount),
          /** The connector's revision that made the facts, where it is not the one that read them. */
          judged_revision: Type.Optional(Count),
        }),
      ],
      { additionalProperties: false },
    ),
  ),
  populations: Type.Array(Population),
  digests: closed({
    policy_bundle: Digest,
    configuration: Digest,
    mappings: Type.Record(Type.String(), Digest),
  }),
  summary: closed({
    subject_counts: Type.Record(Type.String(), Count),
    outcomes: OutcomeCounts,
    /** Violations by severity of the policy. */
    violations_by_severity: closed({ critical: Count, high: Count, medium: Count, low: Count, info: Count }),
    gap_count: Count,
    grant_count: Count,
  }),
  policies: Type.Array(PolicyResult),
  frameworks: Type.Array(FrameworkResult),
  /** The command that makes the same package again from the same snapshot. */
  reproduce: Type.String(),
  parts: closed({
    outcomes: Part,
    subjects: Part,
    findings: Part,
    gaps: Part,
    grants: Part,
    extracts: Part,
  }),
});

export type EvidenceHead = Static<typeof EvidenceHead>;

/** One line of the findings: a deviation, an unknown, or a fault of a policy. What is compliant is in the outcomes. */
export const Finding = closed({
  /** Digest of policy, subject and what was found: the same finding keeps its id in the next snapshot. */
  finding_id: Digest,
  status: literals(["violation", "undetermined", "error"]),
  severity: literals(SEVERITIES),
  policy_id: Type.String(),
  title: Text,
  subject_kind: Type.String(),
  subject_id: Text,
  subject_name: Text,
  store_id: Type.String(),
  tier: Type.Optional(TierName),
  tier_assumed: Type.Optional(Type.Literal("strictest")),
  owner: Type.Optional(Text),
  environment: Type.Optional(Text),
  /** As text, for people and spreadsheets. Empty where nothing is known. */
  actual: Type.String(),
  expected: Type.String(),
  message: Type.String(),
  /** Why an unknown is unknown: reasons of the gaps, as `denied: sys/audit`. */
  unknown_because: Type.Optional(Text),
  remediation: Type.Optional(Text),
  /** `<framework> <control_id>`. */
  controls: Texts,
  records: Type.Array(Digest),
  gaps: Type.Array(Digest),
  /** From earlier snapshots in the same state directory, where there are any. */
  first_seen_bad_at: Type.Optional(InstantText),
  last_seen_good_at: Type.Optional(InstantText),
  as_of: InstantText,
});

export type Finding = Static<typeof Finding>;

/** One line of the access list: one principal, one secret, one path. */
export interface AccessRow {
  readonly grant_id: string;
  readonly principal_id: string;
  readonly principal_name: string;
  readonly principal_type: string;
  readonly principal_owner: string;
  readonly secret_id: string;
  readonly secret_name: string;
  readonly store_id: string;
  readonly environment: string;
  readonly tier: string;
  readonly secret_owner: string;
  readonly actions: readonly string[];
  /** The path in words: through which role, group and policy line. */
  readonly path: string;
  readonly conditions: readonly string[];
  readonly certainty: string;
}

/** A package in memory: the head, and what its parts hold, but for the outcomes, which are only written. */
export interface EvidencePackage {
  readonly head: EvidenceHead;
  readonly findings: readonly Finding[];
  readonly subjects: readonly Subject[];
  readonly gaps: readonly (Gap & { readonly gap: string })[];
  /** Configuration extracts: the facts that an auditor reads in the original. */
  readonly extracts: readonly Fact[];
  /** Every row of effective access; expanded lazily, may be iterated more than once. */
  access(): Iterable<AccessRow>;
}
