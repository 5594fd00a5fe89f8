import { canonicalJson, csv, oneLine, type CsvColumn } from "../../base/index.ts";
import { changeText, jiraIssue, TICKET_COLUMNS, type JiraTerms, type RevocationTicket } from "./tickets.ts";
import type { FileOut } from "../views.ts";
import { noticeDocument, ticketNotice } from "./webhook.ts";

const JSON_TYPE = "application/json";

/** Where a Jira is not configured: to be filled in, and refused by Jira until it is. */
const NO_JIRA: JiraTerms = { project: "PROJECT", issue_type: "Task" };

/**
 * Tickets for whoever carries them out: a list, bodies for Jira's "Create issue", what a webhook is sent, and the changes by
 * themselves. Nothing of it is executed. The same tickets give the same bytes.
 */
export function ticketFiles(
  tickets: readonly RevocationTicket[],
  { jira = NO_JIRA }: { readonly jira?: JiraTerms } = {},
): FileOut[] {
  const columns: CsvColumn<RevocationTicket>[] = [...TICKET_COLUMNS];
  return [
    file("tickets.csv", "text/csv; charset=utf-8", csv(columns, tickets)),
    file("jira.json", JSON_TYPE, json(tickets.map((ticket) => jiraIssue(ticket, jira)))),
    file("webhook.json", JSON_TYPE, json(tickets.map((ticket) => noticeDocument(ticketNotice(ticket))))),
    file(
      "changes.json",
      JSON_TYPE,
      json(
        tickets.map(({ key, item_ids, title, due_at, changes }) => ({
          key,
          item_ids,
          title,
          due_at,
          changes,
        })),
      ),
    ),
    file("changes.txt", "text/plain; charset=utf-8", changesText(tickets)),
  ];
}

/** Each change once, in the first of the tickets that it serves; what is made last stands last. */
function changesText(tickets: readonly RevocationTicket[]): string {
  const seen = new Map<string, string>();
  const texts = tickets.map(({ key, item_ids, title, from_at, due_at, changes }) => {
    const lines = [
      `# ${oneLine(title)}`,
      `# ${key}, from ${from_at}, due ${due_at}. Read it before you run it.`,
      `# Items: ${item_ids.join(", ")}`,
    ];
    const told = changes.map((change) => {
      const before = seen.get(change.key);
      if (before !== undefined) return `# ${oneLine(change.what)}: as told for ${before}.`;
      seen.set(change.key, key);
      return changeText(change);
    });
    return `${[...lines, ...told].join("\n")}\n`;
  });
  return texts.join("\n");
}

function json(value: unknown): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)}\n`;
}

function file(name: string, type: string, text: string): FileOut {
  return { name, type, bytes: Buffer.from(text, "utf8") };
}
