import { compareStrings } from "../../base/index.ts";
import { MAX_PAGE, type EntryRow, type ItemRow } from "../../state/index.ts";
import type { DeskState } from "./ports.ts";
import { keptEntry } from "../record/entries.ts";
import type { Campaign } from "../model.ts";
import { itemOf, revocationOf } from "../record/records.ts";
import {
  decisionLines,
  incompleteOf,
  ItemTally,
  JournalTally,
  revocationCounts,
} from "../paper/report-tally.ts";
import type { DecisionLine, ReportItem, ReviewPackage, ReviewReport } from "../paper/report-model.ts";
import type { Actor } from "../roles.ts";

/** What a report needs that no state knows. */
export interface ReportTerms {
  readonly product: ReviewReport["product"];
  readonly entity: ReviewReport["entity"];
  /** Title and edition of frameworks by id; one that is not there is named by its id. */
  readonly frameworks?: ReadonlyMap<string, { readonly title: string; readonly edition: string }>;
  /** What `Journal.verify` said, and the head of the chain. */
  readonly verified?: { readonly entries: number; readonly outstanding: number };
  readonly head?: { readonly leaves: number; readonly sha256: string };
  /** Rows of the campaign that no entry names, since an older program wrote them. */
  readonly unheld?: number;
}

/** What an auditor gets of a campaign. */
export class DeskReporting {
  readonly #desk: DeskState;

  constructor(desk: DeskState) {
    this.#desk = desk;
  }

  /** Everything of one campaign; the same state gives the same. E_FORBIDDEN, E_NOT_FOUND. */
  async evidence(actor: Actor, id: string, terms: ReportTerms): Promise<ReviewPackage> {
    this.#desk.require(actor, "export_evidence");
    const campaign = await this.#desk.campaign(id);
    const { state, settings, people } = this.#desk.ports;
    const { byEmail } = await people();
    const owners = new Map(
      Object.entries(settings.owners ?? {}).map(([name, all]) => [name, all.map((one) => one.toLowerCase())]),
    );
    const tally = new ItemTally(campaign, (owner) => owners.get(owner) ?? []);
    for await (const row of state.everyItem({ campaign_id: id })) tally.add(itemOf(row));
    const { journal, ends } = await this.#journal(id);
    const state_of = ends.at(-1)?.at ?? campaign.created_at;
    const revocations = (await state.revocations(id)).map(revocationOf);
    const parts = {
      population: populationPart(campaign, journal.parts),
      items: tally.items(),
      journal: journalPart(journal, ends, terms),
    };
    const decided = tally.decisions();
    const undone = journal.undone.size;
    const report: ReviewReport = {
      format: "countersign-review/1",
      product: terms.product,
      entity: terms.entity,
      time_zone: "UTC",
      state_of,
      campaign: campaignPart(campaign, terms),
      ...parts,
      incomplete: incompleteOf(parts, journal.unsigned, terms.unheld),
      decisions: {
        ...decided,
        taken: journal.taken,
        undone,
        superseded: Math.max(
          0,
          journal.taken - undone - decided.in_force - (parts.items.by_outcome["kept"] ?? 0),
        ),
      },
      reviewers: tally.reviewers((email) => byEmail.get(email)),
      timeliness: journal.timeliness,
      revocations: revocationCounts(revocations, state_of),
      samples: journal.samples,
      reviewer_sign_offs: [...campaign.signed_off],
      ...(campaign.sign_off === undefined ? {} : { sign_off: campaign.sign_off }),
      ...(campaign.acknowledgement === undefined ? {} : { acknowledgement: campaign.acknowledgement }),
    };
    const byItem = new Map(revocations.map((one) => [one.item_id, one]));
    const sampled = new Set(journal.samples.flatMap(({ item_ids }) => item_ids));
    const told = (row: ItemRow): ReportItem => {
      const revocation = byItem.get(row.item_id);
      const of = revocation === undefined ? {} : { revocation };
      return { found: itemOf(row), sampled: sampled.has(row.item_id), ...of };
    };
    return {
      report,
      items: () => this.#items(id, told),
      revoked: () => this.#some(id, [...byItem.keys()], told),
      sample: () => this.#some(id, [...sampled], told),
      decisions: () => this.#decisions(campaign, tally.inForce, journal.undone),
      secrets: () => this.#secrets(tally.sets),
    };
  }

  async #journal(id: string) {
    const journal = new JournalTally();
    const ends: EntryRow[] = [];
    for await (const row of this.#entries(id)) {
      journal.add(keptEntry(row));
      if (!row.published) journal.unpublished += 1;
      ends[ends.length === 0 ? 0 : 1] = row;
    }
    return { journal, ends };
  }

  async *#items(campaign_id: string, told: (row: ItemRow) => ReportItem): AsyncGenerator<ReportItem> {
    for await (const row of this.#desk.ports.state.everyItem({ campaign_id })) yield told(row);
  }

  /** In order of ids, in pages within which the campaign's order holds. */
  async *#some(
    campaign_id: string,
    ids: readonly string[],
    told: (row: ItemRow) => ReportItem,
  ): AsyncGenerator<ReportItem> {
    const sorted = ids.toSorted(compareStrings);
    for (let at = 0; at < sorted.length; at += MAX_PAGE) {
      const item_ids = sorted.slice(at, at + MAX_PAGE);
      for (const row of await this.#desk.ports.state.items({ campaign_id, item_ids })) yield told(row);
    }
  }

  async *#decisions(
    campaign: Campaign,
    inForce: ReadonlySet<string>,
    undone: ReadonlySet<string>,
  ): AsyncGenerator<DecisionLine> {
    for await (const row of this.#entries(campaign.campaign_id))
      yield* decisionLines(campaign, row, inForce, undone);
  }

  async *#secrets(sets: Iterable<string>): AsyncGenerator<readonly [string, string]> {
    for (const set of sets) {
      for (const id of await this.#desk.secretsOf(set)) yield [set, id];
    }
  }

  async *#entries(campaign_id: string): AsyncGenerator<EntryRow> {
    for (let after = 0; ;) {
      const page = await this.#desk.ports.state.entries({ campaign_id, after });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < MAX_PAGE) return;
      after = last.number;
    }
  }
}

/** `ends`: the first entry and the last. */
function journalPart(
  { kinds, unpublished }: JournalTally,
  ends: readonly EntryRow[],
  { verified, head }: ReportTerms,
): ReviewReport["journal"] {
  const [first] = ends;
  const last = ends.at(-1);
  const named = ({ number, document_sha256 }: EntryRow) => ({ number, sha256: document_sha256 });
  return {
    entries: Object.values(kinds).reduce((all, one) => all + one, 0),
    by_kind: kinds,
    unpublished,
    ...(first === undefined ? {} : { first: named(first) }),
    ...(last === undefined ? {} : { last: named(last) }),
    ...(verified === undefined ? {} : { verified }),
    ...(head === undefined ? {} : { head }),
  };
}

function populationPart(campaign: Campaign, parts: readonly string[]): ReviewReport["population"] {
  const { snapshot_id, snapshot_sha256, as_of, population } = campaign;
  const { secrets, principals, stores, people, gaps, unfitting, kinds, ...rest } = population;
  const side = ({ total, in_items, excluded }: typeof secrets) => ({
    total,
    in_items,
    excluded: { ...excluded },
  });
  return {
    ...rest,
    snapshot_id,
    snapshot_sha256,
    as_of,
    parts: [...parts],
    secrets: side(secrets),
    principals: side(principals),
    stores: side(stores),
    ...(people === undefined ? {} : { people: { ...people } }),
    gaps: [...gaps],
    ...(kinds === undefined ? {} : { kinds: { ...kinds } }),
    ...(unfitting === undefined ? {} : { unfitting: [...unfitting] }),
  };
}

function campaignPart(campaign: Campaign, { frameworks }: ReportTerms): ReviewReport["campaign"] {
  const { terms, campaign_id, state, created_at, created_by } = campaign;
  const { template, title, assign, every } = terms;
  const { due_days, grace_days, remediation_days, no_answer, bulk_limit, delegation_limit, unused_days } =
    terms;
  const dates = ["opened_at", "due_at", "review_ended_at", "remediation_due_at", "closed_at"] as const;
  return {
    campaign_id,
    title,
    state,
    template,
    frameworks: terms.frameworks.map((one) => ({
      id: one,
      title: one,
      edition: "not stated",
      ...frameworks?.get(one),
    })),
    scope: Object.fromEntries(
      Object.entries(terms.scope).map(([name, patterns]) => [name, [...(patterns as string[])]]),
    ),
    assign,
    ...(every === undefined ? {} : { every }),
    created_at,
    created_by,
    ...Object.fromEntries(
      dates.flatMap((name) => (campaign[name] === undefined ? [] : [[name, campaign[name]]])),
    ),
    terms: {
      due_days,
      grace_days,
      remediation_days,
      no_answer,
      bulk_limit,
      delegation_limit,
      unused_days,
      two_people: [...terms.two_people],
      rubber_stamp: terms.rubber_stamp,
    },
  };
}
