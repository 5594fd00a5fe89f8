import {
  policyLine,
  type Grant,
  type GrantAction,
  type GrantPrincipal,
  type GrantStatement,
} from "../../access/index.ts";
import { counted, daysBetween, endDay, type Instant } from "../../base/index.ts";
import { type PrincipalSubject, type ReviewTarget } from "./inventory.ts";
import { isRecentMove } from "./moves.ts";
import { UNTIERED } from "./scope.ts";
import type { CampaignTerms, Needs, PersonBehind, ReviewItem } from "../model.ts";

/** What a grant is judged by. */
export interface Powers {
  readonly principal: GrantPrincipal;
  readonly subject: PrincipalSubject | undefined;
  readonly grant: Pick<Grant, "actions" | "path">;
}

const WHOLE_STORE = /^(?:\*|\+\/\*|\+)$/;

/** Why access is privileged, in words; empty where it is not. */
export function privilegesOf({ principal, subject, grant: { actions, path } }: Powers): string[] {
  const wide = subject?.access?.wildcard_rules ?? [];
  const found = new Set<string>();
  if (actions.includes("administer")) found.add("it may give itself or others access");
  if (actions.includes("share")) found.add("it may hand out credentials by which others read");
  if (subject?.root === true || path.some(({ policy }) => policy === "root"))
    found.add("it is root, which may do everything");
  if (principal.principal_type === "aws_root") found.add("it is the root user of an account");
  if (principal.principal_type === "key_slot") found.add("its key opens the whole vault");
  for (const statement of path) {
    const { rule = "", policy, capabilities = [] } = statement;
    if (capabilities.includes("sudo")) found.add(`policy ${policy} gives it sudo on ${rule}`);
    if (WHOLE_STORE.test(rule) || wide.some((text) => isOf(text, statement)))
      found.add(`policy ${policy} covers a whole engine or more: ${rule}`);
  }
  if (principal.public) found.add("anyone can come in as it");
  const admits = subject?.access?.admits;
  if (admits !== undefined && admits.public + admits.external > 0)
    found.add(`it lets ${counted(admits.public + admits.external, "stranger")} in from outside`);
  return [...found].slice(0, MAX_REASONS);
}

/** Most reasons of one item. */
export const MAX_REASONS = 8;

/** Why what a grant may do to some of its things is privileged, whatever the grant is else; empty where it is not. */
export function destructionOf(actions: readonly GrantAction[], targets: readonly ReviewTarget[]): string[] {
  if (!actions.includes("delete")) return [];
  const critical = targets.filter(({ tier = UNTIERED }) => tier === UNTIERED);
  return critical.length === 0 ? [] : [`it may delete ${counted(critical.length, "critical secret")}`];
}

/**
 * Whether a wide rule, as `access` tells it, is the statement: `<policy>:<line> <path>`, of a cloud `<policy>:<number> <pattern>`. A statement that has
 * a name of its own shows no number: it is taken for any wide one of its policy.
 */
function isOf(text: string, statement: GrantStatement): boolean {
  const { policy, line, rule = "", capabilities = [] } = statement;
  if (line !== undefined || !capabilities.some((one) => one.includes(":")))
    return text === policyLine(statement);
  const number = /^statement (\d+)$/.exec(rule)?.[1];
  return text.startsWith(number === undefined ? `${policy}:` : `${policy}:${number} `);
}

const RISKS = ["low", "standard", "high", "critical"] as const;

/** The tier, raised by who has the access and by what it is; untiered counts as critical. */
export function riskOf(item: Pick<ReviewItem, "principal" | "privileged" | "secrets">): ReviewItem["risk"] {
  const { principal, privileged, secrets } = item;
  const tier = RISKS.find((name) => name === (secrets.tier ?? UNTIERED)) ?? "critical";
  const outside = principal.external || principal.person?.third_party === true;
  const left = principal.person?.status === "terminated";
  const least = principal.public ? "critical" : privileged || outside || left ? "high" : "low";
  return RISKS[Math.max(RISKS.indexOf(tier), RISKS.indexOf(least))] ?? "critical";
}

/** How many must decide, and whether security after them. */
export function needsOf(
  { secrets, privileged }: Pick<ReviewItem, "privileged" | "secrets">,
  targets: readonly ReviewTarget[],
): Needs {
  const special = targets.filter(({ two_people }) => two_people !== undefined);
  const [first] = special;
  const because: string[] = [];
  if (first !== undefined) {
    const more = special.length > 1 ? ` and ${special.length - 1} more` : "";
    because.push(`two people decide on ${first.name}${more} (rule ${first.two_people ?? ""})`);
  }
  if (secrets.tier === undefined)
    because.push("no rule gives the secrets a tier, so security decides as on critical ones");
  else if (secrets.tier === "critical") because.push("security decides on critical secrets");
  if (privileged) because.push("security decides on privileged access");
  return {
    reviewers: first === undefined ? 1 : 2,
    security: secrets.tier === undefined || secrets.tier === "critical" || privileged,
    because,
  };
}

/** From so few of so many on, access is wider than its use. */
const REDUCE_SHARE = 0.25;
const REDUCE_FROM = 8;

type Asked = Omit<ReviewItem, "needs" | "recommendation" | "risk">;

/** What an item is advised by, beside itself. */
export interface Advising extends Pick<CampaignTerms, "unused_days"> {
  readonly asOf: Instant;
  /** Whether requests for access are kept anywhere, so that access without one stands out. */
  readonly registered: boolean;
  /** What of registers, and of rosters, could not be read, in words; empty: nothing. */
  readonly hiddenRequests: readonly string[];
  readonly hiddenPeople: readonly string[];
}

/**
 * What a reviewer is advised, by the first rule that holds. Access that should have ended comes first, then what somebody must look
 * at; only what is known, used and as before is advised to be certified.
 */
export function recommendationOf(item: Asked, by: Advising): ReviewItem["recommendation"] {
  const revoke = revocable(item, by);
  if (revoke !== undefined) return { kind: "revoke", reason: revoke };
  const undone = undoneReview(item, by.asOf);
  if (undone !== undefined && item.request === undefined) return { kind: "reduce", reason: undone };
  const examine = doubtful(item, by);
  if (examine !== undefined) return { kind: "examine", reason: examine };
  const { usage, secrets } = item;
  if (
    usage.known &&
    secrets.count >= REDUCE_FROM &&
    usage.used_secret_count > 0 &&
    usage.used_secret_count <= secrets.count * REDUCE_SHARE
  )
    return {
      kind: "reduce",
      reason: `it read ${usage.used_secret_count} of ${counted(secrets.count, "secret")} since ${day(usage.observed_from)}`,
    };
  return {
    kind: "certify",
    reason: `it is known, and is used${shortLog(usage, by)}`,
  };
}

/** That a log is too short to tell whether use is regular: that there was some is known all the same. */
function shortLog(usage: Asked["usage"], { asOf, unused_days }: Advising): string {
  if (!usage.known) return "";
  const observed = daysBetween(usage.observed_from, asOf);
  return observed < unused_days
    ? `; how regularly is not known: the log tells of ${counted(observed, "day")} alone, of ${unused_days}`
    : "";
}

function revocable(item: Asked, { asOf, unused_days: days }: Advising): string | undefined {
  const { principal, usage, break_glass, request, ends_at } = item;
  const { person } = principal;
  if (person?.status === "terminated")
    return `${person.name} left${person.terminated_at === undefined ? "" : ` on ${endDay(person.terminated_at)}`}`;
  if (principal.disabled) return "the principal is disabled, and its access is still there";
  if (request?.ends_at !== undefined && request.ends_at <= asOf)
    return `request ${request.request_id} ended on ${endDay(request.ends_at)}`;
  if (ends_at !== undefined && ends_at <= asOf) return `it should have ended on ${endDay(ends_at)}`;
  // Somebody may have asked for it anew: then it is to be looked at.
  const undone = undoneReview(item, asOf);
  if (undone !== undefined && request === undefined && keptCount(item) === 0) return undone;
  if (usage.known && usage.unused && !break_glass)
    return `nothing of it was read for ${days} days, by a log without a hole since ${day(usage.observed_from)}`;
  return undefined;
}

/** Of how many secrets a decision let the access be, and another one did not. */
function keptCount({ reviewed_parts, secrets: { count } }: Asked): number {
  if (reviewed_parts === undefined) return 0;
  return count - (reviewed_parts.secrets.none ?? 0) - reviewed_parts.undone_count;
}

/** What the last review took away, and is there; undefined where it took nothing away, or that has come about. */
function undoneReview(
  { last_review, reviewed_parts, change, secrets }: Asked,
  asOf: Instant,
): string | undefined {
  if (last_review === undefined) return undefined;
  const { campaign_id, decision, at, until } = last_review;
  if (reviewed_parts !== undefined) {
    const { undone_count, undone } = reviewed_parts;
    return undone_count === 0
      ? undefined
      : `from ${undone_count} of ${counted(secrets.count, "secret")} access was taken away, last in ${campaign_id} on ${day(at)}, and is there again, or still, e.g. ${undone[0] ?? ""}`;
  }
  if (decision === "revoke")
    return `it was revoked in ${campaign_id} on ${day(at)}, and is there again, or still`;
  if (until !== undefined && until <= asOf) return `by ${campaign_id} it was to end on ${day(until)}`;
  return decision === "reduce" && change !== "narrower"
    ? `it was to become less by ${campaign_id} of ${day(at)}, and has not`
    : undefined;
}

function doubtful(item: Asked, by: Advising): string | undefined {
  return doubtfulAccess(item, by) ?? doubtfulHolder(item, by) ?? doubtfulUse(item, by);
}

/** Since when all of it was reviewed; empty where it was not. */
function reviewedSince({ last_review, reviewed_parts }: Asked): Instant {
  if (reviewed_parts === undefined) return last_review?.at ?? "";
  return reviewed_parts.secrets.none === undefined ? reviewed_parts.since : "";
}

/** What the access is, and what became of it. */
function doubtfulAccess(item: Asked, { asOf }: Advising): string | undefined {
  const { principal, change, change_detail, certainty } = item;
  if (principal.public) return "anyone can come in as this principal";
  if (principal.external) return "it is from outside the organisation";
  if (certainty === "possible")
    return "it is not known whether it has this access, since something could not be read";
  const undone = undoneReview(item, asOf);
  if (undone !== undefined) return undone;
  if (change === "new") return "it was not there at the last review";
  if (change === "wider") return `it is wider than at the last review: ${change_detail ?? ""}`;
  return undefined;
}

/** Who has it, and whether anybody approved that they do. */
function doubtfulHolder(item: Asked, by: Advising): string | undefined {
  const { principal, privileged_because = [], secrets, request, actions } = item;
  const { person } = principal;
  const [hidden] = by.hiddenPeople;
  if (person === undefined && hidden !== undefined)
    return `who is behind it is perhaps hidden, since a roster could not be read: ${hidden}`;
  const moved = person?.moved_at;
  if (moved !== undefined && isRecentMove(moved, by.asOf) && reviewedSince(item) <= moved)
    return `${person?.name ?? ""} moved on ${endDay(moved)}, and nobody reviewed ${item.reviewed_parts === undefined ? "" : "all of "}this access since`;
  const [privilege] = privileged_because;
  if (privilege !== undefined) return `it is privileged: ${privilege}`;
  if (principal.collector) return "it is the identity that collects evidence, which should read no values";
  if (secrets.tier === undefined) return "nobody has said how critical these secrets are";
  if (request !== undefined) return undefined;
  const all = `all that it may do: ${actions.join(", ")}`;
  const [unread] = by.hiddenRequests;
  if (unread !== undefined)
    return `no approved request is known to cover ${all}; a register could not be read: ${unread}`;
  return by.registered ? `no approved request covers ${all}` : undefined;
}

function doubtfulUse({ usage }: Asked, { unused_days: days }: Advising): string | undefined {
  if (!usage.known) return `whether it is used is not known: ${usage.reason}`;
  if (usage.unused) return `it is for emergencies, and was not used for ${days} days`;
  if (usage.read_count === 0)
    return `no use of it was seen since ${day(usage.observed_from)}, when the log begins`;
  return undefined;
}

function day(instant: Instant): string {
  return instant.slice(0, 10);
}

/** What of a person decides how an item is dealt with: who decided before they left or moved saw something else. */
export function personSubstance(person: PersonBehind | undefined): unknown {
  if (person === undefined) return undefined;
  const { person_id, status, moved_at, third_party } = person;
  return { person_id, status, moved_at, third_party };
}
