import { CountersignError, type Clock, type Instant } from "../base/index.ts";
import {
  MAX_REVIEW_PAGES,
  REVIEW_PAGE_ITEMS,
  type CampaignTold,
  type DecisionTold,
  type PagedReviewQuestion,
  type RegisterAnswer,
  type ReviewerTold,
  type RevocationTold,
} from "../connectors/index.ts";
import type { ReviewRecords } from "../facts/index.ts";
import {
  campaignOf,
  checkState,
  isReviewLeaf,
  itemOf,
  requestOf,
  revocationOf,
  type AccessRequest,
  type JournalCheck,
  type StateCheck,
} from "../review/index.ts";
import { MAX_PAGE, openState, type StateDatabase, type StatePlace } from "../state/index.ts";
import { stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import { evidenceContent, evidenceLeaves, reviewJournal } from "./ledger-place.ts";
import { answered, once } from "./own-answers.ts";
import { CampaignTally, revocationTold } from "./review-tally.ts";
import { existingState, statePlace } from "./state-place.ts";

/** Closed campaigns that are older are counted, and not told of: no audit period reaches back further. */
const LOOK_BACK_DAYS = 800;

/** Campaigns of which it is told what was decided on each principal. */
const DECISIONS_BACK_DAYS = 400;

const DAY_MS = 86_400_000;

/** Everything that is told, read at once, so that all pages are of one state. */
interface Told {
  readonly register: Omit<RegisterAnswer, "pages">;
  readonly pages: Readonly<Record<PagedReviewQuestion, readonly object[]>>;
}

interface ReviewSite {
  readonly place: () => Promise<StatePlace>;
  /** Holds `cas/` and `leaves/`. */
  readonly stateDirectory: string;
  readonly clock: Clock;
}

/**
 * What the state of access reviews tells. Nothing of a campaign is told before the journal agrees with the ledger, and every row with
 * the journal (`checkState`): what differs anywhere is E_INTEGRITY, and all of it a gap. Nothing is written but what opening a database of an older program brings up to date.
 */
export function reviewRecords(site: ReviewSite): ReviewRecords {
  const told = once(async () => await readAll(site));
  return {
    ask: async ({ about, page }) =>
      await answered(async () => {
        const { register, pages } = await told();
        if (about !== "register") return { page, items: pageOf(pages[about], page) };
        const counts = Object.entries(pages).map(([name, items]) => [name, pageCount(name, items)]);
        return { ...register, pages: Object.fromEntries(counts) as RegisterAnswer["pages"] };
      }),
  };
}

/** The reviews of this installation. */
export function ownReviews(
  environment: Environment,
  options: ConfigOptions,
  from: Parameters<typeof statePlace>[2],
): ReviewRecords {
  return reviewRecords({
    place: async () => await statePlace(environment, options, from),
    stateDirectory: stateDirectory(environment, options),
    clock: environment.ports.clock,
  });
}

function pageOf<T>(items: readonly T[], page: number): readonly T[] {
  return items.slice((page - 1) * REVIEW_PAGE_ITEMS, page * REVIEW_PAGE_ITEMS);
}

/** At least one. E_INPUT where there are more than are told. */
function pageCount(name: string, items: readonly object[]): number {
  const pages = Math.max(1, Math.ceil(items.length / REVIEW_PAGE_ITEMS));
  if (pages <= MAX_REVIEW_PAGES) return pages;
  const most = MAX_REVIEW_PAGES * REVIEW_PAGE_ITEMS;
  throw new CountersignError("E_INPUT", `expected at most ${most} ${name} of reviews, got ${items.length}`);
}

/** Before the first campaign and request: all there is was told, and that is nothing. */
const NOTHING: Told = {
  register: { campaign_count: 0, told_count: 0, journal_entry_count: 0, journal_outstanding_count: 0 },
  pages: { campaigns: [], decisions: [], requests: [], reviewers: [], revocations: [] },
};

/** Whether the ledger has anything of reviews: without a database, that one was lost. E_INTEGRITY, E_DISK. */
async function isInLedger({ stateDirectory, clock }: ReviewSite): Promise<boolean> {
  for await (const { type } of evidenceLeaves(stateDirectory, clock).all()) {
    if (isReviewLeaf(type)) return true;
  }
  return false;
}

/** E_NOT_FOUND where there is no database, and the ledger says that there was one. */
async function stateOf(site: ReviewSite): Promise<StatePlace | undefined> {
  try {
    return await existingState(await site.place());
  } catch (thrown) {
    if ((thrown as Partial<CountersignError>).code === "E_NOT_FOUND" && !(await isInLedger(site)))
      return undefined;
    throw thrown;
  }
}

async function readAll(site: ReviewSite): Promise<Told> {
  const { stateDirectory, clock } = site;
  const place = await stateOf(site);
  if (place === undefined) return NOTHING;
  const state = await openState(place);
  const content = evidenceContent(stateDirectory);
  try {
    const journal = await reviewJournal(state, stateDirectory, clock).verify();
    return await state.snapshot(async (frozen) => {
      const kept = async (digest: string) => await content.get(digest);
      return await tell(frozen, journal, await checkState({ state: frozen, kept }), clock.now());
    });
  } finally {
    await state.close();
  }
}

async function tell(
  state: StateDatabase,
  { entries, outstanding }: JournalCheck,
  { unheld }: StateCheck,
  now: Date,
): Promise<Told> {
  const all = (await state.campaigns()).map(campaignOf);
  const campaigns: CampaignTold[] = [];
  const reviewers: ReviewerTold[] = [];
  const revocations: RevocationTold[] = [];
  const decisions: DecisionTold[] = [];
  const since = (days: number): Instant => new Date(now.getTime() - days * DAY_MS).toISOString();
  for (const campaign of all) {
    const { campaign_id, created_at, state: stage } = campaign;
    if (stage === "closed" && created_at < since(LOOK_BACK_DAYS)) continue;
    const tally = new CampaignTally(campaign);
    for await (const row of state.everyItem({ campaign_id })) tally.add(itemOf(row));
    const due = (await state.revocations(campaign_id)).map(revocationOf);
    const { total } = await state.newestEntries({ campaign_id, limit: 0 });
    campaigns.push(tally.campaign(total, unheld[campaign_id] === undefined));
    reviewers.push(...tally.reviewers());
    revocations.push(...due.map((one) => revocationTold(one, now.toISOString())));
    if (created_at >= since(DECISIONS_BACK_DAYS)) decisions.push(...tally.decisions());
  }
  return {
    register: {
      campaign_count: all.length,
      told_count: campaigns.length,
      journal_entry_count: entries,
      journal_outstanding_count: outstanding,
    },
    pages: { campaigns, decisions, requests: await requestsOf(state), reviewers, revocations },
  };
}

/** In order of ids, as the facts of registers have them. */
async function requestsOf(state: StateDatabase): Promise<object[]> {
  const found: object[] = [];
  for (let after = ""; ;) {
    const rows = await state.requests({ after });
    found.push(...rows.map((row) => requestTold(requestOf(row))));
    const last = rows.at(-1);
    if (last === undefined || rows.length < MAX_PAGE) break;
    after = last.request_id;
  }
  return found;
}

function requestTold(request: AccessRequest): object {
  const { manager_approval, security_approval } = request;
  return {
    ...Object.fromEntries(
      Object.entries(request).filter(([name]) => name !== "version" && name !== "stated_by"),
    ),
    ...(manager_approval === undefined ? {} : { manager_approval: approvalTold(manager_approval) }),
    ...(security_approval === undefined ? {} : { security_approval: approvalTold(security_approval) }),
  };
}

function approvalTold({ by, at, approved }: NonNullable<AccessRequest["manager_approval"]>) {
  return { by, at, approved };
}
