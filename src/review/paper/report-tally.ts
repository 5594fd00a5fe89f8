import { compareStrings } from "../../base/index.ts";
import { isOwnAccess } from "../deciding/assign.ts";
import { askedOn, isWaiting } from "../deciding/asked.ts";
import { conclude, RULE } from "../deciding/decide.ts";
import { keptEntry, type KeptEntry } from "../record/entries.ts";
import { isOverdue } from "../remediation/revocations.ts";
import { unsignedText, type Unsigned } from "../record/unsigned.ts";
import type { Campaign, CampaignItem, Decision, PersonBehind, Revocation } from "../model.ts";
import type { DecisionLine, ReportReviewer, ReviewReport } from "./report-model.ts";
import { reviewerPaces } from "../deciding/rubber-stamp.ts";

type Counts = Record<string, number>;

/** Most reasons that are told of one reviewer. */
const MAX_REASONS = 20;

function add(counts: Counts, key: string, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by;
}

/** Which of several decisions on an item it is. */
export function decisionKey({ item_id, by, at }: Pick<Decision, "at" | "by" | "item_id">): string {
  return `${item_id}\n${by}\n${at}`;
}

export function isLate({ due_at }: Campaign, at: string): boolean {
  return due_at !== undefined && at > due_at;
}

/** Counts what items say, one after the other. */
export class ItemTally {
  readonly inForce = new Set<string>();
  /** Digests of the sets of secrets, in the order of items. */
  readonly sets = new Set<string>();
  readonly #campaign: Campaign;
  readonly #ownersOf: (owner: string) => readonly string[];
  readonly #states: Counts = {};
  readonly #outcomes: Counts = {};
  readonly #risks: Counts = {};
  readonly #numbers: Counts = {};
  readonly #decisions: Decision[] = [];
  readonly #late: Counts = {};
  readonly #ownAccess: Counts = {};
  readonly #ownSecrets: Counts = {};
  readonly #asked: Counts = {};
  readonly #waiting: Counts = {};
  readonly #reasons = new Map<string, Counts>();

  constructor(campaign: Campaign, ownersOf: (owner: string) => readonly string[]) {
    this.#campaign = campaign;
    this.#ownersOf = ownersOf;
  }

  add(found: CampaignItem): void {
    const { item, state, outcome, reviewer, decisions } = found;
    this.sets.add(item.secrets.set_sha256);
    add(this.#states, state);
    add(this.#risks, item.risk);
    if (outcome !== undefined) add(this.#outcomes, outcome);
    const waits = isWaiting(found);
    const marks: Counts = {
      unassigned: Number(waits && reviewer === undefined),
      privileged: Number(item.privileged),
      two_people: Number(item.needs.reviewers > 1),
      security: Number(item.needs.security),
      joined: Number(found.joined_at !== undefined),
      changed: Number(found.changed_at !== undefined && state !== "gone"),
      gone: Number(state === "gone"),
      escalated: Number(found.escalated_at !== undefined),
      handed_on: Number(found.delegations > 0),
      unknown_usage: Number(!item.usage.known),
    };
    for (const [name, count] of Object.entries(marks)) add(this.#numbers, name, count);
    for (const who of askedOn(found)) {
      add(this.#asked, who);
      if (waits && who === reviewer) add(this.#waiting, who);
      // Of who was asked earlier it is not kept why: the journal tells.
      if (who === reviewer) this.#ask(who, found.assigned_because);
    }
    for (const decision of decisions) this.#decide(found, decision);
  }

  #ask(reviewer: string, because: string): void {
    const reasons = this.#reasons.get(reviewer) ?? {};
    add(reasons, because);
    this.#reasons.set(reviewer, reasons);
  }

  #decide({ item }: CampaignItem, decision: Decision): void {
    this.inForce.add(decisionKey(decision));
    // The large parts of a decision are not counted.
    const { kind, level, by, at, channel, bulk_size, item_id, seen_sha256, considered_s, justification } =
      decision;
    this.#decisions.push({
      kind,
      level,
      by,
      at,
      channel,
      bulk_size,
      item_id,
      seen_sha256,
      ...(considered_s === undefined ? {} : { considered_s }),
      ...(justification === undefined ? {} : { justification: justification.slice(0, 1) }),
    });
    if (isLate(this.#campaign, at)) add(this.#late, by);
    if (isOwnAccess(item, { who: by })) add(this.#ownAccess, by);
    const owners = item.secrets.owner === undefined ? [] : this.#ownersOf(item.secrets.owner);
    if (owners.includes(by)) add(this.#ownSecrets, by);
  }

  items(): ReviewReport["items"] {
    const number = (name: string): number => this.#numbers[name] ?? 0;
    return {
      total: sum(this.#states),
      by_state: this.#states,
      by_outcome: this.#outcomes,
      by_risk: this.#risks,
      unassigned: number("unassigned"),
      privileged: number("privileged"),
      two_people: number("two_people"),
      security: number("security"),
      joined: number("joined"),
      changed: number("changed"),
      gone: number("gone"),
      escalated: number("escalated"),
      handed_on: number("handed_on"),
      unknown_usage: number("unknown_usage"),
    };
  }

  decisions(): Omit<ReviewReport["decisions"], "superseded" | "taken" | "undone"> {
    const [kinds, levels, channels, days]: [Counts, Counts, Counts, Counts] = [{}, {}, {}, {}];
    for (const { kind, level, channel, at } of this.#decisions) {
      add(kinds, kind);
      add(levels, level);
      add(channels, channel);
      add(days, at.slice(0, 10));
    }
    return {
      in_force: this.#decisions.length,
      by_rule: this.#decisions.filter(({ by }) => by === RULE).length,
      late: sum(this.#late),
      own_access: sum(this.#ownAccess),
      by_kind: kinds,
      by_level: levels,
      by_channel: channels,
      by_day: Object.entries(days)
        .sort(([a], [b]) => compareStrings(a, b))
        .map(([day, count]) => ({ day, count })),
    };
  }

  /** In order of their names; whoever was asked or decided. */
  reviewers(personOf: (email: string) => PersonBehind | undefined): ReportReviewer[] {
    const { terms, signed_off } = this.#campaign;
    const paces = new Map(
      reviewerPaces(this.#decisions, terms.rubber_stamp).map((one) => [one.reviewer, one]),
    );
    const own = Map.groupBy(this.#decisions, ({ by }) => by);
    const all = new Set([...Object.keys(this.#asked), ...paces.keys()]);
    return [...all].sort(compareStrings).map((reviewer): ReportReviewer => {
      const decided = own.get(reviewer) ?? [];
      const pace = paces.get(reviewer);
      const kinds: Counts = {};
      for (const { kind } of decided) add(kinds, kind);
      const last = decided
        .map(({ at }) => at)
        .sort(compareStrings)
        .at(-1);
      const signed = signed_off.findLast(({ by }) => by === reviewer);
      const person = personOf(reviewer);
      return {
        reviewer,
        ...(person === undefined ? {} : { name: person.name }),
        ...(person?.title === undefined ? {} : { title: person.title }),
        asked: this.#asked[reviewer] ?? 0,
        waiting: this.#waiting[reviewer] ?? 0,
        authority: reasonsOf(this.#reasons.get(reviewer)),
        decisions: kinds,
        decision_count: decided.length,
        justified: pace?.justified_count ?? 0,
        late: this.#late[reviewer] ?? 0,
        certified_share: pace?.certified_share ?? 0,
        bulk_share: pace?.bulk_share ?? 0,
        largest_bulk: decided.reduce((most, { bulk_size }) => Math.max(most, bulk_size), 0),
        ...(pace?.median_seconds === undefined ? {} : { median_seconds: pace.median_seconds }),
        ...(pace?.median_considered_s === undefined ? {} : { median_considered_s: pace.median_considered_s }),
        rubber_stamp: pace?.flagged ?? false,
        pace: pace?.why ?? "no decisions",
        own_access: this.#ownAccess[reviewer] ?? 0,
        own_secrets: this.#ownSecrets[reviewer] ?? 0,
        ...(last === undefined ? {} : { last_decision_at: last }),
        ...(signed === undefined ? {} : { signed_off_at: signed.at }),
      };
    });
  }
}

function reasonsOf(reasons: Counts = {}): { because: string; items: number }[] {
  return Object.entries(reasons)
    .map(([because, items]) => ({ because, items }))
    .sort((a, b) => b.items - a.items || compareStrings(a.because, b.because))
    .slice(0, MAX_REASONS);
}

/** Counts what the journal says, entry by entry. */
export class JournalTally {
  readonly undone = new Set<string>();
  /** Who decided and did not sign off before the review ended. */
  unsigned: readonly Unsigned[] = [];
  readonly kinds: Counts = {};
  taken = 0;
  unpublished = 0;
  parts: readonly string[] = [];
  readonly samples: ReviewReport["samples"] = [];
  readonly timeliness: ReviewReport["timeliness"] = {
    reminders: [],
    escalations: [],
    unanswered: [],
    refreshed: [],
  };

  add({ kind, at, by, document }: KeptEntry): void {
    add(this.kinds, kind);
    const { reminders, escalations, unanswered, refreshed } = this.timeliness;
    switch (kind) {
      case "campaign_created":
        this.parts = document.parts;
        break;
      case "decided":
        this.taken += document.decisions.length;
        break;
      case "undone":
        this.undone.add(decisionKey(document.decision));
        break;
      case "reminded":
        reminders.push({
          at,
          by,
          reviewers: Object.keys(document.reviewers).length,
          items: sum(document.reviewers),
        });
        break;
      case "escalated":
        escalations.push({ at, items: document.items.length });
        break;
      case "unanswered":
        unanswered.push({ at, rule: document.rule, items: document.items.length });
        this.taken += document.items.length;
        break;
      case "items_refreshed": {
        const { snapshot_id, snapshot_sha256, joined, changed, gone, widened = [] } = document;
        const counts = { joined: joined.length, changed: changed.length, gone: gone.length };
        const wider = widened.length === 0 ? {} : { widened: widened.length };
        refreshed.push({ at, snapshot_id, snapshot_sha256, ...counts, ...wider });
        break;
      }
      case "review_ended":
        this.unsigned = document.unsigned ?? [];
        break;
      case "sampled":
        this.samples.push({ at, by, ...document, item_ids: [...document.item_ids] });
        break;
      default:
        break;
    }
  }
}

/** The decisions of one entry, and whether each holds. */
export function decisionLines(
  campaign: Campaign,
  row: Parameters<typeof keptEntry>[0] & { readonly number: number; readonly document_sha256: string },
  inForce: ReadonlySet<string>,
  undone: ReadonlySet<string>,
): DecisionLine[] {
  const entry = keptEntry(row);
  const line = (decision: DecisionLine["decision"], holds: boolean): DecisionLine => ({
    entry: row.number,
    entry_sha256: row.document_sha256,
    decision,
    late: isLate(campaign, decision.at),
    fate: undone.has(decisionKey(decision)) ? "undone" : holds ? "in force" : "superseded: the item changed",
  });
  if (entry.kind === "decided")
    return entry.document.decisions.map((one) => line(one, inForce.has(decisionKey(one))));
  if (entry.kind !== "unanswered") return [];
  const { rule, items } = entry.document;
  return items.map(({ item_id, seen_sha256 }) => {
    const of = {
      item_id,
      seen_sha256,
      by: RULE,
      at: entry.at,
      channel: "rule",
      level: "reviewer",
      bulk_size: 1,
    } as const;
    const kept = line({ ...of, kind: rule === "keep" ? "kept" : rule }, true);
    return kept;
  });
}

/** What stands against calling the review whole, in sentences. `unheld`: rows that nothing in the journal holds. */
export function incompleteOf(
  report: Pick<ReviewReport, "items" | "population">,
  unsigned: readonly Unsigned[],
  unheld = 0,
): string[] {
  const { population, items } = report;
  const waiting = ["open", "second_reviewer", "security"].reduce(
    (all, state) => all + (items.by_state[state] ?? 0),
    0,
  );
  return [
    ...(items.total === 0 ? ["INCOMPLETE: the review is about nothing: it has no items."] : []),
    ...(population.complete
      ? []
      : [
          `INCOMPLETE: ${population.gap_count} ${population.gap_count === 1 ? "gap" : "gaps"} may hide principals, secrets or access in scope.`,
        ]),
    ...(waiting > 0 ? [`INCOMPLETE: ${waiting} of ${items.total} items are not decided.`] : []),
    ...(items.unassigned > 0
      ? [`INCOMPLETE: for ${items.unassigned} items nobody could be found who decides.`]
      : []),
    ...(unsigned.length === 0
      ? []
      : [`INCOMPLETE: the review ended before all signed off what they decided: ${unsignedText(unsigned)}.`]),
    ...((items.by_outcome["kept"] ?? 0) > 0
      ? [
          `INCOMPLETE: ${items.by_outcome["kept"]} items were answered by nobody and kept by the campaign's rule.`,
        ]
      : []),
    ...(unheld > 0
      ? [
          `INCOMPLETE: ${unheld} rows of the database are of an older version: of these decisions and signatures alone are compared with the journal.`,
        ]
      : []),
  ];
}

export function revocationCounts(revocations: Iterable<Revocation>, at: string): ReviewReport["revocations"] {
  const by_state: Counts = {};
  let [total, overdue, with_ticket] = [0, 0, 0];
  for (const revocation of revocations) {
    add(by_state, revocation.state);
    total += 1;
    if (isOverdue(revocation, at)) overdue += 1;
    if (revocation.ticket !== undefined) with_ticket += 1;
  }
  return { total, by_state, overdue, with_ticket };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, one) => all + one, 0);
}

/** What an item's decisions come to where they differ in more than their kind. */
export function outcomeText({ item, outcome, decisions }: CampaignItem): string {
  if (outcome === undefined) return "none";
  if (outcome === "kept") return "kept: nobody answered";
  const { kind, keep_actions, revoke_secrets, until } = conclude(item, decisions);
  const kept =
    kind === "reduce" && keep_actions.length < item.actions.length ? ` to ${keep_actions.join(", ")}` : "";
  const out = revoke_secrets.length === 0 ? "" : `, ${revoke_secrets.length} secrets out`;
  return `${kind}${kept}${out}${until === undefined ? "" : `, until ${until}`}`;
}
