import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { countersign, type Ended, type SpawnOptions } from "../cli/process.ts";
import { temporaryDirectory } from "../vault/place.ts";

/** Kills of one ingestion before it may end. */
const KILLS = process.env["SLOW"] === "1" ? 60 : 12;
const FILES = 50;
const RECORDS = 40;

let logs: string;

beforeEach(() => {
  logs = temporaryDirectory();
  for (let file = 0; file < FILES; file += 1) {
    const records = Array.from({ length: RECORDS }, (_, index) => ({
      // Each tenth call stands in two files.
      eventID: `call-${index % 10 === 0 ? Math.floor(file / 2) : file}-${index}`,
      eventTime: `2026-10-${String((file % 20) + 1).padStart(2, "0")}T08:15:00Z`,
      eventSource: "secretsmanager.amazonaws.com",
      eventName: "GetSecretValue",
      awsRegion: "eu-central-1",
      recipientAccountId: "210987654321",
      requestParameters: { secretId: `payments/${index}` },
    }));
    writeFileSync(join(logs, `${file}.json.gz`), gzipSync(JSON.stringify({ Records: records })));
  }
});

afterEach(() => {
  rmSync(logs, { recursive: true, force: true });
});

function place(): string {
  const root = temporaryDirectory();
  mkdirSync(root, { recursive: true });
  return root;
}

async function events(root: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return await countersign(["events", ...args], {
    ...options,
    cwd: root,
    env: { COUNTERSIGN_STATE: join(root, "state") },
  });
}

const INGEST = ["ingest", "--store", "aws-prod", "--json"];

async function table(root: string): Promise<string> {
  const asked = await events(root, ["query", "--csv", "SELECT * FROM events ORDER BY event_id, item"]);
  expect(asked).toMatchObject({ exit: 0, err: "" });
  return asked.out;
}

function partsIn(root: string): string[] {
  const directory = join(root, "state", "event-table", "events");
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

test(
  "killed at any moment, what is read at last is the table of a run that nobody killed",
  { timeout: 600_000 },
  async () => {
    const undisturbed = place();
    expect(await events(undisturbed, [...INGEST, logs])).toMatchObject({ exit: 0 });
    const killed = place();
    let kills = 0;
    for (let turn = 0; turn < KILLS; turn += 1) {
      // Six files a run, so that runs commit in between, and kills fall before, into and behind commits.
      const some = Array.from({ length: 6 }, (_, index) =>
        join(logs, `${(turn * 6 + index) % FILES}.json.gz`),
      );
      await events(killed, [...INGEST, ...some], {
        started: (child) => {
          void setTimeout(250 + ((turn * 397) % 900)).then(() => (kills += child.kill("SIGKILL") ? 1 : 0));
        },
      });
    }
    expect(kills).toBeGreaterThan(0);
    expect(await events(killed, [...INGEST, logs])).toMatchObject({ exit: 0 });
    expect(await table(killed)).toBe(await table(undisturbed));
    expect(await events(killed, ["check"])).toMatchObject({ exit: 0 });
    expect(existsSync(join(killed, "state", "event-table", "staging"))).toBe(false);
    const [{ n }] = JSON.parse(
      (
        await events(killed, [
          "query",
          "--json",
          "SELECT CAST(sum(files) AS BIGINT) AS n FROM (SELECT count(DISTINCT digest) AS files FROM inputs)",
        ])
      ).out,
    ) as [{ n: number }];
    expect(n).toBe(FILES);
  },
);

test("of two at once one reads and the other is told", { timeout: 120_000 }, async () => {
  const root = place();
  const both = await Promise.all([events(root, [...INGEST, logs]), events(root, [...INGEST, logs])]);
  const exits = both.map(({ exit }) => exit).sort();
  // The second may also come when the first has ended.
  expect([
    [0, 0],
    [0, 5],
  ]).toContainEqual(exits);
  const refused = both.find(({ exit }) => exit === 5);
  if (refused !== undefined) expect(refused.err).toContain("E_STATE_LOCKED");
  expect(await events(root, ["query", "--json", "SELECT count(*) AS n FROM events"])).toMatchObject({
    out: expect.stringContaining(`${FILES * RECORDS - (FILES / 2) * (RECORDS / 10)}`) as string,
  });
});

test("a disk that is full is said, and what was committed stays", { timeout: 120_000 }, async () => {
  const root = place();
  expect(await events(root, [...INGEST, join(logs, "0.json.gz")])).toMatchObject({ exit: 0 });
  const before = await table(root);
  // Files of at most 512 bytes: every further one that is written meets its end.
  const full = await events(root, [...INGEST, logs], { shell: 'trap "" XFSZ; ulimit -f 1; exec "$@"' });
  expect(full.err).toContain("E_DISK");
  expect(full.exit).toBe(5);
  expect(await table(root)).toBe(before);
  expect(await events(root, [...INGEST, logs])).toMatchObject({ exit: 0 });
});

test(
  "a file that cannot be read ends the run, and those before it are kept",
  { timeout: 120_000 },
  async () => {
    const root = place();
    const ended = await events(root, [
      ...INGEST,
      join(logs, "0.json.gz"),
      join(logs, "1.json.gz"),
      join(logs, "none"),
    ]);
    expect(ended).toMatchObject({ exit: 2, err: expect.stringContaining("E_NOT_FOUND") as string });
    const asked = await events(root, ["query", "--json", "SELECT count(*) AS n FROM inputs"]);
    expect(asked.out).toContain('"n":2');
  },
);

test("a byte of the table that is another is found", { timeout: 120_000 }, async () => {
  const root = place();
  await events(root, [...INGEST, logs]);
  expect(await events(root, ["check"])).toMatchObject({ exit: 0 });
  const [part = ""] = partsIn(root);
  const bytes = readFileSync(part);
  const middle = Math.floor(statSync(part).size / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(part, bytes);
  expect(await events(root, ["check"])).toMatchObject({
    exit: 4,
    err: expect.stringContaining("E_INTEGRITY") as string,
  });
});

test("who asks while it is written sees whole commits", { timeout: 300_000 }, async () => {
  const root = place();
  await events(root, [...INGEST, join(logs, "0.json.gz")]);
  const progress = { isOver: false };
  const writing = (async () => {
    for (let file = 2; file < 20; file += 2) await events(root, [...INGEST, join(logs, `${file}.json.gz`)]);
    progress.isOver = true;
  })();
  for (let asked = 0; asked < 3 || !progress.isOver; asked += 1) {
    const { exit, out, err } = await events(root, ["query", "--json", "SELECT count(*) AS n FROM events"]);
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    const [{ n }] = JSON.parse(out) as [{ n: number }];
    expect(n % RECORDS).toBe(0);
  }
  await writing;
});
