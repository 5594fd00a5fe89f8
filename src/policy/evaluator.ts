import { canonicalJson, invariant, messageOf, sha256, sortedBy } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import { TIERS, type CatalogueEntry, type SubjectKind } from "./catalogue.ts";
import { ONE_POLICY, entrypointOf } from "./entrypoints.ts";
import {
  CLASSIFIED_BY,
  MAX_VIOLATIONS,
  decide,
  hiddenOf,
  type Outcome,
  type PolicyFault,
  type SubjectOutcomes,
  type Verdict,
  type Violation,
} from "./outcome.ts";
import {
  dependsOnTier,
  resolveParams,
  type ParamSettings,
  type ResolvedParams,
  type TierKey,
} from "./params.ts";
import { instantiate, type Program } from "./program.ts";
import { parseSubject, type SubjectHeader } from "./subject-line.ts";

const MAX_MESSAGE_CHARS = 2048;

/** Judges one subject after another, in this thread. */
export interface Evaluator {
  /**
   * What every policy about this kind of subject says, from the subject's document. A policy that fails gives an `error`
   * outcome. E_INPUT when it is not a document.
   */
  evaluate(document: Uint8Array): SubjectOutcomes;
}

/** Sees the calls of policies that an organisation wrote itself. */
export interface Watch {
  /** They are asked one by one, so that it is known which of them takes too long. */
  readonly singly: boolean;
  /** Why this policy is not to be asked about the present subject; that is its fault then. */
  excused(policyId: string): string | undefined;
  /** Before a call: of this policy, or of all of a module together. */
  begin(policyId?: string): void;
  end(): void;
}

/**
 * An evaluator over a bundle with the parameters that configuration sets. Without a watch nothing bounds the time of a call.
 * E_CONFIG when a setting does not fit.
 */
export function createEvaluator(
  bundle: Pick<Bundle, "catalogue" | "modules">,
  settings: ParamSettings = {},
  watch?: Watch,
): Evaluator {
  return new WasmEvaluator(bundle, resolveParams(bundle.catalogue, settings), watch);
}

/** One policy with what is the same for all subjects. */
interface Prepared {
  readonly entry: CatalogueEntry;
  readonly tierMatters: boolean;
  readonly programs: Programs;
}

class WasmEvaluator implements Evaluator {
  private readonly params: Readonly<Record<TierKey, ResolvedParams>>;
  private readonly byKind = new Map<SubjectKind, Prepared[]>();

  constructor(
    { catalogue, modules }: Pick<Bundle, "catalogue" | "modules">,
    params: Readonly<Record<TierKey, ResolvedParams>>,
    watch: Watch | undefined,
  ) {
    this.params = params;
    const programsOf = new Map(
      modules.flatMap(({ module, policyIds, own }) => {
        const programs = new Programs(module, params, own ? watch : undefined);
        return policyIds.map((policyId) => [policyId, programs] as const);
      }),
    );
    for (const entry of sortedBy(catalogue.policies, ({ policy_id }) => policy_id)) {
      const programs = programsOf.get(entry.policy_id);
      invariant(programs !== undefined, `expected a module with the policy ${entry.policy_id}, got none`);
      const prepared = { entry, tierMatters: dependsOnTier(entry.policy_id, params), programs };
      this.byKind.set(entry.subject, [...(this.byKind.get(entry.subject) ?? []), prepared]);
    }
  }

  /** Keys stand in code-unit order at every level, so that `JSON.stringify` of what it gives is canonical JSON. */
  evaluate(document: Uint8Array): SubjectOutcomes {
    const subject = parseSubject(document);
    return {
      input_digest: sha256(document),
      outcomes: this.outcomes(document, subject),
      subject_id: subject.id,
      subject_kind: subject.kind,
    };
  }

  private outcomes(document: Uint8Array, subject: SubjectHeader): Outcome[] {
    const policies = this.byKind.get(subject.kind) ?? [];
    const tier = tierOf(subject);
    const answers = new Map(
      [...new Set(policies.map(({ programs }) => programs))].map((programs) => [
        programs,
        programs.askAll(document, subject.kind, tier),
      ]),
    );
    return policies.map((policy) => {
      const { entry, programs } = policy;
      const said = answers.get(programs);
      const answer =
        said === undefined ? programs.askOne(document, entry, tier) : checked(said[entry.policy_id]);
      const settled = whateverTheTier(answer, policy, subject, document);
      return outcomeOf(policy, settled, subject, this.params[tier][entry.policy_id] ?? {});
    });
  }
}

/** One module: an instance a tier, its parameters set once, since setting them for each subject would cost more than evaluating it. */
class Programs {
  private readonly module: WebAssembly.Module;
  private readonly params: Readonly<Record<TierKey, ResolvedParams>>;
  private readonly byTier = new Map<TierKey, Program>();
  private readonly watch: Watch | undefined;

  constructor(
    module: WebAssembly.Module,
    params: Readonly<Record<TierKey, ResolvedParams>>,
    watch: Watch | undefined,
  ) {
    this.module = module;
    this.params = params;
    this.watch = watch;
  }

  /** What all policies of the kind say in one call; undefined when they are to be asked singly. */
  askAll(document: Uint8Array, kind: SubjectKind, tier: TierKey): Record<string, unknown> | undefined {
    if (this.watch?.singly === true) return undefined;
    try {
      return this.ask({ document, entrypoint: entrypointOf(kind) }, tier) as Record<string, unknown>;
    } catch {
      return undefined; // asked singly next, where the policy at fault shows itself
    }
  }

  askOne(document: Uint8Array, { subject, policy_id }: CatalogueEntry, tier: TierKey): Verdict | PolicyFault {
    const fault = this.watch?.excused(policy_id);
    if (fault !== undefined) return { fault };
    try {
      const policy = { kind: subject, policy: policy_id };
      return checked(this.ask({ document, entrypoint: ONE_POLICY, policy }, tier));
    } catch (thrown) {
      return { fault: messageOf(thrown) };
    }
  }

  private ask(question: Question, tier: TierKey): unknown {
    if (this.watch === undefined) return this.call(question, tier);
    this.watch.begin(question.policy?.policy);
    try {
      return this.call(question, tier);
    } finally {
      this.watch.end();
    }
  }

  private call({ document, entrypoint, policy }: Question, tier: TierKey): unknown {
    const program = this.byTier.get(tier) ?? instantiate(this.module, { params: this.params[tier] });
    this.byTier.delete(tier);
    const number = program.entrypoints[entrypoint];
    const answer = number === undefined ? undefined : program.run(document, number, policy);
    this.byTier.set(tier, program); // not after a throw: the state of that instance is not to be trusted
    return answer;
  }
}

/** What a module is asked about a subject. */
interface Question {
  readonly document: Uint8Array;
  readonly entrypoint: string;
  /** Where one policy alone is asked. */
  readonly policy?: { readonly kind: SubjectKind; readonly policy: string };
}

/** The tier that is the likeliest to have no violation comes first. */
const LAXEST_FIRST = TIERS.toReversed();

function tierUndecided({ undecided = [] }: SubjectHeader): boolean {
  return undecided.includes("tier");
}

/** A tier that could not be decided is as good as none: a pass is one by the strictest values. */
function tierOf(subject: SubjectHeader): TierKey {
  return subject.tier === undefined || tierUndecided(subject) ? "untiered" : subject.tier;
}

/**
 * A violation by the strictest values says nothing against a subject whose tier could not be decided, unless it is one by every
 * tier's: otherwise only the tier would tell, and that could not be read.
 */
function whateverTheTier(
  said: Verdict | PolicyFault,
  { entry, tierMatters, programs }: Prepared,
  subject: SubjectHeader,
  document: Uint8Array,
): Verdict | PolicyFault {
  if (!tierMatters || !tierUndecided(subject) || "fault" in said || said.violations.length === 0) return said;
  for (const tier of LAXEST_FIRST) {
    const answer = programs.askOne(document, entry, tier);
    if ("fault" in answer) return answer;
    if (answer.violations.length === 0) return { ...said, violations: [], unlessTier: true };
  }
  return said;
}

/** Keys stand in order here too. */
function outcomeOf(
  { entry, tierMatters }: Prepared,
  answer: Verdict | PolicyFault,
  subject: SubjectHeader,
  params: Outcome["params"],
): Outcome {
  const needs = "unlessTier" in answer ? [...entry.needs, ...CLASSIFIED_BY] : entry.needs;
  const isElsewhere = isOfAnotherProduct(entry, subject);
  const isOther = isElsewhere || isOfAnotherType(entry, subject);
  const hidden = subject.gaps.length === 0 || isOther ? [] : hiddenOf(needs, subject.gaps);
  const said = isElsewhere ? NOT_ASKED : isOther ? keptTo(answer) : answer;
  const outcome = decide(said, { restsOnAbsence: entry.rests_on_absence, hidden: hidden.length > 0 });
  return {
    ...(outcome === "error" ? { error: { code: "E_POLICY", message: faultOf(said, entry) } } : {}),
    hidden,
    outcome,
    params,
    policy_id: entry.policy_id,
    severity: entry.severity,
    ...(tierMatters && tierOf(subject) === "untiered" ? { tier_assumed: "strictest" } : {}),
    violations: outcome === "violation" && !("fault" in said) ? ordered(said.violations) : [],
  };
}

/** Whether a principal is of a type to which the policy never applies: no gap can hide which type it is of. */
function isOfAnotherType({ applies_to }: CatalogueEntry, { principal_type }: SubjectHeader): boolean {
  return applies_to !== undefined && principal_type !== undefined && !applies_to.includes(principal_type);
}

/** Whether what keeps the subject is a product that the policy is not about: no gap can hide which that is. */
function isOfAnotherProduct({ products }: CatalogueEntry, { store }: SubjectHeader): boolean {
  return products !== undefined && store?.product !== undefined && !products.includes(store.product);
}

const NOT_ASKED: Verdict = { applicable: false, compliant: false, violations: [] };

/** What a policy said about a principal to which it says that it never applies. */
function keptTo(said: Verdict | PolicyFault): Verdict | PolicyFault {
  if ("fault" in said || !said.applicable) return said;
  return {
    fault: "expected not to apply to a principal of a type that is not in applies_to, got applicable",
  };
}

function faultOf(said: Verdict | PolicyFault, { policy_id }: CatalogueEntry): string {
  const fault = "fault" in said ? said.fault : "expected either compliant or a violation, got both";
  return `${policy_id}: ${fault}`.slice(0, MAX_MESSAGE_CHARS);
}

/** What a policy said, or what is wrong with it. Reads nothing but the three rules; helpers come along and are dropped. */
function checked(answer: unknown): Verdict | PolicyFault {
  if (typeof answer !== "object" || answer === null) return { fault: "expected an answer, got none" };
  const { applicable = false, compliant = false, violations } = answer as Record<string, unknown>;
  if (typeof applicable !== "boolean")
    return { fault: "expected applicable to be a boolean, got something else" };
  if (typeof compliant !== "boolean")
    return { fault: "expected compliant to be a boolean, got something else" };
  if (!Array.isArray(violations)) return { fault: "expected violations to be a set, got none" };
  if (violations.length > MAX_VIOLATIONS) {
    return { fault: `expected at most ${MAX_VIOLATIONS} violations, got ${violations.length}` };
  }
  if (!violations.every(isViolation)) {
    return {
      fault:
        "expected violations of the form {actual, expected, message}, with thing or without, got another",
    };
  }
  return { applicable, compliant, violations };
}

function isViolation(value: unknown): value is Violation {
  if (typeof value !== "object" || value === null) return false;
  const { message, thing } = value as Partial<Violation>;
  if (Object.keys(value).length !== ("thing" in value ? 4 : 3)) return false;
  const isOfThing = !("thing" in value) || isShortText(thing);
  return isShortText(message) && isOfThing && "actual" in value && "expected" in value;
}

function isShortText(value: unknown): boolean {
  return typeof value === "string" && value !== "" && value.length <= MAX_MESSAGE_CHARS;
}

/** In order of their canonical JSON, keys ordered too: the runtime gives sets and objects in no order. */
function ordered(violations: readonly Violation[]): Violation[] {
  const alike = violations.map(({ actual, expected, message, thing }) => ({
    actual: sorted(actual),
    expected: sorted(expected),
    message,
    ...(thing === undefined ? {} : { thing }),
  }));
  return alike.length < 2 ? alike : sortedBy(alike, (violation) => JSON.stringify(violation));
}

function sorted(value: unknown): unknown {
  return typeof value === "object" && value !== null ? (JSON.parse(canonicalJson(value)) as unknown) : value;
}
