import { compareStrings, type Instant } from "../base/index.ts";
import type { FactOf } from "../facts/index.ts";
import { common, present, type SubjectContext } from "./context.ts";
import { MAX_REVIEW_SAMPLE, MAX_SAMPLE_PATHS, MAX_TEMPLATES } from "./review-schema.ts";
import type { SubjectOf } from "./schema.ts";

type Campaign = FactOf<"review_campaign">;
type Review = SubjectOf<"review">;
type PrincipalReview = NonNullable<SubjectOf<"principal">["review"]>;
type Person = NonNullable<SubjectOf<"principal">["person"]>;

const DAY_MS = 86_400_000;

/** What reviews tell of one principal. */
interface OfPrincipal {
  readonly records: readonly string[];
  readonly fields: { readonly review?: PrincipalReview };
  /** What it tells of the person behind it. */
  readonly person: Pick<Person, "reviewed_age_days" | "reviews_told">;
}

/** Access reviews: each campaign as a subject, and what they tell of principals and of the estate. */
export class ReviewView {
  readonly #context: SubjectContext;
  readonly #campaigns: readonly Campaign[];
  readonly #registerCount: number;
  readonly #decisionsHidden: boolean;
  readonly #byPrincipal: ReadonlyMap<string, readonly FactOf<"review_decision">[]>;

  constructor(context: SubjectContext) {
    const { facts } = context;
    this.#context = context;
    this.#campaigns = facts.of("review_campaign");
    this.#registerCount = facts.of("review_register").length;
    this.#decisionsHidden = facts.gaps.some(({ hides }) => hides.includes("review_decision"));
    this.#byPrincipal = Map.groupBy(facts.of("review_decision"), ({ principal_id }) => principal_id);
  }

  /** In id order. */
  *subjects(): Generator<Review> {
    const { facts } = this.#context;
    const named = (of: { readonly store_id: string; readonly campaign_id: string }): string =>
      `${of.store_id}:${of.campaign_id}`;
    const reviewers = Map.groupBy(facts.of("review_reviewer"), named);
    const revocations = Map.groupBy(facts.of("review_revocation"), named);
    for (const campaign of this.#campaigns) {
      yield this.#subject(campaign, {
        reviewers: reviewers.get(named(campaign)) ?? [],
        revocations: revocations.get(named(campaign)) ?? [],
      });
    }
  }

  ofPrincipal(id: string): OfPrincipal {
    if (this.#registerCount === 0) return { records: [], fields: {}, person: {} };
    const { ageDays } = this.#context;
    const all = [...(this.#byPrincipal.get(id) ?? [])].sort((a, b) => compareStrings(a.at, b.at));
    const whole = all.filter(
      (one) => one.all_access && one.population_complete && one.decided_count === one.item_count,
    );
    const reviewed = whole.toSorted((a, b) => compareStrings(a.first_at, b.first_at)).at(-1);
    const partly = all.some(
      (one) => !whole.includes(one) && (reviewed === undefined || one.at > reviewed.first_at),
    );
    const last = all.at(-1);
    const age = ageDays(reviewed?.first_at);
    return {
      records: [...new Set(all.map(({ record }) => record))],
      fields: {
        review: {
          campaign_count: all.length,
          ...present({ last_reviewed_age_days: age, last_reviewed_in: reviewed?.campaign_id }),
          partly_since: partly,
          ...present({
            last_decision: last?.decision,
            last_decided_by: last?.by,
            last_decided_age_days: ageDays(last?.at),
          }),
        },
      },
      // Whoever was reviewed in part since then is neither reviewed nor left out.
      person: { reviews_told: !partly && !this.#decisionsHidden, ...present({ reviewed_age_days: age }) },
    };
  }

  ofEstate(): SubjectOf<"estate">["reviews"] {
    const { ageDays } = this.#context;
    const campaigns = this.#campaigns;
    const newest = (among: readonly Campaign[]): number | undefined =>
      least(among.map(({ closed_at }) => ageDays(closed_at)));
    const templates = [...Map.groupBy(campaigns, ({ template }) => template)].sort(byName);
    const frameworks = [...new Set(campaigns.flatMap((one) => one.frameworks))].sort(compareStrings);
    const created = campaigns.map(({ created_at }) => ageDays(created_at)).filter((age) => age !== undefined);
    return {
      register_count: this.#registerCount,
      campaign_count: campaigns.length,
      open_count: campaigns.filter(({ state }) => state !== "closed").length,
      ...present({
        first_created_age_days: created.length === 0 ? undefined : Math.max(...created),
        closed_age_days: newest(campaigns),
        complete_age_days: newest(campaigns.filter(isComplete)),
      }),
      by_template: templates.slice(0, MAX_TEMPLATES).map(([template, all]) => ({
        template,
        ...present({ every: all.at(-1)?.every, closed_age_days: newest(all) }),
        campaign_count: all.length,
      })),
      by_framework: frameworks.slice(0, MAX_TEMPLATES).map((framework) => ({
        framework,
        ...present({
          closed_age_days: newest(campaigns.filter((one) => one.frameworks.includes(framework))),
        }),
      })),
    };
  }

  #subject(campaign: Campaign, of: Parts): Review {
    const { takenAt, ageDays, daysLeft, gaps } = this.#context;
    const { due_at, review_ended_at, remediation_due_at, state, sign_off, acknowledgement } = campaign;
    const { id, store_id, record } = campaign;
    const overdue = state === "in_review" && due_at !== undefined && due_at < takenAt;
    const ended_late = due_at !== undefined && review_ended_at !== undefined && review_ended_at > due_at;
    const counts = Object.fromEntries(
      Object.entries(campaign).filter(([name]) => name.endsWith("_count")),
    ) as Pick<Review, Extract<keyof Review, `${string}_count`>>;
    return {
      ...common(this.#context, {
        kind: "review",
        id,
        store_id,
        name: campaign.campaign_id,
        labels: {},
        records: [
          record,
          ...of.reviewers.map((one) => one.record),
          ...of.revocations.map((one) => one.record),
        ],
        gaps: gaps.of(store_id, id),
      }),
      campaign_id: campaign.campaign_id,
      title: campaign.title,
      template: campaign.template,
      ...present({ every: campaign.every }),
      frameworks: [...campaign.frameworks],
      state,
      superseded: this.#isSuperseded(campaign),
      scoped: isScoped(campaign),
      snapshot_id: campaign.snapshot_id,
      items_sha256: campaign.items_sha256,
      ...present({
        as_of_age_days: ageDays(campaign.as_of),
        created_age_days: ageDays(campaign.created_at),
        opened_age_days: ageDays(campaign.opened_at),
        due_in_days: due_at === undefined ? undefined : daysLeft(due_at),
        closed_age_days: ageDays(campaign.closed_at),
      }),
      overdue,
      overdue_days: overdue ? wholeDays(due_at, takenAt) : 0,
      ended_late,
      ended_late_days: ended_late ? wholeDays(due_at, review_ended_at) : 0,
      remediation_overdue_days:
        state === "in_remediation" && remediation_due_at !== undefined
          ? wholeDays(remediation_due_at, takenAt)
          : 0,
      ...counts,
      population_complete: campaign.population_complete,
      stores_covered: [...campaign.stores_covered],
      tiers_covered: [...campaign.tiers_covered],
      journal_verified: campaign.journal_verified,
      signed_off: sign_off !== undefined,
      acknowledged: acknowledgement !== undefined,
      ...present({ signed_off_by: sign_off?.by, acknowledged_by: acknowledgement?.by }),
      reviewers: reviewersOf(of.reviewers),
      revocations: revocationsOf(of.revocations, takenAt),
    };
  }

  #isSuperseded({ store_id, template, created_at }: Campaign): boolean {
    return this.#campaigns.some(
      (one) =>
        one.store_id === store_id &&
        one.template === template &&
        one.state === "closed" &&
        one.created_at > created_at,
    );
  }
}

interface Parts {
  readonly reviewers: readonly FactOf<"review_reviewer">[];
  readonly revocations: readonly FactOf<"review_revocation">[];
}

function reviewersOf(all: Parts["reviewers"]): Review["reviewers"] {
  const flagged = all.filter((one) => one.flagged);
  return {
    count: all.length,
    decided_count: all.filter(({ decision_count }) => decision_count > 0).length,
    flagged_count: flagged.length,
    dependent_count: all.filter(({ is_independent }) => !is_independent).length,
    sample: flagged.slice(0, MAX_REVIEW_SAMPLE).map(({ reviewer, why }) => ({ reviewer, why })),
  };
}

function revocationsOf(all: Parts["revocations"], at: Instant): Review["revocations"] {
  const begun = all.filter(({ from_at, state }) => from_at <= at || state === "removed");
  const of = (state: (typeof begun)[number]["state"]) => begun.filter((one) => one.state === state);
  const isDue = ({ due_at }: (typeof begun)[number]): boolean => due_at < at;
  const [open, removed, reachable, unverifiable] = [
    of("open"),
    of("removed"),
    of("still_reachable"),
    of("unverifiable"),
  ];
  const left = [...open, ...reachable, ...unverifiable]
    .map((one) => ({ ...one, due: isDue(one), overdue_days: isDue(one) ? wholeDays(one.due_at, at) : 0 }))
    .sort((a, b) => compareStrings(a.due_at, b.due_at) || compareStrings(a.id, b.id));
  const overdue = [...open, ...reachable].filter(isDue).map(({ due_at }) => wholeDays(due_at, at));
  return {
    count: all.length,
    waiting_count: all.length - begun.length,
    open_count: open.length,
    removed_count: removed.length,
    removed_late_count: removed.filter(({ removed_at = "", due_at }) => removed_at > due_at).length,
    still_reachable_count: reachable.length,
    unverifiable_count: unverifiable.length,
    overdue_count: overdue.length,
    still_reachable_overdue_count: reachable.filter(isDue).length,
    unverifiable_overdue_count: unverifiable.filter(isDue).length,
    ...present({ oldest_overdue_days: overdue.length === 0 ? undefined : Math.max(...overdue) }),
    sample: left
      .slice(0, MAX_REVIEW_SAMPLE)
      .map(({ principal_id, decision, state, due, overdue_days, remaining, remaining_count }) => ({
        principal_id,
        decision,
        state,
        due,
        overdue_days,
        remaining: remaining.slice(0, MAX_SAMPLE_PATHS),
        remaining_count,
      })),
  };
}

/** Closed, over all access of which there was some and none may be hidden, and every item decided by people or gone. */
function isComplete(campaign: Campaign): boolean {
  const { state, item_count, undecided_count, kept_count, journal_verified, population_complete } = campaign;
  const isDecided = item_count > 0 && undecided_count === 0 && kept_count === 0;
  return state === "closed" && isDecided && population_complete && journal_verified && !isScoped(campaign);
}

function isScoped({ campaign_scope }: Campaign): boolean {
  return Object.keys(campaign_scope).length > 0;
}

/** Of two instants, the later last; 0 where they are the other way round. */
function wholeDays(from: Instant, to: Instant): number {
  return Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / DAY_MS));
}

function least(ages: readonly (number | undefined)[]): number | undefined {
  const known = ages.filter((age) => age !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return compareStrings(a, b);
}
