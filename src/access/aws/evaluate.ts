import type { PolicyDocument, Statement } from "./document.ts";
import { all, any, not, unclear, type Formula } from "./formula.ts";
import { accountOf, isDenied, isIdentity, namings, type Naming, type Requester } from "./requester.ts";
import { trustOf } from "./service-rules.ts";
import { statementCovers, type Request } from "./statement.ts";

/** A document with the name that answers call it by, e.g. `identity:0`. */
export interface Policy {
  readonly label: string;
  /** Why there is no document, where it could not be read. */
  readonly document: PolicyDocument | { readonly unreadable: string };
}

/** Policies that stand beside each other: an allow of any of them will do. */
export type Level = readonly Policy[];

/** A path to a KMS key beside its policy. */
export interface KeyGrant {
  readonly label: string;
  readonly named: Naming;
  readonly when: Formula;
}

/** Everything that bears on a request. Of what is absent nothing limits. */
export interface Policies {
  readonly identity: Level;
  readonly boundary?: Level;
  readonly session?: Level;
  /** By level, root first. Absent: none bind this requester or resource. */
  readonly scps?: readonly Level[];
  readonly rcps?: readonly Level[];
  readonly endpoint?: Level;
  readonly resource: Level;
  readonly grants: readonly KeyGrant[];
}

/** A statement that speaks of the request. */
export interface Hit {
  readonly policy: string;
  readonly statement: number;
  readonly effect: "Allow" | "Deny";
  readonly sid?: string;
  readonly when: Formula;
}

/** What is allowed and what is explicitly denied, each with what it depends on. */
export interface Evaluation {
  readonly allowed: Formula;
  readonly denied: Formula;
  readonly hits: readonly Hit[];
  /** Which layers let nothing through, in the order in which AWS asks them. */
  readonly missing: readonly string[];
}

/**
 * Decides one request (IAM User Guide, "Policy evaluation logic"): no explicit deny anywhere; an allow at every level of RCPs
 * and SCPs and of the endpoint's policy; then, within one account, the resource policy or the identity's policies under its
 * boundary and session policies, and across accounts both.
 */
export function evaluate(
  request: Request,
  requester: Requester,
  policies: Policies,
  resourceAccount: string | undefined,
): Evaluation {
  const judge = new Judge(request, requester);
  const identity = judge.unnamed(policies.identity, false);
  const boundary = policies.boundary === undefined ? undefined : judge.unnamed(policies.boundary, true);
  const session = policies.session === undefined ? undefined : judge.unnamed(policies.session, true);
  const scps = (policies.scps ?? []).map((level) => judge.unnamed(level, true));
  const rcps = (policies.rcps ?? []).map((level) => judge.resource(level, true));
  const endpoint = policies.endpoint === undefined ? undefined : judge.resource(policies.endpoint, true);
  const resource = judge.resource(policies.resource, false);

  const own = requester.kind === "root" ? true : identity.allow;
  const core = coreFormula(requester, {
    identity: own,
    boundary: boundary?.allow ?? true,
    session: session?.allow ?? true,
    named: (...kinds) => any([resource.named(...kinds), grantsNaming(policies.grants, kinds)]),
    grant: grantsNaming(policies.grants, ["direct", "limited", "session"]),
    sameAccount: resourceAccount === accountOf(requester),
    trust: trustOf(request),
  });
  const layers: readonly (readonly [string, Formula])[] = [
    ...rcps.map((level, at) => [`no RCP of level ${at} allows it`, level.allow] as const),
    ...scps.map((level, at) => [`no SCP of level ${at} allows it`, level.allow] as const),
    ["the endpoint policy does not allow it", endpoint?.allow ?? true],
    [implicitDeny(requester, resourceAccount, { identity: own, boundary, session }), core],
  ];
  return {
    allowed: all(layers.map(([, formula]) => formula)),
    denied: judge.denied(),
    hits: [...judge.hits.filter(countsUnder([boundary, session])), ...policies.grants.map(grantHit)],
    missing: layers.flatMap(([text, formula]) => (formula === false ? [text] : [])),
  };
}

/**
 * Whether a statement has a part in what is allowed. An identity's own has none where its boundary or session policy lets nothing of the
 * request through: what is allowed then comes by a resource policy that names the identity, which these do not limit.
 */
function countsUnder(limits: readonly (LevelResult | undefined)[]): (hit: Hit) => boolean {
  const blocked = limits.some((limit) => limit?.allow === false);
  return ({ policy, effect }) => !(blocked && effect === "Allow" && policy.startsWith("identity:"));
}

/** The verdict of an evaluation. */
export function permitted({ allowed, denied }: Evaluation): Formula {
  return all([allowed, not(denied)]);
}

/**
 * How far one statement of an identity's policies gives a request under what limits that identity: boundary, session, SCPs, and
 * whatever its own policies deny. What the thing asked for has to say, its policy, its key, RCPs, is left out.
 */
export function givenBy(
  statement: Statement,
  request: Request,
  requester: Requester,
  { identity, boundary, session, scps = [] }: Pick<Policies, "identity" | "boundary" | "session" | "scps">,
): Formula {
  const judge = new Judge(request, requester);
  judge.unnamed(identity, false);
  const limits = [boundary, session, ...scps].map((level) =>
    level === undefined ? true : judge.unnamed(level, true).allow,
  );
  return all([statementCovers(statement, request), ...limits, not(judge.denied())]);
}

interface Core {
  readonly identity: Formula;
  readonly boundary: Formula;
  readonly session: Formula;
  /** Whether the resource policy or a grant names the requester in one of these ways. */
  readonly named: (...kinds: readonly Naming[]) => Formula;
  readonly grant: Formula;
  readonly sameAccount: boolean;
  /** `delegated`: an identity policy counts only where the resource policy delegates to the account. */
  readonly trust: "account" | "delegated";
}

/**
 * Resource, identity, boundary and session policies (IAM User Guide, "Policy evaluation for requests within a single account" and
 * "Cross-account policy evaluation logic").
 */
function coreFormula(requester: Requester, core: Core): Formula {
  const { identity, boundary, session, named, sameAccount, trust } = core;
  if (!isIdentity(requester) && requester.kind !== "root") return named("direct", "everyone");
  const limits = all([boundary, session]);
  if (!sameAccount) {
    const resource = named("direct", "session", "everyone", "limited", "account");
    return any([all([resource, identity, limits]), all([core.grant, grantAbroad()])]);
  }
  const identityPath = all([identity, limits, trust === "delegated" ? named("account", "direct") : true]);
  return any([
    named("direct"),
    // The guide says that no session policy limits what names the session or everyone; not every evaluator agrees.
    all([named("session", "everyone"), any([session, disputed(requester)])]),
    all([named("limited"), limits]),
    identityPath,
  ]);
}

function disputed(requester: Requester): Formula {
  const who = "session" in requester ? (requester.session ?? requester.arn) : "the session";
  const why = `whether the session policy of ${who} limits a resource policy that names the session or everyone is disputed`;
  return unclear(why, why, true);
}

function grantAbroad(): Formula {
  const why = "whether a grant from another account needs an identity policy beside it is disputed";
  return unclear(why, why, true);
}

function grantsNaming(grants: readonly KeyGrant[], kinds: readonly Naming[]): Formula {
  return any(grants.filter(({ named }) => kinds.includes(named)).map(({ when }) => when));
}

function grantHit({ label, when }: KeyGrant): Hit {
  return { policy: label, statement: 0, effect: "Allow", when };
}

interface Limits {
  readonly identity: Formula;
  readonly boundary: LevelResult | undefined;
  readonly session: LevelResult | undefined;
}

/** Why the core says no, in words. */
function implicitDeny(requester: Requester, resourceAccount: string | undefined, limits: Limits): string {
  if (!isIdentity(requester) && requester.kind !== "root") return "the resource policy does not allow it";
  if (limits.identity === false && resourceAccount === accountOf(requester))
    return "neither an identity policy nor the resource policy allows it";
  if (limits.identity === false) return "no identity policy allows it, and the resource is another account's";
  if (limits.boundary?.allow === false) return "the permission boundary does not allow it";
  if (limits.session?.allow === false) return "the session policy does not allow it";
  return "the resource policy does not allow it";
}

interface LevelResult {
  readonly allow: Formula;
}

interface NamedLevelResult extends LevelResult {
  readonly named: (...kinds: readonly Naming[]) => Formula;
}

/** Goes through documents and gathers denies and hits on the way. */
class Judge {
  readonly hits: Hit[] = [];
  readonly #denies: Formula[] = [];
  readonly #request: Request;
  readonly #requester: Requester;

  constructor(request: Request, requester: Requester) {
    this.#request = request;
    this.#requester = requester;
  }

  denied(): Formula {
    return any(this.#denies);
  }

  /** Policies without principals. `limits`: a gap in them is taken to let through until it is known. */
  unnamed(level: Level, limits: boolean): LevelResult {
    return { allow: any(this.#statements(level, limits).map(({ when }) => when)) };
  }

  /** Policies with principals. */
  resource(level: Level, limits: boolean): NamedLevelResult {
    const allows = this.#statements(level, limits);
    const named = (...kinds: readonly Naming[]): Formula =>
      any(allows.filter(({ as }) => kinds.includes(as)).map(({ when }) => when));
    return { allow: any(allows.map(({ when }) => when)), named };
  }

  #statements(level: Level, limits: boolean): Allowing[] {
    const found: Allowing[] = [];
    for (const { label, document } of level) {
      if ("unreadable" in document) {
        this.#denies.push(unclear(`${label} denies`, document.unreadable, false));
        found.push({ as: "direct", when: unclear(`${label} allows`, document.unreadable, limits) });
      } else {
        for (const [at, statement] of document.statements.entries())
          found.push(...this.#statement(statement, label, at));
      }
    }
    return found;
  }

  #statement(statement: Statement, label: string, at: number): readonly Allowing[] {
    const covers = statementCovers(statement, this.#request);
    if (covers === false) return NO_ALLOWING;
    const hit = (when: Formula): void => {
      if (when === false) return;
      const { effect, sid } = statement;
      this.hits.push({ policy: label, statement: at, effect, ...(sid === undefined ? {} : { sid }), when });
    };
    const { principals } = statement;
    if (statement.effect === "Deny") {
      const when = all([covers, principals === undefined ? true : isDenied(principals, this.#requester)]);
      this.#denies.push(when);
      hit(when);
      return NO_ALLOWING;
    }
    const named = principals === undefined ? OWN : namings(principals, this.#requester);
    const found = named.map(({ as, when }): Allowing => ({ as, when: all([covers, when]) }));
    hit(any(found.map(({ when }) => when)));
    return found;
  }
}

/** How far a statement allows, and as whom. */
interface Allowing {
  readonly as: Naming;
  readonly when: Formula;
}

const NO_ALLOWING: readonly Allowing[] = [];

/** Policies without principals speak of whoever has them. */
const OWN: readonly Allowing[] = [{ as: "direct", when: true }];
