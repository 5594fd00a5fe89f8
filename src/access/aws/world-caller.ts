import { CountersignError } from "../../base/index.ts";
import { parseArn } from "./arn.ts";
import type { Level, Policies } from "./evaluate.ts";
import { unclear, type Formula } from "./formula.ts";
import type { Identity, Requester } from "./requester.ts";
import type { Documents } from "./world-documents.ts";
import {
  isUnreadable,
  whyUnreadable,
  type AwsPrincipal,
  type AwsQuestion,
  type AwsWorld,
  type Outside,
  type Unreadable,
} from "./world-schema.ts";

/** Who asks a question, with what is attached to them. */
export interface Caller {
  readonly requester: Requester;
  readonly policies: Pick<Policies, "identity" | "boundary" | "session" | "scps">;
  readonly tags: Readonly<Record<string, string>> | Unreadable;
  /** Whoever assumes it may choose the tags of its session. */
  readonly sessionTags?: boolean;
  /** SCPs and RCPs do not bind it (Organizations User Guide, "SCPs", "RCPs"). */
  readonly serviceLinked: boolean;
  /** Of an account that the world does not tell of: what is known of it. */
  readonly outside?: Outside;
}

/** E_WORLD for a user or role that the world does not define: a slip of the pen must not read as "no access". */
export function callerOf(
  world: AwsWorld,
  question: Pick<AwsQuestion, "principal" | "session">,
  documents: Documents,
): Caller {
  const { principal } = question;
  if (typeof principal === "object") {
    const { federated: provider, anyone } = principal;
    return stranger({ kind: "federated", provider, ...(anyone === undefined ? {} : { anyone }) });
  }
  if (principal === "anonymous") return stranger({ kind: "anonymous" });
  const arn = parseArn(principal);
  if (arn === undefined) {
    if (/^[a-z0-9.-]+\.[a-z]+$/i.test(principal)) return stranger({ kind: "service", service: principal });
    throw notDefined(principal);
  }
  if (arn.service === "iam" && arn.resource === "root") {
    const requester = { kind: "root", arn: principal, account: arn.account } as const;
    return { ...stranger(requester), policies: { identity: [], ...scpsOf(world, arn.account, documents) } };
  }
  return identityCaller(world, question, principal, documents);
}

function stranger(requester: Requester): Caller {
  return { requester, policies: { identity: [] }, tags: {}, serviceLinked: false };
}

function identityCaller(
  world: AwsWorld,
  question: Pick<AwsQuestion, "session">,
  principal: string,
  documents: Documents,
): Caller {
  const arn = definedArn(world, principal);
  const given = world.principals?.[arn];
  if (given === undefined) throw notDefined(principal);
  const session = question.session?.arn ?? (arn === principal ? undefined : principal);
  const readable = isUnreadable(given) ? allUnreadable(given) : given;
  const identity = documents.level(
    "identity",
    readable.identity_policies ?? [],
    `identity_policies of ${arn}`,
  );
  const boundary = documents.level(
    "boundary",
    readable.permission_boundaries ?? [],
    `permission_boundaries of ${arn}`,
  );
  const policies = documents.level("session", question.session?.policies ?? [], `session policies of ${arn}`);
  const requester = identityOf(arn, session, readable);
  const serviceLinked = requester.kind === "role" && arn.includes(":role/aws-service-role/");
  // A federated user session without session policies has no identity's permissions (STS API, GetFederationToken).
  const bound = policies.length > 0 || requester.kind === "federated_user";
  return {
    requester,
    policies: {
      identity,
      ...(boundary.length === 0 ? {} : { boundary }),
      ...(bound ? { session: policies } : {}),
      ...(serviceLinked ? {} : scpsOf(world, requester.account, documents)),
    },
    tags: readable.tags ?? {},
    ...(readable.session_tags === true ? { sessionTags: true } : {}),
    serviceLinked,
    ...(readable.outside === undefined ? {} : { outside: readable.outside }),
  };
}

function allUnreadable(why: Unreadable): AwsPrincipal {
  return { identity_policies: why, permission_boundaries: why, tags: why };
}

function identityOf(arn: string, session: string | undefined, given: AwsPrincipal): Identity {
  const isRole = parseArn(arn)?.resource.startsWith("role/") === true;
  const isFederated = !isRole && session?.includes(":federated-user/") === true;
  return {
    kind: isRole ? "role" : isFederated ? "federated_user" : "user",
    arn,
    account: parseArn(arn)?.account ?? "",
    ...(given.unique_id === undefined ? {} : { uniqueId: given.unique_id }),
    ...(session === undefined ? {} : { session }),
    hasBoundary: hasBoundary(arn, given),
  };
}

function hasBoundary(arn: string, { permission_boundaries: boundaries = [] }: AwsPrincipal): Formula {
  if (!isUnreadable(boundaries)) return boundaries.length > 0;
  return unclear(
    `${arn} has a boundary`,
    whyUnreadable(boundaries, `permission_boundaries of ${arn} are unreadable`),
    false,
  );
}

/** ARN under which the world defines a principal: its own, or that of the role or user behind a session. */
function definedArn(world: AwsWorld, principal: string): string {
  const principals = world.principals ?? {};
  if (Object.hasOwn(principals, principal)) return principal;
  const { service, account, resource = "" } = parseArn(principal) ?? {};
  const [kind, name] = resource.split("/");
  if (service !== "sts" || name === undefined) throw notDefined(principal);
  const wanted = kind === "assumed-role" ? "role" : "user";
  const found = Object.keys(principals).find((arn) => {
    const parsed = parseArn(arn);
    return (
      parsed?.account === account &&
      parsed?.resource.startsWith(`${wanted}/`) === true &&
      parsed.resource.slice(parsed.resource.lastIndexOf("/") + 1) === name
    );
  });
  if (found === undefined) throw notDefined(principal);
  return found;
}

function scpsOf(world: AwsWorld, account: string, documents: Documents): { scps?: readonly Level[] } {
  const scps = documents.organisation(world, account, "scps");
  return scps === undefined ? {} : { scps };
}

function notDefined(principal: string): CountersignError {
  return new CountersignError(
    "E_WORLD",
    `expected a principal that the world defines, got ${JSON.stringify(principal)}`,
    {
      fix: `Add it under "principals", as {"unreadable": true} where it is not known.`,
    },
  );
}
