import type { TSchema } from "@sinclair/typebox";
import { CountersignError } from "../../base/index.ts";
import { Type, closed, type AclRule, type Static } from "../../facts/index.ts";
import { buildAcl, expirationSeconds, type Acl, type AclPolicy } from "./acl.ts";
import { shippedDefault } from "./built-in.ts";
import { decide, NOTHING, OPERATIONS, type AclDecision, type AclRequest } from "./decide.ts";
import {
  memberships,
  policyName,
  type Dialect,
  type Entity,
  type Identity,
  type IdentityGroup,
} from "./identity.ts";
import { couldMatch, isTemplated, type Now } from "./template.ts";

const Unreadable = closed({ unreadable: Type.Literal(true) });
type Unreadable = Static<typeof Unreadable>;

/** A part of a world that the author may declare as not known. */
function orUnreadable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Unreadable]);
}

const optional = <T extends TSchema>(schema: T) => Type.Optional(orUnreadable(schema));
const Texts = Type.Array(Type.String());
const Labels = Type.Record(Type.String(), Type.String());

const WorldAlias = closed({
  mount_accessor: Type.String(),
  name: Type.String(),
  id: Type.Optional(Type.String()),
  metadata: optional(Labels),
  custom_metadata: optional(Labels),
});

const WorldEntity = closed({
  name: Type.String(),
  metadata: optional(Labels),
  aliases: optional(Type.Array(WorldAlias)),
  policies: optional(Texts),
  groups: optional(Texts),
  disabled: optional(Type.Boolean()),
});

const WorldGroup = closed({
  name: Type.String(),
  policies: optional(Texts),
  parents: optional(Texts),
  metadata: optional(Labels),
});

const WorldToken = closed({
  policies: optional(Texts),
  entity: optional(Type.String()),
  no_identity_policies: optional(Type.Boolean()),
});

const WorldQuestion = closed({
  id: Type.Optional(Type.String()),
  token: Type.String(),
  operation: Type.Optional(Type.Union(OPERATIONS.map((operation) => Type.Literal(operation)))),
  path: Type.String(),
  parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  wrap_ttl_s: Type.Optional(Type.Number({ minimum: 0 })),
});

/** The HashiCorp part of `countersign-world/1`; see `docs/world-format.md`. */
export const HashicorpWorld = closed({
  format: Type.Literal("countersign-world/1"),
  provider: Type.Literal("hashicorp"),
  dialect: Type.Optional(Type.Union([Type.Literal("vault"), Type.Literal("openbao")])),
  /** The instant of all questions, for rules that expire and `{{time…}}`. */
  now_at: Type.Optional(Type.String()),
  policies: Type.Optional(Type.Record(Type.String(), orUnreadable(Type.String()))),
  entities: Type.Optional(Type.Record(Type.String(), orUnreadable(WorldEntity))),
  groups: Type.Optional(Type.Record(Type.String(), orUnreadable(WorldGroup))),
  tokens: Type.Record(Type.String(), orUnreadable(WorldToken)),
  questions: Type.Array(WorldQuestion),
});

export type HashicorpWorld = Static<typeof HashicorpWorld>;
type Question = Static<typeof WorldQuestion>;

/** Turns policy text into rules; the connector's parser, handed in by the command line. Throws E_HCL. */
export type PolicyParser = (
  text: string,
  options: { readonly name: string; readonly dialect: Dialect },
) => { readonly rules: readonly AclRule[] };

/** What decides a token's requests, and what is not known about it. */
interface Session {
  readonly policies: readonly AclPolicy[];
  readonly acl: Acl;
  /** Without the rules that expire; absent where there are none or the time is known. */
  readonly laterAcl?: Acl;
  /** Set when the server refuses every request of the token. */
  readonly refused?: string;
  /** What could change any answer. */
  readonly missing: readonly string[];
  /** What could change an answer through a template. */
  readonly missingForTemplates: readonly string[];
}

export interface WorldVerdict {
  readonly decision: AclDecision;
  readonly certainty: "certain" | "conditional" | "possible";
  /** Standing conditions, or what is missing. */
  readonly conditions: readonly string[];
}

/** Answers a world's questions one by one. E_WORLD for a name that leads nowhere, E_HCL for a policy that does not parse. */
export function worldJudge(
  world: HashicorpWorld,
  parsePolicy: PolicyParser,
): (question: Question) => WorldVerdict {
  const dialect = world.dialect ?? "vault";
  const policies = readPolicies(world, dialect, parsePolicy);
  const options = { dialect, now: instantSeconds(world.now_at) };
  const sessions = new Map<string, Session>();
  return (question) => {
    let session = sessions.get(question.token);
    if (session === undefined) {
      session = sessionOf(world, question.token, policies, options);
      sessions.set(question.token, session);
    }
    return verdict(session, requestOf(question));
  };
}

function requestOf({ operation, path, parameters, wrap_ttl_s }: Question): AclRequest {
  return {
    ...(operation === undefined ? {} : { operation }),
    path,
    ...(parameters === undefined ? {} : { parameters }),
    ...(wrap_ttl_s === undefined ? {} : { wrapTtlS: wrap_ttl_s }),
  };
}

function instantSeconds(text: string | undefined): Now {
  if (text === undefined) return undefined;
  const seconds = Date.parse(text) / 1000;
  if (Number.isNaN(seconds))
    throw new CountersignError("E_WORLD", `expected now_at as RFC 3339, got ${JSON.stringify(text)}`);
  return seconds;
}

type Policies = ReadonlyMap<string, AclPolicy | "unreadable">;

function readPolicies(world: HashicorpWorld, dialect: Dialect, parsePolicy: PolicyParser): Policies {
  const policies = new Map<string, AclPolicy | "unreadable">();
  for (const [given, text] of Object.entries(world.policies ?? {})) {
    const name = policyName(given);
    if (name === "root")
      throw new CountersignError("E_WORLD", "expected no text for policy root, which is built in, got one");
    if (policies.has(name))
      throw new CountersignError("E_WORLD", `expected one policy ${name}, got two that differ in case`);
    policies.set(
      name,
      typeof text === "string" ? { name, rules: parsePolicy(text, { name, dialect }).rules } : "unreadable",
    );
  }
  policies.set("root", { name: "root", rules: [] });
  if (!policies.has("default")) policies.set("default", shippedDefault(dialect));
  return policies;
}

interface Setting {
  readonly dialect: Dialect;
  readonly now: Now;
}

function sessionOf(world: HashicorpWorld, tokenId: string, policies: Policies, setting: Setting): Session {
  const given = defined(world.tokens, "token", tokenId);
  const token = isUnreadable(given) ? {} : given;
  const missing = new Collector();
  if (isUnreadable(given)) missing.add(`token ${tokenId} is unreadable`);
  const names = missing.known(token.policies, `policies of token ${tokenId}`) ?? [];
  const entityId = missing.known(token.entity, `entity of token ${tokenId}`);
  const skip = missing.known(token.no_identity_policies, `no_identity_policies of token ${tokenId}`) ?? false;
  const person = entityId === undefined ? undefined : identityOf(world, entityId, missing);
  const derived = person === undefined || skip ? [] : person.policies;
  const found = [...new Set([...names, ...derived].map(policyName))].flatMap((name) => {
    const policy = policies.get(name);
    if (policy === "unreadable") missing.add(`policy ${name} is unreadable`);
    // A name without a policy counts for nothing, as on the server.
    return policy === undefined || policy === "unreadable" ? [] : [policy];
  });
  const options = { ...setting, identity: person?.identity };
  const lasting = found.map((policy) => ({
    ...policy,
    rules: policy.rules.filter((rule) => rule.expiration === undefined),
  }));
  const expires =
    setting.now === undefined &&
    found.some((policy, at) => policy.rules.length !== lasting[at]?.rules.length);
  return {
    policies: found,
    acl: buildAcl(found, options),
    ...(expires ? { laterAcl: buildAcl(lasting, options) } : {}),
    ...(person?.refused === undefined ? {} : { refused: person.refused }),
    missing: missing.all,
    missingForTemplates: missing.templates,
  };
}

interface Person {
  readonly identity?: Identity;
  readonly policies: readonly string[];
  readonly refused?: string;
}

function identityOf(world: HashicorpWorld, id: string, missing: Collector): Person {
  const given = defined(world.entities ?? {}, "entity", id);
  if (isUnreadable(given)) {
    missing.add(`entity ${id} is unreadable`);
    return { policies: [] };
  }
  const what = `of entity ${id}`;
  const entity: Entity = {
    id,
    name: given.name,
    metadata: missing.knownForTemplates(given.metadata, `metadata ${what}`) ?? {},
    aliases: (missing.knownForTemplates(given.aliases, `aliases ${what}`) ?? []).map((alias) => ({
      ...alias,
      metadata: missing.knownForTemplates(alias.metadata, `alias metadata ${what}`) ?? {},
      custom_metadata:
        missing.knownForTemplates(alias.custom_metadata, `alias custom_metadata ${what}`) ?? {},
    })),
    policies: missing.known(given.policies, `policies ${what}`) ?? [],
    groups: missing.known(given.groups, `groups ${what}`) ?? [],
    disabled: missing.known(given.disabled, `disabled ${what}`) ?? false,
  };
  const groups = memberships(entity, (groupId) => groupOf(world, groupId, missing));
  return {
    identity: { entity, groups },
    policies: [...entity.policies, ...groups.flatMap((group) => group.policies)],
    ...(entity.disabled ? { refused: `entity ${id} is disabled` } : {}),
  };
}

/** Called once for each group that is reached, so that an unreadable one counts only for its members. */
function groupOf(world: HashicorpWorld, id: string, missing: Collector): IdentityGroup {
  const group = defined(world.groups ?? {}, "group", id);
  if (isUnreadable(group)) missing.add(`group ${id} is unreadable`);
  const readable = isUnreadable(group) ? { name: "" } : group;
  return {
    id,
    name: readable.name,
    metadata: missing.knownForTemplates(readable.metadata, `metadata of group ${id}`) ?? {},
    policies: missing.known(readable.policies, `policies of group ${id}`) ?? [],
    parents: missing.known(readable.parents, `parents of group ${id}`) ?? [],
  };
}

/** Gathers what is not known while an identity is put together. */
class Collector {
  readonly all: string[] = [];
  readonly templates: string[] = [];

  add(what: string): void {
    this.all.push(what);
  }

  known<T>(value: T | Unreadable | undefined, what: string): T | undefined {
    if (!isUnreadable(value)) return value;
    this.all.push(`${what} is unreadable`);
    return undefined;
  }

  knownForTemplates<T>(value: T | Unreadable | undefined, what: string): T | undefined {
    if (!isUnreadable(value)) return value;
    this.templates.push(`${what} is unreadable`);
    return undefined;
  }
}

function isUnreadable(value: unknown): value is Unreadable {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, "unreadable")
  );
}

/** A name that leads nowhere is a slip of the pen, and must not read as "no access". */
function defined<T>(record: Readonly<Record<string, T>>, kind: string, id: string): T {
  const value = Object.hasOwn(record, id) ? record[id] : undefined;
  if (value !== undefined) return value;
  throw new CountersignError(
    "E_WORLD",
    `expected a ${kind} that the world defines, got ${JSON.stringify(id)}`,
    {
      fix: `Add it under "${kind === "entity" ? "entities" : `${kind}s`}", as {"unreadable": true} where it is not known.`,
    },
  );
}

function verdict(session: Session, request: AclRequest): WorldVerdict {
  if (session.refused !== undefined) {
    return { decision: { ...NOTHING, reason: session.refused }, certainty: "certain", conditions: [] };
  }
  const decision = decide(session.acl, request);
  const missing = [...relevant(session, decision, request), ...decision.unknowns];
  if (missing.length > 0) return { decision, certainty: "possible", conditions: missing };
  const conditions = [...expiring(session, decision, request), ...decision.conditions];
  return { decision, certainty: conditions.length === 0 ? "certain" : "conditional", conditions };
}

/** What is missing and could turn the answer. A deny on the very path stands whatever an unread policy says. */
function relevant(
  { missing, missingForTemplates, policies }: Session,
  decision: AclDecision,
  request: AclRequest,
): string[] {
  if (decision.exact && decision.explicitDeny) return [];
  if (missingForTemplates.length === 0) return [...missing];
  const path = request.path.replace(/^\/+/, "");
  const templates = policies.some((policy) =>
    policy.rules.some((rule) => isTemplated(rule.path) && couldMatch(rule.path, path)),
  );
  return [...missing, ...(templates ? missingForTemplates : [])];
}

/** A rule that expires (OpenBao) leaves a condition where the answer is another without it, unless the time is known. */
function expiring({ policies, laterAcl }: Session, decision: AclDecision, request: AclRequest): string[] {
  if (laterAcl === undefined || decide(laterAcl, request).allowed === decision.allowed) return [];
  const ends = policies.flatMap((policy) => policy.rules.flatMap((rule) => rule.expiration ?? []));
  return [`before ${new Date(Math.min(...ends.map(expirationSeconds)) * 1000).toISOString()}`];
}
