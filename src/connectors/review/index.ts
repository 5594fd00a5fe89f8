import { FACT_KINDS, type Connector, type FactKind } from "../../facts/index.ts";
import { Type, closed, type Static } from "../../schema/index.ts";
import { REVIEW_HIDES } from "./answers.ts";
import { collect } from "./collect.ts";
import { REVISION, normalise } from "./normalise.ts";

/** Nothing is configured here: where the state of reviews is kept stands under `state`. */
const ReviewSourceSettings = closed({ address: Type.Literal("review") });

type ReviewSourceSettings = Static<typeof ReviewSourceSettings>;

const yielded = new Set<FactKind>([...Object.values(REVIEW_HIDES).flat(), "pasted_credential"]);

/** The access reviews that Countersign itself runs: whether they take place, are whole, and what became of what was revoked. */
export const review: Connector<ReviewSourceSettings> = {
  id: "review",
  revision: REVISION,
  settings: ReviewSourceSettings,
  selection: () => ({}),
  permissions: ["read the state directory, or the database that `state.url` names"],
  yields: FACT_KINDS.filter((kind) => yielded.has(kind)),
  // A database is read at once: whether it can be is told by reading it.
  probes: () => "always",
  collect,
  normalise,
};

export {
  MAX_REVIEW_PAGES,
  REVIEW_PAGE_ITEMS,
  type CampaignTold,
  type DecisionTold,
  type PagedReviewQuestion,
  type RegisterAnswer,
  type ReviewerTold,
  type RevocationTold,
} from "./answers.ts";
