import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evidenceContent, reviewJournal } from "../../src/cli/ledger-place.ts";
import { reviewRecords } from "../../src/cli/own-reviews.ts";
import { review } from "../../src/connectors/index.ts";
import { checkState } from "../../src/review/index.ts";
import { HELD_TABLES, OTHER_TABLES } from "../../src/review/record/rows.ts";
import { openState } from "../../src/state/index.ts";
import { collectAll, contextOf, plainIo } from "../connectors/hashicorp/plain-io.ts";
import { playCampaign } from "../review/kept-campaign.ts";
import { countersign } from "./process.ts";

/** What somebody with the database in their hands changes, and what is told of it. */
const root = await mkdtemp(join(tmpdir(), "countersign-tampering-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const PROCESS_MS = 120_000;
const CONFIG = "version: 1\nsources:\n  reviews: { connector: review }\n";
const START = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 - 60 * 86_400_000);
const clock = { now: () => new Date() };
let id = "";
beforeAll(async () => {
  const stateDirectory = join(root, "played/.countersign");
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  await writeFile(join(root, "played/countersign.yaml"), CONFIG);
  id = await playCampaign(stateDirectory, START);
});

let places = 0;

/** The played campaign in a directory of its own, changed. */
async function changed(sql: string): Promise<string> {
  const directory = join(root, `place-${(places += 1)}`);
  await cp(join(root, "played"), directory, { recursive: true });
  const database = new DatabaseSync(join(directory, ".countersign/state.db"));
  const changes = () => Number(database.prepare("select total_changes() as n").get()?.["n"]);
  database.exec("pragma foreign_keys = off");
  const before = changes();
  database.exec(sql);
  expect(changes()).toBeGreaterThan(before);
  database.close();
  return directory;
}

async function checked(directory: string) {
  const stateDirectory = join(directory, ".countersign");
  const state = await openState({ file: join(stateDirectory, "state.db") });
  try {
    const { outstanding } = await reviewJournal(state, stateDirectory, clock).verify();
    expect(outstanding).toBe(0);
    const content = evidenceContent(stateDirectory);
    return await checkState({ state, kept: async (digest) => await content.get(digest) });
  } finally {
    await state.close();
  }
}

async function collected(directory: string) {
  const stateDirectory = join(directory, ".countersign");
  const place = () => Promise.resolve({ file: join(stateDirectory, "state.db") });
  const reviews = reviewRecords({ place, stateDirectory, clock });
  return await collectAll(review, { address: "review" }, { ...contextOf({}, "reviews"), reviews }, plainIo());
}

const FIRST = "(select min(item_id) from item)";
const CERTIFIED = "(select item_id from item where outcome = 'certify')";
const REVOKED = "(select min(item_id) from item where outcome = 'revoke')";
const document = (change: string, table: string, where = "true"): string =>
  `update ${table} set document = ${change} where ${where}`;
const json = (path: string, value: string): string => `json_set(document, '${path}', ${value})`;

/** What is changed, by which SQL, and what is said of it. */
const CHANGES: readonly (readonly [what: string, sql: string, told: RegExp])[] = [
  [
    "an item deleted",
    `delete from item_document where item_id = ${CERTIFIED}; delete from item where outcome = 'certify'`,
    /item \w+ of \S+, which entry \d+ names, got none/,
  ],
  [
    "the document of an item deleted",
    `delete from item_document where item_id = ${FIRST}`,
    /item \w+ of \S+, which entry \d+ names, got none/,
  ],
  [
    "an item added",
    `insert into item select campaign_id, '${"f".repeat(32)}', version, state, reviewer, principal_id, principal_name, principal_email, store_id, owner, tier, risk, recommendation, change, privileged, outcome, last_used_at, secret_count, search, position, seen_sha256 from item where item_id = ${FIRST}; insert into item_document select campaign_id, '${"f".repeat(32)}', document from item_document where item_id = ${FIRST}`,
    /no item f+ of \S+, got one that no entry/,
  ],
  [
    "an outcome turned",
    `${document(json("$.outcome", "'certify'"), "item_document", `item_id = ${REVOKED}`)}; update item set outcome = 'certify' where item_id = ${REVOKED}`,
    /item \w+ of \S+ as entry \d+ names it/,
  ],
  [
    "an outcome turned in its column",
    `update item set outcome = 'certify' where item_id = ${REVOKED}`,
    /another outcome than its document says/,
  ],
  [
    "an item gone",
    `${document(json("$.state", "'gone'"), "item_document", `item_id = ${REVOKED}`)}; update item set state = 'gone' where item_id = ${REVOKED}`,
    /item \w+ of \S+ as entry \d+ names it/,
  ],
  [
    "another reviewer",
    `${document(json("$.reviewer", "'x@example.com'"), "item_document", `item_id = ${FIRST}`)}; update item set reviewer = 'x@example.com' where item_id = ${FIRST}`,
    /item \w+ of \S+ as entry/,
  ],
  [
    "another reviewer in its column",
    `update item set reviewer = 'x@example.com' where item_id = ${FIRST}`,
    /another reviewer than/,
  ],
  [
    "another reason for the reviewer",
    document(json("$.assigned_because", "'asked'"), "item_document", `item_id = ${FIRST}`),
    /got another document/,
  ],
  [
    "a decision of another",
    document(`replace(document, '"kind":"certify"', '"kind":"revoke"')`, "item_document"),
    /got other decisions/,
  ],
  ["a version", `update item set version = version + 1 where item_id = ${FIRST}`, /another version than/],
  [
    "a version with its document",
    `${document(json("$.version", "9"), "item_document", `item_id = ${FIRST}`)}; update item set version = 9 where item_id = ${FIRST}`,
    /item \w+ of \S+ as entry/,
  ],
  [
    "a position",
    `update item set position = position + 100 where item_id = ${FIRST}`,
    /item \w+ of \S+ as entry/,
  ],
  ["what is searched", `update item set search = '' where item_id = ${FIRST}`, /another search than/],
  [
    "a document that is none",
    document("'{'", "item_document", `item_id = ${FIRST}`),
    /a document that cannot be read/,
  ],
  [
    "documents of two items swapped",
    `update item_document as one set document = (select document from item_document as other where other.item_id = case one.item_id when ${FIRST} then (select max(item_id) from item) else ${FIRST} end) where item_id in (${FIRST}, (select max(item_id) from item))`,
    /item \w+ of \S+ as entry/,
  ],
  [
    "all revocations deleted",
    "delete from revocation",
    /revocation \w+ of \S+, which entry \d+ names, got none/,
  ],
  [
    "one revocation deleted",
    `delete from revocation where item_id = ${REVOKED}`,
    /revocation \w+ of \S+, which entry \d+ names, got none/,
  ],
  [
    "a revocation said to be gone",
    `${document(json("$.state", "'removed'"), "revocation")}; update revocation set state = 'removed'`,
    /revocation \w+ of \S+ as entry \d+ names it, got removed instead of/,
  ],
  ["a revocation's state in its column", "update revocation set state = 'removed'", /another state than/],
  [
    "what a revocation asks to be taken away",
    document(json("$.actions", "json('[]')"), "revocation"),
    /revocation \w+ of \S+ as entry \d+ names it, got another document/,
  ],
  [
    "whose access a revocation takes away",
    document(json("$.principal_id", "'vault:nobody'"), "revocation"),
    /revocation \w+ of/,
  ],
  [
    "which secrets a revocation takes away",
    document(json("$.set_sha256", `'${"0".repeat(64)}'`), "revocation"),
    /revocation \w+ of/,
  ],
  [
    "when a revocation is due",
    `${document(json("$.due_at", "'2099-01-01T00:00:00.000Z'"), "revocation")}; update revocation set due_at = '2099-01-01T00:00:00.000Z'`,
    /revocation \w+ of/,
  ],
  [
    "the campaign deleted",
    "delete from item_document; delete from item; delete from revocation; delete from campaign",
    /campaign \S+, of which there are entries or items, got none/,
  ],
  [
    "the campaign alone deleted",
    "delete from campaign",
    /campaign \S+, of which there are entries or items, got none/,
  ],
  [
    "a campaign added",
    `insert into campaign select 'other-2026', version, state, json_set(document, '$.campaign_id', 'other-2026') from campaign`,
    /no campaign other-2026, got one that no entry/,
  ],
  [
    "the campaign closed",
    `${document(json("$.state", "'closed'"), "campaign")}; update campaign set state = 'closed'`,
    /campaign \S+ as entry \d+ names it, got another state/,
  ],
  [
    "the campaign's state in its column",
    "update campaign set state = 'closed'",
    /another state than its document/,
  ],
  [
    "another population",
    document(json("$.population.item_count", "1"), "campaign"),
    /got another population/,
  ],
  ["a whole population", document(json("$.population.gap_count", "7"), "campaign"), /got another population/],
  [
    "another scope",
    document(json("$.terms.scope", 'json(\'{"tiers":["low"]}\')'), "campaign"),
    /got another terms/,
  ],
  [
    "a later due date",
    document(json("$.due_at", "'2099-01-01T00:00:00.000Z'"), "campaign"),
    /got another due_at/,
  ],
  ["no signatures", document(json("$.signed_off", "json('[]')"), "campaign"), /got another signed_off/],
  [
    "a signature of nobody",
    document(
      json("$.sign_off", `json('{"at":"2026-01-01T00:00:00.000Z","by":"x@example.com","statement":"fine"}')`),
      "campaign",
    ),
    /got another sign_off/,
  ],
  [
    "a request approved",
    `${document(json("$.state", "'approved'"), "access_request")}; ${document(json("$.manager_approval", `json('{"approved":true,"at":"2026-01-01T00:00:00.000Z","by":"x@example.com"}')`), "access_request")}; update access_request set state = 'approved'`,
    /access request req-\w+ as entry \d+ names it/,
  ],
  [
    "a request deleted",
    "delete from access_request",
    /access request req-\w+, which entry \d+ names, got none/,
  ],
  [
    "a request added",
    "insert into access_request select 'req-0', version, state, principal, document from access_request",
    /no access request req-0, got one/,
  ],
  [
    "another principal of a request in its column",
    "update access_request set principal = 'x'",
    /another principal than/,
  ],
  [
    "a set of secrets emptied",
    "update target_set set members = '', count = 0",
    /the set of secrets \w+ as its digest says/,
  ],
  [
    "a set of secrets counted otherwise",
    "update target_set set count = count + 1",
    /the set of secrets \w+ as its digest says/,
  ],
  [
    "a set of secrets deleted",
    "delete from target_set",
    /the set of secrets \w+ of revocation|the set of secrets \w+ of item/,
  ],
  [
    "an entry found by another item",
    `drop trigger entry_item_kept; update entry_item set item_id = '${"f".repeat(32)}' where number = (select max(number) from entry where kind = 'decided')`,
    /to be found by the items that it is about/,
  ],
  [
    "an entry not found by its item",
    "drop trigger entry_item_stays; delete from entry_item where number = (select max(number) from entry where kind = 'decided')",
    /to be found by the items that it is about/,
  ],
  [
    "an entry's document",
    'drop trigger entry_kept; update entry set document = replace(document, \'"kind":"certify"\', \'"kind":"revoke"\') where kind = \'decided\'',
    /entry \d+ with the document/,
  ],
  [
    "the rows that an entry names",
    `drop trigger entry_kept; ${document("json_remove(document, '$.rows')", "entry", "kind = 'campaign_created'")}`,
    /entry 1 with the document/,
  ],
  [
    "an entry deleted",
    "drop trigger entry_stays; delete from entry where number = 5",
    /expected entry 5 of the journal, got entry 6/,
  ],
];

describe("a database of an older program", () => {
  it("is compared by decisions and signatures, and said not to be held", async () => {
    const directory = join(root, "older");
    const stateDirectory = join(directory, ".countersign");
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    await writeFile(join(directory, "countersign.yaml"), CONFIG);
    const made = await playCampaign(stateDirectory, START, { older: true });
    // A campaign, four items, three revocations, and a request.
    expect(await checked(directory)).toMatchObject({ items: 4, unheld: { [made]: 8, "": 1 } });
    const { facts, gaps } = await collected(directory);
    expect(gaps).toEqual([]);
    const told = facts.filter(({ kind }) => kind === "review_campaign");
    expect(told).toMatchObject([{ campaign_id: made, journal_verified: false }]);
    const { exit, out } = await countersign(["review", "check"], { cwd: directory });
    expect(out).toContain(`${made}: 8 rows of an older version`);
    expect(exit).toBe(3);
  });
});

describe("a database that somebody changed", () => {
  it("is none where nobody did", async () => {
    const directory = join(root, "untouched");
    await cp(join(root, "played"), directory, { recursive: true });
    expect(await checked(directory)).toMatchObject({ campaigns: 1, items: 4, requests: 1, unheld: {} });
    expect((await collected(directory)).gaps).toEqual([]);
  });

  it.each(CHANGES)("is told by the check and the connector: %s", async (_what, sql, told) => {
    const directory = await changed(sql);
    await expect(checked(directory)).rejects.toMatchObject({ code: "E_INTEGRITY" });
    await expect(checked(directory)).rejects.toThrow(told);
    const { facts, gaps } = await collected(directory);
    expect(facts).toEqual([]);
    expect(new Set(gaps.flatMap(({ hides }) => hides))).toContain("review_campaign");
    expect(gaps[0]).toMatchObject({ reason: "malformed" });
    expect(gaps[0]?.detail).toContain("E_INTEGRITY");
  });

  const REPORTED = ["an item deleted", "an outcome turned", "the campaign deleted", "a request approved"];
  it.each(REPORTED)(
    "gives no report, and ends the commands with 4: %s",
    { timeout: PROCESS_MS },
    async (what) => {
      const [, sql = "", told = /^$/] = CHANGES.find(([name]) => name === what) ?? [];
      const directory = await changed(sql);
      for (const command of [
        ["review", "report", id, "--out", "evidence", "--as", "olga@audit.example"],
        ["review", "check"],
      ]) {
        const { exit, err } = await countersign(command, { cwd: directory });
        expect(err).toContain("E_INTEGRITY");
        expect(err.replaceAll(/\s+/g, " ")).toMatch(told);
        expect(exit).toBe(4);
      }
      expect(await readdir(directory)).not.toContain("evidence");
    },
  );

  it("has no table of which nobody says what holds its rows", () => {
    const database = new DatabaseSync(join(root, "played/.countersign/state.db"));
    const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
    database.close();
    const own = tables.map(({ name }) => String(name)).filter((name) => !/^(kysely|sqlite)_/.test(name));
    expect(own.sort()).toEqual([...HELD_TABLES, ...Object.keys(OTHER_TABLES)].sort());
  });
});
