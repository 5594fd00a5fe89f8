import { CountersignError, sha256, type Sha256 } from "../base/index.ts";
import { compileSchema, Type, closed, literals, type Static } from "../facts/index.ts";

/** What a policy can speak about: the folder under `policies/`, and `subject.kind` in the input. */
export const SUBJECT_KINDS = [
  "certificate",
  "certificate_role",
  "change",
  "deployment",
  "dynamic_role",
  "estate",
  "grant",
  "key",
  "pipeline",
  "principal",
  "review",
  "secret",
  "sink",
  "store",
  "workload",
] as const;

export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/** Of these, what only a change under review has: no snapshot holds one, and policies about them speak for no control. */
export const CHANGE_KINDS: readonly SubjectKind[] = ["change", "deployment", "pipeline", "workload"];

/** Tiers of a subject, most demanding first. A subject without one gets the strictest value of each parameter. */
export const TIERS = ["critical", "high", "standard", "low"] as const;

export type Tier = (typeof TIERS)[number];

export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;

export type Severity = (typeof SEVERITIES)[number];

/**
 * Kinds that are computed from facts; gaps propagate along their sources. `held_token`: the tokens of one identity.
 * `cloud_grant`, `cloud_metadata`, `cloud_secret`: access of a cloud's principal, metadata of a secret that a cloud keeps, and the
 * secrets of a cloud's place, so that what only clouds have is not unknown of others.
 * `token_limit`: what limits tokens beside themselves and their role, such as settings of the method or the server.
 * `pipeline_…`: what a job of a pipeline does, as its file says: whose code it runs, what it writes, which keys and tokens it takes, and the rest.
 * `access_change`, `written_credential`: what a change under review does to access, and the credentials that are written in it.
 * `workload_build` and the others of workloads, one for each policy about them: what a build is given, what is copied from stores and how
 * these are logged in to, how a cluster keeps secrets, a workload's variables, as whom it runs, who it is in a cloud, and what lies in its image.
 * `deployment_…`: what outputs of a template tell and which of its parameters keep a credential in the clear, how a vault keeps what is deleted,
 * which networks reach it, what says who may use it and who is given access to it, what everyone is given, what is logged of it, and a key that is made for an identity.
 * `guard`: what it does to what the gate itself goes by.
 */
export const DERIVED_KINDS = [
  "access_change",
  "cloud_grant",
  "cloud_metadata",
  "cloud_secret",
  "deployment_access",
  "deployment_deletion",
  "deployment_everyone",
  "deployment_grant",
  "deployment_key",
  "deployment_log",
  "deployment_network",
  "deployment_output",
  "deployment_parameter",
  "grant",
  "guard",
  "held_token",
  "pipeline_code",
  "pipeline_command",
  "pipeline_job",
  "pipeline_key",
  "pipeline_token",
  "token_limit",
  "workload_build",
  "workload_cloud_identity",
  "workload_copy",
  "workload_encryption",
  "workload_environment",
  "workload_identity",
  "workload_image",
  "workload_store_login",
  "written_credential",
] as const;

export type DerivedKind = (typeof DERIVED_KINDS)[number];

export const PolicyId = Type.String({ pattern: "^[a-z][a-z0-9]*(_[a-z0-9]+)*$", maxLength: 64 });

const Name = PolicyId;
const Prose = Type.String({ minLength: 1, maxLength: 4096 });

/** A parameter's value: what stands at `data.params.<policy_id>.<name>`. */
export const ParamValue = Type.Union([
  Type.Number(),
  Type.Boolean(),
  Type.String({ maxLength: 1024 }),
  Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 1024 }),
]);

export type ParamValue = Static<typeof ParamValue>;

const ByTier = closed({
  critical: Type.Number(),
  high: Type.Number(),
  standard: Type.Number(),
  low: Type.Number(),
});

/** A declared parameter: either one `default`, or a number for each tier and which of them is the strictest. */
export const ParamDeclaration = closed({
  type: literals(["integer", "number", "boolean", "string", "strings"]),
  description: Prose,
  unit: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
  default: Type.Optional(ParamValue),
  by_tier: Type.Optional(ByTier),
  strictest: Type.Optional(literals(["min", "max"])),
});

export type ParamDeclaration = Static<typeof ParamDeclaration>;

/** Languages of the files in which a change is written: by these the remedies of the gate are chosen. */
export const REMEDY_LANGUAGES = [
  "arm",
  "cloudformation",
  "compose",
  "dockerfile",
  "github_actions",
  "gitlab_ci",
  "iam_policy",
  "kubernetes",
  "terraform",
  "vault_policy",
] as const;

export type RemedyLanguage = (typeof REMEDY_LANGUAGES)[number];

/**
 * What is to be changed in a file. `text`: in a sentence or two; `example`: lines of the file's language. Where they hold `{reference}`, `{label}`
 * or `{thing}`, names of what is declared are put in.
 */
export const Remedy = closed({ text: Prose, example: Type.Optional(Prose) });

export type Remedy = Static<typeof Remedy>;

/** By type of subject (`aws_secret`), else by provider, else `any`. */
const OptionalRemedies = Type.Optional(Type.Record(Name, Remedy));

/** One policy with its validated annotations. `location` is relative to the policy directory. */
export const CatalogueEntry = closed({
  policy_id: PolicyId,
  subject: literals(SUBJECT_KINDS),
  /** The failure in one line. */
  title: Type.String({ minLength: 1, maxLength: 150, pattern: "^(?!Ensure\\b)" }),
  rationale: Prose,
  severity: literals(SEVERITIES),
  /** Fact kinds without which the policy cannot judge. */
  needs: Type.Array(Name, { minItems: 1, maxItems: 32, uniqueItems: true }),
  /** A violation means that something was not found, so that a gap takes it away. */
  rests_on_absence: Type.Boolean(),
  /** Types of principals that it may apply to; no gap can make it apply to another. Absent: whatever `applicable` says. */
  applies_to: Type.Optional(Type.Array(Name, { minItems: 1, maxItems: 32, uniqueItems: true })),
  /** Products of stores that it is about; no gap can make it apply to what another keeps. Absent: whatever `applicable` says. */
  products: Type.Optional(Type.Array(Name, { minItems: 1, maxItems: 32, uniqueItems: true })),
  /** What is missing where everything was read and the outcome is undetermined all the same. */
  unstated: Type.Optional(Prose),
  params: Type.Record(Name, ParamDeclaration),
  /** Provider to what a person does about it. */
  remediation: Type.Object(
    {
      any: Type.Optional(Prose),
      aws: Type.Optional(Prose),
      azure: Type.Optional(Prose),
      embedded: Type.Optional(Prose),
      gcp: Type.Optional(Prose),
      hashicorp: Type.Optional(Prose),
      kubernetes: Type.Optional(Prose),
    },
    { additionalProperties: false, minProperties: 1 },
  ),
  /** What a person changes in the file of a change that violates it, by the file's language. */
  remedies: Type.Optional(
    Type.Object(
      Object.fromEntries(REMEDY_LANGUAGES.map((language) => [language, OptionalRemedies])) as Record<
        RemedyLanguage,
        typeof OptionalRemedies
      >,
      { additionalProperties: false, minProperties: 1 },
    ),
  ),
  sources: Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { minItems: 1, maxItems: 32 }),
  families: Type.Array(Name, { maxItems: 16, uniqueItems: true }),
  location: closed({ file: Type.String(), line: Type.Integer({ minimum: 1 }) }),
});

export type CatalogueEntry = Static<typeof CatalogueEntry>;

/** `catalogue.json` of a bundle: every policy, in order of its id. */
export const Catalogue = closed({
  format: Type.Literal("countersign-catalogue/1"),
  policies: Type.Array(CatalogueEntry, { maxItems: 4096 }),
});

export type Catalogue = Static<typeof Catalogue>;

const catalogueSchema = compileSchema(Catalogue);

/** A catalogue from the bytes of `catalogue.json`. E_BUNDLE when they are not one. */
export function parseCatalogue(text: string): Catalogue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CountersignError("E_BUNDLE", "expected catalogue.json to be JSON, got something else", {
      cause,
    });
  }
  if (catalogueSchema.fits(value)) return value;
  throw new CountersignError(
    "E_BUNDLE",
    `expected catalogue.json to fit its schema, got: ${catalogueSchema.complaint()}`,
    { fix: "Build the bundle again with `countersign policy build`." },
  );
}

/** Name of a bundle in evidence: SHA-256 of its bytes. */
export function bundleDigest(bytes: Uint8Array): Sha256 {
  return sha256(bytes);
}
