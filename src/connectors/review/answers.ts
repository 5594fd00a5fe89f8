import {
  REVIEW_CAMPAIGN,
  REVIEW_DECISION,
  REVIEW_REGISTER,
  REVIEW_REVIEWER,
  REVIEW_REVOCATION,
  factSchema,
  type FactKind,
  type ReviewQuestion,
} from "../../facts/index.ts";
import { Type, closed, type Static } from "../../schema/index.ts";
import type { TObject, TProperties } from "@sinclair/typebox";

/** Most things on one page: with the longest paths and justifications it stays below the bytes of one answer. */
export const REVIEW_PAGE_ITEMS = 500;

/** Most pages of one question. */
export const MAX_REVIEW_PAGES = 1000;

/** Which questions are told in pages: all but the register. */
export type PagedReviewQuestion = Exclude<ReviewQuestion["about"], "register">;

function paged<T extends TProperties>(items: TObject<T>) {
  return closed({ page: Page, items: Type.Array(items, { maxItems: REVIEW_PAGE_ITEMS }) });
}

/** A page of which nobody has looked at the things yet. */
export const AnyPage = closed({
  page: Type.Integer({ minimum: 1 }),
  items: Type.Array(Type.Object({}), { maxItems: REVIEW_PAGE_ITEMS }),
});

const Page = Type.Integer({ minimum: 1, maximum: MAX_REVIEW_PAGES });

const Pages = Type.Integer({ minimum: 1, maximum: MAX_REVIEW_PAGES });

/** That the register was read, and how many pages of each question there are. */
export const RegisterAnswer = closed({
  ...REVIEW_REGISTER,
  pages: closed({
    campaigns: Pages,
    decisions: Pages,
    requests: Pages,
    reviewers: Pages,
    revocations: Pages,
  } satisfies Record<PagedReviewQuestion, typeof Pages>),
});

export type RegisterAnswer = Static<typeof RegisterAnswer>;

/** A request as its fact has it, without what every fact carries. */
const Request = Type.Omit(factSchema("access_request"), [
  "kind",
  "id",
  "store_id",
  "scope",
  "record",
  "ext",
]) as TObject;

const CampaignsAnswer = paged(closed(REVIEW_CAMPAIGN));
const DecisionsAnswer = paged(closed(REVIEW_DECISION));
const ReviewersAnswer = paged(closed(REVIEW_REVIEWER));
const RevocationsAnswer = paged(closed(REVIEW_REVOCATION));

export const PAGE_ANSWERS = {
  campaigns: CampaignsAnswer,
  decisions: DecisionsAnswer,
  requests: closed({ page: Page, items: Type.Array(Request, { maxItems: REVIEW_PAGE_ITEMS }) }),
  reviewers: ReviewersAnswer,
  revocations: RevocationsAnswer,
};

export type CampaignTold = Static<typeof CampaignsAnswer>["items"][number];
export type DecisionTold = Static<typeof DecisionsAnswer>["items"][number];
export type ReviewerTold = Static<typeof ReviewersAnswer>["items"][number];
export type RevocationTold = Static<typeof RevocationsAnswer>["items"][number];

/** What each question would tell, and so what its failure hides. Without the register nobody knows how much there is of the rest. */
export const REVIEW_HIDES = {
  register: ["review_register"],
  campaigns: ["review_campaign"],
  decisions: ["review_decision"],
  requests: ["access_request"],
  reviewers: ["review_reviewer"],
  revocations: ["review_revocation"],
} as const satisfies Record<ReviewQuestion["about"], readonly FactKind[]>;
