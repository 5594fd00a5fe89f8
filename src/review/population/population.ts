import { createHash } from "node:crypto";
import {
  GRANT_ACTIONS,
  strongest,
  type Grant,
  type GrantAction,
  type GrantPrincipal,
} from "../../access/index.ts";
import { compareStrings, digestOf, sha256, type Instant } from "../../base/index.ts";
import type { FactOf } from "../../facts/index.ts";
import {
  MAX_REASONS,
  destructionOf,
  needsOf,
  personSubstance,
  privilegesOf,
  recommendationOf,
  riskOf,
  type Advising,
} from "./assess-item.ts";
import { explainPath } from "./explain.ts";
import { hiddenPeople, hiddenRequests } from "./hidden-lists.ts";
import {
  hiddenAccess,
  inventoryOf,
  type Inventory,
  type PrincipalSubject,
  type ReviewTarget,
} from "./inventory.ts";
import { UNTIERED, scopeTest } from "./scope.ts";
import { MAX_ITEM_SAMPLE, type Population, type ReviewItem } from "../model.ts";
import type { PopulationInput, PopulationItem } from "./population-input.ts";
import { Reconciliation } from "./reconcile.ts";
import { Requests } from "../deciding/requests.ts";
import { lastReviewOf } from "./last-review.ts";
import { principalName } from "./naming.ts";
import { SameIdentity } from "./same-identity.ts";
import { changeSince, isByOwner, isSamePart, toldOf, type Now } from "./since-last.ts";
import { ReviewUsage } from "./usage.ts";

/**
 * All items of a campaign, in the order of principals, grants and parts; at its end, the counts that show that nothing of
 * the inventory is lost. Memory: the inventory, and the sets of one principal. Pure; the same input gives the same items,
 * whatever the order of the subjects.
 */
export function* makePopulation(input: PopulationInput): Generator<PopulationItem, Population> {
  const inventory = inventoryOf(input.model, input.subjects, input.terms);
  const same = new SameIdentity(input);
  const maker = new ItemMaker(input, { inventory, same });
  const asIdentity = asIdentityTest(input, { inventory, same });
  const counts = new Reconciliation(input, inventory);
  const digest = createHash("sha256");
  const inScope = scopeTest(input.terms).principal;
  for (const principal of input.model.principals) {
    const grants = input.model.whatCan(principal.id);
    const out = inScope(principal);
    if (out !== undefined) {
      counts.leaveOut(principal, out, grants);
      continue;
    }
    if (asIdentity(principal, grants)) {
      counts.asIdentity(principal);
      continue;
    }
    let items = 0;
    for (const made of maker.itemsOf(principal, grants)) {
      items += 1;
      digest.update(`${made.item.item_id} ${digestOf(made.item)}\n`);
      counts.add(made);
      yield made;
    }
    counts.principal(principal, items, grants.length);
  }
  return counts.population(digest.digest("hex"));
}

/**
 * Whether a role or user needs no items of its own, since it is for certain an identity that is in the campaign, whose items are about all that
 * it may do to what is in scope: somebody would decide twice on one access, and could contradict themselves. Not where the identity's items lack what the
 * role or user has: its person, anybody who answers for it, that it is for emergencies, or that something about it could not be read.
 */
function asIdentityTest(input: PopulationInput, { inventory, same }: Known) {
  const inScope = scopeTest(input.terms).principal;
  const principals = new Map(input.model.principals.map((principal) => [principal.id, principal]));
  const isAsked = (id: string): boolean => {
    const target = inventory.targets.get(id);
    return target !== undefined && target.out_of_scope === undefined;
  };
  const tellsMore = (id: string, of: string): boolean => {
    const [login, identity] = [inventory.principals.get(id), inventory.principals.get(of)];
    const [person, itsPerson] = [input.personOf?.(id), input.personOf?.(of)];
    return (
      (person !== undefined && person.person_id !== itsPerson?.person_id) ||
      (login?.owner !== undefined && identity?.owner === undefined) ||
      (login?.gaps ?? []).some((gap) => !identity?.gaps.some((its) => isAlike(gap, its))) ||
      (login?.break_glass === true && identity?.break_glass !== true)
    );
  };
  return ({ id }: GrantPrincipal, grants: readonly Grant[]): boolean => {
    const identity = principals.get(same.identityOf(id) ?? "");
    if (identity === undefined || inScope(identity) !== undefined) return false;
    const reaches = grants.some((grant) => [...grant.targets()].some(isAsked));
    return reaches && !tellsMore(id, identity.id) && same.covers(identity.id, grants, isAsked);
  };
}

type Hidden = PrincipalSubject["gaps"][number];

function isAlike(one: Hidden, other: Hidden): boolean {
  return one.fact_kind === other.fact_kind && one.reason === other.reason;
}

/** What was found out of the whole snapshot. */
interface Known {
  readonly inventory: Inventory;
  readonly same: SameIdentity;
}

/** Grants of one name are one, of all that they hold together: see `grantLines` of the evidence. */
function alike(grants: readonly Grant[]): (readonly [Grant, ...Grant[]])[] {
  return [...Map.groupBy(grants, ({ id }) => id)]
    .sort(([a], [b]) => compareStrings(a, b))
    .flatMap(([, [first, ...rest]]) => (first === undefined ? [] : [[first, ...rest] as const]));
}

class ItemMaker {
  readonly #input: PopulationInput;
  readonly #inventory: Inventory;
  readonly #same: SameIdentity;
  readonly #usage: ReviewUsage;
  readonly #requests: Requests;
  readonly #tokens: ReadonlyMap<string, FactOf<"token">>;
  readonly #advising: Advising;

  constructor(input: PopulationInput, { inventory, same }: Known) {
    const { facts, asOf, terms, requests = [] } = input;
    this.#input = input;
    this.#inventory = inventory;
    this.#same = same;
    this.#usage = new ReviewUsage(facts, { asOf, unusedDays: terms.unused_days });
    this.#requests = new Requests(requests, asOf);
    this.#advising = {
      asOf,
      unused_days: terms.unused_days,
      registered: this.#requests.registered,
      hiddenRequests: hiddenRequests(facts.gaps),
      hiddenPeople: hiddenPeople(facts.gaps),
    };
    this.#tokens = new Map(facts.of("token").map((token) => [token.id, token]));
  }

  *itemsOf(principal: GrantPrincipal, grants: readonly Grant[]): Generator<PopulationItem> {
    for (const same of alike(grants)) {
      const because = this.#privileges(principal, same);
      for (const [part, targets] of this.#parts(principal, same, because.length > 0)) {
        yield {
          item: this.#item(principal, same, { part, targets, because }),
          targets: targets.map(({ id }) => id),
        };
      }
    }
  }

  #privileges(principal: GrantPrincipal, same: readonly [Grant, ...Grant[]]): string[] {
    const [{ path }] = same;
    const subject = this.#inventory.principals.get(principal.id);
    return privilegesOf({ principal, subject, grant: { actions: actionsOf(same), path } });
  }

  /**
   * What of a grant is in scope, by what decides who must decide on it: secrets that need two people, critical ones, the others;
   * and by owner, where owners decide: by the campaign's terms, or since nobody answers for the principal. In order.
   */
  #parts(principal: GrantPrincipal, same: readonly Grant[], privileged: boolean): [string, ReviewTarget[]][] {
    const ids =
      same.length === 1
        ? [...(same[0]?.targets() ?? [])]
        : [...new Set(same.flatMap((grant) => [...grant.targets()]))].sort(compareStrings);
    const byOwner = isByOwner(this.#input.terms, this.#principal(principal));
    const parts = new Map<string, ReviewTarget[]>();
    for (const id of ids) {
      const target = this.#inventory.targets.get(id);
      if (target === undefined || target.out_of_scope !== undefined) continue;
      const key = `${classOf(target, privileged)}\n${byOwner ? (target.owner ?? "") : ""}`;
      const part = parts.get(key);
      if (part === undefined) parts.set(key, [target]);
      else part.push(target);
    }
    return [...parts].sort(([a], [b]) => compareStrings(a, b));
  }

  #item(
    principal: GrantPrincipal,
    same: readonly [Grant, ...Grant[]],
    { part, targets, because: ofGrant }: Part,
  ): ReviewItem {
    const { asOf, seenSince } = this.#input;
    const [first] = same;
    const subject = this.#inventory.principals.get(principal.id);
    const actions = actionsOf(same);
    const because = [...ofGrant, ...destructionOf(actions, targets)].slice(0, MAX_REASONS);
    const certainty = same.map((grant) => grant.certainty).reduce(strongest);
    const { path, conditions } = first;
    const who = this.#principal(principal);
    const ids = targets.map(({ id }) => id);
    const secrets = secretsOf(targets);
    const item_id = digestOf({ grant: first.id, part }).slice(0, 32);
    const request = this.#requests.covering(who, actions, ids, this.#input.namesOf?.(principal.id));
    const ends_at = earliest(endOf(this.#tokens.get(principal.id)), request?.ends_at);
    const made = {
      item_id,
      grant_id: first.id,
      store_id: first.store_id,
      principal: who,
      secrets,
      actions,
      certainty,
      conditions,
      path: explainPath({ ...principal, person: who.person, method: subject?.method }, path, {
        actions,
        conditions,
        certainty,
      }),
      statements: path,
      observed_from: seenSince?.(first.id) ?? asOf,
      usage: this.#usage.of({ principal, subject, grant: { ...first, actions }, targets }),
      privileged: because.length > 0,
      ...(because.length === 0 ? {} : { privileged_because: because }),
      break_glass: subject?.break_glass === true,
      ...(ends_at === undefined ? {} : { ends_at }),
      ...(request === undefined ? {} : { request }),
      ...this.#since(first.id, who, {
        ...{ item_id, actions, certainty, targets: ids },
        set_sha256: secrets.set_sha256,
      }),
      unknowns: unknownsOf(subject, targets, who.person === undefined ? this.#advising.hiddenPeople : []),
    };
    return {
      ...made,
      risk: riskOf(made),
      needs: needsOf(made, targets),
      recommendation: recommendationOf(made, this.#advising),
    };
  }

  /** What earlier campaigns say of it: the same item, or others that the grant was parted into. */
  #since(
    grantId: string,
    who: ReviewItem["principal"],
    item: Omit<Now, "by_owner">,
  ): Pick<ReviewItem, "change" | "change_detail" | "last_review" | "reviewed_parts"> {
    const { asOf, terms, previous, succeeds = true } = this.#input;
    const now = { ...item, by_owner: isByOwner(terms, who) };
    const items = previous?.(grantId) ?? [];
    const told = toldOf(now, items);
    const isKnown = told.length > 0 || items.some((one) => isSamePart(one, now));
    if (!isKnown && (previous === undefined || !succeeds)) return { change: "first_review" };
    const since = changeSince(now, told, items);
    return { ...since, ...lastReviewOf(now, told, { change: since.change, asOf }) };
  }

  #principal(principal: GrantPrincipal): ReviewItem["principal"] {
    const { id, name, principal_type: type, external, disabled, collector } = principal;
    const subject = this.#inventory.principals.get(id);
    const person = this.#input.personOf?.(id);
    const logins = this.#same.loginsOf(id);
    return {
      id,
      name: principalName(name, { token: this.#tokens.get(id), logins }),
      type,
      ...(subject?.owner === undefined ? {} : { owner: subject.owner }),
      ...(person === undefined ? {} : { person }),
      ...(logins.length === 0 ? {} : { logins }),
      public: principal.public,
      external,
      disabled: disabled || subject?.disabled === true,
      collector: collector || subject?.collector === true,
    };
  }
}

/** Secrets of one grant on which the same people decide, and why the grant is privileged; no reason: it is not. */
interface Part {
  readonly part: string;
  readonly targets: readonly ReviewTarget[];
  readonly because: readonly string[];
}

function actionsOf(same: readonly Grant[]): GrantAction[] {
  const given = new Set(same.flatMap(({ actions }) => actions));
  return GRANT_ACTIONS.filter((action) => given.has(action));
}

/** Security decides on privileged access whatever it reaches, so that no tier parts it. */
function classOf({ two_people, tier = UNTIERED }: ReviewTarget, privileged: boolean): string {
  if (two_people !== undefined) return "1 two people";
  return !privileged && tier === UNTIERED ? "2 critical" : "3 others";
}

/** Tiers from the strictest; what has none is dealt with as the strictest, and said to have none. */
const STRICTEST = ["critical", undefined, "high", "standard", "low"] as const;

/** Most owners of one item that are named. */
const MAX_OWNERS = 8;

function secretsOf(targets: readonly ReviewTarget[]): ReviewItem["secrets"] {
  const environments = new Set(targets.map(({ environment }) => environment));
  const [environment] = environments;
  const byTier = Map.groupBy(targets, ({ tier }) => tier);
  const tier = STRICTEST.find((one) => byTier.has(one)) ?? targets[0]?.tier;
  const owners = [...new Set(targets.map(({ owner = "" }) => owner))].sort(compareStrings);
  const [owner] = owners;
  return {
    ...(owners.length === 1 && owner !== undefined && owner !== "" ? { owner } : {}),
    ...(owners.length > 1
      ? {
          owners: owners.filter((one) => one !== "").slice(0, MAX_OWNERS),
          owner_count: owners.filter((one) => one !== "").length,
          unowned_count: targets.filter((one) => one.owner === undefined).length,
        }
      : {}),
    ...(tier === undefined ? {} : { tier }),
    ...(byTier.size > 1
      ? {
          tiers: Object.fromEntries(
            STRICTEST.flatMap((one) => {
              const count = byTier.get(one)?.length ?? 0;
              return count === 0 ? [] : [[one ?? "none", count]];
            }),
          ),
        }
      : {}),
    ...(environments.size === 1 && environment !== undefined ? { environment } : {}),
    count: targets.length,
    sample: targets.slice(0, MAX_ITEM_SAMPLE).map(({ id }) => id),
    set_sha256: setDigest(targets.map(({ id }) => id)),
  };
}

/** Digest of a set of ids in code-unit order: each with a line feed behind it. */
export function setDigest(ids: readonly string[]): string {
  return sha256(ids.length === 0 ? "" : `${ids.join("\n")}\n`);
}

/** When a token ends for good. One that can be renewed has no end that stays, but for the one that no renewal passes. */
function endOf(token: FactOf<"token"> | undefined): Instant | undefined {
  if (token === undefined) return undefined;
  const { created_at, explicit_max_ttl_s = 0, expires_at, period_s = 0, renewable } = token;
  if (explicit_max_ttl_s > 0)
    return new Date(Date.parse(created_at) + explicit_max_ttl_s * 1000).toISOString();
  return renewable === false && period_s === 0 ? expires_at : undefined;
}

function earliest(...ends: readonly (Instant | undefined)[]): Instant | undefined {
  const known = ends.filter((end) => end !== undefined);
  return known.sort((a, b) => Date.parse(a) - Date.parse(b))[0];
}

/** Most lines of what is not known of an item. */
const MAX_UNKNOWNS = 12;

function unknownsOf(
  subject: PrincipalSubject | undefined,
  targets: readonly ReviewTarget[],
  hiddenPeople: readonly string[],
): string[] {
  const found = new Set<string>();
  for (const text of hiddenPeople) found.add(`who is behind it: a roster could not be read: ${text}`);
  for (const text of subject === undefined ? [] : hiddenAccess(subject.gaps))
    found.add(`of the principal: ${text}`);
  for (const part of ["owner", "tier", "environment"]) {
    const count = targets.filter(({ undecided }) => undecided.includes(part)).length;
    if (count > 0)
      found.add(
        `of ${count} of ${targets.length} secrets the ${part} could not be decided, since a label or name could not be read`,
      );
  }
  for (const { hidden } of targets) for (const text of hidden) found.add(`of secrets: ${text}`);
  return [...found].slice(0, MAX_UNKNOWNS);
}

/**
 * Digest of what an item is about: who may do what to which secrets, by which path, and what decides how it is dealt with. Not
 * in it: usage, advice, what was seen of it before, names of logins, and line numbers; a change of these voids no decision.
 */
export function substanceOf(item: ReviewItem): string {
  const { principal, secrets, statements, actions, certainty, conditions, privileged, break_glass } = item;
  const { person, ...who } = principal;
  return digestOf({
    item_id: item.item_id,
    principal: { ...who, logins: undefined },
    person: personSubstance(person),
    secrets: [secrets.set_sha256, secrets.environment],
    actions,
    certainty,
    conditions,
    statements: statements.map((statement) => ({ ...statement, line: undefined })),
    privileged,
    break_glass,
    ends_at: item.ends_at,
    reviewers: item.needs.reviewers,
    security: item.needs.security,
  });
}
