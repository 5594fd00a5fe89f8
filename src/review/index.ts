export { askedManagement, askedManagementText } from "./deciding/acknowledging.ts";
export * from "./deciding/assign.ts";
export { SECURITY } from "./deciding/assignment.ts";
export { isTheirs, type Who } from "./deciding/same-person.ts";
export { isReason } from "./deciding/decide.ts";
export { checkState, type StateCheck } from "./record/check.ts";
export { ChangeAdvisor } from "./remediation/changes.ts";
export type { SeenAccess } from "./desk/ports.ts";
export type { RaisedCampaigns } from "./desk/raising.ts";
export { undelivered, type Notified } from "./desk/notifying.ts";
export type { WebhookPort } from "./desk/ports.ts";
export { reminderDue, type TickLine } from "./desk/schedule.ts";
export { ReviewDesk } from "./desk/desk.ts";
export { isReviewLeaf, leafTypeOf, resultsText } from "./record/entries.ts";
export * from "./population/explain.ts";
export { Journal, type JournalCheck } from "./record/journal.ts";
export * from "./model.ts";
export type { PeopleView } from "./desk/people-view.ts";
export * from "./population/population-input.ts";
export * from "./population/population.ts";
export { keptOf } from "./remediation/kept.ts";
export type { Ask, ConcreteChange, Kept } from "./remediation/proposal.ts";
export { campaignOf, itemOf, requestOf, revocationOf } from "./record/records.ts";
export * from "./population/refresh.ts";
export * from "./roles.ts";
export * from "./deciding/rubber-stamp.ts";
export * from "./schedule.ts";
export { MAX_SAMPLE } from "./paper/sample.ts";
export * from "./settings.ts";
export * from "./population/since-last.ts";
export * from "./remediation/tickets.ts";
export * from "./remediation/verify.ts";
export * from "./views.ts";
export {
  usageText,
  needsText,
  reviewedPartsText,
  lines as cellLines,
  ITEM_COLUMNS,
} from "./population/item-columns.ts";
export * from "./paper/report-model.ts";
export { outcomeText } from "./paper/report-tally.ts";
export { unsignedText } from "./record/unsigned.ts";
export { decisionText, laterText } from "./record/entries.ts";
export { integrationName } from "./desk/requests.ts";
export { wholeDesk } from "./desk/whole-desk.ts";
export { ticketFiles } from "./remediation/ticket-files.ts";
export * from "./remediation/webhook.ts";
export { goingText, isDone, isOverdue } from "./remediation/revocations.ts";
