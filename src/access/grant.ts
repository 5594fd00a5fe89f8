import { compareStrings } from "../base/index.ts";
import { ACCESS_ACTIONS } from "../facts/index.ts";

/** What a grant lets its principal do to a secret. */
export const GRANT_ACTIONS = ACCESS_ACTIONS;

export type GrantAction = (typeof GRANT_ACTIONS)[number];

/** Whether it is more than seeing that something is there. */
export function isUse(action: GrantAction): boolean {
  return action !== "list";
}

/**
 * `certain`: follows from what was read. `conditional`: holds when the named conditions hold. `possible`: something
 * needed is not known; a gap.
 */
export type Certainty = "certain" | "conditional" | "possible";

const WEIGHT: Readonly<Record<Certainty, number>> = { certain: 0, conditional: 1, possible: 2 };

export function weakest(a: Certainty, b: Certainty): Certainty {
  return WEIGHT[a] >= WEIGHT[b] ? a : b;
}

export function strongest(a: Certainty, b: Certainty): Certainty {
  return WEIGHT[a] <= WEIGHT[b] ? a : b;
}

/** Whoever may hold access. Ids are those of the facts behind them. */
export interface GrantPrincipal {
  readonly id: string;
  readonly store_id: string;
  readonly principal_type:
    | "entity"
    | "auth_role"
    | "auth_user"
    | "auth_group"
    | "key_slot"
    | "token_role"
    | "token"
    | "iam_user"
    | "iam_role"
    | "aws_root"
    | "aws_account"
    | "federated"
    | "service"
    | "service_account"
    | "cluster_group"
    | "cluster_user"
    | "anyone";
  readonly name: string;
  /** Anyone can be this principal: nothing, or nothing but a name, is asked for. */
  readonly public: boolean;
  /** Outside the organisation; a store that knows no organisation says false. */
  readonly external: boolean;
  readonly disabled: boolean;
  /** The token that the collection itself was made with, or the entity behind it. */
  readonly collector: boolean;
}

/** A thing that access is computed for. */
export interface GrantTarget {
  /** Fact id. */
  readonly id: string;
  readonly store_id: string;
  /** Fact kind. */
  readonly kind: "secret" | "key" | "dynamic_role" | "certificate_role";
  readonly mount: string;
  readonly name: string;
}

/** One link between a principal and a policy. */
export interface Through {
  readonly kind:
    "auth_role" | "entity" | "group" | "key_slot" | "token" | "role_binding" | "default" | "credential";
  /** Fact id; absent for what is built in. */
  readonly id?: string;
  readonly name: string;
}

/** One statement of a path: which policy line gives which actions, and how the principal came by the policy. */
export interface GrantStatement {
  readonly actions: readonly GrantAction[];
  readonly through: readonly Through[];
  readonly policy: string;
  /** Fact id of the policy; absent for `root`. */
  readonly policy_id?: string;
  /** The rule's path as written; absent where the policy could not be read, and for `root`. */
  readonly rule?: string;
  readonly line?: number;
  readonly capabilities?: readonly string[];
  /** In words, where the statement does not speak for itself, e.g. `may write policies`. */
  readonly note?: string;
}

/** Access of one principal to one set of things by one path. */
export interface Grant {
  /** Digest of principal, path and the definition of the set: a new secret does not rename it. */
  readonly id: string;
  readonly store_id: string;
  readonly principal_id: string;
  readonly actions: readonly GrantAction[];
  readonly certainty: Certainty;
  /**
   * Of a grant that is only possible: whether what was read gives it, so that what was not could only take it away. False: only what was
   * not read could give it. Absent where the grant is surer, or where that is not told.
   */
  readonly but_for_denial?: boolean;
  /** Standing conditions, or, where the grant is only possible, what is not known. */
  readonly conditions: readonly string[];
  /** It takes steps before: it assumes a cloud's role, as which logs then have it, or lets itself in. */
  readonly detour?: true;
  /**
   * By no login but through a role or group of which it is not known whether it is the principal's to take: only who logs in decides. The role or
   * group holds the same itself. Absent also where a store tells of no logins.
   */
  readonly perhaps?: true;
  readonly path: readonly GrantStatement[];
  /** Digests of the records that the path rests on, in code-unit order. */
  readonly records: readonly string[];
  /** How many things the set holds now. */
  readonly target_count: number;
  /** Ids of the things in the set, in code-unit order. */
  targets(): Iterable<string>;
}

export interface GrantRow {
  readonly principal: GrantPrincipal;
  readonly target: GrantTarget;
  readonly grant: Grant;
}

export interface Reader {
  readonly principal_id: string;
  readonly principal_type: string;
  readonly actions: readonly GrantAction[];
  readonly certainty: Certainty;
}

/**
 * Who may read one thing: counts over all, at most {@link MAX_READER_SAMPLE} by name. An identity and a role or user that
 * always is it, for certain, are one.
 */
export interface ReaderSummary {
  /** Certain and conditional readers; what is only possible was not seen, and is counted apart. */
  readonly count: number;
  /**
   * Not of `count`: those who read by nothing but assuming roles of a cloud that read, each of which is a principal itself and counts as
   * one. Strangers among them are in `external` and `public` too.
   */
  readonly by_role_count: number;
  /** Principals by whom one of the counts here could be too low: they may possibly read, write, delete or administer. */
  readonly possible_count: number;
  readonly external: number;
  readonly public: number;
  /** First by id. */
  readonly sample: readonly Reader[];
  /** Principals that may write or delete the value. */
  readonly writer_count: number;
  /** Readers that may also grant access, but for those kept apart. */
  readonly reader_and_granter_count: number;
  /** Of `reader_and_granter_count`: only by a login that perhaps is another's, see `perhaps_count`. */
  readonly perhaps_reader_and_granter_count: number;
  /** Of `count`: those whom the caller keeps apart. */
  readonly apart_count: number;
  /**
   * Of the others of `count`: those who read only by a login through a role or group of which it is not known whether
   * they may take it, where the role or group is a principal itself and counts as one; and identities as which nobody can
   * log in until somebody gives them an alias.
   */
  readonly perhaps_count: number;
  /** How the external and public ones come in; absent where there are none. */
  readonly ways_in?: WaysIn;
  /** Strangers whom the thing's own policy lets read and its key alone keeps out; absent where there are none. */
  readonly kept_out?: KeptOutSummary;
}

/** Grants to strangers that are there and without effect, as long as the key stays what it is. */
export interface KeptOutSummary {
  readonly external: number;
  readonly public: number;
  /** In order, at most {@link MAX_NAMED_STRANGERS}. */
  readonly names: readonly string[];
  readonly name_count: number;
  /** The key, as the store names it. */
  readonly key: string;
}

/** How strangers come to one thing: those that anyone can become, and those of other organisations. Absent where there are none. */
export interface WaysIn {
  readonly public?: Ways;
  readonly external?: Ways;
}

export interface Ways {
  /** Names of roles whose trust policies let them, in order, at most {@link MAX_NAMED_STRANGERS}. */
  readonly roles: readonly string[];
  readonly role_count: number;
  /** Names of strangers who come to it by themselves, likewise. */
  readonly strangers: readonly string[];
  readonly stranger_count: number;
}

/** A stranger with the names of the roles that let it come to a thing. */
export interface Comer {
  readonly principal: Pick<GrantPrincipal, "external" | "name" | "public">;
  readonly roles: readonly string[];
  /** Whether it comes to it without them, too. */
  readonly itself: boolean;
}

export function waysIn(comers: readonly Comer[]): Pick<ReaderSummary, "ways_in"> {
  const of = (kind: "external" | "public"): WaysIn => {
    const those = comers.filter(({ principal }) => principal[kind]);
    return those.length === 0 ? {} : { [kind]: waysOf(those) };
  };
  const found = { ...of("public"), ...of("external") };
  return Object.keys(found).length === 0 ? {} : { ways_in: found };
}

function waysOf(comers: readonly Comer[]): Ways {
  const few = (names: ReadonlySet<string>) => [...names].sort(compareStrings).slice(0, MAX_NAMED_STRANGERS);
  const roles = new Set(comers.flatMap((comer) => comer.roles));
  const strangers = new Set(comers.flatMap(({ principal, itself }) => (itself ? [principal.name] : [])));
  return {
    roles: few(roles),
    role_count: roles.size,
    strangers: few(strangers),
    stranger_count: strangers.size,
  };
}

export const MAX_READER_SAMPLE = 50;

/** Most strangers, and most roles that let them in, that are named. */
export const MAX_NAMED_STRANGERS = 8;

/** Whom a role's trust policy lets in from outside, and to what. */
export interface Admits {
  readonly public: number;
  readonly external: number;
  /** What is not known decides whether they come in. */
  readonly possible_public: number;
  readonly possible_external: number;
  /** Of those who come in, in order, at most {@link MAX_NAMED_STRANGERS}. */
  readonly names: readonly string[];
  /** Of `external`: accounts and identities of which no external id is asked, likewise; none of those that an issuer vouches for. */
  readonly unasked: readonly string[];
  readonly unasked_count: number;
  /** Secrets that they come to so. */
  readonly opened_secret_count: number;
  /** Of these: those that the role comes to by itself. */
  readonly opened_itself_count: number;
  /** Names of roles and users as which the role comes to these where it does not by itself, in order, at most {@link MAX_NAMED_STRANGERS}. */
  readonly leads_to: readonly string[];
  readonly leads_to_count: number;
  /** Secrets that the role comes to. */
  readonly reached_secret_count: number;
}

/** What effective access says of one principal. Grants that are only possible are in `certainty` alone. */
export interface PrincipalAccess {
  readonly readable_secret_count: number;
  /** Of these: those that it reads as itself, without a {@link Grant.detour}. */
  readonly own_readable_secret_count: number;
  readonly writable_secret_count: number;
  /**
   * Things of any kind, secrets, keys, roles that issue certificates and roles that make accounts, on which it may do anything but list
   * them.
   */
  readonly usable_count: number;
  /** May give itself or others anything. */
  readonly administers: boolean;
  /**
   * The same without a login through a role or group that perhaps is not its own to come in by, and without what a thing's policy lets
   * everyone do: that is found at the thing, and at whoever stands for everyone.
   */
  readonly administers_itself: boolean;
  /**
   * Roles and users, but for its own, whose credential it may mint, and by it read or administer; likewise. In a cloud also roles as which
   * it may have work done; not those that it may assume.
   */
  readonly impersonated_count: number;
  /**
   * Administers or mints, with such logins too, but for those by which the role or group does so by itself, and where it
   * depends on who logs in whose credential it is. Likewise without what everyone may. True wherever `administers_itself` is, or `impersonated_count` is not 0.
   */
  readonly perhaps_administers: boolean;
  /** Reads a secret and administers, without a login through a role or group that perhaps is not its own to come in by, and what everyone may. */
  readonly reads_and_administers: boolean;
  /**
   * The same with such logins, but for those by which the role or group does both by itself: it is found there. True
   * wherever `reads_and_administers` is.
   */
  readonly perhaps_reads_and_administers: boolean;
  /**
   * `<policy>:<line> <path> [<capability>,…]`, at most {@link MAX_RULE_SAMPLE}; `root` alone. Rules, here and below, are without those of a role or group
   * of which it is not known whether the principal may come in through it: they are that role's or group's own.
   */
  readonly sudo_rules: readonly string[];
  readonly sudo_rule_count: number;
  /** Rules that reach every secret of a mount or more, as `<policy>:<line> <path>`. */
  readonly wildcard_rules: readonly string[];
  readonly wildcard_rule_count: number;
  /** Whether there are such rules, or a template that could make one: who logs in decides what it is filled with. */
  readonly perhaps_wildcard: boolean;
  /** Of the weakest grant; `certain` where there is none. */
  readonly certainty: Certainty;
  /** Absent where no trust policy lets anyone in: the principal is no role of a cloud. */
  readonly admits?: Admits;
}

export const MAX_RULE_SAMPLE = 20;

/** Something unread that may hide principals or grants altogether; by the gap's digest where it is one. */
export interface Blindness {
  readonly store_id: string;
  /** `grant` where it is not known what decides in the store. */
  readonly fact_kind: string;
  readonly reason: string;
  readonly gap?: string;
}

export interface GrantStats {
  readonly principals: number;
  readonly targets: number;
  /** Sets of principals that hold exactly the same. */
  readonly principal_classes: number;
  /** Sets of policies that a token can have. */
  readonly session_classes: number;
  /** Sets of things that the same rules cover. */
  readonly target_classes: number;
  /** Grants between classes. */
  readonly class_grants: number;
}

/** Effective access of a whole snapshot. Joined by classes inside; rows are made when they are asked for. */
export interface GrantModel {
  /** In id order. */
  readonly principals: readonly GrantPrincipal[];
  /** In id order. */
  readonly targets: readonly GrantTarget[];
  readonly blindness: readonly Blindness[];
  readonly stats: GrantStats;
  /** Who can do what to a thing; all actions unless one is named. In principal order. */
  whoCan(targetId: string, action?: GrantAction): Grant[];
  /** Everything a principal can do. */
  whatCan(principalId: string): Grant[];
  /** How a principal comes to a thing. Empty: by no path that is known. */
  path(principalId: string, targetId: string): Grant[];
  /** `apart`: principals that are counted apart, e.g. those for emergencies. */
  readers(targetId: string, apart?: ReadonlySet<string>): ReaderSummary;
  access(principalId: string): PrincipalAccess;
  /**
   * Whether a principal may have access to something that nobody has seen, at or below `base`: namespace and mount, with a
   * slash at the end. False is proven; whoever is not known may.
   */
  mayReach(principalId: string, base: string): boolean;
  /** All grants, in principal order. */
  grants(): Generator<Grant>;
  /** Every principal, thing and grant; lazy, in principal order. */
  rows(): Generator<GrantRow>;
}

/** A link of a path for people, e.g. `auth role auth/approle/app`. */
export function linkText({ kind, name }: Through): string {
  return kind === "default" ? "every token" : `${kind.replace("_", " ")} ${name}`;
}

/** The line of a policy that a statement rests on, e.g. `pay:3 kv/data/pay/*`; the policy alone where it has no lines. */
export function policyLine({ policy, line, rule = "" }: GrantStatement): string {
  return line === undefined ? policy : `${policy}:${line} ${rule}`;
}

/** A statement as one line for people, without its note, e.g. `read: auth role app, policy pay line 3 "kv/data/pay/*"`. */
function statementText({ actions, through, policy, line, rule }: GrantStatement): string {
  const place = line === undefined ? "" : ` line ${line}`;
  const path = rule === undefined ? "" : ` "${rule}"`;
  return `${actions.join("+")}: ${[...through.map(linkText), `policy ${policy}${place}${path}`].join(", ")}`;
}

/** A whole path as one text for people. */
export function pathText(path: readonly GrantStatement[]): string {
  return pathLines(path).join("; ");
}

/** A whole path for people, statement by statement. What one rule lets someone do in several ways is said once, with the ways. */
export function pathLines(path: readonly GrantStatement[]): string[] {
  const kind = (statement: GrantStatement) =>
    JSON.stringify([statementText(statement), statement.note === undefined]);
  return [...Map.groupBy(path, kind).values()].map((same) => {
    const [text = ""] = same.map(statementText);
    const notes = same.flatMap(({ note }) => note ?? []);
    return notes.length === 0 ? text : `${text} (${notes.join("; ")})`;
  });
}
