import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LogStore } from "../../src/collect/index.ts";
import { Bucket, keyOf, logFile, record } from "../connectors/aws/log-answers.ts";
import { fakeAws } from "../fakes/aws.ts";
import { countersign, type Ended } from "./process.ts";

// Each starts the command line several times, in processes of their own.
vi.setConfig({ testTimeout: 120_000 });

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "countersign-sources-"));
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const VAULT = { connector: "hashicorp", address: "https://vault.example.com:8200" };
const AWS = { connector: "aws" };
const env = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPL0", AWS_SECRET_ACCESS_KEY: "not-checked" };

function configure(sources: object): void {
  writeFileSync(join(home, "countersign.yaml"), JSON.stringify({ version: 1, sources }));
}

async function ingest(...args: string[]): Promise<Ended & { readonly told: unknown }> {
  const ended = await countersign(["events", "ingest", "--json", ...args], { cwd: home, env });
  return { ...ended, told: ended.out === "" ? undefined : JSON.parse(ended.out) };
}

async function count(): Promise<string> {
  const sql = "SELECT store_id, count(*) FROM events GROUP BY store_id ORDER BY 1";
  return (await countersign(["events", "query", "--csv", sql], { cwd: home })).out;
}

/** Keeps a body as `collect` does. */
async function keep(body: Buffer, source: string, hole?: string): Promise<string> {
  const store = new LogStore(join(home, ".countersign"), "aws-prod", () => Promise.resolve());
  const kept = await store.keep(gunzipSync(body), []);
  const span = { from_at: "2026-10-01T00:00:00.000Z", to_at: "2026-10-02T00:00:00.000Z" };
  await store.add("111122223333/eu-central-1/s3", {
    observed: [span],
    entries: [{ source, event_count: 1, ...kept }],
    holes: hole === undefined ? [] : [{ ...span, source: hole, reason: "denied", detail: "AccessDenied" }],
    filled: [],
  });
  return store.pathOf(kept.sha256);
}

const LINE = `${JSON.stringify({
  type: "response",
  time: "2026-10-01T08:15:00Z",
  request: { id: "r1", operation: "read", path: "kv/data/a", mount_type: "kv", mount_point: "kv/" },
})}\n`;

test("without paths each source's log is read, and only what is new of it again", async () => {
  configure({
    "aws-prod": AWS,
    "vault-prod": { ...VAULT, audit_log: { files: ["logs/audit.log"] } },
    own: { connector: "embedded" },
  });
  mkdirSync(join(home, "logs"));
  writeFileSync(join(home, "logs", "audit.log"), LINE);
  await keep(logFile(record("e1", "2026-10-01T08:15:00Z")), "one.json.gz");
  const first = await ingest();
  expect(first.told).toMatchObject({
    sources: [
      { store_id: "aws-prod", files: 1, events: 1, missing: [] },
      { store_id: "vault-prod", files: 1, events: 1, missing: [] },
    ],
  });
  expect(first.exit).toBe(0);
  await keep(logFile(record("e2", "2026-10-01T09:15:00Z")), "two.json.gz");
  expect((await ingest()).told).toMatchObject({
    sources: [
      { store_id: "aws-prod", files: 1, known_files: 1, events: 1 },
      { store_id: "vault-prod", files: 0, known_files: 1 },
    ],
  });
  expect(await count()).toContain("aws-prod,2\r\nvault-prod,1");
});

test("one log that is read as two sources is told, by every run of one of them and by check", async () => {
  configure({ north: VAULT, south: VAULT });
  const log = join(home, "audit.log");
  const other = join(home, "other.log");
  writeFileSync(log, LINE);
  writeFileSync(other, LINE.replace("r1", "r2"));
  expect((await ingest("--store", "north", log)).told).toMatchObject({ same_as: [] });
  expect((await ingest("--store", "south", other)).told).toMatchObject({ same_as: [] });
  const check = async () => await countersign(["events", "check"], { cwd: home });
  expect(await check()).toMatchObject({ exit: 0 });
  writeFileSync(log, `${LINE}${LINE.replace("r1", "r3")}`);
  expect((await ingest("--store", "south", log)).told).toMatchObject({ same_as: ["north"] });
  expect((await ingest("--store", "north", log)).told).toMatchObject({ same_as: ["south"] });
  const told = await countersign(["events", "ingest", "--store", "north", log], { cwd: home });
  expect(told.out).toContain("the same log was read as south: each of its calls counts twice");
  expect(await check()).toMatchObject({
    exit: 3,
    out: expect.stringContaining("1 file read both as north and as south") as string,
  });
});

test("a directory without a file is told; a line that is none as that", async () => {
  configure({ "vault-prod": VAULT });
  mkdirSync(join(home, "empty", "below"), { recursive: true });
  writeFileSync(join(home, "audit.log"), `${LINE}no json\n`);
  const ended = await ingest("empty", "audit.log");
  expect(ended).toMatchObject({ exit: 3, told: { files: 1, aside: 1, missing: ["no file in empty"] } });
  const aside = await countersign(["events", "query", "--csv", "aside"], { cwd: home });
  expect(aside.out).toContain("a line that is no JSON object");
});

test("a word that is no saved question is a slip; a text is a text, whatever it looks like", async () => {
  configure({ "123": VAULT });
  writeFileSync(join(home, "audit.log"), LINE);
  expect(await ingest("--store", "123", "audit.log")).toMatchObject({ exit: 0 });
  const query = async (...args: readonly string[]) =>
    await countersign(["events", "query", ...args], { cwd: home });
  expect(await query("last_read")).toMatchObject({
    exit: 2,
    err: expect.stringMatching(/expected a saved question or SQL, got "last_read"[^]*last_reads/) as string,
  });
  expect(await query("nosuch")).toMatchObject({
    exit: 2,
    err: expect.stringContaining("last_reads") as string,
  });
  expect(await query("log_days", "--set", "store=123", "--json")).toMatchObject({ exit: 0, err: "" });
});

test("a source without a log, and one whose log has holes, is told", async () => {
  configure({ "aws-prod": AWS, "vault-prod": VAULT });
  const none = await ingest();
  expect(none.exit).toBe(3);
  expect(none.told).toMatchObject({
    sources: [
      { store_id: "aws-prod", missing: [expect.stringContaining("countersign collect")] },
      { store_id: "vault-prod", missing: [expect.stringContaining("audit_log.files")] },
    ],
  });
  await keep(logFile(record("e1", "2026-10-01T08:15:00Z")), "one.json.gz", "two.json.gz");
  const holes = await ingest("--store", "aws-prod");
  expect(holes.exit).toBe(3);
  expect(holes.told).toMatchObject({
    sources: [{ events: 1, missing: [expect.stringContaining("1 piece")] }],
  });
});

test("a kept body that is another is no log", async () => {
  configure({ "aws-prod": AWS });
  const path = await keep(logFile(record("e1", "2026-10-01T08:15:00Z")), "one.json.gz");
  writeFileSync(path, "other bytes");
  const ended = await ingest();
  expect(ended).toMatchObject({ exit: 4, err: expect.stringContaining("E_INTEGRITY") as string });
});

test("objects of a bucket are fetched page by page, and known ones not again", async () => {
  const bucket = new Bucket();
  bucket.pageSize = 2;
  const keys = ["08", "09", "10", "11", "12"].map((hour) =>
    bucket.put(`2026-10-01T${hour}:15:00Z`, record(`e${hour}`, `2026-10-01T${hour}:15:00Z`)),
  );
  const server = await fakeAws(bucket.answer);
  try {
    configure({ "aws-prod": { ...AWS, endpoint: server.endpoint } });
    const fetched = (): number => server.seen.filter(({ action }) => action === "GetObject").length;
    expect(await ingest("s3://shop-trail-files/trails/AWSLogs/")).toMatchObject({
      exit: 0,
      told: { store_id: "aws-prod", files: 5, events: 5 },
    });
    expect(fetched()).toBe(5);
    expect(await ingest("s3://shop-trail-files/trails/AWSLogs/")).toMatchObject({ told: { known_files: 5 } });
    expect(fetched()).toBe(5);
    bucket.otherwise.set(keyOf("2026-10-02T08:15:00Z"), { error: "AccessDenied", status: 403 });
    bucket.put("2026-10-02T08:15:00Z");
    const denied = await ingest("s3://shop-trail-files/trails/AWSLogs/");
    expect(denied).toMatchObject({ exit: 3, err: expect.stringContaining("E_DENIED") as string });
    const source = await countersign(["events", "query", "--csv", "SELECT source FROM inputs"], {
      cwd: home,
    });
    expect(source.out).toContain(`s3://shop-trail-files/${keys[0] ?? ""}`);
  } finally {
    await server.close();
  }
});

test("a bucket of a source that is no AWS is refused", async () => {
  configure({ "vault-prod": VAULT });
  expect(await ingest("s3://shop-trail-files/")).toMatchObject({
    exit: 2,
    err: expect.stringContaining("E_USAGE") as string,
  });
});

test("a source that the configuration has not is refused, and nothing is read", async () => {
  configure({ "main-vault": VAULT, "aws-prod": AWS });
  writeFileSync(join(home, "audit.log"), LINE);
  expect(await ingest("--store", "vault-prod", "audit.log")).toMatchObject({
    exit: 2,
    err: expect.stringMatching(
      /E_USAGE.*expected a source of aws-prod, main-vault, got vault-prod/s,
    ) as string,
  });
  expect((await ingest("--store", "main-vault", "audit.log")).exit).toBe(0);
  expect(await count()).toContain("main-vault,1");
  expect((await ingest("--store", "main-vault", "--config", "other.yaml", "audit.log")).exit).toBe(2);
});

test("without a configuration a log is read under any name, and that is told", async () => {
  writeFileSync(join(home, "audit.log"), LINE);
  const read = await ingest("--store", "vault-prod", "audit.log");
  expect(read).toMatchObject({ exit: 0, told: { store_id: "vault-prod", events: 1 } });
  expect(read.err).toBe("There is no countersign.yaml: nothing says that there is a source vault-prod.\n");
});

test("what is piped is read", async () => {
  const piped = await countersign(["events", "ingest", "--json", "--store", "vault-prod", "-"], {
    cwd: home,
    input: LINE,
  });
  expect(piped.exit).toBe(0);
  expect(JSON.parse(piped.out)).toMatchObject({ files: 1, events: 1 });
});
