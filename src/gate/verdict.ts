import type { TSchema } from "@sinclair/typebox";
import { EXIT, type ExitCode } from "../base/index.ts";
import { Digest, InstantText, Type, closed, literals, type Static } from "../schema/index.ts";
import { SEVERITIES, type Severity } from "../policy/index.ts";
import { LEFT_OUT } from "./tree.ts";

export const FINDING_OUTCOMES = ["violation", "undetermined", "error"] as const;

/** What kinds of input there are, and what else a finding may come of. */
export const FORMAT_IDS = [
  "arm",
  "cloudformation",
  "compose",
  "dockerfile",
  "github_actions",
  "gitlab_ci",
  "iam_policy",
  "kubernetes",
  "own_rego",
  "terraform",
  "terraform_plan",
  "vault_policy",
] as const;

const Text = Type.String();
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);
const Count = Type.Integer({ minimum: 0 });
const Positive = Type.Integer({ minimum: 1 });
const Severities = literals(SEVERITIES);

/** See `Place` of `text/source-text.ts`. */
const PlaceSchema = closed({
  file: Text,
  line: Positive,
  column: Positive,
  end_line: Positive,
  end_column: Positive,
});

const FindingState = literals(["baseline", "excepted", "new", "waived", "warning"]);

export type FindingState = Static<typeof FindingState>;

/** One thing that is wrong, or that could not be decided, with where it stands. Names in it are untrusted and not escaped for any output. */
const GateFinding = closed({
  fingerprint: Digest,
  policy_id: Text,
  title: Text,
  severity: Severities,
  outcome: literals(FINDING_OUTCOMES),
  subject: closed({ kind: Text, address: Text, name: Text }),
  message: Type.String({ description: "in a sentence" }),
  actual: optional(Type.Unknown()),
  expected: optional(Type.Unknown()),
  remediation: Type.String({ description: "what a person does about it at the store" }),
  remedy: optional(
    closed({
      text: Type.String({ description: "what is to be changed in the file" }),
      example: optional(Type.String({ description: "lines of the file's language" })),
    }),
  ),
  place: PlaceSchema,
  commit: optional(
    Type.String({ description: "the commit in which it stands, where it is not there any more" }),
  ),
  block: optional({
    ...PlaceSchema,
    description: "all of the declaration, where the finding stands at a part of it",
  }),
  related: optional({
    ...PlaceSchema,
    description:
      "where it stands in the file that was judged, such as a plan, where the place is in the source of that",
  }),
  source_line: optional(
    Type.String({ description: "the line of the place, where it can be shown: no credential stands on it" }),
  ),
  line_hash: optional(
    Type.String({ description: "as GitHub's `primaryLocationLineHash`, where no credential is in it" }),
  ),
  format: literals([...FORMAT_IDS, "access", "credential", "guard"]),
  state: {
    ...FindingState,
    description: "`new` decides; the others are told and do not: `warning` and `excepted` are of own Rego",
  },
  waiver: optional(
    closed({
      reason: Text,
      until: Type.String({ description: "the last day on which it holds" }),
      place: PlaceSchema,
    }),
  ),
});

/** Its `fingerprint` is a digest of what is wrong with what in which file, without lines: the same when code moves within it. */
export type GateFinding = Static<typeof GateFinding>;

const UnreadPart = closed({
  path: Text,
  line: optional(Positive),
  column: optional(Positive),
  format: optional(literals(FORMAT_IDS)),
  reason: Text,
  detail: Text,
});

/** What could not be read. */
export type UnreadPart = Static<typeof UnreadPart>;

const LeftOut = closed({
  why: literals(LEFT_OUT),
  path_count: Count,
  paths: Type.Array(Text, { description: "the first of them, in order; directories end in `/`" }),
});

/** What was not looked at on purpose, of one reason. */
export type LeftOut = Static<typeof LeftOut>;

const InputCount = closed({ format: literals(FORMAT_IDS), file_count: Count, subject_count: Count });

/** How many files and things of one format were judged. */
export type InputCount = Static<typeof InputCount>;

const SearchCount = closed({
  file_count: Count,
  history_count: optional({
    ...Count,
    description: "versions of files in earlier commits, where these were searched",
  }),
});

/** How much was searched for credentials. */
export type SearchCount = Static<typeof SearchCount>;

export const NOTICE_KINDS = [
  "access_not_compared",
  "baseline_unmatched",
  "cloud_identity",
  "own_rego_skipped",
  "waiver_expired",
  "waiver_malformed",
  "waiver_too_long",
  "waiver_unmatched",
  "waiver_untrusted",
] as const;

const Notice = closed({ kind: literals(NOTICE_KINDS), message: Text, place: optional(PlaceSchema) });

/** What is told beside the findings, and decides nothing: above all a waiver that does not hold. */
export type Notice = Static<typeof Notice>;

const JudgingPolicy = closed({
  policy_id: Text,
  title: Text,
  rationale: Text,
  severity: Severities,
  remediation: Type.Record(Text, Text, { description: "provider, or `any`, to what a person does about it" }),
  sources: Type.Array(Text),
});

/** What a policy is about, of each that has a finding. */
export type JudgingPolicy = Static<typeof JudgingPolicy>;

const OwnResult = closed({
  rule: Text,
  msg: Text,
  loc: optional(closed({ file: optional(Text), line: optional(Type.Number()) })),
  metadata: Type.Record(Text, Type.Unknown(), { description: "whatever else the rule gives, and the query" }),
});

/** One result of a rule of own Rego. */
export type OwnResult = Static<typeof OwnResult>;

const OwnCheck = closed({
  filename: Text,
  namespace: Text,
  successes: { ...Count, description: "definitions of rules without a result, for each document" },
  warnings: Type.Array(OwnResult),
  failures: Type.Array(OwnResult),
  exceptions: Type.Array(OwnResult),
});

/** What own Rego says of one file, or of all together where they are combined, as conftest tells it. */
export type OwnCheck = Static<typeof OwnCheck>;

/** What the gate says of a change. */
export const Verdict = closed({
  schema: Type.Literal("countersign-gate/1"),
  product_version: Text,
  policy_bundle: Digest,
  judged_at: InstantText,
  fail_on: Severities,
  undetermined_fails: Type.Boolean(),
  guards: closed({
    from: {
      ...literals(["base", "change"]),
      description: "whose configuration, policies, baseline and waivers hold",
    },
    ref: optional(Text),
    max_waiver_days: Positive,
  }),
  against: optional(closed({ snapshot: Text, taken_at: InstantText })),
  file_count: { ...Count, description: "files that were looked at, of whatever kind" },
  inputs: Type.Array(InputCount),
  searched: optional(SearchCount),
  outcomes: closed({ compliant: Count, error: Count, undetermined: Count, violation: Count }),
  out_of_reach: Type.Array(Text, {
    description:
      "policies of which no input tells enough to say that there is nothing wrong: judged, and told only where something is",
  }),
  unasked: optional(
    Type.Array(Text, {
      description:
        "of `out_of_reach`, policies that were not asked of access that is gained, since no register of requests was at hand",
    }),
  ),
  findings: Type.Array(GateFinding, { description: "in order of place, then of policy" }),
  policies: Type.Array(JudgingPolicy, { description: "of the findings, in order of their ids" }),
  own_rego: optional(
    Type.Array(OwnCheck, {
      description: "what rules of own Rego say, by file and namespace, without baseline and waivers",
    }),
  ),
  unread: Type.Array(UnreadPart),
  left_out: Type.Array(LeftOut, {
    description: "what was not looked at on purpose: it decides nothing. What decides is unread",
  }),
  notices: Type.Array(Notice),
  exit: literalExits(),
  exits: Type.Array(literalExits()),
});

/** `against`: the snapshot that the change was put on; absent where none was. `searched`: how much was searched for credentials; absent where nobody searched. `outcomes`: judgements of a policy about a subject that came to each, out of reach apart. */
export type Verdict = Static<typeof Verdict>;

function literalExits() {
  return Type.Unsafe<ExitCode>({ type: "integer", enum: Object.values(EXIT) });
}

/** Whether there was nothing of which anything could be said. */
export function judgedNothing({
  file_count,
  inputs,
  searched,
}: Pick<Verdict, "file_count" | "inputs" | "searched">): boolean {
  return file_count === 0 || (inputs.length === 0 && (searched?.file_count ?? 0) === 0);
}

/** Whether a finding of a severity counts where `failOn` is the least that does. */
export function fails(severity: Severity, failOn: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn);
}

/** Whether a finding by itself keeps the change from passing. */
export function decides(
  { state, severity, outcome }: Pick<GateFinding, "outcome" | "severity" | "state">,
  { fail_on, undetermined_fails }: Pick<Verdict, "fail_on" | "undetermined_fails">,
): boolean {
  if (outcome === "error") return true;
  if (state !== "new" || !fails(severity, fail_on)) return false;
  return outcome === "violation" || undetermined_fails;
}
