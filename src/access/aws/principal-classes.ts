import { ALWAYS, principalKeys } from "./world-context.ts";
import { RequestContext } from "./context.ts";
import type { PolicyDocument } from "./document.ts";
import { GROUP_PERMISSIONS, JOIN_GROUP, OWN_BOUNDARY, OWN_PERMISSIONS } from "./escalation-ways.ts";
import type { AwsEstate } from "./estate.ts";
import type { Level } from "./evaluate.ts";
import { facetsOf, principalFacets, type Facets } from "./facets.ts";
import type { Holder } from "./holders.ts";
import { Numbers } from "./resource-classes.ts";
import { StatementIndex } from "./statement-index.ts";
import type { Caller } from "./world-caller.ts";
import type { AwsWorld } from "./world-schema.ts";
import type { WorldJudge } from "./world.ts";

/** The documents that bear on whatever somebody asks, and what of them could not be read. */
export interface Levels {
  readonly identity: readonly PolicyDocument[];
  /** Boundary and organisation: they only limit. */
  readonly limits: readonly PolicyDocument[];
  /** An identity policy could not be read: it may allow anything. */
  readonly mayAllowAnything: boolean;
}

/** Principals that no policy tells apart. */
export interface PrincipalClass {
  /** In id order. */
  readonly holders: readonly Holder[];
  /** By whom questions are asked. */
  readonly first: Holder;
  readonly caller: Caller;
  readonly levels: Levels;
  /** Its own keys of a request; variables are filled in from them. What each request and thing brings is unknown. */
  readonly context: RequestContext;
  /** Classes of one shape differ only where a resource's policy names one of them. */
  readonly shape: number;
}

/** Keys that who asks has in every request, or in none. */
const OF_WHO_ASKS =
  /^aws:(?:principal(?:tag\/|orgid$|account$|arn$|type$|isawsservice$|servicename$)|username$)/;

/** Classes of all who ask. `isNamed`: some resource's policy names it by itself, so that it is a class of its own. */
export function principalClasses(
  estate: AwsEstate,
  judge: WorldJudge,
  shared: Facets,
  isNamed: (holder: Holder, caller: Caller) => boolean,
): PrincipalClass[] {
  const shapes = new Numbers();
  const documents = new Map<object, number>();
  const facets = new WeakMap<PolicyDocument, Facets>();
  const statements = new StatementIndex();
  const facetsIn = (document: PolicyDocument): Facets => {
    const known = facets.get(document) ?? facetsOf([document]);
    facets.set(document, known);
    return known;
  };
  const numberOf = (document: object): number => {
    const known = documents.get(document) ?? documents.size;
    documents.set(document, known);
    return known;
  };
  const found = new Map<
    string,
    { -readonly [K in keyof PrincipalClass]: PrincipalClass[K] } & { holders: Holder[] }
  >();
  for (const holder of estate.holders) {
    const caller = judge.caller({ principal: holder.asks });
    const levels = levelsOf(caller);
    const context = callerContext(estate.world, caller);
    const text = [...caller.policies.identity, ...(caller.policies.boundary ?? [])].map(({ document }) =>
      "unreadable" in document ? document.unreadable : numberOf(document),
    );
    const own = [...levels.identity, ...levels.limits].flatMap((one) =>
      principalFacets(facetsIn(one), context),
    );
    const shape = shapes.of(
      JSON.stringify([
        caller.requester.kind,
        holder.account,
        caller.serviceLinked,
        caller.policies.identity.length,
        text,
        own,
        principalFacets(shared, context),
        isIdentified(holder) ? ownChanges(holder, levels, { judge, statements }) : "",
        isIdentified(holder) ? "" : holder.principal.id,
      ]),
    );
    const key = isNamed(holder, caller) ? holder.principal.id : String(shape);
    const known = found.get(key);
    if (known !== undefined) known.holders.push(holder);
    else found.set(key, { holders: [holder], first: holder, caller, levels, context, shape });
  }
  return [...found.values()];
}

/** The keys that somebody has in every request. */
export function callerContext(world: AwsWorld, caller: Caller): RequestContext {
  const context = new RequestContext();
  principalKeys(context, world, caller);
  return context.setRestUnknown(OF_WHO_ASKS, { certainty: "conditional", why: "" });
}

/** How far somebody may change its own permissions: as one of a class may by its own name, another of the same policies may not. */
function ownChanges(holder: Holder, levels: Levels, { judge, statements }: Asking): unknown[] {
  const { asks, groups } = holder;
  if (typeof asks !== "string") return [];
  const speaksOf = (action: string): boolean =>
    levels.mayAllowAnything ||
    levels.identity.some((document) =>
      statements.of(document, action).some(({ effect }) => effect === "Allow"),
    );
  const isUser = holder.principal.principal_type === "iam_user";
  const kind = isUser ? "user" : "role";
  const onBoundary = holder.boundary === undefined ? [] : Object.values(OWN_BOUNDARY[kind]);
  const itself = [...OWN_PERMISSIONS[kind], ...onBoundary]
    .filter(speaksOf)
    .map((action) => [
      action,
      judge.formula({ principal: asks, action, resource: asks, context: ALWAYS, unknown_context: ["*"] }),
    ]);
  const mayChangeGroups = isUser && [...GROUP_PERMISSIONS, JOIN_GROUP].some(speaksOf);
  return [itself, mayChangeGroups ? [...groups].sort() : []];
}

interface Asking {
  readonly judge: WorldJudge;
  readonly statements: StatementIndex;
}

/** A user or role that was read; whoever else asks is a case by itself. */
export function isIdentified({ principal, standing }: Holder): boolean {
  const { principal_type } = principal;
  return standing === undefined && (principal_type === "iam_user" || principal_type === "iam_role");
}

export function levelsOf({ policies: { identity, boundary = [], scps = [] } }: Caller): Levels {
  return {
    identity: readable(identity),
    limits: [...readable(boundary), ...scps.flatMap(readable)],
    mayAllowAnything: identity.some(({ document }) => "unreadable" in document),
  };
}

export function readable(level: Level): PolicyDocument[] {
  return level.flatMap(({ document }) => ("unreadable" in document ? [] : [document]));
}
