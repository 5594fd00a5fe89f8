import { describe, expect, it } from "vitest";
import { revocationTold } from "../../src/cli/review-tally.ts";
import { revocationCounts } from "../../src/review/paper/report-tally.ts";
import { isOverdue } from "../../src/review/remediation/revocations.ts";
import { HOLD, SETTINGS, actor, estate, seenOf } from "./estate.ts";
import { ID, act, decideOn, revocations, started, type Opened } from "./at-desk.ts";

const REVIEW = { code: "E_REVIEW" };
const GONE = { ...HOLD, ada: [] };

/** Ada's access is revoked on the 5th, and the review ends past its due date. */
async function revoked(): Promise<Opened> {
  const opened = await started();
  opened.world.now = "2026-10-05T09:00:00.000Z";
  await decideOn(opened, "ada standard", { kind: "revoke" });
  opened.world.now = "2026-10-25T09:00:00.000Z";
  await act(opened, "end_review");
  return opened;
}

function seenOn({ world }: Opened, day: string, policies: Parameters<typeof estate>[0]): void {
  world.seen = seenOf(estate(policies), `${day}T06:00:00.000Z`);
}

describe("a verification", () => {
  it("is not by what was seen before the decision", async () => {
    const opened = await revoked();
    seenOn(opened, "2026-10-02", GONE);
    await expect(act(opened, "verify")).rejects.toMatchObject(REVIEW);
    expect(await opened.desk.schedule.tick(actor.cora)).toEqual([]);
    expect((await revocations(opened))["ada"]).toMatchObject({ state: "open" });
    seenOn(opened, "2026-10-06", GONE);
    await act(opened, "verify");
    expect((await revocations(opened))["ada"]).toMatchObject({ state: "removed" });
  });

  it("is not by what is older than what was seen last", async () => {
    const opened = await revoked();
    seenOn(opened, "2026-10-27", HOLD);
    await act(opened, "verify");
    seenOn(opened, "2026-10-26", GONE);
    await expect(act(opened, "verify")).rejects.toMatchObject(REVIEW);
    expect((await revocations(opened))["ada"]).toMatchObject({
      state: "still_reachable",
      checked: { as_of: "2026-10-27T06:00:00.000Z" },
    });
  });

  it("says of each revocation what a snapshot after its own decision shows", async () => {
    const opened = await started();
    opened.world.now = "2026-10-03T09:00:00.000Z";
    await decideOn(opened, "eve standard", { kind: "revoke" });
    opened.world.now = "2026-10-05T09:00:00.000Z";
    await decideOn(opened, "ada standard", { kind: "revoke" });
    opened.world.now = "2026-10-25T09:00:00.000Z";
    await act(opened, "end_review");
    seenOn(opened, "2026-10-04", { ben: HOLD.ben });
    await act(opened, "verify");
    expect(await revocations(opened)).toMatchObject({ ada: { state: "open" }, eve: { state: "removed" } });
  });

  it("is none of a person's access where no roster was read", async () => {
    const opened = await revoked();
    seenOn(opened, "2026-10-26", GONE);
    opened.world.seen = { ...opened.world.seen, people: { personOf: () => undefined, byEmail: new Map() } };
    await act(opened, "verify");
    const { ada } = await revocations(opened);
    expect(ada).toMatchObject({ state: "unverifiable" });
    expect(ada?.checked?.remaining.join()).toContain("no roster was read");
    expect((await opened.desk.reading.campaign(actor.cora, ID)).revocations.unverifiable).toBe(1);
  });
});

const READ = 'path "kv/data/payments/*" { capabilities = ["read"] }';
const DENIED = ["api", "db"].map((name) => `path "kv/data/payments/${name}" { capabilities = ["deny"] }`);

/** All that was there is denied, and a secret more comes under the path that stays. */
function denied(more: readonly string[], policies: Parameters<typeof estate>[0] = HOLD) {
  const facts = estate({ ...policies, ada: ["mine"] }).policy("mine", [READ, ...DENIED].join("\n"));
  for (const name of more) facts.labelled("kv/", name);
  return facts;
}

async function mineRevoked(choice: Parameters<typeof decideOn>[2]): Promise<Opened> {
  const opened = await started(undefined, estate({ ...HOLD, ada: ["mine"] }).policy("mine", READ));
  await decideOn(opened, "ada standard", choice);
  opened.world.now = "2026-10-25T09:00:00.000Z";
  await act(opened, "end_review");
  return opened;
}

async function afterwards(opened: Opened, facts: ReturnType<typeof estate>, day = "2026-10-26") {
  opened.world.now = `${day}T09:00:00.000Z`;
  opened.world.seen = seenOf(facts, `${day}T06:00:00.000Z`);
  await act(opened, "verify");
  return (await revocations(opened))["ada"];
}

describe("a path that was revoked as a whole and stands still", () => {
  it("is still reachable where what was there is denied, and another secret came under it", async () => {
    const opened = await mineRevoked({ kind: "revoke" });
    const found = await afterwards(opened, denied(["payments/new"]));
    expect(found).toMatchObject({ state: "still_reachable" });
    expect(found?.checked?.remaining).toEqual([
      expect.stringMatching(
        /^the path that was revoked is still there, and reaches vault:kv\/payments\/new: .*ada may read it, through .*policy mine:/,
      ),
    ]);
  });

  it("is so after the end of a time limit, and not before", async () => {
    const opened = await mineRevoked({ kind: "time_limit", until: "2026-11-10T00:00:00.000Z" });
    expect(await afterwards(opened, denied(["payments/new"]))).toMatchObject({ state: "open" });
    expect(await afterwards(opened, denied(["payments/new"]), "2026-11-11")).toMatchObject({
      state: "still_reachable",
    });
  });

  it("is removed where nothing is under it any more", async () => {
    const opened = await mineRevoked({ kind: "revoke" });
    expect(await afterwards(opened, denied([]))).toMatchObject({ state: "removed" });
  });

  it("is no accusation where single secrets alone had to go", async () => {
    const opened = await mineRevoked({ kind: "reduce", revoke_secrets: ["vault:kv/payments/api"] });
    expect(await afterwards(opened, denied(["payments/new"]))).toMatchObject({ state: "removed" });
  });

  it("is held against nobody for a part of it that was certified", async () => {
    const all = 'path "kv/data/*" { capabilities = ["read"] }';
    const mine = (...lines: string[]) =>
      estate({ ...HOLD, ada: ["mine"] }).policy("mine", [all, ...lines].join("\n"));
    const opened = await started(undefined, mine());
    await decideOn(opened, "ada standard", { kind: "revoke" });
    opened.world.now = "2026-10-25T09:00:00.000Z";
    await act(opened, "end_review");
    expect(await afterwards(opened, mine(...DENIED).labelled("kv/", "root/new"))).toMatchObject({
      state: "removed",
    });
    expect(
      await afterwards(opened, mine(...DENIED).labelled("kv/", "payments/new"), "2026-10-27"),
    ).toMatchObject({ state: "still_reachable" });
  });
});

describe("what one decision reduces and another limits in time", () => {
  const quarterly = { ...SETTINGS.campaigns?.["quarterly"], two_people: ["payments/*"], remediation_days: 7 };

  /** The database password goes; the rest ends on 10 November. */
  async function both(): Promise<Opened> {
    const opened = await started({ ...SETTINGS, campaigns: { quarterly } });
    await decideOn(opened, "ada standard", { kind: "reduce", revoke_secrets: ["vault:kv/payments/db"] });
    const second = Object.values(actor).find(({ who }) => who === "vera@example.com") ?? actor.vera;
    await decideOn(opened, "ada standard", { kind: "time_limit", until: "2026-11-10T00:00:00.000Z" }, second);
    opened.world.now = "2026-10-25T09:00:00.000Z";
    await act(opened, "end_review");
    expect((await revocations(opened))["ada"]).toMatchObject({
      kind: "reduce",
      ends_at: "2026-11-10T00:00:00.000Z",
    });
    return opened;
  }

  const less = () =>
    estate({ ...HOLD, ada: ["less"] }).policy(
      "less",
      'path "kv/data/payments/api" { capabilities = ["read"] }',
    );

  it("is looked for once its end has come: what was left has to be gone, too", async () => {
    const opened = await both();
    expect(await afterwards(opened, less(), "2026-10-26")).toMatchObject({
      state: "removed",
      removed_at: "2026-10-26T06:00:00.000Z",
    });
    const found = await afterwards(opened, less(), "2026-11-10");
    expect(found).toMatchObject({ state: "still_reachable" });
    expect(found?.checked?.remaining.join()).toContain("may still read vault:kv/payments/api");
    expect(found && revocationTold(found, "2026-11-12T00:00:00.000Z")).toMatchObject({
      state: "still_reachable",
      due_at: "2026-11-10T00:00:00.000Z",
    });
    expect(await afterwards(opened, estate(GONE), "2026-11-11")).toMatchObject({
      state: "removed",
      removed_at: "2026-11-11T06:00:00.000Z",
    });
  });

  it("is gone since it was all gone, where that was seen at once", async () => {
    const opened = await both();
    await afterwards(opened, less(), "2026-10-26");
    expect(await afterwards(opened, estate(GONE), "2026-11-11")).toMatchObject({
      state: "removed",
      removed_at: "2026-11-11T06:00:00.000Z",
    });
  });

  it("is neither gone nor in time where nobody looked for it after its end", async () => {
    const opened = await both();
    const found = await afterwards(opened, less(), "2026-10-26");
    const [before, after] = ["2026-11-09T23:59:59.999Z", "2026-11-10T00:00:00.000Z"];
    expect(found && [isOverdue(found, before), isOverdue(found, after)]).toEqual([false, true]);
    expect(found && revocationTold(found, before)).toMatchObject({ state: "removed" });
    const told = found && revocationTold(found, after);
    expect(told).toMatchObject({ state: "open", due_at: after });
    expect(told).not.toHaveProperty("removed_at");
    expect(found && revocationCounts([found], after)).toMatchObject({ overdue: 1 });
  });

  it("keeps its ticket until then", async () => {
    const opened = await both();
    await afterwards(opened, less(), "2026-10-26");
    expect((await opened.desk.tickets.tickets(actor.cora, ID)).tickets).toHaveLength(1);
    await afterwards(opened, estate(GONE), "2026-11-11");
    expect((await opened.desk.tickets.tickets(actor.cora, ID)).tickets).toEqual([]);
  });
});

describe("a ticket for a path that was revoked as a whole and stands still", () => {
  it.each([
    ["with what had to go denied", true, /^Take the rule for kv\/data\/payments\/\* out of the policy mine$/],
    ["with what had to go still there", false, /^Take the policy mine from auth\/userpass\/ada$/],
  ])("takes what came under it since as well, %s, and gives none of it back", async (_, isDenied, what) => {
    const opened = await mineRevoked({ kind: "revoke" });
    const still = estate({ ...HOLD, ada: ["mine"] }).policy("mine", READ);
    await afterwards(opened, isDenied ? denied(["payments/new"]) : still.labelled("kv/", "payments/new"));
    const { tickets } = await opened.desk.tickets.tickets(actor.cora, ID);
    expect(tickets.map(({ secrets }) => secrets)).toEqual([
      ["api", "db", "new"].map((name) => `vault:kv/payments/${name}`),
    ]);
    const [change] = tickets[0]?.changes ?? [];
    expect(change).toMatchObject({
      what: expect.stringMatching(what) as string,
      also: "takes nothing else away",
    });
    expect(change?.commands.join("\n")).not.toContain("payments/new");
  });

  it("takes nothing of a part of it that is another item's", async () => {
    const all = 'path "kv/data/*" { capabilities = ["read"] }';
    const mine = () => estate({ ...HOLD, ada: ["mine"] }).policy("mine", all);
    const opened = await started(undefined, mine());
    await decideOn(opened, "ada standard", { kind: "revoke" });
    opened.world.now = "2026-10-25T09:00:00.000Z";
    await act(opened, "end_review");
    await afterwards(opened, mine().labelled("kv/", "payments/new").labelled("kv/", "root/new"));
    const { tickets } = await opened.desk.tickets.tickets(actor.cora, ID);
    expect(tickets.map(({ secrets }) => secrets)).toEqual([
      ["api", "db", "new"].map((name) => `vault:kv/payments/${name}`),
    ]);
    const commands = tickets[0]?.changes.flatMap((change) => change.commands).join("\n");
    expect(commands).toContain(`path "kv/data/root/new"`);
    expect(commands).not.toContain("payments/");
  });
});
