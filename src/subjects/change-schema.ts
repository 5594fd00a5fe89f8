import { Count, Text, Texts, Type, closed, literals, type Static } from "../facts/index.ts";
import { JudgedGaps, TierName, optional } from "./schema-parts.ts";
import { DeploymentSubject } from "./deployment-schema.ts";
import { WorkloadSubject } from "./workload-schema.ts";

export { MAX_NAMED_PARTS } from "./workload-schema.ts";

/** What every subject of a change under review has. Where it stands is kept beside it, so that moving lines judges nothing anew. */
const COMMON = {
  id: Type.String({ minLength: 1, maxLength: 2048 }),
  name: Text,
  tier: optional(TierName),
  gaps: JudgedGaps,
};

const Party = closed({
  id: Type.String(),
  name: Text,
  /** Of a principal. */
  principal_type: optional(Text),
  /** Of a principal: of another account or organisation; anyone at all. */
  external: optional(Type.Boolean()),
  public: optional(Type.Boolean()),
  break_glass: optional(Type.Boolean()),
  /** Of a secret or key. */
  tier: optional(TierName),
});

/** A difference that no state of a store shows: who gains or loses which access, a credential that is written down, what the gate goes by. */
const ChangeSubject = closed({
  kind: Type.Literal("change"),
  ...COMMON,
  /** `requested_access`: as `access`, of a thing where a register of requests is kept, whether it could be read or not. */
  change_type: literals(["access", "credential", "guard", "requested_access"]),
  credential: optional(
    closed({
      /** What knows it for one, e.g. `aws-access-key-id`, `kubernetes-secret-data`. */
      rule: Text,
      file: Text,
      /** What it is the value of, where its file's format says. */
      address: optional(Text),
      /** Whether it stands in an earlier commit alone. */
      in_history: Type.Boolean(),
      /** Of these the commit that brought it. */
      commit: optional(Type.String({ pattern: "^[0-9a-f]{40}([0-9a-f]{24})?$" })),
    }),
  ),
  /** What the gate itself goes by: a change of it is read by whoever approves the change. */
  guard: optional(
    closed({
      guard: literals(["baseline", "configuration", "policy", "waiver"]),
      action: literals(["added", "changed", "removed"]),
      /** Whether something may pass by it that did not. */
      loosens: Type.Boolean(),
      /** In a sentence: what was there, what is there. */
      detail: Text,
    }),
  ),
  access: optional(
    closed({
      /** `widened`, `narrowed`: there was some before, and there is some still. */
      direction: literals(["gained", "lost", "narrowed", "widened"]),
      principal: Party,
      target: Party,
      /** What may be done now and could not be before, or the other way round; in code-unit order. */
      actions: Texts,
      certainty: literals(["certain", "conditional", "possible"]),
      /** Whether an approved request is on record for it. Absent: no register of requests was read. */
      requested: optional(Type.Boolean()),
      /** Statements by which it comes, as far as they are named. */
      statements: Type.Array(Text, { maxItems: 16 }),
      statement_count: Count,
    }),
  ),
});

/** Most of one kind of thing in a job. */
const MAX_THINGS = 1000;

const things = <F extends Parameters<typeof closed>[0]>(fields: F) =>
  Type.Array(closed({ /** By what its place is found: stable when lines move. */ thing: Text, ...fields }), {
    maxItems: MAX_THINGS,
  });

/** What credentials of pipelines are for. */
export const PIPELINE_SYSTEMS = ["aws", "azure", "gcp", "pypi", "vault"] as const;

/** A job of a pipeline, an action of steps, or what a file says for all of its jobs. */
const PipelineSubject = closed({
  kind: Type.Literal("pipeline"),
  ...COMMON,
  pipeline_type: literals(["github_actions", "gitlab_ci"]),
  /** Events by which others than its writers start it, with its secrets: `pull_request_target`, `workflow_run`. */
  untrusted_events: Texts,
  /** Where it runs what whoever sent the change wrote. */
  untrusted_code: things({ how: literals(["checkout", "expression"]) }),
  /** Secrets that it names, but for the token that the platform makes for it; in code-unit order. */
  secret_names: Texts,
  /** Keys that are kept for it although the system that they are for knows the identity of jobs. `name`: of the secret or variable. */
  stored_keys: things({ system: literals(PIPELINE_SYSTEMS), name: optional(Text) }),
  /** Where all secrets are handed over at once. */
  handed_over: things({ how: literals(["dynamic", "inherit", "to_json"]) }),
  /** Secrets that a command writes to the log. */
  logged: things({ name: Text }),
  /** Actions and workflows of others that secrets are given to; whether the very commit is named. */
  actions: things({ action: Text, owner: Text, pinned: Type.Boolean(), secrets: Texts }),
  /** Where the identity of the job is asked for. */
  identity_asks: things({ system: literals(PIPELINE_SYSTEMS) }),
  /** Whether it may ask for its identity. Absent: whoever calls it says so. */
  may_ask_identity: optional(Type.Boolean()),
  /** Variables with tokens that the platform does not make any more. */
  removed_tokens: things({ name: Text }),
});

/** Kinds of subjects that only a change under review has. */
const CHANGE_SCHEMAS = {
  change: ChangeSubject,
  deployment: DeploymentSubject,
  workload: WorkloadSubject,
  pipeline: PipelineSubject,
};

export type ChangeSubjectKind = keyof typeof CHANGE_SCHEMAS;

export const CHANGE_SUBJECT_KINDS = Object.keys(CHANGE_SCHEMAS) as ChangeSubjectKind[];

export type ChangeSubjectOf<K extends ChangeSubjectKind> = Static<(typeof CHANGE_SCHEMAS)[K]>;

export type ChangeSubject = { [K in ChangeSubjectKind]: ChangeSubjectOf<K> }[ChangeSubjectKind];

/** JSON Schema of a policy's whole `input` for one of these kinds. */
export function changeInputSchema(kind: ChangeSubjectKind) {
  return closed({ subject: CHANGE_SCHEMAS[kind] });
}
