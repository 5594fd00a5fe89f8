import type { GrantAction } from "../access/index.ts";
import type { Instant, Sha256 } from "../base/index.ts";
import type { ApprovalFault } from "../subjects/index.ts";
import type {
  AccessRequest,
  Campaign,
  CampaignItem,
  CampaignState,
  Choice,
  ItemState,
  PersonBehind,
  Recommended,
  ReviewItem,
  Revocation,
} from "./model.ts";
import type { Who } from "./deciding/same-person.ts";
import type { Unsigned } from "./record/unsigned.ts";
import type { Actor } from "./roles.ts";
import type { ConcreteChange } from "./remediation/proposal.ts";
import type { Sample } from "./paper/sample.ts";

/** A part of a list. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export interface Paged<T> {
  /** Of the whole list. */
  readonly total: number;
  readonly rows: readonly T[];
}

/** How many items are in which state. */
export interface Progress {
  readonly total: number;
  /** Nothing is missing of these: decided, or gone. */
  readonly done: number;
}

/** A campaign, as its list and the home page show it. */
export interface CampaignSummary {
  readonly campaign_id: string;
  readonly title: string;
  readonly state: CampaignState;
  readonly as_of: Instant;
  readonly due_at?: Instant;
  /** Of the actor's own items; `total` 0: none. */
  readonly own: Progress;
  /** When the actor signed off their own list. */
  readonly own_signed_off_at?: Instant;
  /** Of all; absent for who may not see it. */
  readonly all?: Progress;
}

export interface CampaignView {
  readonly campaign: Campaign;
  readonly summary: CampaignSummary;
  readonly states: Readonly<Record<ItemState, number>>;
  /** Items for which nobody could be found who decides. */
  readonly unassigned: number;
  /** Who decided and has not signed off, once the review could end; absent where nobody is, or who may not see it asks. */
  readonly unsigned?: readonly Unsigned[];
  /** All of management, where nobody of them could acknowledge: each is asked as well. Absent: somebody can, or who may not see it asks. */
  readonly asked_management?: readonly string[];
  readonly revocations: Readonly<Record<Revocation["state"], number>>;
  /** What this actor may do now; the page offers these alone. */
  readonly may: readonly CampaignAct[];
}

/** In the order in which they come. `refresh`: compare with the newest snapshot; `verify`: the same for revocations. */
export const CAMPAIGN_ACTS = [
  "open",
  "remind",
  "refresh",
  "end_review",
  "verify",
  "sign_off",
  "acknowledge",
  "close",
] as const;

export type CampaignAct = (typeof CAMPAIGN_ACTS)[number];

/** A campaign that could be started. */
export interface CampaignTemplate {
  readonly name: string;
  readonly title: string;
  /** When the schedule has it due. */
  readonly due_from?: Instant;
}

export const ITEM_SORTS = ["last_used", "principal", "risk", "secrets"] as const;

export type ItemSort = (typeof ITEM_SORTS)[number];

export interface ItemQuery extends Page {
  /** `mine`: items that the actor is asked about, or has decided on. `all`: for who may see them all. */
  readonly whose: "all" | "mine";
  readonly state?: ItemState;
  readonly risk?: ReviewItem["risk"];
  readonly tier?: string;
  readonly store?: string;
  readonly recommendation?: Recommended;
  readonly privileged?: boolean;
  /** Those that wait, and for which nobody could be found who decides. */
  readonly unassigned?: boolean;
  /** Items of this reviewer. */
  readonly reviewer?: string;
  /** In names of principal, person, owner and secrets; case does not count. */
  readonly search?: string;
  readonly sort: ItemSort;
}

export interface ItemPage extends Paged<CampaignItem> {
  /** For this actor. */
  readonly campaign: CampaignSummary;
  /** What there is to filter by, in order. */
  readonly stores: readonly string[];
  readonly tiers: readonly string[];
  /** Whether the actor may sign off their own list now, or why not. */
  readonly sign_off: { readonly may: boolean; readonly why_not?: string; readonly signed_at?: Instant };
  /** Most items of one decision. */
  readonly bulk_limit: number;
}

/** What became of an item, oldest first: earlier decisions, handing on, changes. */
export interface HistoryLine {
  /** Of the entry in the journal, with the digest of its document. */
  readonly number: number;
  readonly sha256: Sha256;
  readonly at: Instant;
  /** Email, or `rule`. */
  readonly by: string;
  /** In words, e.g. `certified: needed for the nightly job`. */
  readonly what: string;
}

export interface ItemView {
  readonly item: CampaignItem;
  readonly campaign: Pick<CampaignSummary, "campaign_id" | "due_at" | "state" | "title">;
  readonly history: readonly HistoryLine[];
  readonly may: {
    readonly decide: boolean;
    readonly hand_on: boolean;
    /** Whether the actor, who runs the campaign, may ask somebody else. */
    readonly reassign: boolean;
    readonly undo: boolean;
    /** In words, of what is not possible, e.g. `nobody decides on their own access`. */
    readonly why_not: readonly string[];
    /** Whether certifying needs a justification, and why. */
    readonly justify?: string;
  };
  /** The actor's next item that is open, and the one before. */
  readonly next?: string;
  readonly previous?: string;
}

/** An item as it was shown: an act on anything else is E_CONFLICT. */
export interface Seen {
  readonly item_id: string;
  readonly version: number;
  readonly seen_sha256: Sha256;
}

export interface ReviewerProgress {
  readonly reviewer: string;
  /** Of all items on which they were asked, by name or as one of a role: see `askedOn`; not done is what waits for them. */
  readonly progress: Progress;
  /** Decisions in force. */
  readonly decided: number;
  readonly certified: number;
  /** Median seconds between two decisions; absent below two. */
  readonly median_s?: number;
  readonly largest_bulk: number;
  /** Judged by the campaign's `rubber_stamp`. */
  readonly rubber_stamp: boolean;
  readonly last_decision_at?: Instant;
  readonly signed_off_at?: Instant;
}

/** A revocation, with the names of what it is about. */
export interface RevocationView {
  readonly revocation: Revocation;
  readonly principal_name: string;
  /** Of the person behind the principal, where one is known. */
  readonly person_name?: string;
  /** What somebody could change so that it goes; absent of what is gone, and where no snapshot is to be had. */
  readonly changes?: readonly ConcreteChange[];
}

export interface RevocationPage extends Paged<RevocationView> {
  /** What changes are proposed on, or why none are. */
  readonly proposed: { readonly snapshot_id: string } | { readonly why_not: string };
}

/** Most items that a line of the journal names. */
export const MAX_ABOUT = 3;

export interface JournalLine {
  readonly number: number;
  readonly at: Instant;
  readonly by: string;
  readonly kind: string;
  /** In words. */
  readonly what: string;
  /** Items that somebody acted on, by the names of their principals: the first {@link MAX_ABOUT} of `about_count`. */
  readonly about: readonly { readonly item_id: string; readonly name: string }[];
  readonly about_count: number;
  readonly sha256: Sha256;
  /** Whether its leaf is in the ledger. */
  readonly published: boolean;
  /** Of one that drew a sample. */
  readonly sample?: Sample;
}

export interface NewRequest {
  readonly principal: string;
  readonly secrets: readonly string[];
  readonly actions: readonly GrantAction[];
  readonly justification: string;
  readonly starts_at?: Instant;
  readonly ends_at?: Instant;
}

/** A request as another system states it, read and valid. */
export type StatedRequest = Omit<AccessRequest, "stated_by" | "version">;

/** What became of it. */
export interface Stated {
  readonly request: AccessRequest;
  /** False: the same was stated before, and nothing was recorded. */
  readonly recorded: boolean;
}

export interface RequestView {
  readonly request: AccessRequest;
  /** Said to be approved, and not by those who must, for this reason: it counts for nothing. */
  readonly approval_fault?: ApprovalFault;
  /** Of a new request, where it is open: nothing in the newest snapshot fits it. Absent: something does, or it was not looked for. */
  readonly fits_nothing?: true;
  /** Whether the actor's approval is missing now: as manager, as security, or not at all. */
  readonly asked_of_actor: "manager" | "security" | undefined;
}

export interface PersonView extends PersonBehind {
  /** Principals behind which this person is. */
  readonly principals: readonly { readonly id: string; readonly name: string; readonly store_id: string }[];
  /** What bears on reviews, in words, e.g. `left on …, and 2 principals are not disabled`. */
  readonly remarks: readonly string[];
}

/** Most items, and most requests, of a person that are shown at once. */
export const MAX_OF_PERSON = 200;

/** Which person: by the id that rosters give, or by an address. */
export type PersonAsked = { readonly id: string } | { readonly email: string };

/** A person and their logins in one campaign, as far as the actor may see. */
export interface PersonReport {
  readonly person: PersonBehind;
  readonly campaign: Pick<CampaignSummary, "campaign_id" | "title">;
  /** Of a reviewer their own; the first of `item_count`. */
  readonly items: readonly CampaignItem[];
  readonly item_count: number;
  /** For who may read all: what the logins reach by the newest snapshot, or why that is not known, and requests for them. */
  readonly overview?: {
    readonly logins: readonly LoginReach[] | { readonly why_not: string };
    readonly requests: readonly RequestView[];
    readonly request_count: number;
  };
}

export interface LoginReach {
  readonly id: string;
  readonly name: string;
  readonly store_id: string;
  readonly disabled: boolean;
  readonly readable_secret_count: number;
  readonly writable_secret_count: number;
  readonly administers: boolean;
}

/** Bytes to download. */
export interface FileOut {
  /** Of our own making: `[a-z0-9._-]`. */
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

export const EXPORT_FORMATS = ["csv", "xlsx"] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What became of decisions that were taken offline. */
export interface OfflineResult {
  readonly accepted: number;
  /** Rows that go to somebody else. */
  readonly handed_on: number;
  /** Rows without an answer. */
  readonly skipped: number;
  /** Nothing of these was recorded. */
  readonly refused: readonly RefusedRow[];
  /** Nothing was recorded: it was only tried. */
  readonly dry_run: boolean;
}

export interface RefusedRow {
  /** As a spreadsheet numbers it: the headings are 1. */
  readonly row: number;
  readonly reason: string;
  /** Heading of the cell that it is about. */
  readonly column?: string;
  /** Somebody changed the item or decided on it since it was exported. */
  readonly conflict?: true;
}

/**
 * What the pages ask of the access review. Each call says who asks, and the desk itself judges whether they may: the server's table of
 * routes is a second lock, not the only one. Refusals:
 * - E_NOT_FOUND what is not there *for this actor*: nobody learns whether another's item exists;
 * - E_FORBIDDEN what the actor sees and may not do, with the reason in words;
 * - E_CONFLICT a version or digest that is no longer the newest; nothing was recorded;
 * - E_REVIEW a rule of the campaign that the choice breaks, e.g. a missing justification or a guard rail of bulk decisions.
 * An act returns when it is durable.
 */
export interface Desk {
  /** Who comes by an address, as the rosters of the newest snapshot know them. */
  whoIs(address: string): Promise<Who>;
  campaigns(actor: Actor): Promise<readonly CampaignSummary[]>;
  campaign(actor: Actor, campaign: string): Promise<CampaignView>;
  templates(actor: Actor): Promise<readonly CampaignTemplate[]>;
  items(actor: Actor, campaign: string, query: ItemQuery): Promise<ItemPage>;
  /** Notes, too, that the actor was shown it: decisions tell how long somebody considered. */
  item(actor: Actor, campaign: string, item: string): Promise<ItemView>;
  /** Ids of the item's secrets, in order. */
  secrets(actor: Actor, campaign: string, item: string, page: Page): Promise<Paged<string>>;
  reviewers(actor: Actor, campaign: string, page: Page): Promise<Paged<ReviewerProgress>>;
  revocations(actor: Actor, campaign: string, page: Page): Promise<RevocationPage>;
  /** Newest first; of one kind where it is named. */
  journal(
    actor: Actor,
    campaign: string,
    page: Page & { readonly kind?: string },
  ): Promise<Paged<JournalLine>>;
  requests(
    actor: Actor,
    query: Page & { readonly state?: AccessRequest["state"] },
  ): Promise<Paged<RequestView>>;
  request(actor: Actor, request: string): Promise<RequestView>;
  people(actor: Actor, query: Page & { readonly search?: string }): Promise<Paged<PersonView>>;
  /** E_NOT_FOUND where nothing of them is for this actor to see. */
  person(actor: Actor, campaign: string, asked: PersonAsked): Promise<PersonReport>;
  exportItems(actor: Actor, campaign: string, format: ExportFormat): Promise<FileOut>;

  decide(actor: Actor, campaign: string, seen: Seen, choice: Choice): Promise<void>;
  /** All or none. */
  decideAll(actor: Actor, campaign: string, seen: readonly Seen[], choice: Choice): Promise<void>;
  handOn(actor: Actor, campaign: string, seen: Seen, to: string, reason: string): Promise<void>;
  /** Takes back the actor's own decision, until they sign off. */
  undo(actor: Actor, campaign: string, seen: Seen): Promise<void>;
  /** By who runs the campaign: somebody else is asked. */
  reassign(actor: Actor, campaign: string, seen: Seen, to: string, reason: string): Promise<void>;
  /** Draws from the sealed population by the auditor's word, or takes the ids that the auditor names. */
  sample(
    actor: Actor,
    campaign: string,
    by: { readonly nonce: string; readonly size: number } | { readonly ids: readonly string[] },
  ): Promise<Sample>;
  signOffOwn(actor: Actor, campaign: string, statement: string): Promise<void>;
  /** Id of the new campaign. */
  start(actor: Actor, template: string): Promise<string>;
  /** `version`: of the campaign as it was shown. `statement`: of `sign_off` and `acknowledge`. */
  act(
    actor: Actor,
    campaign: string,
    act: CampaignAct,
    version: number,
    statement: string | undefined,
  ): Promise<void>;
  noteTicket(actor: Actor, campaign: string, item: string, version: number, reference: string): Promise<void>;
  importDecisions(
    actor: Actor,
    campaign: string,
    format: ExportFormat,
    bytes: Uint8Array,
  ): Promise<OfflineResult>;
  ask(actor: Actor, request: NewRequest): Promise<string>;
  /** Records what an integration states. E_CONFLICT where its id is that of another request, or of this one as it was stated otherwise. */
  stateRequest(integration: string, request: StatedRequest): Promise<Stated>;
  /** What an integration stated, newest first. */
  statedRequests(
    integration: string,
    query: Page & { readonly state?: AccessRequest["state"] },
  ): Promise<Paged<AccessRequest>>;
  answer(
    actor: Actor,
    request: string,
    version: number,
    approved: boolean,
    remark: string | undefined,
  ): Promise<void>;
}
