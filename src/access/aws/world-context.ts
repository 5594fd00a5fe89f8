import { parseArn, serviceOf } from "./arn.ts";
import { RequestContext } from "./context.ts";
import type { Unknown } from "./pattern.ts";
import { CARRIED, outsideKeys } from "./outside.ts";
import { accountOf, isIdentity, type Requester } from "./requester.ts";
import { strangersClaims } from "./web-identity.ts";
import type { Caller } from "./world-caller.ts";
import { isUnreadable, whyUnreadable, type AwsQuestion, type AwsWorld } from "./world-schema.ts";

/** Services whose ARNs carry the Region that a request goes to. */
const REGIONAL = new Set(["secretsmanager", "ssm", "kms"]);

/** What each service calls a resource's tag besides `aws:ResourceTag`. */
const OWN_TAG_KEY: Readonly<Record<string, string>> = {
  secretsmanager: "secretsmanager:ResourceTag/",
  ssm: "ssm:resourceTag/",
  iam: "iam:ResourceTag/",
};

/** Of every request known: the services take no other. */
export const ALWAYS = { "aws:SecureTransport": "true" } as const;

/** Resources whose keys are kept; then they are forgotten and worked out again. */
const MAX_KEPT = 16_384;

/**
 * The context of requests in one world (IAM User Guide, "AWS global condition context keys"): what follows from the world, then what
 * the question states, which wins, then what it says is not known. What who asks and what is asked for bring is worked out once.
 */
export class Contexts {
  readonly #world: AwsWorld;
  readonly #ofCaller = new WeakMap<Caller, RequestContext>();
  readonly #ofResource = new Map<string, RequestContext>();

  constructor(world: AwsWorld) {
    this.#world = world;
  }

  /** `resource`: the question's, or the key that it needs besides; `account`: who owns it. */
  of(question: AwsQuestion, caller: Caller, resource: string, account: string | undefined): RequestContext {
    const context = new RequestContext()
      .include(this.#callerKeys(caller))
      .include(this.#resourceKeys(resource, account));
    if (caller.requester.kind !== "anonymous") context.set("aws:ViaAWSService", "false");
    const own = accountOf(caller.requester);
    if (serviceOf(question.action) === "kms" && own !== undefined) callerAccount(context, caller, own);
    const ownResource = question.resource === resource;
    for (const [key, value] of Object.entries(question.context ?? {})) {
      if (ownResource || !isOfTheResource(key)) context.set(key, value);
    }
    for (const key of question.unknown_context ?? []) unknownKey(context, key, isSigned(caller));
    return context;
  }

  #callerKeys(caller: Caller): RequestContext {
    const known = this.#ofCaller.get(caller);
    if (known !== undefined) return known;
    const made = new RequestContext();
    principalKeys(made, this.#world, caller);
    this.#ofCaller.set(caller, made);
    return made;
  }

  #resourceKeys(resource: string, account: string | undefined): RequestContext {
    const known = this.#ofResource.get(resource);
    if (known !== undefined) return known;
    const made = new RequestContext();
    resourceKeys(made, this.#world, resource, account);
    if (this.#ofResource.size >= MAX_KEPT) this.#ofResource.clear();
    this.#ofResource.set(resource, made);
    return made;
  }
}

/** Of whoever is outside it is known as well as the account. */
export function callerAccount(context: RequestContext, { outside }: Caller, account: string): void {
  if (outside === undefined || outside.account !== undefined) context.set("kms:CallerAccount", account);
  else context.alias("aws:PrincipalAccount", "kms:CallerAccount");
}

/** A key, all that begin so (`aws:PrincipalTag/*`), or, by `*`, all that do not follow from the world. */
function unknownKey(context: RequestContext, key: string, signed: boolean): void {
  const unknown = { certainty: "conditional", why: `${key} is not known` } as const;
  if (key === "*") context.setRestUnknown(OF_THE_WORLD, signed ? { ...unknown, within: CARRIED } : unknown);
  else if (key.endsWith("*")) context.setUnknownPrefix(key.slice(0, -1), unknown);
  else context.setUnknown(key, unknown);
}

/** With credentials of an account. */
function isSigned({ requester }: Caller): boolean {
  return isIdentity(requester) || requester.kind === "root";
}

/** Keys that a world tells: not there, they are absent. */
const OF_THE_WORLD =
  /^(?:aws:(?:principal(?:tag\/|orgid$|account$|arn$|type$|isawsservice$|servicename$)|username$|resource(?:tag\/|account$|orgid$)|viaawsservice$)|(?:secretsmanager|ssm|iam):resourcetag\/|kms:calleraccount$)/;

/** Says something of the question's resource, and so nothing of its key. */
function isOfTheResource(key: string): boolean {
  return /^(?:aws:resource|secretsmanager:|ssm:)/i.test(key);
}

export function principalKeys(context: RequestContext, world: AwsWorld, caller: Caller): void {
  const { requester, tags, sessionTags = false, outside } = caller;
  const account = accountOf(requester);
  if (requester.kind !== "anonymous")
    context.set("aws:PrincipalIsAWSService", String(requester.kind === "service"));
  if (requester.kind === "service") context.set("aws:PrincipalServiceName", requester.service);
  const type = PRINCIPAL_TYPES[requester.kind];
  if (type !== undefined) context.set("aws:PrincipalType", type);
  if (requester.kind === "federated" && requester.anyone !== undefined)
    strangersClaims(context, requester.provider, requester.anyone);
  if (account === undefined || !("arn" in requester)) return;
  if (outside !== undefined) {
    outsideKeys(context, world, outside);
    return;
  }
  const federated = requester.kind === "federated_user" ? requester.session : undefined;
  context.set("aws:PrincipalArn", federated ?? requester.arn);
  context.set("aws:PrincipalAccount", account);
  if (requester.kind === "user") context.set("aws:username", lastPart(requester.arn));
  organisationKey(context, world, account, "aws:PrincipalOrgID");
  const ownTags = "aws:PrincipalTag/";
  if (sessionTags)
    context.setUnknownPrefix(ownTags, { certainty: "conditional", why: "tags of the session are not known" });
  else if (isIdentity(requester)) tagKeys(context, ownTags, tags, `tags of ${requester.arn}`);
}

const PRINCIPAL_TYPES: Readonly<Partial<Record<Requester["kind"], string>>> = {
  root: "Account",
  user: "User",
  role: "AssumedRole",
  federated_user: "FederatedUser",
  anonymous: "Anonymous",
};

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

function resourceKeys(
  context: RequestContext,
  world: AwsWorld,
  resource: string,
  account: string | undefined,
): void {
  if (resource === "*") return;
  if (account !== undefined) {
    context.set("aws:ResourceAccount", account);
    organisationKey(context, world, account, "aws:ResourceOrgID");
  }
  const { service = "", region = "" } = parseArn(resource) ?? {};
  if (REGIONAL.has(service) && region !== "") context.set("aws:RequestedRegion", region);
  const found = Object.hasOwn(world.resources ?? {}, resource) ? world.resources?.[resource] : undefined;
  const tags = isUnreadable(found) ? found : (found?.tags ?? {});
  for (const prefix of ["aws:ResourceTag/", OWN_TAG_KEY[service]]) {
    if (prefix !== undefined) tagKeys(context, prefix, tags, `tags of ${resource}`);
  }
}

function tagKeys(context: RequestContext, prefix: string, tags: Caller["tags"], what: string): void {
  if (isUnreadable(tags))
    context.setUnknownPrefix(prefix, gap(whyUnreadable(tags, `${what} are unreadable`)));
  else context.setTags(prefix, tags);
}

function organisationKey(context: RequestContext, world: AwsWorld, account: string, key: string): void {
  const found = Object.hasOwn(world.accounts ?? {}, account) ? world.accounts?.[account] : undefined;
  const id = isUnreadable(found) ? found : found?.organization_id;
  if (isUnreadable(id))
    context.setUnknown(key, gap(whyUnreadable(id, `organization_id of account ${account} is unreadable`)));
  else if (id !== undefined) context.set(key, id);
}

function gap(why: string): Unknown {
  return { certainty: "possible", why };
}
