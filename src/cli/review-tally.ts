import type { CampaignTold, DecisionTold, ReviewerTold, RevocationTold } from "../connectors/index.ts";
import type { Instant } from "../base/index.ts";
import { MAX_REMAINING_TOLD } from "../facts/index.ts";
import {
  isOverdue,
  isOwnAccess,
  reviewerPaces,
  type Campaign,
  type CampaignItem,
  type Decision,
  type Revocation,
  type SignOff,
} from "../review/index.ts";

/** How a tier is called that no rule gave. */
const UNTIERED = "none";

/** What people decided on one principal's access, as far as items passed by. */
interface OfPrincipal {
  items: number;
  decided: number;
  last?: Decision;
  firstAt?: Instant;
}

/** Counts that grow as the items of one campaign pass by. */
export class CampaignTally {
  readonly #campaign: Campaign;
  readonly #counts = {
    item: 0,
    decided: 0,
    undecided: 0,
    unassigned: 0,
    revoked_by_rule: 0,
    gone: 0,
    joined: 0,
    changed: 0,
    decided_late: 0,
    same_person_twice: 0,
    self_decided: 0,
    bulk_decision: 0,
  };
  readonly #outcomes = { certify: 0, kept: 0, reduce: 0, revoke: 0, time_limit: 0 };
  /** Of people, all in force. */
  readonly #decisions: Decision[] = [];
  readonly #ownBy = new Map<string, number>();
  readonly #waitingFor = new Map<string, number>();
  readonly #principals = new Map<string, OfPrincipal>();
  readonly #stores = new Set<string>();
  readonly #tiers = new Set<string>();

  constructor(campaign: Campaign) {
    this.#campaign = campaign;
  }

  add(found: CampaignItem): void {
    const { item, state, outcome, reviewer, joined_at, changed_at } = found;
    const people = found.decisions.filter(({ channel }) => channel !== "rule");
    const counts = this.#counts;
    counts.item += 1;
    if (state === "gone") counts.gone += 1;
    else if (state === "decided") counts.decided += 1;
    else {
      counts.undecided += 1;
      if (reviewer === undefined) counts.unassigned += 1;
      else grow(this.#waitingFor, reviewer);
    }
    if (state === "decided" && outcome !== undefined) this.#outcomes[outcome] += 1;
    if (state === "decided" && outcome === "revoke" && people.length === 0) counts.revoked_by_rule += 1;
    if (joined_at !== undefined) counts.joined += 1;
    if (changed_at !== undefined) counts.changed += 1;
    if (new Set(people.map(({ by }) => by)).size < people.length) counts.same_person_twice += 1;
    for (const decision of people) {
      this.#decisions.push(decision);
      if (decision.bulk_size > 1) counts.bulk_decision += 1;
      if (this.#campaign.due_at !== undefined && decision.at > this.#campaign.due_at)
        counts.decided_late += 1;
      if (!isOwnAccess(item, { who: decision.by })) continue;
      counts.self_decided += 1;
      grow(this.#ownBy, decision.by);
    }
    this.#stores.add(item.store_id);
    this.#tiers.add(item.secrets.tier ?? UNTIERED);
    this.#addToPrincipal(found, people);
  }

  #addToPrincipal({ item, state }: CampaignItem, people: readonly Decision[]): void {
    const { id } = item.principal;
    const of = this.#principals.get(id) ?? { items: 0, decided: 0 };
    this.#principals.set(id, of);
    of.items += 1;
    const last = people.at(-1);
    if (last !== undefined && (of.last === undefined || last.at >= of.last.at)) of.last = last;
    if (state === "gone") of.decided += 1;
    if (state !== "decided" || last === undefined) return;
    of.decided += 1;
    if (of.firstAt === undefined || last.at < of.firstAt) of.firstAt = last.at;
  }

  /** `verified`: whether the journal holds every row. */
  campaign(journalEntries: number, verified: boolean): CampaignTold {
    const { terms, population, ...of } = this.#campaign;
    const counts = this.#counts;
    return {
      campaign_id: of.campaign_id,
      template: terms.template,
      title: terms.title,
      frameworks: [...terms.frameworks],
      state: of.state,
      campaign_scope: Object.fromEntries(
        Object.entries(terms.scope).map(([name, patterns]) => [name, [...(patterns as readonly string[])]]),
      ),
      ...given("every", terms.every),
      snapshot_id: of.snapshot_id,
      snapshot_sha256: of.snapshot_sha256,
      as_of: of.as_of,
      created_at: of.created_at,
      ...given("opened_at", of.opened_at),
      ...given("due_at", of.due_at),
      ...given("review_ended_at", of.review_ended_at),
      ...given("remediation_due_at", of.remediation_due_at),
      ...given("closed_at", of.closed_at),
      item_count: counts.item,
      decided_count: counts.decided,
      undecided_count: counts.undecided,
      unassigned_count: counts.unassigned,
      certified_count: this.#outcomes.certify,
      revoked_count: this.#outcomes.revoke,
      reduced_count: this.#outcomes.reduce,
      time_limited_count: this.#outcomes.time_limit,
      kept_count: this.#outcomes.kept,
      revoked_by_rule_count: counts.revoked_by_rule,
      gone_count: counts.gone,
      joined_count: counts.joined,
      changed_count: counts.changed,
      decision_count: this.#decisions.length,
      self_decided_count: counts.self_decided,
      same_person_twice_count: counts.same_person_twice,
      decided_late_count: counts.decided_late,
      bulk_decision_count: counts.bulk_decision,
      population_complete: population.complete,
      population_gap_count: population.gap_count,
      items_sha256: population.items_sha256,
      ...(of.sign_off === undefined ? {} : { sign_off: signed(of.sign_off) }),
      ...(of.acknowledgement === undefined ? {} : { acknowledgement: signed(of.acknowledgement) }),
      journal_verified: verified,
      journal_entry_count: journalEntries,
      stores_covered: [...this.#stores].sort(),
      tiers_covered: [...this.#tiers].sort(),
    };
  }

  reviewers(): ReviewerTold[] {
    const { campaign_id, terms, signed_off } = this.#campaign;
    const paces = new Map(
      reviewerPaces(this.#decisions, terms.rubber_stamp).map((pace) => [pace.reviewer, pace]),
    );
    const names = [...new Set([...paces.keys(), ...this.#waitingFor.keys()])].sort();
    return names.map((reviewer) => {
      const pace = paces.get(reviewer);
      const own = this.#ownBy.get(reviewer) ?? 0;
      return {
        campaign_id,
        reviewer,
        decision_count: pace?.decision_count ?? 0,
        certified_share: pace?.certified_share ?? 0,
        bulk_share: pace?.bulk_share ?? 0,
        ...given("median_seconds", pace?.median_seconds),
        ...given("median_considered_s", pace?.median_considered_s),
        justified_count: pace?.justified_count ?? 0,
        waiting_count: this.#waitingFor.get(reviewer) ?? 0,
        self_decided_count: own,
        is_independent: own === 0,
        flagged: pace?.flagged ?? false,
        why: pace?.why ?? "no decision",
        ...given("signed_off_at", signed_off.findLast(({ by }) => by === reviewer)?.at),
      };
    });
  }

  /** Of principals on which a person decided. */
  decisions(): DecisionTold[] {
    const { campaign_id, terms, population } = this.#campaign;
    const { tiers, owners, environments, frameworks } = terms.scope;
    const all_access = [tiers, owners, environments, frameworks].every((narrowed) => narrowed === undefined);
    return [...this.#principals].flatMap(([principal_id, { items, decided, last, firstAt }]) =>
      last === undefined
        ? []
        : [
            {
              campaign_id,
              principal_id,
              item_count: items,
              decided_count: decided,
              decision: last.kind,
              by: last.by,
              at: last.at,
              first_at: firstAt ?? last.at,
              all_access,
              population_complete: population.complete,
            },
          ],
    );
  }
}

export function revocationTold(revocation: Revocation, at: Instant): RevocationTold {
  const { campaign_id, item_id, principal_id, store_id, kind, secret_count, checked, ticket } = revocation;
  const { from_at, due_at, state, removed_at } = asOf(revocation, at);
  return {
    campaign_id,
    item_id,
    principal_id,
    in_store_id: store_id,
    decision: kind,
    secret_count,
    from_at,
    due_at,
    state,
    ...given("removed_at", removed_at),
    ...(checked === undefined ? {} : { checked: { snapshot_id: checked.snapshot_id, as_of: checked.as_of } }),
    remaining: checked?.remaining.slice(0, MAX_REMAINING_TOLD) ?? [],
    remaining_count: checked?.remaining_count ?? 0,
    ...given("ticket", ticket?.reference),
  };
}

/** Of what was reduced and limited in time, once that is over: the end is what counts, and what was gone before says nothing of it. */
function asOf(
  revocation: Revocation,
  at: Instant,
): Pick<Revocation, "due_at" | "from_at" | "removed_at" | "state"> {
  const { from_at, state, ends_at: due_at } = revocation;
  if (due_at === undefined || due_at > at) return revocation;
  if (state === "removed" && isOverdue(revocation, at)) return { from_at, due_at, state: "open" };
  return { ...revocation, due_at };
}

function signed({ by, at }: SignOff) {
  return { by, at };
}

function given<K extends string, T>(name: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: T };
}

function grow(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
