import { describe, expect, it } from "vitest";
import { TICKET_COLUMNS, jiraIssue, ticketOf, type Decision } from "../../src/review/index.ts";
import { company, daysAgo, madeOf, populationOf } from "./made.ts";

const { item, targets } = populationOf(madeOf(company().set())).items.find(
  ({ item: one }) => one.principal.name === "bo",
)!;
const decision: Decision = {
  item_id: item.item_id,
  kind: "revoke",
  level: "reviewer",
  by: "grace@example.com",
  at: daysAgo(1),
  channel: "web",
  seen_sha256: "",
  bulk_size: 1,
  justification: "left {noformat} the team",
};
const ticket = ticketOf({
  item,
  decisions: [decision],
  outcome: "revoke",
  revocation: {
    campaign_id: "quarterly-2026-q3",
    actions: item.actions,
    due_at: daysAgo(-14),
    from_at: daysAgo(1),
    secret_count: 1,
  },
  secrets: targets,
  changes: [],
});

describe("a ticket", () => {
  it("is named the same whenever it is written", () => {
    expect(ticket.key).toBe(`quarterly-2026-q3/${item.item_id}`);
    expect(ticket.title).toBe("Remove access of bo to 1 secret of vault");
  });

  it("is a row of cells", () => {
    const row = Object.fromEntries(TICKET_COLUMNS.map(({ name, cell }) => [name, cell(ticket)]));
    expect(row).toMatchObject({
      principal: "bo",
      decided_by: "grace@example.com",
      secret_count: 1,
      due_at: daysAgo(-14),
    });
  });

  it("is an issue that Jira takes, in whose blocks nothing ends the block", () => {
    const issue = jiraIssue(
      { ...ticket, title: `${"long ".repeat(80)}\nend` },
      { project: "SEC", issue_type: "Task", labels: ["two words"] },
    );
    const { fields } = issue as { fields: Record<string, unknown> };
    expect(fields).toMatchObject({
      project: { key: "SEC" },
      issuetype: { name: "Task" },
      labels: ["countersign", "two-words", "quarterly-2026-q3"],
      duedate: daysAgo(-14).slice(0, 10),
    });
    expect(String(fields["summary"]).length).toBe(255);
    expect(String(fields["summary"])).not.toContain("\n");
    expect(String(fields["description"])).toContain("left { noformat } the team");
  });
});
