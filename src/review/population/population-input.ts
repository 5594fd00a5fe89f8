import type { GrantModel } from "../../access/index.ts";
import type { Instant } from "../../base/index.ts";
import type { FactSet } from "../../facts/index.ts";
import type { Subject } from "../../subjects/index.ts";
import type { AccessRequest, CampaignTerms, PeopleReconciled, PersonBehind, ReviewItem } from "../model.ts";
import type { Previous } from "./since-last.ts";

/** Whoever is behind a principal, by its id; undefined of whom the rosters do not tell. */
export type PersonOf = (principalId: string) => PersonBehind | undefined;

/** What a campaign's population is made of. */
export interface PopulationInput {
  readonly model: GrantModel;
  /** May stream; kept of each is some hundred bytes. */
  readonly subjects: Iterable<Subject>;
  readonly facts: FactSet;
  readonly terms: Pick<CampaignTerms, "assign" | "framework_scopes" | "scope" | "two_people" | "unused_days">;
  readonly asOf: Instant;
  /** The command that gives this population again. */
  readonly query: string;
  /** What was said of a grant's items before, in whichever campaign. Absent: there was no campaign before. */
  readonly previous?: Previous;
  /** Whether what `previous` knows nothing of is new: the campaign before was about the same. Default: yes, where there is a `previous`. */
  readonly succeeds?: boolean;
  /** The first of the kept snapshots in which a grant was, by grant id; undefined: this one. */
  readonly seenSince?: (grantId: string) => Instant | undefined;
  readonly personOf?: PersonOf;
  readonly people?: PeopleReconciled;
  /** None is approved whose approval does not hold. */
  readonly requests?: readonly AccessRequest[];
  /** All by which a request may call a principal, lower case. */
  readonly namesOf?: (principalId: string) => Iterable<string>;
}

/** An item with all its secrets, by id, in code-unit order. */
export interface PopulationItem {
  readonly item: ReviewItem;
  readonly targets: readonly string[];
}
