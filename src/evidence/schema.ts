import type { Grant } from "../access/index.ts";
import { ControlStatus, OutcomeCounts, OwnControl } from "../controls/index.ts";
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
  Gap,
  type Fact,
  type Static,
} from "../facts/index.ts";
import { CatalogueEntry, ParamValue, SEVERITIES } from "../policy/index.ts";
import { CLASSIFICATIONS, ClassificationRules, TierName, type Subject } from "../subjects/index.ts";
import { Incomplete } from "./unlisted.ts";

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
  /** Operations whose answers named members, in order. */
  named_by: Texts,
  /** Counted by another answer than those that were read in full, where there is one, and what that is. */
  independent_count: Type.Optional(Count),
  independent_method: Type.Optional(Type.String()),
  excluded: Count,
  gap_count: Count,
  /** What the gaps come from, a line for each of the first causes. Absent without gaps. */
  gap_causes: Type.Optional(Texts),
});

export type Population = Static<typeof Population>;

/** One policy as it was applied: what was tested, how, on how many. */
export const PolicyResult = closed({
  /** Without what is to be changed in files, which is of changes alone. */
  policy: Type.Omit(CatalogueEntry, ["remedies"], { additionalProperties: false }),
  /** Parameter values in force by tier; `any` where tiers do not matter. */
  params: Type.Record(Type.String(), Type.Record(Type.String(), ParamValue)),
  /** True where a value differs from the policy's own default. */
  params_overridden: Type.Boolean(),
  population: Count,
  counts: OutcomeCounts,
  /** `<framework> <control_id>` that this policy speaks for. */
  controls: Texts,
  /** Of the organisation's own bundle that holds it; absent for a policy of ours. */
  own_bundle: Type.Optional(Digest),
});

export type PolicyResult = Static<typeof PolicyResult>;

export const FrameworkResult = closed({
  framework: Type.String(),
  title: Text,
  edition: Text,
  publisher: Text,
  source: Text,
  /** Against what, and when, the ids and paraphrases of the mapping were compared. */
  checked: Type.Optional(Text),
  mapping_sha256: Digest,
  /** Status name to number of controls. */
  status_counts: Type.Record(Type.String(), Count),
  controls: Type.Array(ControlStatus),
});

export type FrameworkResult = Static<typeof FrameworkResult>;

/**
 * The earlier snapshots that findings were followed through. All were judged with the rules of this package, so that what
 * is compared is comparable; where they were first judged with others, `rule_changes` says what changed.
 */
const History = closed({
  /** Of what they were judged with: bundle, parameters, classification, product. */
  rules_sha256: Digest,
  /** Oldest first. */
  snapshots: Type.Array(
    closed({ snapshot_id: Type.String(), taken_at: InstantText, manifest_sha256: Digest }),
  ),
  /**
   * Earlier snapshots that could not be read, by the code of the error, or that were judged once and are gone: dates of
   * findings may lie before what the others say.
   */
  not_read: Type.Array(closed({ snapshot_id: Type.String(), reason: Text })),
  /** Still older ones that were not looked at. */
  older_count: Count,
  rule_changes: Type.Array(closed({ snapshot_id: Type.String(), taken_at: InstantText, changed: Texts })),
  /**
   * Where a source's connector, address or selection is another than in the last snapshot that had it. What only the one or
   * the other looked at is neither gone nor fixed.
   */
  source_changes: Type.Array(
    closed({ snapshot_id: Type.String(), taken_at: InstantText, store_id: Type.String(), changed: Texts }),
  ),
  /** Stores that one of these snapshots looked at and this one does not, as they were looked at last. */
  stores_not_looked_at: Type.Array(
    closed({
      store_id: Type.String(),
      connector: Type.String(),
      address: Type.String(),
      /** The last snapshot with this store, and when it was taken. */
      snapshot_id: Type.String(),
      last_looked_at: InstantText,
      /** Findings that were open then: in the part `past_findings` as `not_looked_at`. */
      open_finding_count: Count,
    }),
  ),
});

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
  /** Absent where everything that was to be listed was listed. */
  incomplete: Type.Optional(Incomplete),
  digests: closed({
    policy_bundle: Digest,
    /** The organisation's own bundles, as its configuration names them: the SHA-256 of each one's bytes. */
    own_policies: Type.Optional(
      Type.Array(closed({ path: Text, sha256: Digest, policy_count: Count }), { minItems: 1 }),
    ),
    configuration: Digest,
    /** Of every parameter of every policy as it was in force, by tier. */
    parameters: Digest,
    mappings: Type.Record(Type.String(), Digest),
  }),
  summary: closed({
    subject_counts: Type.Record(Type.String(), Count),
    outcomes: OutcomeCounts,
    /** Violations by severity of the policy. */
    violations_by_severity: closed({ critical: Count, high: Count, medium: Count, low: Count, info: Count }),
    gap_count: Count,
    grant_count: Count,
    /** Principals that are for emergencies, by a rule or by what they are, and so excused from some policies. */
    break_glass: closed({
      principal_count: Count,
      /** What a rule asks for could not be read: excused from nothing. */
      undecided_count: Count,
      /** The first, by name, each with its kind: `ada (user)`. */
      names: Type.Array(Text, { maxItems: 8 }),
    }),
  }),
  /** The configuration's rules as they were in force: who owns what, how much it matters, and who is excused. */
  classification: ClassificationRules,
  policies: Type.Array(PolicyResult),
  frameworks: Type.Array(FrameworkResult),
  /** The organisation's own controls, as its configuration states them. */
  own_controls: Type.Array(OwnControl),
  /** Absent where no earlier snapshot was looked at. */
  history: Type.Optional(History),
  /** The command that makes the same package again from the same snapshot. */
  reproduce: Type.String(),
  parts: closed({
    outcomes: Part,
    subjects: Part,
    findings: Part,
    gaps: Part,
    grants: Part,
    extracts: Part,
    past_findings: Type.Optional(Part),
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
  /** Id of the thing that it was found in, where that is not the subject, such as a role of an account beside a Region's store. */
  found_in: Type.Optional(Text),
  store_id: Type.String(),
  tier: Type.Optional(TierName),
  tier_assumed: Type.Optional(Type.Literal("strictest")),
  owner: Type.Optional(Text),
  environment: Type.Optional(Text),
  /** What of tier, owner and environment could not be decided; it is absent then, and not the same as not assigned. */
  undecided: Type.Optional(Type.Array(literals(CLASSIFICATIONS))),
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
  /**
   * From the earlier snapshots that the head's `history` names, of this policy and subject; absent without any. Of a
   * violation: the beginning of the run that lasts until now.
   */
  first_seen_bad_at: Type.Optional(
    Type.String({
      ...InstantText,
      description:
        "RFC 3339, UTC: when this policy first failed on this subject, in the run that lasts until now; one date for all findings of the two",
    }),
  ),
  last_seen_good_at: Type.Optional(InstantText),
  /** Of what cannot be judged now and failed before: it is not fixed. */
  last_seen_bad_at: Type.Optional(InstantText),
  /** Snapshots since it was last seen good, or seen at all, in which it could not be judged. */
  unjudged_count: Type.Optional(Count),
  as_of: InstantText,
});

export type Finding = Static<typeof Finding>;

/** A gap as `parts/gaps.ndjson.zst` has it: `gap` is the digest that findings name it by. */
export const NamedGap = closed({ ...Gap.properties, gap: Digest });

export type NamedGap = Static<typeof NamedGap>;

/** What failed in an earlier snapshot and is no finding of this one. */
export const PastFinding = closed({
  /** That of the first finding of this policy and subject in earlier reports. */
  finding_id: Digest,
  /**
   * Of the last three nothing says that it is fixed. `not_seen`: a gap may hide the subject, or another part of the store was
   * looked at. `not_comparable`: it passes, but not in what was looked at when it failed. `not_looked_at`: this snapshot is
   * not of its store.
   */
  now: literals([
    "fixed",
    "no_longer_applicable",
    "no_longer_there",
    "not_seen",
    "not_comparable",
    "not_looked_at",
  ]),
  policy_id: Type.String(),
  title: Text,
  severity: literals(SEVERITIES),
  subject_kind: Type.String(),
  subject_id: Text,
  subject_name: Text,
  store_id: Type.String(),
  first_seen_bad_at: InstantText,
  last_seen_bad_at: InstantText,
  /** The first snapshot in which it was seen compliant. Only where it was. */
  fixed_at: Type.Optional(InstantText),
  /** The first snapshot without the subject, or in which the policy no longer spoke of it. */
  ended_at: Type.Optional(InstantText),
  last_seen_good_at: Type.Optional(InstantText),
  unjudged_count: Count,
});

export type PastFinding = Static<typeof PastFinding>;

/** One line of the access list: one principal and one secret. */
export interface AccessRow {
  readonly principal_id: string;
  readonly principal_name: string;
  readonly principal_type: string;
  readonly principal: Classified;
  readonly secret_id: string;
  readonly store_id: string;
  readonly secret: Classified;
  /** Actions by at least one certain path, by a conditional one, by one of which something is not known. */
  readonly certain: readonly string[];
  readonly conditional: readonly string[];
  readonly possible: readonly string[];
  /** Number of paths: each leads over one policy line, by one way to that policy. */
  readonly path_count: number;
  /** The most certain path, in short: through which role or group, by which policy line. */
  readonly path: string;
  /** Conditions of that path. */
  readonly conditions: readonly string[];
  /** Of all paths; their definitions are in the part `grants`. */
  readonly grant_ids: readonly string[];
}

/** What rules assigned to a principal or a secret. */
export type Classified = Pick<Subject, "tier" | "owner" | "environment" | "undecided">;

/** One grant: a principal's access to a set of things, once, however many things there are. */
export type GrantLine = Omit<Grant, "targets">;

/** A package in memory: the head, and what its parts hold, but for the outcomes, which are only written. */
export interface EvidencePackage {
  readonly head: EvidenceHead;
  readonly findings: readonly Finding[];
  /** What failed before and is no finding now; empty without a history. */
  readonly past: readonly PastFinding[];
  readonly subjects: readonly Subject[];
  readonly gaps: readonly (Gap & { readonly gap: string })[];
  /** Configuration extracts: the facts that an auditor reads in the original. */
  readonly extracts: readonly Fact[];
  /** Ids of those extracts that are policies which nobody who was read holds. */
  readonly idlePolicies: ReadonlySet<string>;
  /** Every row of effective access; expanded lazily, may be iterated more than once. */
  access(): Iterable<AccessRow>;
  /** Every grant behind those rows; likewise. */
  grants(): Iterable<GrantLine>;
}
