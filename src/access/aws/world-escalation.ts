import type { EscalationRequest, EscalationWorld } from "./escalation.ts";
import { parseArn, serviceOf } from "./arn.ts";
import { EVERYTHING, MAX_NAMES, WORKING_SERVICES } from "./escalation-ways.ts";
import { any, type Formula } from "./formula.ts";
import { isAwsManaged, keyArn } from "./encryption.ts";
import { awsFormulas } from "./world.ts";
import { isUnreadable, type AwsWorld } from "./world-schema.ts";

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

/** ARNs that stand for all that texts speak of in a service, wildcards filled in, and one of a name that none speaks of. */
export function thingsSpokenOf(
  texts: readonly string[],
  principal: string,
  service: string,
): readonly string[] {
  const { partition = "aws", account = "" } = parseArn(principal) ?? {};
  const base = (region: string) => `arn:${partition}:${service}:${region}:${account}:`;
  const spoken = texts.flatMap((text) => {
    const arn = parseArn(text);
    if (arn?.service !== service) return [];
    const [region = "", name = ""] = [arn.region, arn.resource].map((part) => part.replaceAll(/[*?]/g, "x"));
    return [`${base(region)}${arn.resource === "*" ? (SHAPES[service] ?? "x") : name}`];
  });
  // What is made has no name that a policy speaks of; some actions are asked for on everything.
  return [...new Set(["*", `${base("x")}${SHAPES[service] ?? "x"}`, ...spoken])].slice(0, MAX_NAMES);
}

/** What the things of a service are called. */
const SHAPES: Readonly<Record<string, string>> = { lambda: "function:x", ec2: "instance/x" };

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
