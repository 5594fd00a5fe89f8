import { describe, expect, it } from "vitest";
import { ITEM_COLUMNS, type PreviousItem, type ReviewItem } from "../../src/review/index.ts";
import type { CampaignItem, Choice } from "../../src/review/model.ts";
import { EstateFacts } from "../access/estate-facts.ts";
import { ALL, WHY, seen } from "./at-desk.ts";
import { HOLD, SETTINGS, actor, estate, openDesk, seenOf } from "./estate.ts";
import { BO, itemsOf } from "./logged.ts";
import { STORE, company, daysAgo, madeOf, person, populationOf, previousOf } from "./made.ts";

const [API, DB] = [`${STORE}:kv/payments/api`, `${STORE}:kv/payments/db`];

/** Bo reads two secrets that belong to different people. */
const RULES = {
  tiers: [{ tier: "standard" as const, when: { path: "*" } }],
  owners: [
    { owner: "interfaces", when: { path: "kv/payments/api" } },
    { owner: "payments", when: { path: "kv/payments/db" } },
  ],
};

type Assign = "manager" | "owner";
type Given = Parameters<typeof madeOf>[1];

function bos(assign: Assign, own: Given = {}) {
  const facts = company().secret("kv/", "payments/api").set();
  const terms = { scope: {}, assign, two_people: [], unused_days: 90, framework_scopes: {} };
  const input = madeOf(facts, { personOf: () => person(), ...own, terms }, RULES);
  // Without the third secret of that path, of which nobody is the owner.
  return itemsOf(populationOf(input).items, BO);
}

function review(decision: Choice["kind"], days = 20, campaign_id = "before"): Partial<PreviousItem> {
  return { last_review: { campaign_id, decision, by: "grace@example.com", at: daysAgo(days) } };
}

/** Bo's items by these terms, after a campaign that asked the other ones; `of`: what became of each there. */
function after(from: Assign, to: Assign, of: (item: ReviewItem) => Partial<PreviousItem>, own: Given = {}) {
  return bos(to, { previous: previousOf(bos(from), of, from), succeeds: false, ...own });
}

const ownedBy =
  (kinds: Readonly<Record<string, Partial<PreviousItem>>>) =>
  ({ secrets }: ReviewItem) =>
    kinds[secrets.owner ?? "nobody"] ?? {};

describe("access that was reviewed in other parts", () => {
  it("was reviewed where its owners certified all of it and its manager is asked", () => {
    const [item] = after("owner", "manager", () => review("certify"));
    expect(item?.targets).toHaveLength(3);
    expect(item?.item).toMatchObject({ change: "same", last_review: { decision: "certify" } });
    // On three days, perhaps: who moved in between was not reviewed whole.
    expect(item?.item.reviewed_parts).toMatchObject({ secrets: { certify: 3 }, undone_count: 0 });
  });

  it("was reviewed where its manager certified it and its owners are asked", () => {
    const items = after("manager", "owner", () => review("certify"));
    expect(items).toHaveLength(3);
    for (const { item } of items) {
      expect(item).toMatchObject({ change: "same", last_review: { decision: "certify" } });
      expect(item).not.toHaveProperty("reviewed_parts");
    }
  });

  it("says how many secrets one of its owners revoked, though the others certified later", () => {
    const of = ownedBy({
      interfaces: review("revoke", 30, "owners"),
      payments: review("certify"),
      nobody: review("certify"),
    });
    const [item] = after("owner", "manager", of);
    const column = ITEM_COLUMNS.find(({ name }) => name === "last_review");
    expect(column?.cell({ item: item?.item } as CampaignItem)).toBe(
      `revoke by grace@example.com on ${daysAgo(30)}, owners; of 3 secrets: certify 2, revoke 1`,
    );
    expect(item?.item).toMatchObject({
      change: "same",
      last_review: { campaign_id: "owners", decision: "revoke" },
      reviewed_parts: { secrets: { revoke: 1, certify: 2 }, undone_count: 1, undone: [API] },
      recommendation: {
        kind: "reduce",
        reason: `from 1 of 3 secrets access was taken away, last in owners on ${daysAgo(30).slice(0, 10)}, and is there again, or still, e.g. ${API}`,
      },
    });
  });

  it("is to be revoked where nobody certified any of it", () => {
    const [item] = after("owner", "manager", ownedBy({ interfaces: review("revoke") }));
    expect(item?.item).toMatchObject({
      reviewed_parts: { secrets: { revoke: 1, none: 2 }, undone_count: 1 },
      recommendation: { kind: "revoke" },
    });
    for (const { item } of after("manager", "owner", () => review("revoke")))
      expect(item).toMatchObject({ last_review: { decision: "revoke" }, recommendation: { kind: "revoke" } });
  });

  it("passes for certified of no secret that nobody was asked about", () => {
    const previous = previousOf(
      bos("owner").filter(({ item }) => item.secrets.owner !== undefined),
      () => review("certify"),
      "owner",
    );
    const [item] = bos("manager", { previous, succeeds: false });
    expect(item?.item).toMatchObject({
      change: "wider",
      change_detail: "1 of 3 secrets was in no earlier review of this path",
      reviewed_parts: { secrets: { certify: 2, none: 1 }, undone_count: 0 },
      recommendation: { kind: "examine" },
    });
    const none = previousOf(bos("manager"), () => review("certify"));
    const elsewhere = (grant: string) =>
      none(grant).map((one) => ({ ...one, set_sha256: "other", targets: () => [DB] }));
    expect(
      bos("owner", { previous: elsewhere, succeeds: false }).map(({ item }) => [
        item.change,
        item.last_review?.decision,
      ]),
    ).toEqual([
      ["first_review", undefined],
      ["first_review", undefined],
      ["same", "certify"],
    ]);
  });

  it("was taken from the one whose secret its manager's reduction named", () => {
    const reduced = {
      ...review("reduce"),
      reduced: { keep_actions: ["read"] as const, revoke_secrets: [API] },
    };
    const items = after("manager", "owner", () => reduced);
    expect(
      items.map(({ item }) => [item.secrets.owner, item.reviewed_parts?.undone_count ?? "all or none"]),
    ).toEqual([
      [undefined, 0],
      ["interfaces", "all or none"],
      ["payments", 0],
    ]);
    expect(items.map(({ item }) => /to become less|taken away/.test(item.recommendation.reason))).toEqual([
      false,
      true,
      false,
    ]);
  });

  it("was not revoked with those of its secrets that have no owner, though the ids are the same", () => {
    const own = bos("owner").find(({ item }) => item.secrets.owner === undefined);
    const [item] = after("owner", "manager", ({ item_id }) =>
      item_id === own?.item.item_id ? review("revoke") : review("certify"),
    );
    expect(item?.item.item_id).toBe(own?.item.item_id);
    expect(item?.item).toMatchObject({
      change: "same",
      reviewed_parts: { secrets: { revoke: 1, certify: 2 }, undone: own?.targets ?? [] },
      recommendation: { kind: "reduce" },
    });
  });

  it("tells a later revocation by an owner where the very item was certified before", () => {
    const own = previousOf(bos("manager"), () => review("certify", 50));
    const owners = previousOf(bos("owner"), ownedBy({ interfaces: review("revoke", 20) }), "owner");
    const [item] = bos("manager", { previous: (id) => [...own(id), ...owners(id)] });
    expect(item?.item).toMatchObject({
      change: "same",
      last_review: { decision: "revoke" },
      reviewed_parts: { secrets: { revoke: 1, certify: 2 }, undone: [API] },
    });
    const earlier = previousOf(bos("owner"), ownedBy({ interfaces: review("revoke", 60) }), "owner");
    const [certified] = bos("manager", { previous: (id) => [...earlier(id), ...own(id)] });
    expect(certified?.item).toMatchObject({ last_review: { decision: "certify" } });
    expect(certified?.item).not.toHaveProperty("reviewed_parts");
  });

  it("is wider by what it may do more than any part might", () => {
    const of = ({ secrets }: ReviewItem) => ({
      ...review("certify"),
      ...(secrets.owner === "payments" ? { actions: [] } : {}),
    });
    const previous = previousOf(bos("owner"), of, "owner");
    expect(bos("manager", { previous })[0]?.item).toMatchObject({
      change: "wider",
      change_detail: "may now read",
    });
  });

  it.each([
    ["owner", "manager"],
    ["manager", "owner"],
  ] as const)(
    "of a mover was reviewed since the move, be it asked of the %s and then of the %s",
    (from, to) => {
      const personOf = () => person({ moved_at: daysAgo(30) });
      const unreviewed = (days: number) =>
        after(from, to, () => review("certify", days), { personOf }).filter(({ item }) =>
          item.recommendation.reason.includes(" moved on "),
        ).length;
      expect(unreviewed(29)).toBe(0);
      expect(unreviewed(31)).toBe(to === "manager" ? 1 : 3);
    },
  );

  it("of a mover was not reviewed where one owner alone looked at it since", () => {
    const personOf = () => person({ moved_at: daysAgo(30) });
    const of = ({ secrets }: ReviewItem) => review("certify", secrets.owner === "payments" ? 20 : 40);
    const [item] = after("owner", "manager", of, { personOf });
    expect(item?.item.last_review?.at).toBe(daysAgo(20));
    expect(item?.item.recommendation.reason).toMatch(
      / moved on .*, and nobody reviewed all of this access since$/,
    );
  });
});

const OWNED = { assign: "owner" as const, every: "year" as const, title: "By owner" };

describe("campaigns that ask different people", () => {
  const opened = async () =>
    await openDesk({ ...SETTINGS, campaigns: { ...SETTINGS.campaigns, owned: OWNED } });
  type Opened = Awaited<ReturnType<typeof opened>>;

  const ada = async ({ desk }: Opened, id: string): Promise<CampaignItem> => {
    const { rows } = await desk.reading.items(actor.cora, id, { ...ALL, whose: "all" });
    const found = rows.find(({ item }) => item.principal.name.endsWith("/ada"));
    if (found === undefined) throw new Error(`no item of Ada in ${id}`);
    return found;
  };

  /** A campaign in which Mia decides on what Ada has. */
  const decided = async (at: Opened, template: string, kind: Choice["kind"]): Promise<string> => {
    const id = await at.desk.running.start(actor.cora, template);
    await at.desk.running.act(actor.cora, id, "open", 1);
    await at.desk.deciding.decide(actor.mia, id, seen(await ada(at, id)), { kind, justification: WHY });
    return id;
  };

  const later = ({ world }: Opened, day: string, facts = estate()): void => {
    world.now = `${day}T08:00:00.000Z`;
    world.seen = seenOf(facts, `${day}T06:00:00.000Z`);
  };

  it.each([
    ["owned", "quarterly"],
    ["quarterly", "owned"],
  ])("know what %s decided where %s asks", async (first, second) => {
    for (const [kind, advice] of [
      ["certify", "examine"],
      ["revoke", "revoke"],
    ] as const) {
      const at = await opened();
      const before = await decided(at, first, kind);
      later(at, "2026-10-02");
      const { item } = await ada(at, await at.desk.running.start(actor.cora, second));
      expect(item).toMatchObject({
        change: "same",
        last_review: { campaign_id: before, decision: kind, by: "mia@example.com" },
        recommendation: { kind: advice },
      });
      expect(item.item_id).not.toBe((await ada(at, before)).item.item_id);
    }
  });

  it("tell what was revoked once by others, until somebody certified it under whichever id", async () => {
    const at = await opened();
    const revoked = await decided(at, "quarterly", "revoke");
    later(at, "2027-01-04", estate({ ben: HOLD.ben }));
    await at.desk.running.start(actor.cora, "quarterly");
    later(at, "2027-01-05");
    const owned = await decided(at, "owned", "certify");
    expect((await ada(at, owned)).item).toMatchObject({
      last_review: { campaign_id: revoked, decision: "revoke" },
      recommendation: { kind: "revoke" },
    });
    // The campaign that certified it is the newest of its kind no more.
    later(at, "2028-01-03", estate({ ben: HOLD.ben }));
    await at.desk.running.start(actor.cora, "owned");
    later(at, "2028-01-04");
    const { item } = await ada(at, await at.desk.running.start(actor.cora, "quarterly"));
    expect(item.last_review).toMatchObject({ campaign_id: owned, decision: "certify" });
  });

  it("tell what was revoked of a path that was certified since without it", async () => {
    const at = await opened();
    const revoked = await decided(at, "quarterly", "revoke");
    const [api] = (await ada(at, revoked)).item.secrets.sample;
    // One of the two secrets is gone for a quarter, in which the rest is certified.
    const less = new EstateFacts()
      .mount("kv/")
      .labelled("kv/", "payments/db")
      .method("auth/userpass/", "userpass", "acc-userpass")
      .policy("default", 'path "cubbyhole/*" { capabilities = ["read"] }')
      .policy("payments", 'path "kv/data/payments/*" { capabilities = ["read"] }')
      .role("auth/userpass/", "ada", { method: "userpass", role_type: "user", policies: ["payments"] });
    later(at, "2027-01-04", less);
    const certified = await decided(at, "quarterly", "certify");
    expect((await ada(at, certified)).item.secrets.count).toBe(1);
    later(at, "2027-04-05");
    const { item } = await ada(at, await at.desk.running.start(actor.cora, "quarterly"));
    expect(item).toMatchObject({
      change: "wider",
      last_review: { campaign_id: revoked, decision: "revoke" },
      reviewed_parts: { secrets: { revoke: 1, certify: 1 }, undone: [api] },
      recommendation: { kind: "reduce" },
    });
  });
});
