import { counted, type Instant } from "../../base/index.ts";
import type { GrantAction } from "../../access/index.ts";
import type { ConcreteChange } from "./proposal.ts";
import { actionWords } from "../population/explain.ts";
import type { Decision, ReviewItem, Revocation } from "../model.ts";

/** What somebody has to do because of a decision. */
export interface RevocationTicket {
  /** `<campaign>/<item>`: the same whenever it is written, so that nothing is opened twice. */
  readonly key: string;
  readonly campaign_id: string;
  readonly item_id: string;
  readonly title: string;
  readonly store_id: string;
  readonly principal_id: string;
  readonly principal_name: string;
  readonly person?: string;
  readonly decision: Decision["kind"];
  readonly decided_by: readonly string[];
  readonly justification: string;
  readonly actions: readonly GrantAction[];
  readonly secret_count: number;
  /** The first of them. */
  readonly secrets: readonly string[];
  readonly risk: ReviewItem["risk"];
  readonly from_at: Instant;
  readonly due_at: Instant;
  readonly path: readonly string[];
  readonly changes: readonly ConcreteChange[];
}

/** What a ticket is made of; `decisions` are those in force on the item. */
interface TicketInput {
  readonly item: ReviewItem;
  readonly decisions: readonly Decision[];
  readonly outcome: Decision["kind"];
  readonly revocation: Pick<Revocation, "actions" | "campaign_id" | "due_at" | "from_at" | "secret_count">;
  /** Of what must go, the first. */
  readonly secrets: readonly string[];
  readonly changes: readonly ConcreteChange[];
}

const MAX_SECRETS = 20;

export function ticketOf({
  item,
  decisions,
  outcome,
  revocation,
  secrets,
  changes,
}: TicketInput): RevocationTicket {
  const { campaign_id, actions, due_at, from_at, secret_count } = revocation;
  const { principal, item_id, store_id, risk, path } = item;
  const verb = { certify: "Keep", reduce: "Reduce", revoke: "Remove", time_limit: "End" }[outcome];
  const reasons = decisions.flatMap(({ by, justification }) =>
    justification === undefined ? [] : [`${by}: ${justification}`],
  );
  return {
    key: `${campaign_id}/${item_id}`,
    campaign_id,
    item_id,
    title: `${verb} access of ${principal.name} to ${counted(secret_count, "secret")} of ${store_id}`,
    store_id,
    principal_id: principal.id,
    principal_name: principal.name,
    ...(principal.person === undefined ? {} : { person: principal.person.name }),
    decision: outcome,
    decided_by: [...new Set(decisions.map(({ by }) => by))],
    justification: reasons.join("; "),
    actions,
    secret_count,
    secrets: secrets.slice(0, MAX_SECRETS),
    risk,
    from_at,
    due_at,
    path,
    changes,
  };
}

/** Columns of the list of tickets, for whatever writes CSV and guards against formulas. */
export const TICKET_COLUMNS: readonly {
  readonly name: string;
  readonly cell: (ticket: RevocationTicket) => number | string;
}[] = [
  { name: "key", cell: ({ key }) => key },
  { name: "title", cell: ({ title }) => title },
  { name: "store", cell: ({ store_id }) => store_id },
  { name: "principal_id", cell: ({ principal_id }) => principal_id },
  { name: "principal", cell: ({ principal_name }) => principal_name },
  { name: "person", cell: ({ person = "" }) => person },
  { name: "decision", cell: ({ decision }) => decision },
  { name: "decided_by", cell: ({ decided_by }) => decided_by.join("; ") },
  { name: "justification", cell: ({ justification }) => justification },
  { name: "actions", cell: ({ actions }) => actions.join(", ") },
  { name: "secret_count", cell: ({ secret_count }) => secret_count },
  { name: "secrets", cell: ({ secrets }) => secrets.join("\n") },
  { name: "risk", cell: ({ risk }) => risk },
  { name: "from_at", cell: ({ from_at }) => from_at },
  { name: "due_at", cell: ({ due_at }) => due_at },
  { name: "path", cell: ({ path }) => path.join("\n") },
  { name: "changes", cell: ({ changes }) => changes.map(changeText).join("\n\n") },
];

/** One change for a person: what, what else it takes away, and how. */
export function changeText({ what, also, diff, commands, patch, terraform_hint }: ConcreteChange): string {
  return [
    `${what} (${also}).`,
    ...(diff === undefined ? [] : [diff]),
    ...(patch === undefined ? [] : [`JSON Patch: ${JSON.stringify(patch)}`]),
    ...commands,
    ...(terraform_hint === undefined ? [] : [`In Terraform, perhaps: ${terraform_hint}`]),
  ].join("\n");
}

/** How a Jira project wants its issues. */
export interface JiraTerms {
  /** The project's key. */
  readonly project: string;
  /** Name of the type, e.g. `Task`. */
  readonly issue_type: string;
  readonly labels?: readonly string[];
}

/** Most characters of a summary (Jira Cloud REST API v2, "Create issue": 255). */
const MAX_SUMMARY = 255;

/** Most characters of a description (Jira's `jira.text.field.character.limit`: 32,767). */
const MAX_DESCRIPTION = 32_000;

/** The body of Jira's "Create issue" (REST API version 2, whose descriptions are text). */
export function jiraIssue(ticket: RevocationTicket, { project, issue_type, labels = [] }: JiraTerms): object {
  return {
    fields: {
      project: { key: project },
      issuetype: { name: issue_type },
      summary: ticket.title.replaceAll(/\s+/g, " ").slice(0, MAX_SUMMARY),
      description: descriptionOf(ticket).slice(0, MAX_DESCRIPTION),
      // A label of Jira has no blanks.
      labels: ["countersign", ...labels, ticket.campaign_id].map((label) => label.replaceAll(/\s+/g, "-")),
      duedate: ticket.due_at.slice(0, 10),
    },
  };
}

/** Long texts stand in blocks in which Jira reads no markup. */
function descriptionOf(ticket: RevocationTicket): string {
  const { key, decided_by, justification, actions, secrets, secret_count, from_at, path, changes } = ticket;
  const plain = (text: string): string =>
    `{noformat}\n${text.replaceAll("{noformat}", "{ noformat }")}\n{noformat}`;
  const more = secret_count - secrets.length;
  return [
    `Access review ${key}. Decided by ${decided_by.join(", ") || "nobody: the rule for no answer"}.`,
    ...(justification === "" ? [] : ["Reason:", plain(justification)]),
    `What must go, from ${from_at} on: to ${actionWords(actions)}`,
    plain([...secrets, ...(more > 0 ? [`and ${more} more`] : [])].join("\n")),
    "How it has this access:",
    plain(path.join("\n")),
    "What to change. Read it before you run it; the next collection shows whether the access is gone by every path.",
    ...changes.map((change) => plain(changeText(change))),
  ].join("\n");
}
