import type { CampaignTerms, PersonBehind, ReviewItem } from "../model.ts";
import { addressesOf, isAmong, whoOf, type Who } from "./same-person.ts";

/** Who may be asked: from the configuration and the rosters. Emails in lower case. */
export interface ReviewerDirectory {
  /** Name of an owner, as secrets and principals bear it, to the people who decide for it. An owner that is an email is that person. */
  readonly owners: Readonly<Record<string, readonly string[]>>;
  /** Who decides after the first level, and is escalated to. */
  readonly security: readonly string[];
  /** The role `security` is given to groups of the identity provider as well: who is in these nobody knows here. */
  readonly securityGroups?: boolean;
  /** Who is asked where nobody else can be, in order. */
  readonly fallback: readonly string[];
  /** People of the rosters, by each of their emails. */
  readonly people: ReadonlyMap<
    string,
    Pick<PersonBehind, "email" | "manager_email" | "other_emails" | "status">
  >;
}

/** Whom to ask and why; without `reviewer`: nobody can be found, and why, which compliance must mend. */
export interface Assigned {
  readonly reviewer?: string;
  readonly because: string;
}

/** What of an item decides whom it is given to. */
export type Assignable = Pick<ReviewItem, "principal" | "secrets">;

interface Candidate {
  readonly email: string;
  readonly because: string;
}

/** Who is asked first: by the rule of the campaign, then by the other, then those for whom nobody else is found. Never whose access it is. */
export function firstReviewer(
  item: Assignable,
  assign: CampaignTerms["assign"],
  directory: ReviewerDirectory,
): Assigned {
  return firstAble(item, candidates(item, assign, directory), directory, new Set());
}

/**
 * Who decides beside those who are `taken`, on an item for two people. Where security decides after them somebody of it is left for that:
 * nobody decides twice, and the item would wait for ever.
 */
export function secondReviewer(
  item: Assignable & { readonly needs?: Pick<ReviewItem["needs"], "security"> },
  assign: CampaignTerms["assign"],
  directory: ReviewerDirectory,
  taken: ReadonlySet<string>,
): Assigned {
  const all = [...candidates(item, assign, directory), ...securityOf(directory)];
  if (item.needs?.security !== true || directory.securityGroups === true) {
    return firstAble(item, all, directory, taken);
  }
  const free = directory.security.filter(
    (email) => hindrance(item, whoOf(directory.people, email), directory, taken) === undefined,
  );
  const only = new Set(free.map((email) => whoOf(directory.people, email).who));
  if (only.size !== 1) return firstAble(item, all, directory, taken);
  const others = all.filter(({ email }) => !only.has(whoOf(directory.people, email).who));
  const found = firstAble(item, others, directory, taken);
  if (found.reviewer !== undefined) return found;
  return {
    because: `${found.because}; ${[...only].join(", ")} alone is of security, which decides after the reviewers`,
  };
}

/** Who is asked where `reviewer` did not answer: whoever manages them, then security. */
export function escalatedReviewer(
  item: Assignable,
  reviewer: string,
  directory: ReviewerDirectory,
  taken: ReadonlySet<string> = new Set(),
): Assigned {
  const above = managerOf(reviewer, directory);
  const first =
    above === undefined
      ? []
      : [{ email: above, because: `manager of ${lower(reviewer)}, who did not answer` }];
  const all = [...first, ...securityOf(directory), ...fallbackOf(directory)];
  return firstAble(item, all, directory, new Set([...taken, lower(reviewer)]));
}

/**
 * Whether somebody decides on their own access, under whichever address: as the person behind the principal, or as the principal itself. Where no roster says who
 * is behind it, or none has whoever asks, a login of the name that the address begins with is taken for theirs: somebody else then decides. The
 * names of an identity are also those of its logins.
 */
export function isOwnAccess({ principal }: Pick<ReviewItem, "principal">, who: Who): boolean {
  const { name, person, logins = [] } = principal;
  if (isAmong(who, [person?.email ?? "", ...(person?.other_emails ?? [])])) return true;
  const byName = person === undefined || who.rostered === false;
  return [name, ...logins].some((one) => {
    const last = lower(one.slice(one.lastIndexOf("/") + 1));
    return addressesOf(who).some(
      (asked) => asked === last || asked === lower(one) || (byName && asked.split("@")[0] === last),
    );
  });
}

function candidates(
  item: Assignable,
  assign: CampaignTerms["assign"],
  directory: ReviewerDirectory,
): Candidate[] {
  const { principal, secrets } = item;
  const managers = managersOf(principal, directory);
  const answering = ownersOf(principal.owner, directory, "answers for the principal");
  const owning = ownersOf(secrets.owner, directory, "owns the secrets");
  const byPrincipal = [...managers, ...answering];
  const ordered = assign === "manager" ? [...byPrincipal, ...owning] : [...owning, ...byPrincipal];
  return [...ordered, ...fallbackOf(directory)];
}

/** The manager of the person behind, and theirs; a manager whom no roster knows decides nothing. */
function managersOf({ person }: ReviewItem["principal"], directory: ReviewerDirectory): Candidate[] {
  const email = person?.manager_email;
  if (person === undefined || email === undefined || !directory.people.has(lower(email))) return [];
  const first = { email: lower(email), because: `manager of ${lower(person.email ?? person.name)}` };
  const above = managerOf(email, directory);
  return above === undefined
    ? [first]
    : [first, { email: above, because: `manager of ${first.email}, who cannot` }];
}

function managerOf(email: string, { people }: ReviewerDirectory): string | undefined {
  const manager = people.get(lower(email))?.manager_email;
  return manager === undefined || !people.has(lower(manager)) ? undefined : lower(manager);
}

function ownersOf(owner: string | undefined, { owners }: ReviewerDirectory, what: string): Candidate[] {
  if (owner === undefined) return [];
  const named = Object.hasOwn(owners, owner) ? (owners[owner] ?? []) : owner.includes("@") ? [owner] : [];
  return named.map((email) => ({ email: lower(email), because: `${what}: ${owner}` }));
}

function securityOf({ security }: ReviewerDirectory): Candidate[] {
  return security.map((email) => ({ email: lower(email), because: "security" }));
}

function fallbackOf({ fallback }: ReviewerDirectory): Candidate[] {
  return fallback.map((email) => ({ email: lower(email), because: "nobody else could be found" }));
}

/** The first who may and can decide; without one, why each of them could not. */
function firstAble(
  item: Assignable,
  all: readonly Candidate[],
  directory: ReviewerDirectory,
  taken: ReadonlySet<string>,
): Assigned {
  const refused: string[] = [];
  for (const { email, because } of all) {
    const who = whoOf(directory.people, email);
    const why = hindrance(item, who, directory, taken);
    if (why === undefined) return { reviewer: who.who, because };
    refused.push(`${email} (${because}) ${why}`);
  }
  const told = [...new Set(refused)].join("; ");
  return { because: told === "" ? `nobody is known who could: ${unknownOf(item)}` : `nobody can: ${told}` };
}

function hindrance(
  item: Assignable,
  who: Who,
  { people }: ReviewerDirectory,
  taken: ReadonlySet<string>,
): string | undefined {
  if (isOwnAccess(item, who)) return "would decide on their own access";
  if (isAmong(who, taken)) return "decides on it already";
  const status = people.get(who.who)?.status;
  if (status === "terminated") return "has left";
  if (status === "leave") return "is on leave";
  return undefined;
}

function unknownOf({ principal: { person, owner }, secrets }: Assignable): string {
  return [
    person === undefined
      ? "no person is known behind the principal"
      : "its person has no manager in the rosters",
    owner === undefined ? "nobody answers for the principal" : `nobody is configured for ${owner}`,
    secrets.owner === undefined ? "the secrets have no owner" : `nobody is configured for ${secrets.owner}`,
    "no fallback is configured",
  ].join(", ");
}

function lower(email: string): string {
  return email.toLowerCase();
}
