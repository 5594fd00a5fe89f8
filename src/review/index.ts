export * from "./assign.ts";
<<<<<<< HEAD
export { checkState } from "./check.ts";
=======
export { SECURITY } from "./assignment.ts";
>>>>>>> 3f1ee0c (Name in the journal what was decided on, and in refusals whose access it is)
export { ChangeAdvisor } from "./changes.ts";
export type { DeskPorts, SeenAccess } from "./desk-ports.ts";
export type { RaisedCampaigns } from "./desk-raising.ts";
export type { TickLine } from "./desk-schedule.ts";
export { ReviewDesk } from "./desk.ts";
export { keptEntry, leafTypeOf, type KeptEntry } from "./entries.ts";
export * from "./explain.ts";
export { Journal } from "./journal.ts";
export * from "./model.ts";
export type { PeopleView } from "./people-view.ts";
export * from "./population-input.ts";
export * from "./population.ts";
export type { ConcreteChange } from "./proposal.ts";
export { campaignOf, itemOf, requestOf, revocationOf } from "./records.ts";
export * from "./refresh.ts";
export * from "./roles.ts";
export * from "./rubber-stamp.ts";
export * from "./schedule.ts";
export { MAX_SAMPLE, type Sample } from "./sample.ts";
export * from "./settings.ts";
export * from "./since-last.ts";
export * from "./tickets.ts";
export * from "./verify.ts";
export * from "./views.ts";
export { usageText, needsText, lines as cellLines, ITEM_COLUMNS } from "./item-columns.ts";
export * from "./report-model.ts";
export { outcomeText } from "./report-tally.ts";
export type { ReportTerms } from "./desk-reporting.ts";
export { decisionText } from "./entries.ts";
export { offlineText } from "./desk-offline.ts";
export { wholeDesk } from "./whole-desk.ts";
export { ticketFiles } from "./ticket-files.ts";
export * from "./webhook.ts";
