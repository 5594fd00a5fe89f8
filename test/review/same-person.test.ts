import { describe, expect, it } from "vitest";
import { actorOf, type Actor, type PersonBehind } from "../../src/review/index.ts";
import { acknowledged } from "../../src/review/deciding/lifecycle.ts";
import type { CampaignItem } from "../../src/review/model.ts";
import { roleSettings, type ReviewSettings } from "../../src/review/settings.ts";
import { campaign } from "./campaign.ts";
import { CampaignTally } from "../../src/cli/review-tally.ts";
import { seenOf } from "../../src/cli/review-desk.ts";
import { classificationRules } from "../../src/cli/config.ts";
import { FactSet } from "../../src/facts/index.ts";
import { whoOf } from "../../src/review/deciding/same-person.ts";
import { row } from "../people/rows.ts";
import { campaignItem, reviewItem } from "./campaign.ts";
import { PEOPLE, SETTINGS, actor, openDesk } from "./estate.ts";
import { person } from "./made.ts";

const ID = "quarterly-2026-q4";
const WHY = "needed for the nightly settlement";
const ALL = { whose: "all", sort: "risk", offset: 0, limit: 200 } as const;

/** Everybody has a second address, as HR's rows say. */
const WITH_TWO: readonly PersonBehind[] = PEOPLE.map((one) => ({
  ...one,
  other_emails: [second(one.email ?? "")],
}));

function second(email: string): string {
  return email.replace("@example.com", "@corp.example");
}

async function opened(settings: ReviewSettings = SETTINGS, people = WITH_TWO) {
  const here = await openDesk(settings);
  const byName = new Map(people.map((one) => [one.person_id, one]));
  here.world.seen = {
    ...here.world.seen,
    people: {
      personOf: (id) => byName.get(id.slice(id.lastIndexOf("/") + 1)),
      byEmail: new Map(
        people.flatMap((one) => [one.email ?? "", ...(one.other_emails ?? [])].map((email) => [email, one])),
      ),
    },
  };
  const come = async (email: string): Promise<Actor> =>
    actorOf(
      { ...(await here.desk.people.whoIs(email)), signed_in_as: email },
      roleSettings(here.ports.settings),
      [],
    );
  const items = async (): Promise<readonly CampaignItem[]> =>
    (await here.desk.reading.items(actor.cora, ID, ALL)).rows;
  const item = async (name: string, tier = "standard"): Promise<CampaignItem> => {
    const found = (await items()).find(
      (row) => row.item.principal.name.endsWith(`/${name}`) && row.item.secrets.tier === tier,
    );
    if (found === undefined) throw new Error(`no item of ${name}`);
    return found;
  };
  await here.desk.running.start(actor.cora, "quarterly");
  await here.desk.running.act(actor.cora, ID, "open", 1);
  return { ...here, come, item, items };
}

const seen = ({ item, version, seen_sha256 }: CampaignItem) => ({
  item_id: item.item_id,
  version,
  seen_sha256,
});

describe("one person with two addresses", () => {
  it("is not handed their own access, nor asked about it, under the other one", async () => {
    const here = await opened();
    const found = await here.item("ada");
    const hand = here.desk.deciding.handOn(actor.mia, ID, seen(found), "Ada@corp.example", WHY);
    await expect(hand).rejects.toMatchObject({ code: "E_FORBIDDEN" });
    const away = WITH_TWO.map((one) =>
      one.person_id === "ada" ? { ...one, manager_email: "ada@corp.example" } : one,
    );
    const other = await opened(SETTINGS, away);
    const asked = await other.item("ada");
    expect(asked.reviewer).toBe("mia@example.com");
    expect(asked.item.principal.person?.other_emails).toEqual(["ada@corp.example"]);
  });

  it("acts as who they are, and the record names the address that they came by", async () => {
    const here = await opened();
    const mia = await here.come("mia@corp.example");
    expect(mia).toMatchObject({ who: "mia@example.com", signed_in_as: "mia@corp.example" });
    expect((await here.desk.reading.items(mia, ID, { ...ALL, whose: "mine" })).total).toBe(4);
    await here.desk.deciding.decide(mia, ID, seen(await here.item("ada")), {
      kind: "certify",
      justification: WHY,
    });
    expect((await here.item("ada")).decisions).toMatchObject([
      { by: "mia@example.com", signed_in_as: "mia@corp.example" },
    ]);
  });

  it("is not two of the people who must decide, nor security after their own review", async () => {
    const owners = { payments: ["mia@example.com"] };
    const here = await opened({ ...SETTINGS, owners, fallback: ["mia@corp.example", "vera@example.com"] });
    const root = await here.item("ben", "critical");
    await here.desk.deciding.decide(await here.come("mia@example.com"), ID, seen(root), {
      kind: "certify",
      justification: WHY,
    });
    const next = await here.item("ben", "critical");
    expect(next).toMatchObject({ state: "second_reviewer", reviewer: "vera@example.com" });
    const handed = here.desk.deciding.reassign(actor.cora, ID, seen(next), "mia@corp.example", WHY);
    await expect(handed).rejects.toMatchObject({ code: "E_FORBIDDEN" });
    await here.desk.deciding.decide(actor.vera, ID, seen(next), { kind: "certify", justification: WHY });
    const secured = await here.item("ben", "critical");
    const again: Actor = { ...(await here.come("vera@corp.example")), roles: ["reviewer", "security"] };
    const decided = here.desk.deciding.decide(again, ID, seen(secured), {
      kind: "certify",
      justification: WHY,
    });
    await expect(decided).rejects.toMatchObject({ code: "E_FORBIDDEN" });
  });

  it("signs off what they decided under an address that has since become their second", async () => {
    const here = await opened();
    for (const found of await here.items()) {
      if (found.item.secrets.tier === "standard")
        await here.desk.deciding.decide(actor.mia, ID, seen(found), { kind: "revoke", justification: WHY });
    }
    const married: Actor = { who: "mia.moss@example.com", also: ["mia@example.com"], roles: ["reviewer"] };
    const left = await here.item("ben", "critical");
    await here.desk.deciding.handOn(married, ID, seen(left), "vera@example.com", WHY);
    await here.desk.deciding.signOffOwn(married, ID, "I looked at each of them.");
    const { campaign: now } = await here.desk.reading.campaign(actor.cora, ID);
    expect(now.signed_off).toMatchObject([
      { by: "mia.moss@example.com", also: ["mia@example.com"], decision_count: 3 },
    ]);
    expect((await here.desk.reading.revocations(actor.cora, ID, ALL)).total).toBe(3);
  });

  it("takes no note of what they decided themselves", () => {
    const at = "2026-11-02T09:00:00.000Z";
    const signed = { by: "cora@example.com", at, statement: "Complete and accurate." };
    const ended = campaign({ state: "in_remediation", sign_off: signed });
    const vera = { who: "vera@example.com", also: ["vera@corp.example"] };
    const note = { by: vera.who, at, statement: "Noted by management." };
    expect(() => acknowledged(ended, note, new Set(["vera@corp.example"]), vera)).toThrow(
      "somebody who neither decided nor signed off",
    );
  });

  it("has the roles of the address that they came by, and is an auditor under any", () => {
    const roles = roleSettings(SETTINGS);
    const sam = { who: "sam@example.com", also: ["sam@corp.example"] };
    expect(actorOf({ ...sam, signed_in_as: "sam@corp.example" }, roles, []).roles).toEqual(["reviewer"]);
    expect(actorOf({ ...sam, signed_in_as: "sam@example.com" }, roles, []).roles).toContain("security");
    const olga = { who: "olga@example.com", also: ["olga@audit.example"] };
    expect(actorOf({ ...olga, signed_in_as: "olga@example.com" }, roles, []).roles).toEqual(["auditor"]);
  });
});

it("takes a login for that of somebody whom no roster has, by the name that their address begins with", async () => {
  const here = await opened({
    ...SETTINGS,
    roles: { ...SETTINGS.roles, security: { people: ["ada@elsewhere.example"] } },
  });
  const hand = here.desk.deciding.handOn(
    actor.mia,
    ID,
    seen(await here.item("ada")),
    "ada@elsewhere.example",
    WHY,
  );
  await expect(hand).rejects.toMatchObject({ code: "E_FORBIDDEN" });
});

it("counts a decision on one's own access under a second address, from the sealed item alone", () => {
  const item = reviewItem();
  const own = person({ email: "mia@example.com", other_emails: ["mia@corp.example"] });
  const tally = new CampaignTally(campaign());
  tally.add(
    campaignItem({
      item: { ...item, principal: { ...item.principal, person: own } },
      state: "decided",
      outcome: "certify",
      decisions: [
        {
          item_id: item.item_id,
          kind: "certify",
          level: "reviewer",
          by: "mia@corp.example",
          at: "2026-10-05T10:00:00.000Z",
          channel: "web",
          seen_sha256: "d".repeat(64),
          bulk_size: 1,
        },
      ],
    }),
  );
  expect(tally.campaign(1, true)).toMatchObject({ self_decided_count: 1 });
});

it("has all addresses of a row of HR, and lets nobody act under an address of rows that cannot be told apart", () => {
  const rows = [
    row("1", { email: "mia@example.com", other_emails: ["mia@corp.example"] }),
    row("2", { email: "ada@example.com", other_emails: ["ada@old.example"] }),
    row("3", { email: "ada@example.com" }),
  ];
  const { people } = seenOf(
    {
      manifest: { snapshot_id: "s", taken_at: "2026-10-01T06:00:00.000Z" },
      manifestSha256: "0".repeat(64),
      facts: new FactSet(rows, []),
    } as unknown as Parameters<typeof seenOf>[0],
    { rules: classificationRules({}) } as Parameters<typeof seenOf>[1],
  );
  expect(whoOf(people.byEmail, "MIA@corp.example")).toEqual({
    who: "mia@example.com",
    also: ["mia@corp.example"],
    rostered: true,
  });
  expect(whoOf(people.byEmail, "ada@old.example")).toMatchObject({
    who: "ada@old.example",
    also: ["ada@example.com"],
  });
});

it("is listed once with both addresses, and with the day of a change of job", async () => {
  const here = await opened();
  const { people } = here.world.seen;
  const at = "2026-09-15T00:00:00.000Z";
  const eventOf = (id: string) =>
    id.endsWith("/ada") ? { kind: "moved" as const, certain: true, at } : undefined;
  here.world.seen = { ...here.world.seen, people: { ...people, eventOf } };
  const { rows } = await here.desk.people.people(actor.cora, { offset: 0, limit: 50 });
  expect(rows).toHaveLength(PEOPLE.length);
  expect(rows.find(({ person_id }) => person_id === "ada")?.remarks).toEqual([
    "changed job or manager on 2026-09-15",
  ]);
});
