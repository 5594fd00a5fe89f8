import type { Vouched } from "./web-identity.ts";
import { all, any, not, standing, unclear, type Formula } from "./formula.ts";
import { parseArn } from "./arn.ts";
import type { Elements } from "./document.ts";
import type { PrincipalEntry } from "./principal-entry.ts";

/** Who makes a request. */
export type Requester = Identity | Root | Service | Federated | Anonymous;

/** A principal with identity policies. */
export interface Identity {
  readonly kind: "user" | "role" | "federated_user";
  /** Of the user or role, never of a session. */
  readonly arn: string;
  readonly account: string;
  /** Unique id, e.g. `AIDA…`, where it is known. */
  readonly uniqueId?: string;
  /** Of the role session or federated user session. A role without one stands for any of its sessions. */
  readonly session?: string;
  /** Not known where what it has could not be read. */
  readonly hasBoundary: Formula;
}

export interface Root {
  readonly kind: "root";
  readonly arn: string;
  readonly account: string;
}

export interface Service {
  readonly kind: "service";
  readonly service: string;
}

export interface Federated {
  readonly kind: "federated";
  readonly provider: string;
  /** Whoever has the provider vouch for them, without being somebody whom a policy names. */
  readonly anyone?: Vouched;
}

export interface Anonymous {
  readonly kind: "anonymous";
}

export function accountOf(requester: Requester): string | undefined {
  return "account" in requester ? requester.account : undefined;
}

/**
 * How a resource policy names a requester; it decides which implicit denies still limit it (IAM User Guide, "Policy
 * evaluation for requests within a single account").
 *
 * - `direct`: the user, root, service or provider itself.
 * - `session`: the very session. `everyone`: `*`.
 * - `limited`: the role, or the user behind a federated session: boundary and session policy must allow too.
 * - `account`: delegates to the account; an identity policy must allow too.
 */
export type Naming = "direct" | "session" | "everyone" | "limited" | "account";

export interface Named {
  readonly as: Naming;
  readonly when: Formula;
}

/** How an entry names the requester; undefined where it does not. */
function naming(entry: PrincipalEntry, requester: Requester): Named | undefined {
  switch (entry.kind) {
    case "everyone":
      return { as: "everyone", when: entry.bare || requester.kind !== "service" || serviceAsAws(requester) };
    case "account":
      if (accountOf(requester) !== entry.account) return undefined;
      return { as: requester.kind === "root" ? "direct" : "account", when: true };
    case "arn":
      return isIdentity(requester) ? arnNaming(entry.arn, requester) : undefined;
    case "unique_id":
      return isIdentity(requester) ? idNaming(entry.id, requester) : undefined;
    case "service":
      return requester.kind === "service" && requester.service === entry.service ? DIRECT : undefined;
    case "federated":
      return requester.kind === "federated" && requester.provider === entry.provider ? DIRECT : undefined;
    case "canonical_user": {
      const why = `canonical user ${entry.id} may be the account`;
      return accountOf(requester) === undefined
        ? undefined
        : { as: "account", when: unclear(why, why, false) };
    }
  }
}

const DIRECT: Named = { as: "direct", when: true };

function serviceAsAws({ service }: Service): Formula {
  return unclear(`AWS * covers ${service}`, `AWS does not say whether {"AWS": "*"} covers ${service}`, true);
}

export function isIdentity(requester: Requester): requester is Identity {
  return requester.kind === "user" || requester.kind === "role" || requester.kind === "federated_user";
}

function arnNaming(arn: string, requester: Identity): Named | undefined {
  if (arn === requester.arn) return { as: requester.kind === "user" ? "direct" : "limited", when: true };
  if (requester.session !== undefined)
    return arn === requester.session ? { as: "session", when: true } : undefined;
  const name = requester.kind === "role" ? sessionOf(arn, requester) : undefined;
  return name === undefined ? undefined : { as: "session", when: standing(`the session is named ${name}`) };
}

/** The session's name where the ARN is of a session of that role. Session ARNs do not have the role's path. */
function sessionOf(arn: string, role: Identity): string | undefined {
  const [kind, roleName, session] = parseArn(arn)?.resource.split("/") ?? [];
  if (kind !== "assumed-role" || parseArn(arn)?.account !== role.account) return undefined;
  return roleName === role.arn.slice(role.arn.lastIndexOf("/") + 1) ? session : undefined;
}

function idNaming(entry: string, requester: Identity): Named | undefined {
  const [id = "", session] = entry.split(":");
  const prefix = requester.kind === "role" ? "AROA" : "AIDA";
  if (!id.startsWith(prefix)) return undefined;
  const as = session === undefined ? (requester.kind === "user" ? "direct" : "limited") : "session";
  const right = sessionIs(session, requester);
  if (right === false) return undefined;
  if (requester.uniqueId !== undefined) return requester.uniqueId === id ? { as, when: right } : undefined;
  const why = `the unique id of ${requester.arn} is not known, and ${id} is named`;
  return { as, when: all([unclear(why, why, false), right]) };
}

function sessionIs(session: string | undefined, requester: Identity): Formula {
  if (session === undefined) return true;
  if (requester.session === undefined) return standing(`the session is named ${session}`);
  return requester.session.slice(requester.session.lastIndexOf("/") + 1) === session;
}

/** The ways in which an allowing statement names the requester. */
export function namings(principals: Elements<PrincipalEntry>, requester: Requester): readonly Named[] {
  const found = principals.of.flatMap((entry) => naming(entry, requester) ?? []);
  if (!principals.except) return found;
  // NotPrincipal with Allow: everybody else, whoever that is.
  return [{ as: "everyone", when: all(found.map(({ when }) => not(when))) }];
}

/** Whether a denying statement names the requester. */
export function isDenied(principals: Elements<PrincipalEntry>, requester: Requester): Formula {
  const found = principals.of.flatMap((entry) => naming(entry, requester) ?? []);
  if (!principals.except) return any(found.map(({ when }) => when));
  // "The NotPrincipal element with a Deny effect will always deny any IAM principal that has a permissions boundary": IAM
  // User Guide, "Permissions boundaries".
  return any([isIdentity(requester) && requester.hasBoundary, not(isExempt(found, requester))]);
}

/**
 * A user or role is exempt where the user or role and its account are both named. With only the one, or only with the
 * session, AWS says that it "might" be denied (IAM User Guide, "NotPrincipal with Deny").
 */
function isExempt(found: readonly Named[], requester: Requester): Formula {
  const whenAs = (...kinds: readonly Naming[]) =>
    any(found.filter(({ as }) => kinds.includes(as)).map(({ when }) => when));
  const everyone = whenAs("everyone");
  const itself = whenAs("direct", "limited");
  if (!isIdentity(requester)) return any([everyone, itself]);
  const account = whenAs("account");
  const some = any([itself, account, whenAs("session")]);
  const why = `NotPrincipal names not all of ${requester.arn}, its account${requester.kind === "user" ? "" : " and its session"}`;
  return any([everyone, all([itself, account]), all([some, unclear(why, why, true)])]);
}
