import { parseArn, serviceOf } from "../../src/access/aws/arn.ts";
import { isAwsManaged, keyArn } from "../../src/access/aws/encryption.ts";
import {
  AS_USER,
  EVERYTHING,
  MAX_HOPS,
  OWN_KEY,
  OWN_PERMISSIONS,
  READ,
  WORKING_SERVICES,
  type WorkingService,
} from "../../src/access/aws/escalation-ways.ts";
import { all, any, bestCase, conclude, type Formula } from "../../src/access/aws/formula.ts";
import { thingsSpokenOf } from "../../src/access/aws/things-spoken-of.ts";
import { isUnreadable, type AwsWorld } from "../../src/access/aws/world-schema.ts";
import { awsFormulas } from "../../src/access/aws/world.ts";

/*
 * A second search for detours, plain and slow: principal by principal, one question each. What it finds, the search between classes
 * (`chains.ts`, `detours.ts`) must find too.
 */

/** A request as escalations put it. */
export interface EscalationRequest {
  /** ARN of a user or role, or a service. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** What escalations are looked for in. */
export interface EscalationWorld {
  /** ARNs of users and roles. */
  readonly principals: readonly string[];
  may(request: EscalationRequest): Formula;
  /** Whether there is something, of whatever name and Region, on which the principal may do that. */
  mayOnSome(principal: string, action: string): Formula;
  /** The same once the principal has given itself every permission: what boundary, SCPs and the resource then still stop. */
  mayWithEverything(request: EscalationRequest): Formula;
  /** The same once a key's policy, or a grant on it, lets the principal use the key. `by`: what it was let in by. */
  mayWithKey(request: EscalationRequest, by: string): Formula;
  /** ARN of the customer managed key of a secret or parameter. */
  keyOf(resource: string): string | undefined;
}

/** One step: what someone does to what. */
export interface EscalationStep {
  readonly by: string;
  readonly actions: readonly string[];
  readonly on: string;
  /** Whose permissions the one who does it has from then on. */
  readonly becomes?: string;
}

/** How someone comes to administer a thing. */
export interface EscalationChain {
  readonly steps: readonly EscalationStep[];
  readonly holds: Formula;
}

/** At most this many principals are gone through from one start. */
const MAX_REACHED = 10_000;

/**
 * The chains by which a principal comes to administer a secret, parameter or key: changing its policy or its key's, giving itself
 * permissions, or becoming someone who can. Breadth first, so each principal on the way is reached by a shortest chain, surer ones
 * first; a principal that was reached is not gone through again, so cycles end.
 */
export function escalations(world: EscalationWorld, from: string, target: string): EscalationChain[] {
  const found: EscalationChain[] = [];
  for (const { principal, chain } of reachedFrom(world, from)) {
    for (const last of finalSteps(world, principal, target)) {
      const holds = all([chain.holds, last.holds]);
      if (holds !== false) found.push({ steps: [...chain.steps, ...last.steps], holds });
    }
  }
  return found;
}

interface Reached {
  readonly principal: string;
  readonly chain: EscalationChain;
}

/** Nothing but assuming roles: use of access that is there already. */
export const isUse = ({ actions }: EscalationStep): boolean =>
  actions.every((one) => one === "sts:AssumeRole");

/**
 * How someone comes to read a thing by use alone: by its own policies or those of roles that it may assume; or, where these lack the
 * key only, by a key that one of them owns.
 */
export function readings(world: EscalationWorld, from: string, target: string): EscalationChain[] {
  const read = READ[parseArn(target)?.service ?? ""] ?? "";
  const reached = reachedFrom(world, from, isUse);
  const key = world.keyOf(target);
  const owners = reached.flatMap(({ principal, chain }) =>
    (key === undefined ? [] : OWN_KEY).map((action) => ({
      action,
      holds: all([chain.holds, world.may({ principal, action, resource: key ?? "" })]),
    })),
  );
  return reached.flatMap(({ principal, chain }) => {
    const request = { principal, action: read, resource: target };
    const ways = [
      world.may(request),
      ...owners.map(({ action, holds }) => all([holds, world.mayWithKey(request, action)])),
    ];
    return ways.flatMap((way) => {
      const holds = all([chain.holds, way]);
      return holds === false ? [] : [{ steps: chain.steps, holds }];
    });
  });
}

/** Everyone whose permissions `from` can come by, itself first; by some steps, where these are told. */
export function reachedFrom(
  world: EscalationWorld,
  from: string,
  counts: (step: EscalationStep) => boolean = () => true,
): readonly Reached[] {
  const reached: Reached[] = [{ principal: from, chain: { steps: [], holds: true } }];
  const seen = new Set([from]);
  let frontier = [...reached];
  for (let hop = 0; hop < MAX_HOPS && frontier.length > 0; hop++) {
    const next = frontier.flatMap(({ principal, chain }) =>
      world.principals
        .filter((other) => !seen.has(other))
        .flatMap((other) =>
          stepsTo(world, principal, other)
            .filter(({ steps }) => steps.every(counts))
            .map((step) => extended(chain, step, other)),
        ),
    );
    frontier = [];
    for (const one of surestFirst(next)) {
      if (seen.has(one.principal) || reached.length >= MAX_REACHED) continue;
      seen.add(one.principal);
      reached.push(one);
      frontier.push(one);
    }
  }
  return reached;
}

function extended(chain: EscalationChain, step: EscalationChain, principal: string): Reached {
  return {
    principal,
    chain: { steps: [...chain.steps, ...step.steps], holds: all([chain.holds, step.holds]) },
  };
}

const ORDER = ["certain", "conditional", "possible"];

function surestFirst(all: readonly Reached[]): Reached[] {
  const rank = ({ chain: { holds } }: Reached) =>
    ORDER.indexOf(conclude(holds).certainty) + (bestCase(holds) ? 0 : ORDER.length);
  return all
    .map((one) => ({ one, rank: rank(one) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}

/** How one principal takes on the permissions of another. */
function stepsTo(world: EscalationWorld, by: string, other: string): EscalationChain[] {
  const may = (action: string, resource = other) => world.may({ principal: by, action, resource });
  const step = (actions: readonly string[], holds: Formula): EscalationChain[] =>
    holds === false ? [] : [{ steps: [{ by, actions, on: other, becomes: other }], holds }];
  if (kindOf(other) === "user") {
    return AS_USER.flatMap((action) => step([action], may(action)));
  }
  return [
    ...step(["sts:AssumeRole"], may("sts:AssumeRole")),
    // The new trust policy may name the principal itself, which in one account needs no identity policy beside it.
    ...(sameAccount(by, other)
      ? step(["iam:UpdateAssumeRolePolicy"], may("iam:UpdateAssumeRolePolicy"))
      : []),
    ...WORKING_SERVICES.flatMap((working) =>
      step(["iam:PassRole", ...working.start, ...working.run.slice(0, 1)], workAs(world, working, by, other)),
    ),
  ];
}

/** Work that runs with the role: also how a rotation function gets its permissions. */
function workAs(world: EscalationWorld, working: WorkingService, by: string, role: string): Formula {
  if (!sameAccount(by, role)) return false;
  const context = { "iam:PassedToService": working.service };
  return all([
    world.may({ principal: by, action: "iam:PassRole", resource: role, context }),
    ...working.start.map((action) => world.mayOnSome(by, action)),
    working.run.length === 0 || any(working.run.map((action) => world.mayOnSome(by, action))),
    world.may({ principal: working.service, action: "sts:AssumeRole", resource: role }),
  ]);
}

/** What gives a principal the thing itself, or gives it to others: its policy, a key's own policy or grants, or somebody's permissions. */
function finalSteps(world: EscalationWorld, by: string, target: string): EscalationChain[] {
  const step = (action: string, on: string, holds: Formula): EscalationChain[] =>
    holds === false ? [] : [{ steps: [{ by, actions: [action], on }], holds }];
  const may = (action: string, on: string) =>
    step(action, on, world.may({ principal: by, action, resource: on }));
  const service = parseArn(target)?.service ?? "";
  // Who owns the key of a secret may still not read the secret.
  const policy =
    service === "kms"
      ? OWN_KEY.flatMap((action) => may(action, target))
      : may(`${service}:PutResourcePolicy`, target);
  const read = READ[service];
  // Whose permissions it changes comes to read it then, itself or another, who need not be somebody that it becomes.
  const given = world.principals
    .filter((whom) => sameAccount(by, whom) && !whom.includes(":role/aws-service-role/"))
    .flatMap((whom) =>
      OWN_PERMISSIONS[kindOf(whom)].flatMap((action) => {
        const allowed = world.may({ principal: by, action, resource: whom });
        const then =
          read === undefined || world.mayWithEverything({ principal: whom, action: read, resource: target });
        return step(action, whom, all([allowed, then]));
      }),
    );
  return [...policy, ...given];
}

function kindOf(principal: string): "user" | "role" {
  return parseArn(principal)?.resource.startsWith("user/") === true ? "user" : "role";
}

function sameAccount(a: string, b: string): boolean {
  return parseArn(a)?.account === parseArn(b)?.account;
}

/** A world as escalations look at it; its questions are not asked. */
export function escalationWorld(given: AwsWorld): EscalationWorld {
  const world = withThings(given);
  const may = remembered(awsFormulas(world));
  return {
    principals: Object.keys(world.principals ?? {}).sort(),
    may,
    mayOnSome: (principal, action) =>
      any(
        namedBy(world, principal, serviceOf(action)).map((resource) => may({ principal, action, resource })),
      ),
    mayWithEverything: remembered(awsFormulas({ ...world, principals: givenEverything(world) })),
    mayWithKey: (request, by) => awsFormulas(withKeys(world, request.principal, by))(request),
    keyOf: (resource) => {
      const found = Object.hasOwn(world.resources ?? {}, resource) ? world.resources?.[resource] : undefined;
      const key = found === undefined || isUnreadable(found) ? undefined : found.kms_key;
      if (key === undefined || isUnreadable(key) || isAwsManaged(key)) return undefined;
      return keyArn(key, resource);
    },
  };
}

/** What a principal's policies speak of in one service, with a name that none speaks of. */
function namedBy(world: AwsWorld, principal: string, service: string): readonly string[] {
  const given = Object.hasOwn(world.principals ?? {}, principal) ? world.principals?.[principal] : undefined;
  const texts = given === undefined || isUnreadable(given) ? [] : textsIn(given.identity_policies);
  return thingsSpokenOf(texts, principal, service);
}

/** What is still to be made has no policy. */
function withThings(world: AwsWorld): AwsWorld {
  const services = new Set(WORKING_SERVICES.flatMap(({ start, run }) => [...start, ...run].map(serviceOf)));
  const things = Object.keys(world.principals ?? {}).flatMap((arn) =>
    [...services].flatMap((service) => namedBy(world, arn, service)),
  );
  const made = Object.fromEntries(things.map((arn) => [arn, {}]));
  return { ...world, resources: { ...made, ...world.resources } };
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value as Readonly<Record<string, unknown>>).flatMap(textsIn);
}

/** Every key lets a principal in: by a policy that says nothing else, or by a grant beside what it says. */
function withKeys(world: AwsWorld, principal: string, by: string): AwsWorld {
  const grant = { GranteePrincipal: principal, Operations: ["Decrypt"] };
  const policy = {
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: { AWS: principal }, Action: "kms:*", Resource: "*" },
  };
  const changed = by === "kms:CreateGrant" ? { grants: [grant] } : { policy };
  const resources = Object.entries(world.resources ?? {}).map(
    ([arn, resource]): [string, typeof resource] => {
      const isKey = parseArn(arn)?.service === "kms" && !isUnreadable(resource);
      return [arn, isKey ? { ...resource, ...changed } : resource];
    },
  );
  return { ...world, resources: Object.fromEntries(resources) };
}

function givenEverything(world: AwsWorld): NonNullable<AwsWorld["principals"]> {
  return Object.fromEntries(
    Object.entries(world.principals ?? {}).map(
      ([arn, principal]) => [arn, withEverything(principal)] as const,
    ),
  );
}

type Principal = NonNullable<AwsWorld["principals"]>[string];

function withEverything(principal: Principal): Principal {
  if (isUnreadable(principal)) return principal;
  const given = principal.identity_policies ?? [];
  return {
    ...principal,
    identity_policies: isUnreadable(given) ? [given, EVERYTHING] : [...given, EVERYTHING],
  };
}

/** The same request is put once for each principal that it could serve. */
function remembered(ask: (request: EscalationRequest) => Formula): (request: EscalationRequest) => Formula {
  const known = new Map<string, Formula>();
  return (request) => {
    const key = JSON.stringify([request.principal, request.action, request.resource, request.context ?? {}]);
    const found = known.get(key) ?? ask(request);
    known.set(key, found);
    return found;
  };
}
