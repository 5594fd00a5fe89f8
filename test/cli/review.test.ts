import { mkdtemp, readFile, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import { campaignId, type CampaignItem } from "../../src/review/index.ts";
import { WHO, itemsOf, review, reviewPlace, saidJson } from "./review-place.ts";

const LIMIT_MS = 600_000;
const ID = campaignId("quarterly", new Date().toISOString(), "quarter");
const WHY = "needed for the nightly settlement";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-review-cli-"));
  await reviewPlace(directory);
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

const by = async (who: string | undefined, ...args: string[]) => await review(directory, who, args);

/** Decides until nobody is asked any more; each by whoever is asked. */
async function decideAll(choose: (item: CampaignItem) => readonly string[]): Promise<Set<string>> {
  const deciders = new Set<string>();
  for (;;) {
    const waiting = (await itemsOf(directory, ID)).filter(({ state }) =>
      ["open", "second_reviewer", "security"].includes(state),
    );
    if (waiting.length === 0) return deciders;
    for (const found of waiting) {
      const who = found.reviewer === "role:security" ? WHO.security : (found.reviewer ?? "");
      deciders.add(who);
      const { exit, err } = await by(who, "decide", ID, found.item.item_id, ...choose(found));
      expect(err).toBe("");
      expect(exit).toBe(0);
    }
  }
}

describe("a quarter on the command line", () => {
  it("names who acts, and what they may", { timeout: LIMIT_MS }, async () => {
    const nobody = await by(undefined, "start", "quarterly");
    expect(nobody).toMatchObject({ exit: 2 });
    expect(nobody.err).toContain("E_USAGE: expected the email of who acts, got none\n  fix: Write --as");
    expect((await by(WHO.admin, "start", "quarterly")).err).toContain("E_FORBIDDEN");
    expect((await by(WHO.compliance, "start", "monthly")).err).toContain("There is quarterly.");
    const due = await by(WHO.compliance, "due");
    expect(due).toMatchObject({ exit: 1 });
    expect(due.out).toMatch(new RegExp(`^${ID}: due since .*; there was none yet\\n$`));
  });

  it("is started, opened, decided, signed off and closed", { timeout: LIMIT_MS }, async () => {
    const started = (await saidJson(directory, WHO.compliance, ["start", "quarterly"])) as {
      campaign_id: string;
      population: { item_count: number };
    };
    expect(started.campaign_id).toBe(ID);
    expect(started.population.item_count).toBeGreaterThan(1);
    expect((await by(WHO.compliance, "start", "quarterly")).err).toContain("E_CONFLICT");
    expect(await by(WHO.compliance, "due")).toMatchObject({ exit: 0, out: "Nothing is due.\n" });
    const [asked] = await itemsOf(directory, ID);
    const reviewer = asked?.reviewer ?? "";
    // Nothing is asked of anybody before it is open.
    expect((await by(reviewer, "list")).out).toMatch(/ \d+, once it is open\n/);
    expect((await by(reviewer, "status", ID)).out).toMatch(/\n  waits for you once it is open: \d+ item/);
    expect((await by(reviewer, "items", ID, "--mine")).out).toContain(
      ` ${asked?.item.secrets.count}: ${asked?.item.secrets.sample.slice(0, 2).join(", ")}`,
    );
    expect(await by(WHO.compliance, "open", ID)).toMatchObject({ exit: 0 });
    expect((await by(reviewer, "list")).out).not.toContain("once it is open");

    const status = await by(WHO.compliance, "status");
    expect(status.exit).toBe(0);
    expect(status.out).toContain(`${ID}: in review, due `);
    // Nobody is behind on the first of thirty days, and nothing can end yet.
    expect(status.out).not.toContain("behind:");
    expect(status.out).toContain(
      `next: reviewers decide and sign off (countersign review items ${ID} --mine,`,
    );

    const [first] = await itemsOf(directory, ID);
    if (first?.reviewer === undefined) throw new Error("expected an item of somebody");
    const { item_id } = first.item;
    const shown = await by(first.reviewer, "show", ID, item_id);
    expect(shown.out).toContain(`seen: ${first.seen_sha256}`);
    const decide = (...how: string[]) => by(first.reviewer, "decide", ID, item_id, ...how);
    expect((await decide()).err).toContain("E_USAGE: expected one decision, got none");
    expect((await decide("--certify", "--revoke")).err).toContain("got certify and revoke");
    const stale = await decide("--revoke", "--because", WHY, "--seen", "0000000000");
    expect(stale.exit).toBe(2);
    expect(stale.err).toContain("E_CONFLICT");
    expect((await by(WHO.auditor, "decide", ID, item_id, "--revoke")).err).toContain("E_FORBIDDEN");
    expect((await by("stranger@example.com", "show", ID, item_id)).err).toContain("E_NOT_FOUND");
    expect(await decide("--revoke", "--because", WHY, "--seen", first.seen_sha256)).toMatchObject({
      exit: 0,
    });
    expect(await by(first.reviewer, "undo", ID, item_id)).toMatchObject({ exit: 0 });

    const early = await by(WHO.compliance, "end", ID);
    expect(early.err).toContain("E_REVIEW");
    const deciders = await decideAll(({ item }) => [
      item.item_id === item_id ? "--revoke" : "--certify",
      "--because",
      WHY,
    ]);
    const [decided] = (await itemsOf(directory, ID)).filter(({ item }) => item.item_id === item_id);
    expect(decided?.decisions).toMatchObject([{ channel: "cli", by: first.reviewer, kind: "revoke" }]);
    for (const who of deciders) {
      const signed = await by(who, "sign-off", ID, "--mine", "--statement", "I looked at each of these.");
      expect(signed.err).toBe("");
    }
    expect(await by(WHO.compliance, "end", ID)).toMatchObject({ exit: 0 });
    expect((await by(WHO.compliance, "verify", ID)).err).toContain("a snapshot later");

    const tickets = (await saidJson(directory, WHO.compliance, [
      ...["tickets", ID, "--out", "tickets", "--jira-project", "SEC"],
    ])) as { tickets: number; files: string[] };
    expect(tickets.tickets).toBe(1);
    const read = async (name: string) => await readFile(join(directory, "tickets", name), "utf8");
    expect(await read("tickets.csv")).toContain(`${ID}/${item_id}`);
    expect(JSON.parse(await read("jira.json"))).toMatchObject([{ fields: { project: { key: "SEC" } } }]);
    expect(JSON.parse(await read("webhook.json"))).toMatchObject([{ event: "countersign.ticket" }]);
    expect(await read("changes.txt")).toContain(`# ${ID}/${item_id}`);

    const drawn = await by(WHO.auditor, "sample", ID, "--word", "lakeside 4711", "--size", "2");
    expect(drawn.out.trim().split("\n")).toHaveLength(3);
    expect(await by(WHO.auditor, "sample", ID, "--word", "lakeside 4711", "--size", "2")).toMatchObject({
      out: drawn.out,
    });
    expect((await by(WHO.compliance, "close", ID)).err).toContain("E_REVIEW");
    const statement = ["--statement", "Complete and accurate to my knowledge."];
    expect(await by(WHO.compliance, "sign-off", ID, ...statement)).toMatchObject({ exit: 0 });
    expect((await by(WHO.compliance, "status", ID)).out).toContain("management has not acknowledged");
    const noted = await by(WHO.admin, "acknowledge", ID, ...statement);
    expect(noted.err).toBe("");
    expect(await by(WHO.compliance, "close", ID)).toMatchObject({ exit: 0 });
    expect((await by(WHO.auditor, "list")).out).toContain("closed");

    for (const round of ["first", "again"]) {
      const { files } = (await saidJson(directory, WHO.auditor, ["report", ID, "--out", "evidence"])) as {
        files: { file: string; sha256: string }[];
      };
      expect(files.map(({ file }) => file)).toContain("access-review.pdf");
      for (const { file, sha256: digest } of files)
        expect([round, file, sha256(await readFile(join(directory, "evidence", file)))]).toEqual([
          round,
          file,
          digest,
        ]);
    }
    const check = await by(undefined, "check");
    expect(check).toMatchObject({ exit: 0, err: "" });
  });

  it("asks and answers for access", { timeout: LIMIT_MS }, async () => {
    const asked = await by(
      "p.oneill@harbourpine.example",
      ...[
        "requests",
        "add",
        "--for",
        "auth/approle/role/batch",
        "--secret",
        "kv/batch/*",
        "--action",
        "read",
      ],
      ...["--because", WHY, "--until", "2099-12-31"],
    );
    expect(asked.err).toBe("");
    const id = asked.out.slice(0, asked.out.indexOf(":"));
    expect((await by(WHO.admin, "requests", "approve", id)).err).toContain("E_FORBIDDEN");
    expect(await by(WHO.last, "requests", "approve", id)).toMatchObject({ exit: 0 });
    const listed = await by(WHO.auditor, "requests", "list", "--state", "approved", "--json");
    expect(listed.out).toContain(id);
    expect(listed.out).toContain('"ends_at":"2099-12-31T23:59:59.999Z"');
    expect((await by(WHO.last, "requests", "refuse", id)).exit).toBe(2);
  });
});

describe("what a killed process leaves", () => {
  it("is whole: each decision is made or not, and in the ledger", { timeout: LIMIT_MS }, async () => {
    const place = await mkdtemp(join(tmpdir(), "countersign-review-kill-"));
    await reviewPlace(place);
    await review(place, WHO.compliance, ["start", "quarterly"]);
    await review(place, WHO.compliance, ["open", ID]);
    const [found] = (await itemsOf(place, ID)).filter(({ reviewer }) => reviewer !== undefined);
    if (found?.reviewer === undefined) throw new Error("expected an item of somebody");
    const { reviewer, item } = found;
    const start = performance.now();
    expect((await review(place, reviewer, ["show", ID, item.item_id])).exit).toBe(0);
    const span = performance.now() - start;
    for (let round = 0; round < 4; round += 1) {
      const how =
        round % 2 === 0
          ? ["decide", ID, item.item_id, "--revoke", "--because", WHY]
          : ["undo", ID, item.item_id];
      await review(place, reviewer, how, {
        started: (child) => void sleep(span * (0.6 + round / 8)).then(() => child.kill("SIGKILL")),
      });
      const { exit, err } = await review(place, undefined, ["check"]);
      expect(err).toBe("");
      expect(exit).toBe(0);
    }
    // A hand in the database is told, though the chain is whole.
    const database = new DatabaseSync(join(place, ".countersign/state.db"));
    const document = JSON.stringify({
      ...found,
      outcome: "certify",
      decisions: [{ by: reviewer, kind: "certify" }],
    });
    database.prepare("UPDATE item_document SET document = ? WHERE item_id = ?").run(document, item.item_id);
    database.close();
    const { exit, err } = await review(place, undefined, ["check"]);
    expect(exit).toBe(4);
    expect(err).toContain(`E_INTEGRITY: expected item ${item.item_id} of ${ID} as entry `);
    await rm(place, { recursive: true, force: true });
  });
});
