import { describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { checkState } from "../../src/review/record/check.ts";
import type { PersonEvent } from "../../src/review/desk/raise.ts";
import { EstateFacts } from "../access/estate-facts.ts";
import { HOLD, SETTINGS, actor, estate, openDesk, seenOf } from "./estate.ts";
import { USER_ALIAS, userStore } from "./made.ts";

const ID = "quarterly-2026-q4";
const LEAVERS = "leavers-2026-10-01";
const WHY = "she left, and nobody told us";
const MINE = { whose: "mine", sort: "risk", offset: 0, limit: 200 } as const;

type Opened = Awaited<ReturnType<typeof openDesk>>;

/** What rosters tell of people, by the last part of a principal's id. */
function happened({ world }: Opened, events: Readonly<Record<string, PersonEvent>>): void {
  const { people } = world.seen;
  world.seen = {
    ...world.seen,
    people: { ...people, eventOf: (id) => events[id.slice(id.lastIndexOf("/") + 1)] },
  };
}

const EVE: PersonEvent = { kind: "left", at: "2026-09-01T00:00:00.000Z", certain: true };
const ADA: PersonEvent = { kind: "moved", at: "2026-09-20T00:00:00.000Z", certain: true };

/** What `review raise` did. */
async function byHand({ desk }: Opened): Promise<string[]> {
  const { compared, campaigns } = await desk.schedule.raise(actor.cora);
  return [
    ...compared.map(({ did, campaign_id = "" }) => `${did} ${campaign_id}`),
    ...campaigns.map(({ campaign_id }) => `raised ${campaign_id}`),
  ];
}

async function ticked({ desk }: Opened, open = false): Promise<string[]> {
  const lines = await desk.schedule.tick(actor.cora, { open });
  return lines.map(({ did, campaign_id = "" }) => `${did} ${campaign_id}`);
}

describe("reviews at once", () => {
  it("are of those who left or moved alone, open, and raised once", async () => {
    const opened = await openDesk();
    happened(opened, { eve: EVE, ada: ADA, ben: { ...EVE, certain: false } });
    const { desk, state } = opened;
    for (const whom of [actor.mia, actor.olga, actor.sam, actor.vera])
      await expect(desk.running.raise(whom)).rejects.toMatchObject({ code: "E_FORBIDDEN" });
    const raised = await desk.running.raise(actor.cora);
    expect(raised.campaigns.map(({ campaign_id }) => campaign_id)).toEqual([LEAVERS, "movers-2026-10-01"]);
    expect(raised.uncertain).toHaveLength(1);
    const { campaign } = await desk.reading.campaign(actor.cora, LEAVERS);
    expect(campaign).toMatchObject({ state: "in_review", due_at: "2026-10-02T08:00:00.000Z" });
    const { population } = campaign;
    expect(population.principals.excluded["out of scope: another principal"]).toBe(2);
    const { rows } = await desk.reading.items(actor.mia, LEAVERS, MINE);
    expect(rows.map(({ item }) => [item.principal.name, item.recommendation.kind])).toEqual([
      ["auth/userpass/eve", "revoke"],
    ]);
    expect((await desk.reading.campaign(actor.cora, "movers-2026-10-01")).campaign.due_at).toBe(
      "2026-10-15T08:00:00.000Z",
    );
    expect((await desk.running.raise(actor.cora)).campaigns).toEqual([]);
    const kept = (digest: string) => Promise.resolve(opened.kept.get(digest) ?? new Uint8Array());
    expect(await checkState({ state, kept })).toMatchObject({ campaigns: 2, items: 2 });
  });

  it("come again where the access outlives the closed review, and not before", async () => {
    const opened = await openDesk();
    happened(opened, { eve: EVE });
    const { desk, world } = opened;
    await desk.running.raise(actor.cora);
    const act = async (
      who: (typeof actor)[keyof typeof actor],
      name: Parameters<typeof desk.running.act>[2],
    ) => {
      const { version } = (await desk.reading.campaign(actor.cora, LEAVERS)).campaign;
      await desk.running.act(who, LEAVERS, name, version, "As far as we know it is gone.");
    };
    const { rows } = await desk.reading.items(actor.mia, LEAVERS, MINE);
    for (const { item, version, seen_sha256 } of rows)
      await desk.deciding.decide(
        actor.mia,
        LEAVERS,
        { item_id: item.item_id, version, seen_sha256 },
        { kind: "revoke", justification: WHY },
      );
    await desk.deciding.signOffOwn(actor.mia, LEAVERS, WHY);
    await act(actor.cora, "end_review");
    world.seen = seenOf(estate(), "2026-10-05T06:00:00.000Z");
    happened(opened, { eve: EVE });
    expect((await desk.running.raise(actor.cora)).campaigns).toEqual([]);
    await act(actor.cora, "sign_off");
    await act(actor.vera, "acknowledge");
    await act(actor.cora, "close");
    expect((await desk.running.raise(actor.cora)).campaigns).toMatchObject([
      { campaign_id: "leavers-2026-10-05" },
    ]);
  });
});

describe("who left, as HR says late", () => {
  const BEN: PersonEvent = { kind: "left", at: "2026-10-02T00:00:00.000Z", certain: true };

  it("is raised although somebody certified their access, who was not shown it", async () => {
    const opened = await openDesk();
    const { desk, world } = opened;
    await desk.running.start(actor.cora, "quarterly");
    await desk.running.act(actor.cora, ID, "open", 1);
    world.now = "2026-10-05T08:00:00.000Z";
    const { rows } = await desk.reading.items(actor.mia, ID, MINE);
    for (const { item, version, seen_sha256 } of rows.filter(({ item }) => item.secrets.tier === "standard"))
      await desk.deciding.decide(
        actor.mia,
        ID,
        { item_id: item.item_id, version, seen_sha256 },
        { kind: "certify", justification: "needed for the nightly settlement" },
      );
    world.seen = seenOf(estate({ ben: ["payments"] }), "2026-10-06T06:00:00.000Z");
    happened(opened, { ben: BEN });
    expect((await desk.running.raise(actor.cora)).campaigns).toMatchObject([
      { template: "leavers", principals: ["vault:auth/userpass/users/ben"] },
    ]);
  });

  it("is raised although the review of their move is open", async () => {
    const opened = await openDesk();
    happened(opened, { ben: { ...BEN, kind: "moved", at: "2026-09-20T00:00:00.000Z" } });
    expect((await opened.desk.running.raise(actor.cora)).campaigns).toMatchObject([{ template: "movers" }]);
    opened.world.seen = seenOf(estate(), "2026-10-03T06:00:00.000Z");
    happened(opened, { ben: BEN });
    expect((await opened.desk.running.raise(actor.cora)).campaigns).toMatchObject([{ template: "leavers" }]);
    expect((await opened.desk.running.raise(actor.cora)).campaigns).toEqual([]);
  });
});

describe.each([
  ["left", "leavers"],
  ["moved", "movers"],
] as const)("what nobody was asked about, of who %s", (kind, template) => {
  const ADA_LOGIN = "vault:auth/userpass/users/ada";
  const EVENT: PersonEvent = { kind, at: "2026-09-28T00:00:00.000Z", certain: true };
  const ROOT = "root/password";

  /** Ada reads all of these, by one grant. */
  function see(opened: Opened, secrets: readonly string[], as_of: string, may = "read"): void {
    const facts = new EstateFacts()
      .mount("kv/")
      .method("auth/userpass/", "userpass", "acc")
      .policy("all", `path "kv/data/*" { capabilities = ["${may}"] }`)
      .role("auth/userpass/", "ada", { method: "userpass", role_type: "user", policies: ["all"] });
    for (const name of secrets) facts.labelled("kv/", name);
    opened.world.seen = seenOf(facts, as_of);
    happened(opened, { ada: EVENT });
    const { people } = opened.world.seen;
    const personOf: typeof people.personOf = (id) => {
      const person = people.personOf(id);
      if (person === undefined) return undefined;
      return kind === "left"
        ? { ...person, status: "terminated", terminated_at: EVENT.at! }
        : { ...person, moved_at: EVENT.at! };
    };
    opened.world.seen = { ...opened.world.seen, people: { ...people, personOf } };
  }

  /** Whoever is asked certifies: first reviewers, second ones, and security. */
  async function certified({ desk }: Opened, id: string): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      const { rows } = await desk.reading.items(actor.cora, id, { ...MINE, whose: "all" });
      for (const { item, version, seen_sha256, state, reviewer = "" } of rows) {
        if (state === "decided") continue;
        const who = state === "security" ? "sam@example.com" : reviewer;
        const as = { who, roles: ["reviewer", "security"] } as const;
        const of = { item_id: item.item_id, version, seen_sha256 };
        await desk.deciding.decide(as, id, of, { kind: "certify", justification: WHY });
      }
    }
  }

  async function closed({ desk }: Opened, id: string): Promise<void> {
    const { rows } = await desk.reading.items(actor.cora, id, { ...MINE, whose: "all" });
    for (const who of new Set(rows.flatMap(({ decisions }) => decisions.map(({ by }) => by))))
      await desk.deciding.signOffOwn({ who, roles: ["reviewer", "security"] }, id, WHY);
    const zoe = { who: "zoe@example.com", roles: ["management"] } as const;
    for (const name of ["end_review", "sign_off", "acknowledge", "close"] as const) {
      const { version } = (await desk.reading.campaign(actor.cora, id)).campaign;
      await desk.running.act(name === "acknowledge" ? zoe : actor.cora, id, name, version, WHY);
    }
  }

  const open = async (scope: { tiers?: string[] } = {}) =>
    await openDesk({
      ...SETTINGS,
      management: ["zoe@example.com"],
      campaigns: { quarterly: { every: "quarter", scope, due_days: 20 } },
    });
  const raised = async ({ desk }: Opened) =>
    (await desk.running.raise(actor.cora)).campaigns.map((one) => [one.template, one.principals]);
  const ONCE = [[template, [ADA_LOGIN]]];

  it("is raised where a campaign about one tier alone was about the grant", async () => {
    const opened = await open({ tiers: ["standard"] });
    const { running } = opened.desk;
    see(opened, ["payments/api", ROOT], "2026-10-01T06:00:00.000Z");
    await running.start(actor.cora, "quarterly");
    await running.act(actor.cora, ID, "open", 1);
    await certified(opened, ID);
    expect(await raised(opened), "nobody was asked about the critical one").toEqual(ONCE);
    expect(await raised(opened), "all of it is being reviewed").toEqual([]);
  });

  it("is not raised where the campaign was about all of it, in several items", async () => {
    const opened = await open();
    const { running } = opened.desk;
    see(opened, ["payments/api", ROOT], "2026-10-01T06:00:00.000Z");
    await running.start(actor.cora, "quarterly");
    await running.act(actor.cora, ID, "open", 1);
    const { rows } = await opened.desk.reading.items(actor.cora, ID, { ...MINE, whose: "all" });
    expect(rows.map(({ item }) => item.grant_id)).toEqual([rows[0]?.item.grant_id, rows[0]?.item.grant_id]);
    await certified(opened, ID);
    expect(await raised(opened)).toEqual([]);
  });

  it.each([
    ["secrets", ["payments/api", "payments/new", ROOT], "read"],
    ["actions", ["payments/api"], 'read", "update'],
  ])("is raised where the grant has more %s since its review was closed", async (_, secrets, may) => {
    const opened = await open();
    see(opened, ["payments/api"], "2026-10-01T06:00:00.000Z");
    expect(await raised(opened)).toEqual(ONCE);
    const first = `${template}-2026-10-01`;
    await certified(opened, first);
    await closed(opened, first);
    expect(await raised(opened), "all of it was answered").toEqual([]);
    opened.world.now = "2026-10-15T08:00:00.000Z";
    see(opened, secrets, "2026-10-15T06:00:00.000Z", may);
    expect((await ticked(opened)).filter((line) => line.startsWith("raised"))).toEqual([
      `raised ${template}-2026-10-15`,
    ]);
    expect(await raised(opened)).toEqual([]);
  });

  it("joins the open review by `tick` and `raise`, and is raised where nothing was compared", async () => {
    for (const [act, expected] of [
      [ticked, [`refreshed ${template}-2026-10-01`]],
      [byHand, [`refreshed ${template}-2026-10-01`]],
      [raised, ONCE],
    ] as const) {
      const opened = await open();
      see(opened, ["payments/api"], "2026-10-01T06:00:00.000Z");
      await opened.desk.running.start(actor.cora, "quarterly");
      expect(await raised(opened)).toEqual(ONCE);
      see(opened, ["payments/api", ROOT], "2026-10-02T06:00:00.000Z");
      expect(await act(opened)).toEqual(expected);
      expect(await raised(opened)).toEqual([]);
    }
  });
});

describe("a login whose identity covers it", () => {
  const LOGIN = "vault:auth/userpass/users/ada";
  const IDENTITY = "vault:identity/entity/id/ada-id";

  it("is not raised beside it, and is where nothing happened to the identity", async () => {
    const raised = async (events: Readonly<Record<string, PersonEvent>>) => {
      const opened = await openDesk();
      opened.world.seen = seenOf(userStore().entity("ada", USER_ALIAS), "2026-10-01T06:00:00.000Z");
      happened(opened, events);
      const { campaigns } = await opened.desk.running.raise(actor.cora);
      expect((await opened.desk.running.raise(actor.cora)).campaigns).toEqual([]);
      return campaigns.map(({ principals }) => principals);
    };
    expect(await raised({ ada: EVE, "ada-id": EVE })).toEqual([[IDENTITY]]);
    expect(await raised({ ada: EVE })).toEqual([[LOGIN]]);
    expect(await raised({ ada: EVE, "ada-id": ADA })).toEqual([[LOGIN], [IDENTITY]]);
  });
});

describe("the schedule", () => {
  it("starts what is due, reminds on its days, escalates after grace, and does nothing twice", async () => {
    const opened = await openDesk();
    const { world } = opened;
    expect(await ticked(opened)).toEqual([`started ${ID}`]);
    expect(await ticked(opened)).toEqual([]);
    expect(await ticked(opened, true)).toEqual([`opened ${ID}`]);
    expect(await ticked(opened, true)).toEqual([]);
    // Due on 21 October: reminders 14, 7 and 1 days before it, then daily after two days of grace.
    for (const [day, did] of [
      ["2026-10-06", []],
      ["2026-10-07", [`reminded ${ID}`]],
      ["2026-10-10", []],
      ["2026-10-21", [`reminded ${ID}`]],
      ["2026-10-22", []],
      ["2026-10-24", [`reminded ${ID}`]],
    ] as const) {
      world.now = `${day}T09:00:00.000Z`;
      expect(await ticked(opened), day).toEqual(did);
      expect(await ticked(opened), `${day}, again`).toEqual([]);
    }
    const kinds = (await opened.state.entries({})).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "escalated")).toHaveLength(1);
  });

  it("raises, follows a newer snapshot, and verifies what it shows", async () => {
    const opened = await openDesk({ ...SETTINGS, campaigns: {} });
    const { desk, world } = opened;
    happened(opened, { eve: EVE });
    expect(await ticked(opened)).toEqual([`raised ${LEAVERS}`]);
    world.now = "2026-10-01T12:00:00.000Z";
    world.seen = seenOf(estate({ ...HOLD, eve: ["payments", "roots"] }), "2026-10-01T11:00:00.000Z");
    happened(opened, { eve: EVE });
    expect(await ticked(opened)).toEqual([`refreshed ${LEAVERS}`]);
    expect(await ticked(opened)).toEqual([]);
    const { rows } = await desk.reading.items(actor.mia, LEAVERS, MINE);
    expect(rows).toHaveLength(2);
    for (const { item, version, seen_sha256 } of rows)
      await desk.deciding.decide(
        actor.mia,
        LEAVERS,
        { item_id: item.item_id, version, seen_sha256 },
        { kind: "revoke", justification: WHY },
      );
    await desk.deciding.signOffOwn(actor.mia, LEAVERS, WHY);
    const { version } = (await desk.reading.campaign(actor.cora, LEAVERS)).campaign;
    await desk.running.act(actor.cora, LEAVERS, "end_review", version);
    world.seen = seenOf(estate({ ada: HOLD.ada, ben: HOLD.ben }), "2026-10-02T11:00:00.000Z");
    happened(opened, { eve: EVE });
    expect(await ticked(opened)).toEqual([`verified ${LEAVERS}`]);
    expect(await ticked(opened)).toEqual([]);
    const { revocations } = await desk.reading.campaign(actor.cora, LEAVERS);
    expect(revocations).toMatchObject({ removed: 2, open: 0 });
    const kept = (digest: string) => Promise.resolve(opened.kept.get(digest) ?? new Uint8Array());
    expect(await checkState({ state: opened.state, kept })).toMatchObject({ items: 2, decisions: 2 });
  });

  it("asks in a regular campaign, too, about what joined, once for each snapshot, and not by one that shows less", async () => {
    const opened = await openDesk();
    const { desk, world } = opened;
    await ticked(opened, true);
    const { rows } = await desk.reading.items(actor.mia, ID, MINE);
    const ada = rows.find(({ item }) => item.principal.name.endsWith("/ada"))!;
    const seen = { item_id: ada.item.item_id, version: ada.version, seen_sha256: ada.seen_sha256 };
    await desk.deciding.decide(actor.mia, ID, seen, { kind: "certify", justification: WHY });
    const later = { ...HOLD, eve: ["payments", "roots"] };
    world.seen = seenOf(estate(later), "2026-10-02T06:00:00.000Z");
    const [line] = await desk.schedule.tick(actor.cora);
    expect(line).toMatchObject({
      did: "refreshed",
      what: "compared with snapshot 20261002T060000Z: 1 joined, 0 changed, 0 gone",
    });
    expect(await ticked(opened)).toEqual([]);
    // Whether Ada still has it cannot be told, nor who else has.
    const hidden = estate({ ...later, ada: ["payments", "roots"] });
    world.seen = seenOf(hidden.gap("sys/policies/acl/", ["policy_document"]), "2026-10-03T06:00:00.000Z");
    const [worse] = await desk.schedule.tick(actor.cora);
    expect(worse).toMatchObject({ did: "failed", campaign_id: ID, error: { code: "E_UNSEEN" } });
    const all = await desk.reading.items(actor.cora, ID, { ...MINE, whose: "all" });
    expect(all.total).toBe(5);
    expect(all.rows.filter(({ state }) => state === "decided")).toHaveLength(1);
    const { version } = (await desk.reading.campaign(actor.cora, ID)).campaign;
    await desk.running.act(actor.cora, ID, "refresh", version);
    expect(await ticked(opened), "somebody compared it by hand").toEqual([]);
    const { rows: told } = await desk.reading.journal(actor.cora, ID, { offset: 0, limit: 1 });
    expect(told[0]?.what).toMatch(/compared with snapshot 20261003T060000Z: .*; the snapshot has 1 gap$/);
  });

  it("compares by itself with no snapshot that has another gap in the place of one, however many it has", async () => {
    const opened = await openDesk();
    const { world } = opened;
    const later = (gaps: readonly string[], day: number, own = HOLD) => {
      const facts = estate(own);
      for (const gap of gaps) facts.gap(gap, ["policy_document"]);
      world.seen = seenOf(facts, `2026-10-0${day}T06:00:00.000Z`);
    };
    later(["sys/policies/acl/a", "sys/policies/acl/b"], 1);
    await ticked(opened, true);
    later(["sys/policies/acl/b", "sys/policies/acl/payments"], 2, { ...HOLD, ada: [] });
    const [worse] = await opened.desk.schedule.tick(actor.cora);
    expect(worse).toMatchObject({ did: "failed", error: { code: "E_UNSEEN" } });
    expect(worse?.what).toMatch(/with 1 new gap: vault:sys\/policies\/acl\/payments$/);
    later(["sys/policies/acl/b"], 3, { ...HOLD, ada: [] });
    expect(await ticked(opened)).toEqual([`refreshed ${ID}`]);
    later(["sys/policies/acl/a"], 4);
    expect(await ticked(opened), "what was seen last is what counts").toEqual([`failed ${ID}`]);
  });

  it("goes by the number of gaps where an earlier version wrote down no more", async () => {
    const opened = await openDesk();
    const { world } = opened;
    world.seen = seenOf(estate().gap("sys/policies/acl/a", ["policy_document"]), "2026-10-01T06:00:00.000Z");
    const commit = opened.state.commit.bind(opened.state);
    const former = (document: string) =>
      JSON.stringify(JSON.parse(document), (name, value: unknown) => (name === "gaps" ? undefined : value));
    opened.state.commit = async ({ entries = [], ...rest }) =>
      await commit({
        ...rest,
        entries: entries.map((one) => ({ ...one, document: former(one.document) })),
      });
    await ticked(opened, true);
    world.seen = seenOf(estate().gap("sys/policies/acl/b", ["policy_document"]), "2026-10-02T06:00:00.000Z");
    expect(await ticked(opened)).toEqual([`refreshed ${ID}`]);
  });

  it("tells what it could not do, and does the rest", async () => {
    const opened = await openDesk();
    const { world } = opened;
    await ticked(opened, true);
    world.now = "2026-10-07T09:00:00.000Z";
    opened.ports.access = () =>
      Promise.reject(new CountersignError("E_NOT_FOUND", "expected a snapshot, got none"));
    expect(await ticked(opened)).toEqual(["failed ", `failed ${ID}`, `reminded ${ID}`]);
  });
});
