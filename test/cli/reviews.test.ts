import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reviewRecords } from "../../src/cli/own-reviews.ts";
import { review } from "../../src/connectors/index.ts";
import type { Fact, FactKind, FactOf } from "../../src/facts/index.ts";
import { openState } from "../../src/state/index.ts";
import { collectAll, contextOf, plainIo, type Collected } from "../connectors/hashicorp/plain-io.ts";
import { DAYS, playCampaign } from "../review/kept-campaign.ts";
import { countersign } from "./process.ts";

/** What a campaign that was really played tells of itself, through database, ledger and command line. */
const root = await mkdtemp(join(tmpdir(), "countersign-reviews-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const LIMIT_MS = 240_000;
const DAY_MS = 86_400_000;
const START = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - 60 * DAY_MS);

let places = 0;

async function emptyPlace(): Promise<string> {
  const directory = join(root, `place-${(places += 1)}`);
  await mkdir(join(directory, ".countersign"), { recursive: true, mode: 0o700 });
  return directory;
}

async function collected(directory: string): Promise<Collected> {
  const stateDirectory = join(directory, ".countersign");
  const reviews = reviewRecords({
    place: () => Promise.resolve({ file: join(stateDirectory, "state.db") }),
    stateDirectory,
    clock: { now: () => new Date() },
  });
  return await collectAll(review, { address: "review" }, { ...contextOf({}, "reviews"), reviews }, plainIo());
}

function of<K extends FactKind>(facts: readonly Fact[], kind: K): FactOf<K>[] {
  return facts.filter((fact): fact is FactOf<K> => fact.kind === kind);
}

describe("a campaign that was played", () => {
  let directory = "";
  let id = "";
  let facts: readonly Fact[] = [];
  beforeAll(async () => {
    directory = await emptyPlace();
    id = await playCampaign(join(directory, ".countersign"), START);
    const found = await collected(directory);
    expect(found.gaps).toEqual([]);
    facts = found.facts;
  });

  it("tells what was decided, by whom, and that its journal agrees with the ledger", () => {
    expect(of(facts, "review_register")).toMatchObject([
      { campaign_count: 1, told_count: 1, journal_outstanding_count: 0 },
    ]);
    expect(of(facts, "review_campaign")).toMatchObject([
      {
        id: `reviews:${id}`,
        template: "quarterly",
        every: "quarter",
        state: "in_remediation",
        item_count: 4,
        decided_count: 4,
        undecided_count: 0,
        certified_count: 1,
        revoked_count: 2,
        time_limited_count: 1,
        kept_count: 0,
        decision_count: 6,
        self_decided_count: 0,
        same_person_twice_count: 0,
        decided_late_count: 0,
        population_complete: true,
        journal_verified: true,
        stores_covered: [expect.any(String)],
        tiers_covered: ["critical", "standard"],
      },
    ]);
    const reviewers = of(facts, "review_reviewer").map((one) => [one.reviewer, one.decision_count]);
    expect(reviewers).toEqual([
      ["mia@example.com", 4],
      ["sam@example.com", 1],
      ["vera@example.com", 1],
    ]);
  });

  it("tells what became of what was revoked, and of each principal what was decided", () => {
    const states = of(facts, "review_revocation").map((one) => [
      one.principal_id.split("/").at(-1),
      one.decision,
      one.state,
    ]);
    expect(states.sort()).toEqual([
      ["ada", "revoke", "still_reachable"],
      ["ben", "time_limit", "open"],
      ["eve", "revoke", "removed"],
    ]);
    const [ada] = of(facts, "review_revocation").filter(({ state }) => state === "still_reachable");
    expect(ada?.remaining.join()).toContain("payments-too");
    const ben = of(facts, "review_decision").find(({ principal_id }) => principal_id.endsWith("/ben"));
    expect(ben).toMatchObject({
      item_count: 2,
      decided_count: 2,
      all_access: true,
      first_at: new Date(START.getTime() + DAYS.decided * DAY_MS + 6 * 3_600_000).toISOString(),
    });
    expect(of(facts, "access_request")).toMatchObject([
      { principal: "ada@example.com", state: "requested", requested_by: "ada@example.com" },
    ]);
  });

  it("is judged offline, and reported as what it is", { timeout: LIMIT_MS }, async () => {
    await writeFile(
      join(directory, "countersign.yaml"),
      "version: 1\nsources:\n  reviews: { connector: review }\n",
    );
    const { exit, err, out } = await countersign(["run"], { cwd: directory });
    expect(err).not.toMatch(/\n {4}at /);
    expect(exit).not.toBe(0);
    expect(out).toContain("deviation");
    const findings = await readFile(join(directory, "out/findings.csv"), "utf8");
    for (const policy of ["revoked_still_reachable", "revocation_overdue"]) {
      expect(findings).toMatch(new RegExp(`,deviation,\\w+,${policy},`));
    }
    expect(findings).toContain("payments-too");
    expect(findings).toMatch(/,undetermined,\w+,access_review_missing,/);
    expect(findings).not.toMatch(/,(review_self_decided|review_overdue|review_rubber_stamped),/);
    const { exit: doctor, out: told } = await countersign(["doctor"], { cwd: directory });
    expect(told).toContain("1 campaign");
    expect(doctor).toBe(0);
  });
});

describe("reviews that cannot be read", () => {
  it("are none before the first campaign, and no database is made", async () => {
    const directory = await emptyPlace();
    const { facts, gaps } = await collected(directory);
    expect(gaps).toEqual([]);
    expect(facts).toMatchObject([{ kind: "review_register", campaign_count: 0, journal_entry_count: 0 }]);
    await expect(readFile(join(directory, ".countersign/state.db"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  it("are a gap where the database is gone and the ledger has reviews, and none is made", async () => {
    const directory = await emptyPlace();
    await playCampaign(join(directory, ".countersign"), START);
    for (const name of ["state.db", "state.db-wal", "state.db-shm"])
      await rm(join(directory, ".countersign", name), { force: true });
    const { facts, gaps } = await collected(directory);
    expect(facts).toEqual([]);
    expect(new Set(gaps.flatMap(({ hides }) => hides))).toEqual(
      new Set(review.yields.filter((kind) => kind !== "pasted_credential")),
    );
    expect(gaps[0]).toMatchObject({ reason: "unsupported", resource: "reviews:" });
    await expect(readFile(join(directory, ".countersign/state.db"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  it("are none where the database has no campaign, which is said", async () => {
    const directory = await emptyPlace();
    await (await openState({ file: join(directory, ".countersign/state.db") })).close();
    const { facts, gaps } = await collected(directory);
    expect(gaps).toEqual([]);
    expect(facts).toMatchObject([{ kind: "review_register", campaign_count: 0, journal_entry_count: 0 }]);
  });

  const MEDDLED: readonly (readonly [string, string])[] = [
    [
      "a decision that nobody made",
      `update item_document set document = replace(document, '"kind":"certify"', '"kind":"revoke"')`,
    ],
    [
      "a revocation said to be gone",
      `update revocation set document = replace(document, '"state":"still_reachable"', '"state":"removed"')`,
    ],
    [
      "a signature of nobody",
      `update campaign set document = replace(document, '"state":"in_remediation"', '"sign_off":{"at":"2026-01-01T00:00:00.000Z","by":"x@example.com","statement":"fine"},"state":"closed"')`,
    ],
  ];

  it.each(MEDDLED)("are a gap where the database has %s", async (_what, sql) => {
    const directory = await emptyPlace();
    const file = join(directory, ".countersign/state.db");
    await playCampaign(join(directory, ".countersign"), START);
    const before = await collected(directory);
    expect(before.gaps).toEqual([]);
    const database = new DatabaseSync(file);
    expect(Number(database.prepare(sql).run().changes)).toBeGreaterThan(0);
    database.close();
    const { facts, gaps } = await collected(directory);
    expect(facts).toEqual([]);
    expect(gaps[0]).toMatchObject({ reason: "malformed" });
    expect(gaps[0]?.detail).toMatch(/not intact \(E_INTEGRITY\).* as entry \d+ names it/);
  });

  it("are a gap where a leaf is gone", async () => {
    const directory = await emptyPlace();
    await playCampaign(join(directory, ".countersign"), START);
    await rm(join(directory, ".countersign/leaves"), { recursive: true });
    const { facts, gaps } = await collected(directory);
    expect(facts).toEqual([]);
    expect(gaps[0]?.detail).toContain("E_INTEGRITY");
  });

  it("never tell the password of a database", { timeout: LIMIT_MS }, async () => {
    const directory = await emptyPlace();
    await writeFile(
      join(directory, "countersign.yaml"),
      "version: 1\nsources:\n  reviews: { connector: review }\nstate: { url: env:REVIEWS_URL }\n",
    );
    const env = { REVIEWS_URL: "postgres://reviews:Pl" + "anted-Otter-7731@127.0.0.1:9/reviews" };
    const { out, err } = await countersign(["collect"], { cwd: directory, env });
    expect(out + err).toContain("127.0.0.1:9");
    expect(out + err).not.toContain("Planted-Otter-7731");
    await writeFile(
      join(directory, "countersign.yaml"),
      'version: 1\nsources:\n  reviews: { connector: review }\nstate: { url: "postgres://a:Pl' +
        'anted-Otter-7731@h/d" }\n',
    );
    const refused = await countersign(["collect"], { cwd: directory });
    expect(refused.err).toContain("E_CONFIG_LITERAL");
    expect(refused.out + refused.err).not.toContain("Planted-Otter-7731");
  });
});
