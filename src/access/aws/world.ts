import { CountersignError } from "../../base/index.ts";
import type { Certainty } from "../grant.ts";
import { parseArn, serviceOf } from "./arn.ts";
import type { RequestContext } from "./context.ts";
import {
  isAwsManaged,
  keyAction,
  keyArn,
  keyContext,
  managedKeyArn,
  managedKeyPolicy,
} from "./encryption.ts";
import { evaluate, permitted, type Evaluation, type Hit, type KeyGrant, type Level } from "./evaluate.ts";
import { all, any, bestCase, conclude, not, standing, unclear, type Formula } from "./formula.ts";
import { keyGrants } from "./key-grant.ts";
import { accountOf, type Requester } from "./requester.ts";
import { fixedDecision, type FixedDecision, underRcps, usesTrustPolicy } from "./service-rules.ts";
import { hindranceOf } from "./thing-state.ts";
import { callerOf, type Caller } from "./world-caller.ts";
import { callerAccount, Contexts } from "./world-context.ts";
import { Documents } from "./world-documents.ts";
import {
  isUnreadable,
  whyUnreadable,
  type AwsQuestion,
  type AwsResource,
  type AwsWorld,
  type Unreadable,
} from "./world-schema.ts";

export interface AwsBecause {
  /** `identity:0`, `boundary:0`, `session:0`, `scp:<level>:0`, `rcp:<level>:0`, `endpoint:0`, `resource`, `grant:0`; `kms/…` for the key. */
  readonly policy: string;
  readonly statement: number;
  readonly effect: "Allow" | "Deny";
  readonly sid?: string;
  /** The call that the statement lets somebody make first, where it is another than what was asked. */
  readonly first?: string;
}

export interface AwsVerdict {
  readonly decision: "allow" | "deny";
  readonly certainty: Certainty;
  readonly explicit_deny: boolean;
  readonly because: readonly AwsBecause[];
  /** Standing conditions, or what is missing or disputed. */
  readonly conditions: readonly string[];
  /** Which layer lets nothing through, where no statement denies. */
  readonly reason?: string;
}

/**
 * Answers an AWS world's questions one by one; documents are compiled once. E_WORLD for a principal that leads nowhere, E_IAM for
 * a document that does not parse.
 */
export function awsJudge(world: AwsWorld): (question: AwsQuestion) => AwsVerdict {
  const judge = new WorldJudge(world);
  return (question) => judge.answer(question);
}

/** Whether the world allows what a question asks, with what it depends on. */
export function awsFormulas(world: AwsWorld): (question: AwsQuestion) => Formula {
  const judge = new WorldJudge(world);
  return (question) => judge.formula(question);
}

/** An evaluation and what answers put before its labels. */
interface Part {
  readonly prefix: string;
  readonly evaluation: Evaluation;
}

/** What whoever asks may do to the key of an encrypted thing, before it asks: its policy may be anything then, or let in one more. */
export type OwnKey = "kms:PutKeyPolicy" | "kms:CreateGrant";

/** What has to happen to a thing first, and how far who asks may do it. */
interface Revival {
  readonly until: string;
  readonly calls: readonly (Part & { readonly action: string })[];
}

/**
 * Decides questions in one world. `thing`: what is encrypted, where the question's resource is a path above it. `ownKey`: customers' keys
 * let everyone in who asks, but for what denies it elsewhere, and by a grant also in the key's policy.
 */
export class WorldJudge {
  readonly #world: AwsWorld;
  readonly #documents: Documents;
  readonly #contexts: Contexts;
  readonly #callers = new Map<string, Caller>();
  readonly #ownKey: OwnKey | undefined;

  constructor(world: AwsWorld, documents = new Documents(), ownKey?: OwnKey) {
    this.#world = world;
    this.#ownKey = ownKey;
    this.#documents = documents;
    this.#contexts = new Contexts(world);
  }

  answer(question: AwsQuestion, thing = question.resource): AwsVerdict {
    const caller = this.caller(question);
    const fixed = fixedDecision(question, caller.requester);
    if (fixed !== undefined) return settled(fixed);
    const keyed = { ...question, resource: thing };
    const revivals = this.#revivals(question, keyed, caller);
    return verdict(this.#parts(question, keyed, caller), this.#keyGap(keyed), revivals);
  }

  /** `isNew`: it is still to be made and has no policy. */
  formula(question: AwsQuestion, thing = question.resource, isNew = false): Formula {
    const caller = this.caller(question);
    const fixed = fixedDecision(question, caller.requester);
    if (fixed !== undefined) return fixed.allowed;
    const keyed = thing === question.resource ? question : { ...question, resource: thing };
    if (isNew) return permitted(this.#part(question, caller, []).evaluation);
    const revivals = this.#revivals(question, keyed, caller);
    return permittedAll(this.#parts(question, keyed, caller), this.#keyGap(keyed), revivals);
  }

  /** The same as if what is asked for were not encrypted. */
  formulaWithoutKey(question: AwsQuestion): Formula {
    const caller = this.caller(question);
    const fixed = fixedDecision(question, caller.requester);
    return fixed === undefined ? permitted(this.#part(question, caller).evaluation) : fixed.allowed;
  }

  /** Who asks. Without a session kept, since it is the same for every question. */
  caller(question: Pick<AwsQuestion, "principal" | "session">): Caller {
    const { principal, session } = question;
    if (typeof principal !== "string" || session !== undefined)
      return callerOf(this.#world, question, this.#documents);
    const caller = this.#callers.get(principal) ?? callerOf(this.#world, question, this.#documents);
    this.#callers.set(principal, caller);
    return caller;
  }

  #parts(question: AwsQuestion, keyed: AwsQuestion, caller: Caller): readonly Part[] {
    return [this.#part(question, caller), ...this.#keyParts(keyed, caller)];
  }

  #part(question: AwsQuestion, caller: Caller, policy?: Level): Part {
    const { action, resource } = question;
    const account = this.#resourceAccount(resource, caller.requester);
    const context = this.#contexts.of(question, caller, resource, account);
    const endpoint = this.#documents.level("endpoint", question.endpoint_policies ?? []);
    const evaluation = evaluate(
      { action, resource, context },
      caller.requester,
      {
        ...caller.policies,
        ...(endpoint.length === 0 ? {} : { endpoint }),
        ...this.#rcps(action, account, caller),
        resource: policy ?? this.#resourcePolicy(resource, action),
        grants: this.#grants(resource, action, caller.requester, context),
      },
      account,
    );
    return { prefix: "", evaluation };
  }

  /** Of the thing, and of the key that it is under, where AWS refuses to use it. */
  #revivals(question: AwsQuestion, keyed: AwsQuestion, caller: Caller): Revival[] {
    const { action, resource } = question;
    const own = this.#revival(question, { action, resource, prefix: "" }, caller);
    const onKey = keyAction(action);
    const key = this.#key(keyed.resource);
    if (onKey === undefined || key === undefined || isUnreadable(key) || isAwsManaged(key)) return own;
    const under = { action: onKey, resource: keyArn(key, keyed.resource), prefix: "kms/" };
    return [...own, ...this.#revival(question, under, caller)];
  }

  #revival(
    question: AwsQuestion,
    { action, resource, prefix }: Pick<AwsQuestion, "action" | "resource"> & { readonly prefix: string },
    caller: Caller,
  ): Revival[] {
    const found = this.#resource(resource);
    const hindrance = hindranceOf(isUnreadable(found) ? undefined : found?.state, action);
    if (hindrance === undefined) return [];
    const { until, by } = hindrance;
    // A key is revived from its own account alone: KMS API, CancelKeyDeletion and EnableKey, "Cross-account use".
    const isOwn = accountOf(caller.requester) === this.#resourceAccount(resource, caller.requester);
    if (serviceOf(action) === "kms" && !isOwn) return [{ until, calls: [] }];
    const calls = by.map((call) => ({
      ...this.#part({ ...question, action: call, resource }, caller),
      prefix,
      action: call,
    }));
    return [{ until, calls }];
  }

  /** The call that the service makes to the key in the caller's name; no endpoint policy sees it. */
  #keyParts(question: AwsQuestion, caller: Caller): Part[] {
    const action = keyAction(question.action);
    const key = this.#key(question.resource);
    if (action === undefined || key === undefined || isUnreadable(key)) return [];
    const managed = isAwsManaged(key);
    const resource = managed ? managedKeyArn(question.resource) : keyArn(key, question.resource);
    const account = this.#resourceAccount(resource, caller.requester);
    const context = this.#contexts.of(question, caller, resource, account);
    const own = accountOf(caller.requester);
    if (own !== undefined && !context.has("kms:CallerAccount")) callerAccount(context, caller, own);
    keyContext(context, question.resource);
    const evaluation = evaluate(
      { action, resource, context },
      caller.requester,
      {
        ...caller.policies,
        ...(managed ? {} : this.#rcps(action, account, caller)),
        ...(managed
          ? { resource: [managedKeyPolicy(question.resource)], grants: [] }
          : this.#keyPolicies(resource, action, caller.requester, context)),
      },
      account,
    );
    return [{ prefix: "kms/", evaluation }];
  }

  /** What a customer's key says, or is made to say. */
  #keyPolicies(key: string, action: string, requester: Requester, context: RequestContext) {
    const own: KeyGrant = { label: "own:key", named: "direct", when: true };
    const policy = () => this.#resourcePolicy(key, action);
    if (this.#ownKey === undefined)
      return { resource: policy(), grants: this.#grants(key, action, requester, context) };
    return { resource: this.#ownKey === "kms:CreateGrant" ? policy() : [], grants: [own] };
  }

  #keyGap({ action, resource }: AwsQuestion): Formula {
    const key = this.#key(resource);
    if (keyAction(action) === undefined || !isUnreadable(key)) return true;
    const why = whyUnreadable(key, `kms_key of ${resource} is unreadable`);
    return unclear(why, why, true);
  }

  #key(resource: string) {
    const found = this.#resource(resource);
    return isUnreadable(found) ? found : found?.kms_key;
  }

  #resource(arn: string) {
    const resources = this.#world.resources ?? {};
    return Object.hasOwn(resources, arn) ? resources[arn] : undefined;
  }

  #resourceAccount(resource: string, requester: Requester): string | undefined {
    const found = this.#resource(resource);
    const stated = found === undefined || isUnreadable(found) ? undefined : found.account;
    const account = stated ?? (parseArn(resource)?.account || undefined);
    if (account !== undefined || resource === "*") return account ?? accountOf(requester);
    throw new CountersignError(
      "E_WORLD",
      `expected an account for resource ${JSON.stringify(resource)}, got none`,
      {
        fix: `State it under "resources".`,
      },
    );
  }

  /** Not known where the world does not tell of a resource whose kind has a policy. */
  #resourcePolicy(resource: string, action: string): Level {
    const found = this.#resource(resource);
    const unreadable = (why: string): Level => [{ label: "resource", document: { unreadable: why } }];
    if (!hasResourcePolicy(resource, action)) return [];
    if (found === undefined)
      return mayLackPolicy(resource) ? [] : unreadable(`${resource} is not in the world`);
    if (isUnreadable(found)) return unreadable(whyUnreadable(found, `${resource} is unreadable`));
    if (found.policy !== undefined) return this.#documents.resource(found.policy, `policy of ${resource}`);
    return alwaysHasPolicy(resource) ? unreadable(`the policy of ${resource} is not in the world`) : [];
  }

  #grants(resource: string, action: string, requester: Requester, context: RequestContext): KeyGrant[] {
    if (serviceOf(action) !== "kms") return [];
    const found = this.#resource(resource);
    const grants: AwsResource["grants"] =
      found === undefined || isUnreadable(found) ? undefined : found.grants;
    const gap = (label: string, given: Unreadable): KeyGrant[] => {
      const why = whyUnreadable(given, `${label} of ${resource} is unreadable`);
      return [{ label, named: "direct", when: unclear(why, why, false) }];
    };
    if (grants === undefined) return [];
    if (isUnreadable(grants)) return gap("grants", grants);
    return grants.flatMap((grant, at) =>
      isUnreadable(grant)
        ? gap(`grant:${at}`, grant)
        : keyGrants(grant, `grant:${at}`, { action, requester, context }),
    );
  }

  #rcps(action: string, account: string | undefined, { serviceLinked }: Caller): { rcps?: readonly Level[] } {
    if (account === undefined || serviceLinked || !underRcps(action)) return {};
    const rcps = this.#documents.organisation(this.#world, account, "rcps");
    return rcps === undefined ? {} : { rcps };
  }
}

/** A role has a trust policy, which `iam:` actions do not ask; actions on everything have none. */
function hasResourcePolicy(resource: string, action: string): boolean {
  if (resource === "*") return false;
  return serviceOf(action) === "iam"
    ? false
    : parseArn(resource)?.service !== "iam" || usesTrustPolicy(action);
}

/** Paths of parameters are no resources, and a parameter rarely has a policy. */
function mayLackPolicy(resource: string): boolean {
  return parseArn(resource)?.service === "ssm";
}

function alwaysHasPolicy(resource: string): boolean {
  const arn = parseArn(resource);
  return (arn?.service === "kms" && arn.resource.startsWith("key/")) || arn?.service === "iam";
}

function permittedAll(parts: readonly Part[], gap: Formula, revivals: readonly Revival[]): Formula {
  return all([gap, ...parts.map(({ evaluation }) => permitted(evaluation)), ...revivals.map(revived)]);
}

/** Somebody else sees to it, or who asks may itself. */
function revived({ until, calls }: Revival): Formula {
  return any([
    standing(until),
    calls.length > 0 && all(calls.map(({ evaluation }) => permitted(evaluation))),
  ]);
}

function settled({ allowed, reason }: FixedDecision): AwsVerdict {
  return {
    decision: allowed ? "allow" : "deny",
    certainty: "certain",
    explicit_deny: false,
    because: [],
    conditions: [],
    ...(reason === undefined ? {} : { reason }),
  };
}

function verdict(parts: readonly Part[], gap: Formula, revivals: readonly Revival[]): AwsVerdict {
  const { holds, certainty, conditions } = conclude(permittedAll(parts, gap, revivals));
  const denied = !holds && !bestCase(not(any(parts.map(({ evaluation }) => evaluation.denied))));
  const reason = holds || denied ? undefined : reasonOf(parts);
  return {
    decision: holds ? "allow" : "deny",
    certainty,
    explicit_deny: denied,
    because: [
      ...(holds || denied ? parts.flatMap((part) => becauseOf(part, holds ? "Allow" : "Deny")) : []),
      ...(holds ? revivals.flatMap(becauseOfRevival) : []),
    ],
    conditions,
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Nothing where who asks may not do all of it. */
function becauseOfRevival({ calls }: Revival): AwsBecause[] {
  if (!calls.every(({ evaluation }) => bestCase(permitted(evaluation)))) return [];
  return calls.flatMap((call) => becauseOf(call, "Allow").map((one) => ({ ...one, first: call.action })));
}

function reasonOf(parts: readonly Part[]): string | undefined {
  return parts.flatMap(({ prefix, evaluation }) =>
    evaluation.missing.map((text) => (prefix === "" ? text : `on the KMS key: ${text}`)),
  )[0];
}

function becauseOf({ prefix, evaluation }: Part, effect: "Allow" | "Deny"): AwsBecause[] {
  const counts = ({ when }: Hit) => (effect === "Allow" ? bestCase(when) : !bestCase(not(when)));
  return evaluation.hits
    .filter((hit) => hit.effect === effect && counts(hit))
    .map(({ policy, statement, sid }) => ({
      policy: `${prefix}${policy}`,
      statement,
      effect,
      ...(sid === undefined ? {} : { sid }),
    }));
}
