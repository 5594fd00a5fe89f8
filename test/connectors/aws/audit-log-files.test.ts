import { describe, expect, it } from "vitest";
import { LogStore, reperform, type CollectRequest, type Collected } from "../../../src/collect/index.ts";
import { aws } from "../../../src/connectors/index.ts";
import type { Gap, LogEntry } from "../../../src/facts/index.ts";
import { gzipSync } from "node:zlib";
import { stillPorts, temporaryDirectory } from "../../collect/run.ts";
import { ACCOUNT, REGION } from "./answers.ts";
import { SOURCE, collecting } from "./collecting.ts";
import { Bucket, digestKeyOf, exclude, keyOf, record } from "./log-answers.ts";

const { collect, asked } = collecting();

const LOG = `${ACCOUNT}/${REGION}/s3`;
const HOURS = ["01", "02", "03", "04", "05"].map((hour) => `2026-09-30T${hour}:00:00.000Z`);

const at = (now: string) => stillPorts({ clock: { now: () => new Date(now) } });

/** Collects, and makes the snapshot again from its records. */
async function read(
  bucket: Bucket,
  stateDirectory: string,
  more: object = {},
  change: Partial<CollectRequest> = {},
): Promise<Collected> {
  const log = { from: "s3" as const, days: 2, ...more };
  const ended = await collect(bucket.answer, { exclude, audit_log: log }, { stateDirectory, ...change });
  expect(ended.errors).toEqual([]);
  await reperform(ended.directory, [aws]);
  return ended;
}

function coverage({ facts }: Collected) {
  const [fact, ...others] = facts.of("audit_log_coverage");
  expect(others).toEqual([]);
  return fact!;
}

function hidden({ facts }: Collected): Gap[] {
  return facts.gaps.filter(({ hides }) => hides.length === 1 && hides[0] === "audit_log_coverage");
}

function store(stateDirectory: string): LogStore {
  return new LogStore(stateDirectory, SOURCE, () => Promise.resolve());
}

async function entries(stateDirectory: string): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  for await (const entry of store(stateDirectory).list(LOG)) found.push(entry);
  return found;
}

async function filled(...instants: readonly string[]) {
  const bucket = new Bucket();
  for (const instant of instants) bucket.put(instant);
  return { bucket, state: await temporaryDirectory() };
}

describe("a trail's files", () => {
  it("are kept by digest, and observed from the first to the last of them", async () => {
    const { bucket, state } = await filled(...HOURS.slice(0, 3));
    const ended = await read(bucket, state);
    expect(coverage(ended)).toMatchObject({
      mount: `${ACCOUNT}/${REGION}`,
      way: "s3",
      observed_from: HOURS[0],
      observed_until: HOURS[2],
      body_count: 3,
      event_count: 3,
      hole_count: 0,
      management_only: false,
    });
    const kept = await entries(state);
    expect(kept.map(({ source }) => source)).toEqual(HOURS.slice(0, 3).map((hour) => keyOf(hour)));
    const text = (await store(state).open(kept[0]!.sha256)).toString();
    expect(JSON.parse(text)).toEqual({ Records: [record(HOURS[0]!, HOURS[0]!)] });
    expect(kept[0]).toMatchObject({ first_at: HOURS[0], event_count: 1, redaction_count: 0 });
  });

  it("hide what was before the first, and behind the last", async () => {
    const { bucket, state } = await filled(...HOURS.slice(0, 3));
    const spans = hidden(await read(bucket, state)).map(({ from_at, to_at, reason }) => [
      reason,
      from_at,
      to_at,
    ]);
    expect(spans.sort()).toEqual([
      ["unavailable", "2026-09-28T06:00:00.000Z", HOURS[0]],
      ["unavailable", HOURS[2], HOURS[4]],
    ]);
  });

  it("are no more than the bucket has, where digests say that the trail delivered all the time", async () => {
    const { bucket, state } = await filled(HOURS[2]!);
    for (const hour of HOURS) bucket.objects.set(digestKeyOf(hour), Buffer.from("not asked for"));
    const ended = await read(bucket, state);
    expect(coverage(ended)).toMatchObject({
      observed_from: "2026-09-29T23:55:00.000Z",
      observed_until: HOURS[4],
    });
    expect(asked("GetObject")).toHaveLength(1);
  });

  it("keep the name of the secret and the id of the key, and no token", async () => {
    const { bucket, state } = await filled();
    const responseElements = {
      credentials: { accessKeyId: "ASIAIOSFODNN7EXAMPL0", sessionToken: "IQoJb3JpZ2luX2VjEXAMPLE" },
    };
    bucket.put(HOURS[0]!, record("a", HOURS[0]!, { responseElements }));
    expect(coverage(await read(bucket, state))).toMatchObject({ redaction_count: 1 });
    const [entry] = await entries(state);
    const text = (await store(state).open(entry!.sha256)).toString();
    expect(text).not.toContain("IQoJ");
    expect(text).toContain('"secretId":"payments/db"');
    expect(text.match(/ASIAIOSFODNN7EXAMPL0/g)).toHaveLength(2);
    expect(entry!.received_sha256).not.toBe(entry!.sha256);
  });

  it("are read on from the mark, and what came late as well, each once", async () => {
    const { bucket, state } = await filled(...HOURS.slice(0, 4));
    await read(bucket, state);
    const late = bucket.put("2026-09-30T04:30:00.000Z");
    const next = bucket.put("2026-09-30T06:30:00.000Z");
    const ended = await read(bucket, state, {}, { ports: at("2026-09-30T08:00:00.000Z") });
    expect(asked("GetObject").map(({ input }) => String(input["path"]))).toEqual(
      [late, next].map((key) => expect.stringContaining(key) as string),
    );
    expect(coverage(ended)).toMatchObject({
      observed_from: HOURS[0],
      observed_until: "2026-09-30T06:30:00.000Z",
    });
    const sources = (await entries(state)).map(({ source }) => source);
    expect(new Set(sources).size).toBe(6);
    expect(sources).toHaveLength(6);
  });

  it("that are no log files are told, and not asked for", async () => {
    const { bucket, state } = await filled(HOURS[0]!);
    bucket.objects.set(keyOf(HOURS[1]!).replace(".json.gz", ".parquet"), Buffer.from(""));
    expect(hidden(await read(bucket, state)).map(({ reason }) => reason)).toContain("unsupported");
  });
});

describe("a log file that cannot be read", () => {
  const bomb = gzipSync(Buffer.alloc(33 * 1024 * 1024, " "));
  const whole = gzipSync(JSON.stringify({ Records: [record("b", HOURS[1]!)] }));

  it.each([
    ["cut off", { bytes: whole.subarray(0, whole.length - 9) }, "malformed"],
    ["a page", { text: "<html>login</html>" }, "malformed"],
    ["of another kind", { bytes: gzipSync('{"digestEndTime":"x"}') }, "malformed"],
    ["with a record without its instant", { bytes: gzipSync('{"Records":[{"eventID":"x"}]}') }, "malformed"],
    ["growing beyond all measure", { bytes: bomb }, "limit"],
    ["gone", { error: "NoSuchKey", status: 404 }, "unsupported"],
    [
      "encrypted",
      { error: "AccessDenied", status: 403, message: "not authorized to perform: kms:Decrypt" },
      "denied",
    ],
    ["throttled", { error: "SlowDown", status: 503 }, "throttled"],
    ["failing", { error: "InternalError", status: 500 }, "unavailable"],
  ] as const)("is a hole when %s, until it is read", async (_what, answer, reason) => {
    const { bucket, state } = await filled(...HOURS.slice(0, 3));
    const key = keyOf(HOURS[1]!);
    bucket.otherwise.set(key, answer);
    const ended = await read(bucket, state);
    expect(coverage(ended)).toMatchObject({
      hole_count: 1,
      body_count: 2,
      observed: [{ from_at: "2026-09-30T02:01:00.000Z", to_at: HOURS[2] }],
    });
    expect(hidden(ended)).toContainEqual(
      expect.objectContaining({
        operation: "cloudtrail.log_coverage",
        reason,
        from_at: HOURS[0],
        to_at: "2026-09-30T02:01:00.000Z",
        detail: expect.stringContaining(key) as string,
      }),
    );
    bucket.otherwise.clear();
    const mended = coverage(await read(bucket, state, {}, { ports: at("2026-09-30T07:00:00.000Z") }));
    expect(mended).toMatchObject({
      hole_count: 0,
      body_count: 3,
      observed_from: HOURS[0],
      observed_until: HOURS[2],
    });
  });

  it("under a key names the permission on that key", async () => {
    const { bucket, state } = await filled(HOURS[0]!);
    bucket.otherwise.set(keyOf(HOURS[0]!), { error: "AccessDenied", status: 403 });
    const fixes = hidden(await read(bucket, state)).map(({ fix }) => fix);
    expect(fixes).toContainEqual(
      expect.stringContaining(`kms:Decrypt on arn:aws:kms:${REGION}:${ACCOUNT}:key/logs`),
    );
  });

  it("ends the reading where five in a row fail, and the next run begins there", async () => {
    const many = Array.from({ length: 9 }, (_, index) => `2026-09-30T02:0${index}:00.000Z`);
    const { bucket, state } = await filled(HOURS[0]!, ...many);
    for (const each of many) bucket.otherwise.set(keyOf(each), { error: "AccessDenied", status: 403 });
    const ended = await read(bucket, state);
    expect(asked("GetObject")).toHaveLength(6);
    expect(coverage(ended)).toMatchObject({ body_count: 1, hole_count: 0 });
    bucket.otherwise.clear();
    const mended = await read(bucket, state, {}, { ports: at("2026-09-30T07:00:00.000Z") });
    expect(coverage(mended)).toMatchObject({
      body_count: 10,
      observed_from: HOURS[0],
      observed_until: many[8],
    });
  });
});

describe("a listing of files", () => {
  it("of many pages is followed, and each page is a step", async () => {
    const { bucket, state } = await filled(...HOURS);
    bucket.pageSize = 2;
    expect(coverage(await read(bucket, state))).toMatchObject({ body_count: 5 });
  });

  it("that never ends is a gap", async () => {
    const { bucket, state } = await filled(...HOURS);
    const endless = (question: Parameters<Bucket["answer"]>[0]) =>
      question.action === "ListObjectsV2"
        ? {
            text: "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>",
          }
        : bucket.answer(question);
    const ended = await collect(
      endless,
      { exclude, audit_log: { from: "s3", days: 2 } },
      { stateDirectory: state },
    );
    expect(hidden(ended).map(({ operation, reason }) => [operation, reason])).toContainEqual([
      "s3.log_files",
      "limit",
    ]);
    expect(coverage(ended).observed).toEqual([]);
  });

  it.each([
    ["denied", { error: "AccessDenied", status: 403 }, "denied"],
    ["a page of HTML", { text: "<!doctype html><html></html>", status: 500 }, "malformed"],
    ["gone", { error: "NoSuchBucket", status: 404 }, "unsupported"],
    ["empty words", { text: "<ListBucketResult></ListBucketResult>" }, "malformed"],
  ] as const)("that is %s hides the time", async (_what, answer, reason) => {
    const { bucket, state } = await filled(...HOURS);
    const refusing = (question: Parameters<Bucket["answer"]>[0]) =>
      question.action === "ListObjectsV2" ? answer : bucket.answer(question);
    const ended = await collect(refusing, { exclude, audit_log: { from: "s3" } }, { stateDirectory: state });
    expect(hidden(ended).map((gap) => [gap.operation, gap.reason])).toContainEqual(["s3.log_files", reason]);
    expect(coverage(ended)).not.toHaveProperty("observed_from");
  });
});

describe("a limit of files", () => {
  it.each([
    ["max_files", 2],
    ["max_events", 2],
    ["max_bytes", 800],
  ])("%s ends the run with a gap, and the next goes on there, each file once", async (name, value) => {
    const { bucket, state } = await filled(...HOURS);
    const first = await read(bucket, state, { [name]: value });
    expect(coverage(first)).toMatchObject({
      body_count: 2,
      observed_from: HOURS[0],
      observed_until: HOURS[1],
    });
    expect(hidden(first)).toContainEqual(
      expect.objectContaining({ reason: "limit", from_at: HOURS[2], to_at: HOURS[4] }),
    );
    const second = await read(bucket, state, { [name]: value }, { ports: at("2026-09-30T06:30:00.000Z") });
    expect(coverage(second)).toMatchObject({ body_count: 4 });
    const third = await read(bucket, state, { [name]: value }, { ports: at("2026-09-30T07:00:00.000Z") });
    expect(coverage(third)).toMatchObject({
      body_count: 5,
      observed: [{ from_at: HOURS[0], to_at: HOURS[4] }],
    });
    const sources = (await entries(state)).map(({ source }) => source);
    expect(sources).toEqual(HOURS.map((hour) => keyOf(hour)));
  });
});
