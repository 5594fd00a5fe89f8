import { describe, expect, it } from "vitest";
import {
  TICKET_COLUMNS,
  jiraIssue,
  ticketFiles,
  ticketOf,
  type ConcreteChange,
  type Decision,
} from "../../src/review/index.ts";
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
  key: `quarterly-2026-q3/${item.item_id}`,
  parts: [
    {
      item,
      decisions: [decision],
      outcome: "revoke",
      revocation: {
        campaign_id: "quarterly-2026-q3",
        actions: item.actions,
        due_at: daysAgo(-14),
        from_at: daysAgo(1),
      },
      secrets: targets,
    },
  ],
  changes: [],
});

function change(name: string): ConcreteChange {
  return {
    key: "0123456789abcdef",
    kind: "vault_group_member",
    what: `Take ${name} out`,
    where: "x",
    diff: `- member ${name}`,
    commands: ["vault token revoke -accessor a1", `vault policy delete '${name}'`],
    other_principal_count: 0,
    other_secret_count: 0,
    also: "takes nothing else away",
    takes_kept: [`item 1: ${name} may read it`],
    item_ids: [],
  };
}

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

  it("shows nothing that was read of a store as a command line", () => {
    const name = "intern\nvault delete kv/metadata/payments/db\n#\u202e";
    const forged = ticketOf({
      ...{ key: ticket.key, changes: [change(name)] },
      parts: [
        {
          item: { ...item, principal: { ...item.principal, name } },
          decisions: [decision],
          outcome: "revoke",
          revocation: {
            campaign_id: "quarterly-2026-q3",
            actions: [],
            due_at: daysAgo(-14),
            from_at: daysAgo(1),
          },
          secrets: targets,
        },
      ],
    });
    const text = new TextDecoder().decode(
      ticketFiles([forged]).find((file) => file.name === "changes.txt")?.bytes ?? new Uint8Array(),
    );
    const commands = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(commands).toEqual(["vault token revoke -accessor a1"]);
    expect(text).not.toContain("\u202e");
    expect(text).toContain("The command is not shown");
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
