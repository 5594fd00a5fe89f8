import { beforeEach, describe, expect, it } from "vitest";
import { itemText } from "../../src/cli/review-item-text.ts";
import { itemHistory, laterText } from "../../src/review/record/entries.ts";
import type { Decision } from "../../src/review/model.ts";
import { actor, openDesk } from "./estate.ts";
import { campaignItem } from "./campaign.ts";

const ID = "quarterly-2026-q4";
const WHY = "needed for the nightly settlement";

let opened: Awaited<ReturnType<typeof openDesk>>;
beforeEach(async () => {
  opened = await openDesk();
  await opened.desk.running.start(actor.cora, "quarterly");
  await opened.desk.running.act(actor.cora, ID, "open", 1);
});

const all = async () =>
  (await opened.desk.reading.items(actor.cora, ID, { whose: "all", sort: "risk", offset: 0, limit: 50 }))
    .rows;
const seen = ({ item, version, seen_sha256 }: Awaited<ReturnType<typeof all>>[number]) => ({
  item_id: item.item_id,
  version,
  seen_sha256,
});

describe("an item by the beginning of its id", () => {
  it("is found where one begins so, for who may see it", async () => {
    const rows = await all();
    const [first] = rows.filter(({ reviewer }) => reviewer === actor.mia.who);
    const id = first?.item.item_id ?? "";
    const { reading } = opened.desk;
    expect(await reading.itemId(actor.mia, ID, id.slice(0, 8))).toBe(id);
    expect(await reading.itemId(actor.mia, ID, `${id.slice(0, 8)}…`)).toBe(id);
    expect(await reading.itemId(actor.mia, ID, id)).toBe(id);
    await expect(reading.itemId(actor.mia, ID, `${id.slice(0, 5)}…`)).rejects.toMatchObject({
      code: "E_INPUT",
      message: `expected an item's id, or at least six digits of its beginning, got 5 digits: ${id.slice(0, 5)}`,
    });
    await expect(reading.itemId(actor.ada, ID, id.slice(0, 8))).rejects.toMatchObject({
      code: "E_NOT_FOUND",
      fix: expect.stringContaining("review items") as string,
    });
  });

  it("names those that begin so where there are several", async () => {
    const [row] = await opened.state.items({ campaign_id: ID });
    if (row === undefined) throw new Error("no item");
    const twin = `${row.item_id.slice(0, 31)}${row.item_id.endsWith("0") ? "1" : "0"}`;
    const document = row.document.replaceAll(row.item_id, twin);
    await opened.state.commit({ entries: [], items: [{ ...row, item_id: twin, document, position: 900 }] });
    await expect(opened.desk.reading.itemId(actor.cora, ID, row.item_id.slice(0, 6))).rejects.toMatchObject({
      code: "E_AMBIGUOUS",
      message: expect.stringContaining(twin) as string,
    });
  });

  it("says of a request where requests are", async () => {
    await expect(opened.desk.requests.request(actor.cora, "req-1")).rejects.toMatchObject({
      fix: expect.stringContaining("list of requests") as string,
    });
  });
});

describe("what is said of decisions", () => {
  it("names all items of a group that must be looked at by themselves, before anything is recorded", async () => {
    const mine = (await all()).filter(({ reviewer }) => reviewer === actor.mia.who);
    const act = opened.desk.deciding.decideAll(actor.mia, ID, mine.map(seen), {
      kind: "certify",
      justification: WHY,
    });
    await expect(act).rejects.toMatchObject({
      message: expect.stringMatching(/together, got access of .*(?:eve|ben).*, .*(?:eve|ben)/) as string,
    });
  });

  it("tells who decided first how to change it", async () => {
    const critical = (await all()).find(({ item }) => item.needs.security && item.risk === "critical");
    if (critical === undefined) throw new Error("no item for security");
    const who = { who: critical.reviewer ?? "", roles: ["reviewer"] } as const;
    const choice = { kind: "certify", justification: WHY } as const;
    await opened.desk.deciding.decide(who, ID, seen(critical), choice);
    const again = (await all()).find(({ item }) => item.item_id === critical.item.item_id);
    if (again === undefined) throw new Error("gone");
    await expect(opened.desk.deciding.decide(who, ID, seen(again), choice)).rejects.toMatchObject({
      fix: expect.stringContaining("review undo") as string,
    });
    const { may } = await opened.desk.reading.item(who, ID, critical.item.item_id);
    expect(may.why_not).toContain("you have decided already, and somebody else must decide now");
  });

  const decision = (changes: Partial<Decision>): Decision => ({
    item_id: "a",
    kind: "certify",
    level: "reviewer",
    by: "mia@example.com",
    at: "2026-10-05T10:00:00.000Z",
    channel: "web",
    seen_sha256: "0".repeat(64),
    bulk_size: 1,
    ...changes,
  });

  it("says that certifying after a reduction agrees with it, and what was taken back is not agreed with", () => {
    const reduced = decision({ kind: "reduce", keep_actions: ["read"], justification: "too much" });
    const certified = decision({ level: "security", by: "sam@example.com" });
    expect(laterText(certified, [reduced])).toBe("agreed with: reduced to read");
    expect(laterText(certified, [decision({})])).toBe("certified");
    const of = { at: certified.at, by: certified.by };
    const decided = (one: Decision) => ({ kind: "decided", ...of, document: { decisions: [one] } }) as const;
    expect(itemHistory([decided(reduced), decided(certified)], "a").at(-1)).toBe(
      "agreed with: reduced to read",
    );
    const undone = { kind: "undone", ...of, document: { item_id: "a", decision: reduced } } as const;
    expect(itemHistory([decided(reduced), undone, decided(certified)], "a").at(-1)).toBe("certified");
  });
});

describe("an item on the command line", () => {
  it("is told with all that its page shows", () => {
    const found = campaignItem(
      { joined_at: "2026-10-03T00:00:00.000Z", escalated_at: "2026-10-04T00:00:00.000Z" },
      {
        request: { request_id: "CHG-1", approved_by: "vera@example.com" },
        change: "wider",
        change_detail: "also list",
        last_review: {
          campaign_id: "quarterly-2026-q3",
          decision: "certify",
          by: "mia@example.com",
          at: "2026-07-05T10:00:00.000Z",
        },
        needs: { reviewers: 2, security: true, because: ["it is privileged"] },
        ends_at: "2026-12-31T00:00:00.000Z",
        privileged: true,
        privileged_because: ["it administers"],
      },
    );
    const person = { ...found.item.principal.person, title: "Engineer", status: "leave" } as const;
    const item = { ...found.item, principal: { ...found.item.principal, person, owner: "team-a" } };
    const text = itemText(
      {
        item: { ...found, item: item as typeof found.item },
        campaign: { campaign_id: ID, title: "Q4", state: "in_review" },
        history: [],
        may: { decide: true, hand_on: true, reassign: false, undo: false, why_not: [] },
      },
      ["main-vault:kv/payments/api"],
    );
    for (const said of [
      ...["tier: standard", "secret owner: payments", "principal owner: team-a", "title: Engineer"],
      ...["employment status: leave", "manager: mia.hart@example.com", "request: CHG-1", "change: wider"],
      ...["change detail: also list", "last review: certify by mia@example.com", "quarterly-2026-q3"],
      ...["needs: 2 reviewers, then security: it is privileged", "ends at: 2026-12-31"],
      ...["privileged because: it administers", "environment:", "joined on 2026-10-03", "escalated on"],
    ])
      expect(text).toContain(said);
  });
});

describe("an address", () => {
  it("is known by a roster, a place in the settings, or items", async () => {
    const { people } = opened.desk;
    for (const who of ["eve@example.com", "sam@example.com", "mia@example.com"])
      expect(await people.isKnown(who), who).toBe(true);
    expect(await people.isKnown("nobody@nowhere.example")).toBe(false);
  });
});
