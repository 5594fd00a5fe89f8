import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { digestOf, sha256 } from "../../src/base/index.ts";
import type { CampaignItem } from "../../src/review/model.ts";
import { ALL, ID, MINE, WHY, byName, seen, started, version } from "./at-desk.ts";
import { HOLD, SETTINGS, actor, estate, openDesk, seenOf } from "./estate.ts";

describe("a campaign of a small estate", () => {
  it("is made of effective access, sealed, and assigned to managers", async () => {
    const opened = await started();
    const items = await byName(opened);
    expect(Object.keys(items).sort()).toEqual([
      "ada standard",
      "ben critical",
      "ben standard",
      "eve standard",
    ]);
    expect(items["ada standard"]).toMatchObject({ reviewer: "mia@example.com", state: "open" });
    expect(items["ben critical"]?.item.needs).toMatchObject({ reviewers: 2, security: true });
    expect(items["eve standard"]?.item.recommendation.kind).toBe("revoke");
    const { campaign } = await opened.desk.reading.campaign(actor.olga, ID);
    expect(campaign.population).toMatchObject({
      item_count: 4,
      complete: true,
      secrets: { total: 3, in_items: 3 },
    });
    const [row] = await opened.state.entries({});
    const { parts } = JSON.parse(row?.document ?? "") as { parts: string[] };
    const lines = Buffer.from(opened.kept.get(parts[0] ?? "") ?? [])
      .toString("utf8")
      .trim()
      .split("\n");
    expect(lines.map((line) => sha256(Buffer.from(line, "utf8"))).sort()).toEqual(
      Object.values(items)
        .map(({ seen_sha256 }) => seen_sha256)
        .sort(),
    );
    for (const { item, seen_sha256 } of Object.values(items)) expect(digestOf(item)).toBe(seen_sha256);
  });

  it("shows reviewers what is theirs alone", async () => {
    const opened = await started();
    const { desk } = opened;
    const [any] = Object.values(await byName(opened));
    if (any === undefined) throw new Error("no item");
    for (const whom of [actor.ada]) {
      await expect(desk.reading.campaign(whom, ID)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
      await expect(desk.reading.item(whom, ID, any.item.item_id)).rejects.toMatchObject({
        code: "E_NOT_FOUND",
      });
      await expect(desk.reading.items(whom, ID, ALL)).rejects.toMatchObject({ code: "E_FORBIDDEN" });
      expect((await desk.reading.items(whom, ID, MINE)).total).toBe(0);
      await expect(desk.reading.revocations(whom, ID, ALL)).rejects.toMatchObject({ code: "E_FORBIDDEN" });
      await expect(desk.reading.journal(whom, ID, ALL)).rejects.toMatchObject({ code: "E_FORBIDDEN" });
    }
    expect((await desk.reading.items(actor.mia, ID, MINE)).total).toBe(4);
    for (const act of ["open", "end_review", "close", "refresh", "verify", "remind", "sign_off"] as const) {
      for (const whom of [actor.mia, actor.olga, actor.vera, actor.sam]) {
        await expect(desk.running.act(whom, ID, act, 2)).rejects.toMatchObject({ code: "E_FORBIDDEN" });
      }
    }
  });

  it("lets the first of two decisions stand, and tells the second that it came too late", async () => {
    const opened = await started();
    const { "ada standard": item } = await byName(opened, MINE);
    if (item === undefined) throw new Error("no item");
    const decide = opened.desk.deciding;
    const both = await Promise.allSettled([
      decide.decide(actor.mia, ID, seen(item), { kind: "certify", justification: WHY }),
      decide.decide(actor.mia, ID, seen(item), { kind: "revoke", justification: WHY }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "E_CONFLICT" },
    });
    const now = (await byName(opened))["ada standard"];
    expect(now?.decisions).toHaveLength(1);
    expect((await opened.state.entries({})).filter(({ kind }) => kind === "decided")).toHaveLength(1);
  });

  it("decides on all of a group or on none", async () => {
    const opened = await started();
    const { "ada standard": ada, "ben critical": root } = await byName(opened, MINE);
    if (ada === undefined || root === undefined) throw new Error("no item");
    const group = [seen(ada), seen(root)];
    await expect(
      opened.desk.deciding.decideAll(actor.mia, ID, group, { kind: "certify", justification: WHY }),
    ).rejects.toMatchObject({ code: "E_REVIEW" });
    expect(Object.values(await byName(opened)).every(({ state }) => state === "open")).toBe(true);
  });

  it("runs from start to a revocation that is verified, and says by which other path it is still there", async () => {
    const opened = await started();
    const { desk, world } = opened;
    const items = await byName(opened, MINE);
    const of = (name: string): CampaignItem => {
      const found = items[name];
      if (found === undefined) throw new Error(`no item of ${name}`);
      return found;
    };
    world.now = "2026-10-05T09:00:00.000Z";
    await desk.reading.item(actor.mia, ID, of("ada standard").item.item_id);
    world.now = "2026-10-05T09:01:30.000Z";
    await desk.deciding.decide(actor.mia, ID, seen(of("ada standard")), {
      kind: "revoke",
      justification: WHY,
    });
    await desk.deciding.decide(actor.mia, ID, seen(of("eve standard")), { kind: "revoke" });
    await desk.deciding.decide(actor.mia, ID, seen(of("ben standard")), {
      kind: "certify",
      justification: WHY,
    });
    await expect(desk.deciding.signOffOwn(actor.mia, ID, "I looked at each.")).rejects.toThrow("1 that wait");
    await desk.deciding.decide(actor.mia, ID, seen(of("ben critical")), {
      kind: "certify",
      justification: WHY,
    });
    const second = (await byName(opened))["ben critical"];
    expect(second).toMatchObject({ state: "second_reviewer", reviewer: "vera@example.com" });
    if (second === undefined) throw new Error("no item");
    await desk.deciding.decide(actor.vera, ID, seen(second), { kind: "certify", justification: WHY });
    const third = (await byName(opened))["ben critical"];
    expect(third).toMatchObject({ state: "security", reviewer: "role:security" });
    if (third === undefined) throw new Error("no item");
    const late = await desk.running
      .act(actor.cora, ID, "end_review", await version(opened))
      .catch((error: unknown) => error);
    expect(late).toMatchObject({ code: "E_REVIEW" });
    await desk.deciding.decide(actor.sam, ID, seen(third), {
      kind: "time_limit",
      justification: WHY,
      until: "2026-12-01T00:00:00.000Z",
    });
    const { rows: reviewers } = await desk.people.reviewers(actor.cora, ID, ALL);
    expect(reviewers.find(({ reviewer }) => reviewer === actor.sam.who)).toMatchObject({
      progress: { total: 1, done: 1 },
      decided: 1,
      certified: 0,
    });
    // Whoever decided was asked, and nobody decided on more than that.
    for (const { progress, decided, reviewer } of reviewers)
      expect(progress, reviewer).toEqual({ total: decided, done: decided });
    await desk.deciding.signOffOwn(actor.mia, ID, "I looked at each of them.");
    expect((await desk.reading.revocations(actor.cora, ID, ALL)).total).toBe(2);
    for (const who of [actor.vera, actor.sam]) await desk.deciding.signOffOwn(who, ID, "I looked at it.");
    await desk.running.act(actor.cora, ID, "end_review", await version(opened));
    const due = (await desk.reading.revocations(actor.cora, ID, ALL)).rows;
    expect(
      due
        .map(
          ({ principal_name, revocation: { kind } }) =>
            `${principal_name.slice("auth/userpass/".length)} ${kind}`,
        )
        .sort(),
    ).toEqual(["ada revoke", "ben time_limit", "eve revoke"]);
    expect(due.map(({ person_name }) => person_name).sort()).toEqual([
      "Ada Lindqvist",
      "Ben Okafor",
      "Eve Tan",
    ]);

    await expect(desk.running.act(actor.cora, ID, "verify", await version(opened))).rejects.toThrow(
      "a snapshot later",
    );
    world.now = "2026-10-20T09:00:00.000Z";
    world.seen = seenOf(estate({ ada: ["payments-too"], ben: HOLD.ben }), "2026-10-20T06:00:00.000Z");
    await desk.running.act(actor.cora, ID, "verify", await version(opened));
    const states = async () =>
      Object.fromEntries(
        (await desk.reading.revocations(actor.cora, ID, ALL)).rows.map(({ principal_name, revocation }) => [
          principal_name.slice("auth/userpass/".length),
          revocation,
        ]),
      );
    const after = await states();
    expect(after["eve"]).toMatchObject({ state: "removed", removed_at: "2026-10-20T06:00:00.000Z" });
    expect(after["ada"]?.state).toBe("still_reachable");
    expect(after["ada"]?.checked?.remaining.join()).toContain("payments-too");
    expect(after["ben"]?.state).toBe("open");

    world.seen = seenOf(
      estate({ ada: [], ben: HOLD.ben }).gap("sys/policies/acl/", ["policy_document"]),
      "2026-10-21T06:00:00.000Z",
    );
    await desk.running.act(actor.cora, ID, "verify", await version(opened));
    expect((await states())["ada"]?.state).toBe("unverifiable");

    world.now = "2026-12-02T09:00:00.000Z";
    world.seen = seenOf(estate({ ada: [], ben: ["payments"] }), "2026-12-02T06:00:00.000Z");
    await desk.running.act(actor.cora, ID, "verify", await version(opened));
    expect(Object.values(await states()).map(({ state }) => state)).toEqual([
      "removed",
      "removed",
      "removed",
    ]);

    await desk.running.act(
      actor.cora,
      ID,
      "sign_off",
      await version(opened),
      "Complete and accurate to my knowledge.",
    );
    for (const whom of [actor.mia, actor.cora, actor.olga]) {
      await expect(
        desk.running.act(whom, ID, "acknowledge", await version(opened), "Noted by management."),
      ).rejects.toMatchObject({ code: "E_FORBIDDEN" });
    }
    await expect(
      desk.running.act(actor.vera, ID, "acknowledge", await version(opened), "Noted by management."),
    ).rejects.toMatchObject({ code: "E_FORBIDDEN" });
    const journal = await desk.reading.journal(actor.olga, ID, ALL);
    expect(journal.rows.map(({ kind }) => kind)).toContain("revocations_verified");
    const [first] = journal.rows.filter(({ kind }) => kind === "decided").reverse();
    expect(first).toMatchObject({ about: [{ name: "auth/userpass/ada" }], about_count: 1 });
    expect(world.published).toBeGreaterThan(10);
  });

  it("asks again about what changed, about what joined, and lets be what is gone", async () => {
    const opened = await started();
    const { desk, world } = opened;
    const items = await byName(opened, MINE);
    const { "ada standard": ada, "eve standard": eve } = items;
    if (ada === undefined || eve === undefined) throw new Error("no item");
    await desk.deciding.decide(actor.mia, ID, seen(ada), { kind: "certify", justification: WHY });
    world.now = "2026-10-08T09:00:00.000Z";
    world.seen = seenOf(
      estate({ ada: HOLD.ada, ben: HOLD.ben, kim: ["payments"] }).labelled("kv/", "payments/new"),
      "2026-10-08T06:00:00.000Z",
    );
    await desk.running.act(actor.cora, ID, "refresh", await version(opened));
    const now = await byName(opened);
    expect(now["eve standard"]?.state).toBe("gone");
    expect(now["ada standard"]).toMatchObject({
      state: "open",
      decisions: [],
      changed_at: "2026-10-08T09:00:00.000Z",
    });
    expect(now["ada standard"]?.item.secrets.count).toBe(3);
    expect(now["kim standard"]).toMatchObject({ state: "open", joined_at: "2026-10-08T09:00:00.000Z" });
    await expect(desk.deciding.decide(actor.mia, ID, seen(ada), { kind: "certify" })).rejects.toMatchObject({
      code: "E_CONFLICT",
    });
    const history = (await desk.reading.item(actor.mia, ID, ada.item.item_id)).history.map(
      ({ what }) => what,
    );
    expect(history.some((what) => what.startsWith("certified"))).toBe(true);
  });

  it("takes nothing for gone of which any secret is hidden, also one that its page does not name", async () => {
    const names = Array.from({ length: 25 }, (_, index) => `payments/s${String(index).padStart(2, "0")}`);
    const many = (policies: Parameters<typeof estate>[0], listed: readonly string[]) => {
      const facts = estate(policies);
      for (const name of listed) facts.labelled("kv/", name);
      return facts;
    };
    const opened = await openDesk();
    const { desk, world } = opened;
    world.seen = seenOf(many(HOLD, names), "2026-10-01T06:00:00.000Z");
    await desk.running.start(actor.cora, "quarterly");
    await desk.running.act(actor.cora, ID, "open", 1);
    const hidden = many({ ...HOLD, ada: [] }, names.slice(0, -1)).gap("kv/payments/s24", ["secret"]);
    world.seen = seenOf(hidden, "2026-10-08T06:00:00.000Z");
    await desk.running.act(actor.cora, ID, "refresh", await version(opened));
    expect((await byName(opened))["ada standard"]?.state).toBe("open");
    world.seen = seenOf(many({ ...HOLD, ada: [] }, names), "2026-10-09T06:00:00.000Z");
    await desk.running.act(actor.cora, ID, "refresh", await version(opened));
    expect((await byName(opened))["ada standard"]?.state).toBe("gone");
  });

  it("escalates what nobody answers, once, and ends incomplete after the due date", async () => {
    const opened = await started();
    const { desk, world } = opened;
    world.now = "2026-10-24T09:00:00.000Z";
    await desk.running.act(actor.cora, ID, "remind", await version(opened));
    const items = Object.values(await byName(opened));
    expect(new Set(items.map(({ reviewer }) => reviewer))).toEqual(new Set(["vera@example.com"]));
    world.now = "2026-10-25T09:00:00.000Z";
    await desk.running.act(actor.cora, ID, "remind", await version(opened));
    const kinds = (await opened.state.entries({})).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "escalated")).toHaveLength(1);
    await desk.running.act(actor.cora, ID, "end_review", await version(opened));
    const { campaign, summary } = await desk.reading.campaign(actor.olga, ID);
    expect(campaign.state).toBe("in_remediation");
    expect(summary.all).toEqual({ total: 4, done: 0 });
  });

  it("samples what was sealed, for the auditor alone", async () => {
    const opened = await started();
    await expect(
      opened.desk.running.sample(actor.mia, ID, { nonce: "lakeside 4711", size: 2 }),
    ).rejects.toMatchObject({ code: "E_FORBIDDEN" });
    const one = await opened.desk.running.sample(actor.olga, ID, { nonce: "lakeside 4711", size: 2 });
    expect(one.item_ids).toHaveLength(2);
    expect(await opened.desk.running.sample(actor.olga, ID, { nonce: "lakeside 4711", size: 2 })).toEqual(
      one,
    );
  });
});

describe("a campaign of nothing", () => {
  it("is refused, and says which word of its scope fits nothing", async () => {
    const campaigns = {
      none: { scope: { owners: ["paymants"] } },
      less: { scope: { owners: ["payments", "paymants"] } },
    };
    const { desk, state } = await openDesk({ ...SETTINGS, campaigns });
    await expect(desk.running.start(actor.cora, "none")).rejects.toMatchObject({
      code: "E_REVIEW",
      message: expect.stringContaining(
        "scope.owners: paymants fits nothing; did you mean payments?",
      ) as string,
    });
    expect(await state.campaigns()).toEqual([]);
    const id = await desk.running.start(actor.cora, "less");
    expect((await desk.reading.campaign(actor.cora, id)).campaign.population.unfitting).toEqual([
      "scope.owners: paymants fits nothing; did you mean payments?",
    ]);
  });
});

describe("access that another campaign knows", () => {
  it("says what was decided there, also where it was revoked and is there again after a year", async () => {
    const yearly = { ...SETTINGS.campaigns?.["quarterly"], every: "year" as const };
    const { desk, world } = await openDesk({
      ...SETTINGS,
      campaigns: { ...SETTINGS.campaigns, yearly },
    });
    const ada = async (id: string) =>
      (await desk.reading.items(actor.cora, id, { ...ALL, whose: "all" })).rows.find(({ item }) =>
        item.principal.name.endsWith("/ada"),
      );
    await desk.running.start(actor.cora, "quarterly");
    await desk.running.act(actor.cora, ID, "open", 1);
    const { item, version, seen_sha256 } = (await ada(ID)) as CampaignItem;
    const shown = { item_id: item.item_id, version, seen_sha256 };
    await desk.deciding.decide(actor.mia, ID, shown, { kind: "revoke", justification: "no longer hers" });
    world.now = "2027-01-04T08:00:00.000Z";
    world.seen = seenOf(estate({ ben: HOLD.ben }), "2027-01-04T06:00:00.000Z");
    await desk.running.start(actor.cora, "quarterly");
    world.now = "2027-04-05T08:00:00.000Z";
    world.seen = seenOf(estate(), "2027-04-05T06:00:00.000Z");
    for (const [template, id, change] of [
      ["quarterly", "quarterly-2027-q2", "same"],
      ["yearly", "yearly-2027", "same"],
    ] as const) {
      expect(await desk.running.start(actor.cora, template)).toBe(id);
      expect((await ada(id))?.item).toMatchObject({
        change,
        observed_from: "2026-10-01T06:00:00.000Z",
        last_review: { campaign_id: ID, decision: "revoke", by: "mia@example.com" },
        recommendation: { kind: "revoke", reason: expect.stringContaining(`revoked in ${ID}`) as string },
      });
    }
  });
});

describe("a verification", () => {
  it.each([
    ["is gone", "delete from target_set"],
    ["was cut", "update target_set set members = substr(members, 1, instr(members, char(10)))"],
  ])("takes nothing for removed whose set of secrets %s", async (_, change) => {
    const opened = await started();
    const { desk, world } = opened;
    const { "ada standard": ada } = await byName(opened, MINE);
    if (ada === undefined) throw new Error("no item");
    await desk.deciding.decide(actor.mia, ID, seen(ada), { kind: "revoke", justification: WHY });
    world.now = "2026-10-24T09:00:00.000Z";
    await desk.running.act(actor.cora, ID, "end_review", await version(opened));
    const database = new DatabaseSync(opened.file);
    database.exec(change);
    database.close();
    world.seen = seenOf(estate(), "2026-10-24T06:00:00.000Z");
    await expect(desk.running.act(actor.cora, ID, "verify", await version(opened))).rejects.toMatchObject({
      code: "E_INTEGRITY",
    });
    const [row] = (await desk.reading.revocations(actor.cora, ID, ALL)).rows;
    expect(row?.revocation.state).toBe("open");
  });
});
