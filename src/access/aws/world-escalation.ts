import type { EscalationRequest, EscalationWorld } from "./escalation.ts";
import { parseArn } from "./arn.ts";
import { any, type Formula } from "./formula.ts";
import { isAwsManaged, keyArn } from "./encryption.ts";
import { awsFormulas } from "./world.ts";
import { isUnreadable, type AwsWorld } from "./world-schema.ts";

const EVERYTHING = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
};

/** A world as escalations look at it; its questions are not asked. */
export function escalationWorld(given: AwsWorld): EscalationWorld {
  const world = withFunctions(given);
  const may = remembered(awsFormulas(world));
  return {
    principals: Object.keys(world.principals ?? {}).sort(),
    may,
    mayOnSomeFunction: (principal, action) =>
      any(functionsNamedBy(world, principal).map((resource) => may({ principal, action, resource }))),
    mayWithEverything: remembered(awsFormulas({ ...world, principals: givenEverything(world) })),
    keyOf: (resource) => {
      const found = Object.hasOwn(world.resources ?? {}, resource) ? world.resources?.[resource] : undefined;
      const key = found === undefined || isUnreadable(found) ? undefined : found.kms_key;
      if (key === undefined || isUnreadable(key) || isAwsManaged(key)) return undefined;
      return keyArn(key, resource);
    },
  };
}

/** At most this many names of functions are tried for a principal. */
const MAX_FUNCTIONS = 200;

/**
 * ARNs that stand for the functions that a principal's policies speak of, wildcards filled in, and one of a name that none speaks of.
 */
function functionsNamedBy(world: AwsWorld, principal: string): readonly string[] {
  const { partition = "aws", account = "" } = parseArn(principal) ?? {};
  const given = Object.hasOwn(world.principals ?? {}, principal) ? world.principals?.[principal] : undefined;
  const texts = given === undefined || isUnreadable(given) ? [] : textsIn(given.identity_policies);
  const spoken = texts.flatMap((text) => {
    const arn = parseArn(text);
    if (arn?.service !== "lambda") return [];
    const [region, name] = [arn.region, arn.resource].map((part) => part.replaceAll(/[*?]/g, "x"));
    return [`arn:${partition}:lambda:${region}:${account}:${arn.resource === "*" ? "function:x" : name}`];
  });
  const other = `arn:${partition}:lambda:x:${account}:function:x`;
  return [...new Set([other, ...spoken])].slice(0, MAX_FUNCTIONS);
}

/** A function that is still to be made has no policy. */
function withFunctions(world: AwsWorld): AwsWorld {
  const functions = Object.keys(world.principals ?? {}).flatMap((arn) => functionsNamedBy(world, arn));
  const made = Object.fromEntries(functions.map((arn) => [arn, {}]));
  return { ...world, resources: { ...made, ...world.resources } };
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value as Readonly<Record<string, unknown>>).flatMap(textsIn);
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
