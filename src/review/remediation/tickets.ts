import { GRANT_ACTIONS, type GrantAction } from "../../access/index.ts";
import { counted, invariant, oneLine, printable, type Instant } from "../../base/index.ts";
import type { ConcreteChange } from "./proposal.ts";
import { actionWords } from "../population/explain.ts";
import type { Decision, ReviewItem, Revocation } from "../model.ts";
import type { KeptEntry } from "../record/entries.ts";

/** What somebody has to do because of decisions on one principal that are due together. */
export interface RevocationTicket {
  /** Of the first of its items, by {@link DueTimes.key}: the same whenever it is written, so that nothing is opened twice. */
  readonly key: string;
  readonly campaign_id: string;
  /** Of the key. */
  readonly item_id: string;
  /** Of which the access is not known to be gone, in order. */
  readonly item_ids: readonly string[];
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

/** One revocation of a ticket; `decisions` are those in force on the item. */
export interface TicketPart {
  readonly item: ReviewItem;
  readonly decisions: readonly Decision[];
  readonly outcome: Decision["kind"];
  readonly revocation: Pick<Revocation, "actions" | "campaign_id" | "due_at" | "from_at">;
  /** All of what must go. */
  readonly secrets: readonly string[];
}

/** What a ticket is made of. */
interface TicketInput {
  readonly key: string;
  readonly parts: readonly TicketPart[];
  readonly changes: readonly ConcreteChange[];
}

const MAX_SECRETS = 20;

/** Lines of how it has its access. */
const MAX_PATH = 48;

/**
 * By the journal of one campaign, which revocation of an item each is: one that took the place of another asks for something else, and
 * stands in another ticket.
 */
export class DueTimes {
  /** By item: how often something became due, and the number of the entry by which it last did. */
  readonly #due = new Map<string, { readonly times: number; readonly number: number }>();

  /** Entries come in order of their numbers. */
  take(number: number, entry: KeptEntry): void {
    if (entry.kind !== "revocations_due") return;
    for (const { item_id, wider } of entry.document.items) {
      // What became wider is the revocation that it was, in the ticket that it has.
      if (wider !== true) this.#due.set(item_id, { times: (this.#due.get(item_id)?.times ?? 0) + 1, number });
    }
  }

  /** `<campaign>/<item>` of the first revocation of an item, `<campaign>/<item>/2` of the second. */
  key(campaign_id: string, item_id: string): string {
    const { times = 1 } = this.#due.get(item_id) ?? {};
    return `${campaign_id}/${item_id}${times === 1 ? "" : `/${times}`}`;
  }

  /** The entry by which the revocation that stands became due. */
  entryOf(item_id: string): number | undefined {
    return this.#due.get(item_id)?.number;
  }
}

/**
 * The ticket in which each revocation of a campaign stands, by item: what one principal loses by decisions of one kind that became due
 * by one entry of the journal, so that nothing joins a ticket that was sent. Named by all of them, gone or not, so that it keeps its key.
 */
export function ticketKeys(
  revocations: readonly Revocation[],
  times: Pick<DueTimes, "entryOf" | "key">,
): ReadonlyMap<string, string> {
  const together = Map.groupBy(revocations, ({ item_id, store_id, principal_id, kind, from_at, due_at }) =>
    JSON.stringify([store_id, principal_id, kind, from_at, due_at, times.entryOf(item_id)]),
  );
  return new Map(
    [...together.values()].flatMap((of) => {
      const [first = ""] = of.map(({ item_id }) => item_id).sort();
      return of.map(({ item_id, campaign_id }) => [item_id, times.key(campaign_id, first)] as const);
    }),
  );
}

const RISKS: readonly ReviewItem["risk"][] = ["critical", "high", "standard", "low"];

export function ticketOf({ key, parts, changes }: TicketInput): RevocationTicket {
  const [first] = parts;
  invariant(first !== undefined, "a ticket is of at least one revocation");
  const { campaign_id, due_at, from_at } = first.revocation;
  const { principal, store_id } = first.item;
  const { outcome } = first;
  const verb = { certify: "Keep", reduce: "Reduce", revoke: "Remove", time_limit: "End" }[outcome];
  const decisions = parts.flatMap((part) => part.decisions);
  const reasons = decisions.flatMap(({ by, justification }) =>
    justification === undefined ? [] : [`${by}: ${justification}`],
  );
  const secrets = [...new Set(parts.flatMap((part) => part.secrets))];
  const given = new Set(parts.flatMap(({ revocation }) => revocation.actions));
  const risks = new Set(parts.map(({ item }) => item.risk));
  return {
    key,
    campaign_id,
    item_id: key.slice(campaign_id.length + 1).replace(/\/.*$/, ""),
    item_ids: parts.map(({ item }) => item.item_id),
    title: `${verb} access of ${oneLine(principal.name)} to ${counted(secrets.length, "secret")} of ${store_id}`,
    store_id,
    principal_id: principal.id,
    principal_name: principal.name,
    ...(principal.person === undefined ? {} : { person: principal.person.name }),
    decision: outcome,
    decided_by: [...new Set(decisions.map(({ by }) => by))],
    justification: [...new Set(reasons)].join("; "),
    actions: GRANT_ACTIONS.filter((action) => given.has(action)),
    secret_count: secrets.length,
    secrets: secrets.slice(0, MAX_SECRETS),
    risk: RISKS.find((risk) => risks.has(risk)) ?? first.item.risk,
    from_at,
    due_at,
    path: [...new Set(parts.flatMap(({ item }) => item.path))].slice(0, MAX_PATH),
    changes,
  };
}

/** Columns of the list of tickets, for whatever writes CSV and guards against formulas. */
export const TICKET_COLUMNS: readonly {
  readonly name: string;
  readonly cell: (ticket: RevocationTicket) => number | string;
}[] = [
  { name: "key", cell: ({ key }) => key },
  { name: "items", cell: ({ item_ids }) => item_ids.join("\n") },
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

/**
 * One change for a person: what, what else it takes away, and how. All but the commands begins with `#`, so that nothing that is read
 * of a store stands as a command line.
 */
export function changeText(change: ConcreteChange): string {
  const { what, also, diff, commands, patch, terraform_hint, takes_kept, from_at, also_for = [] } = change;
  const told = [
    `${what} (${also}).`,
    ...(takes_kept.length === 0
      ? []
      : [
          "No exact change exists: this also takes away what this campaign lets stay:",
          ...takes_kept.map((one) => `  ${one}`),
        ]),
    ...(from_at === undefined
      ? []
      : [`Not before ${from_at.slice(0, 10)}. It is written for what is there by then.`]),
    ...(also_for.length === 0 ? [] : [`Once for all: also serves ${also_for.join(", ")}.`]),
    ...(diff === undefined ? [] : diff.split("\n")),
    ...(patch === undefined
      ? []
      : [
          "Apply to the document as it is by then; where a test fails, it has changed: look first.",
          `JSON Patch: ${JSON.stringify(patch)}`,
        ]),
  ];
  const hint = terraform_hint === undefined ? [] : [`In Terraform, perhaps: ${terraform_hint}`];
  return [...told.map(remark), ...commands.map(commandText), ...hint.map(remark)].join("\n");
}

function remark(line: string): string {
  return `# ${printable(line.replaceAll(/[\r\n]+/g, " "))}`;
}

/** A command as it is, or, where it could not be shown as what it is, that it is not. */
function commandText(command: string): string {
  return printable(command) === command
    ? command
    : "# The command is not shown: a name or a text in it holds characters that cannot be shown. changes.json has it.";
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
    `{noformat}\n${printable(text).replaceAll("{noformat}", "{ noformat }")}\n{noformat}`;
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
