import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { filesAt } from "../../src/cli/log-files.ts";
import { digestKeys, verifyDigests, type DigestReport } from "../../src/events/index.ts";
import { countersign } from "../cli/process.ts";
import { Bucket, record } from "../connectors/aws/log-answers.ts";
import { fakeAws } from "../fakes/aws.ts";

/** CloudTrail signs with keys of its own; this one stands in for it. */
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const FINGERPRINT = "31e8b5433410dfb61a9dc45cc65b22ff";
const KEYS = JSON.stringify({
  PublicKeyList: [
    {
      Value: publicKey.export({ format: "der", type: "pkcs1" }).toString("base64"),
      Fingerprint: FINGERPRINT,
      ValidityStartTime: "2026-01-01T00:00:00+00:00",
    },
  ],
});

const BUCKET = "shop-trail-files";
const HOURS = ["08", "09", "10"];

const sha256 = (bytes: string): string => createHash("sha256").update(bytes).digest("hex");
const logName = (hour: string): string =>
  `111122223333_CloudTrail_eu-central-1_20261001T${hour}15Z_AbCdEfGhIjKlMnOp.json.gz`;
const digestName = (hour: string): string =>
  `111122223333_CloudTrail-Digest_eu-central-1_shop_eu-central-1_20261001T${hour}5959Z.json.gz`;
const logText = (hour: string): string =>
  JSON.stringify({ Records: [record(`e${hour}`, `2026-10-01T${hour}:10:00Z`)] });

let at: string;
const signatures = new Map<string, string>();

/** A log file and a digest an hour, each digest with the hash and the signature of the one before. */
beforeEach(() => {
  at = mkdtempSync(join(tmpdir(), "countersign-digests-"));
  let before: { object: string; hash: string; signature: string } | undefined;
  for (const hour of HOURS) {
    writeFileSync(join(at, logName(hour)), gzipSync(logText(hour)));
    const object = `AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/2026/10/01/${digestName(hour)}`;
    const digestEndTime = `2026-10-01T${hour}:59:59Z`;
    const text = JSON.stringify({
      awsAccountId: "111122223333",
      digestEndTime,
      digestS3Bucket: BUCKET,
      digestS3Object: object,
      digestPublicKeyFingerprint: FINGERPRINT,
      digestSignatureAlgorithm: "SHA256withRSA",
      previousDigestS3Bucket: before === undefined ? null : BUCKET,
      previousDigestS3Object: before?.object ?? null,
      previousDigestHashValue: before?.hash ?? null,
      previousDigestHashAlgorithm: "SHA-256",
      previousDigestSignature: before?.signature ?? null,
      logFiles: [
        {
          s3Bucket: BUCKET,
          s3Object: `AWSLogs/111122223333/CloudTrail/eu-central-1/2026/10/01/${logName(hour)}`,
          hashValue: sha256(logText(hour)),
          hashAlgorithm: "SHA-256",
        },
      ],
    });
    writeFileSync(join(at, digestName(hour)), gzipSync(text));
    const signed = `${digestEndTime}\n${BUCKET}/${object}\n${sha256(text)}\n${before?.signature ?? "null"}`;
    const signature = sign("sha256", Buffer.from(signed), privateKey).toString("hex");
    signatures.set(digestName(hour), signature);
    before = { object, hash: sha256(text), signature };
  }
});

afterEach(() => {
  rmSync(at, { recursive: true, force: true });
});

async function told(keys = KEYS): Promise<DigestReport> {
  return await verifyDigests(filesAt(["."], at), digestKeys(keys, "keys.json"));
}

function rewrite(name: string, text: string): void {
  writeFileSync(join(at, name), gzipSync(text));
}

const NEWEST = expect.stringContaining("the newest digest") as string;
const saying = (text: string): string => expect.stringContaining(text) as string;

describe("digests of CloudTrail", () => {
  test("prove every log file, and each other but for the newest", async () => {
    expect(await told()).toEqual({ digests: 3, signed: 2, log_files: 3, broken: [], unproven: [NEWEST] });
  });

  test("tell a log file that is another, or no gzip any more", async () => {
    rewrite(logName("08"), logText("08").replace("payments/db", "payments/other"));
    writeFileSync(join(at, logName("09")), "no gzip");
    const { broken, log_files } = await told();
    expect(broken).toEqual([saying(logName("08")), saying(logName("09"))]);
    expect(log_files).toBe(1);
  });

  test("tell a log file that is gone, and one that no digest names", async () => {
    const stranger = "111122223333_CloudTrail_eu-central-1_20261001T0820Z_ZzZzZzZzZzZzZzZz.json.gz";
    renameSync(join(at, logName("08")), join(at, stranger));
    const { broken, unproven } = await told();
    expect(broken).toEqual([]);
    expect(unproven).toEqual(expect.arrayContaining([saying(logName("08")), saying(stranger)]));
  });

  test("tell a digest that is another, even where its log files fit it", async () => {
    const path = digestName("09");
    const forged = logText("09").replace("payments/db", "payments/other");
    rewrite(logName("09"), forged);
    const text = gunzipSync(readFileSync(join(at, path))).toString("utf8");
    rewrite(path, text.replace(sha256(logText("09")), sha256(forged)));
    const { broken, signed } = await told();
    expect(broken).toEqual([
      saying("a signature that is not CloudTrail's"),
      saying("not as the next digest has it"),
    ]);
    expect(signed).toBe(1);
  });

  test("tell a digest that is missing between two, and one under another's name", async () => {
    rmSync(join(at, digestName("09")));
    expect((await told()).unproven).toEqual(
      expect.arrayContaining([saying("the digest before it is not among the files")]),
    );
    renameSync(join(at, digestName("08")), join(at, digestName("07")));
    expect((await told()).broken).toEqual([saying(digestName("08"))]);
  });

  test("prove no signature without a key", async () => {
    const { signed, unproven } = await told(JSON.stringify({ PublicKeyList: [] }));
    expect(signed).toBe(0);
    expect(unproven).toEqual([NEWEST, saying("--digest-keys")]);
    expect(() => digestKeys("{}", "keys.json")).toThrow("keys.json");
  });
});

test(
  "events ingest tells what digests among its files say, and ends with 1 or 3",
  { timeout: 60_000 },
  async () => {
    const home = mkdtempSync(join(tmpdir(), "countersign-digests-home-"));
    try {
      writeFileSync(join(home, "keys.json"), KEYS);
      const ingest = ["events", "ingest", "--store", "aws-prod", "--json", "--digest-keys", "keys.json", at];
      const first = await countersign(ingest, { cwd: home });
      expect(first.exit).toBe(3);
      expect(JSON.parse(first.out)).toMatchObject({
        events: 3,
        other_files: 3,
        digests: { digests: 3, signed: 2, log_files: 3, broken: [] },
      });
      rewrite(logName("08"), logText("08").replace("payments/db", "payments/other"));
      const second = await countersign(ingest, { cwd: home });
      expect(second.exit).toBe(1);
      expect(JSON.parse(second.out)).toMatchObject({
        digests: { broken: [saying(basename(logName("08")))] },
      });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
);

test(
  "events ingest compares the objects of a bucket with their digests, the newest too, where it is told to",
  { timeout: 60_000 },
  async () => {
    const home = mkdtempSync(join(tmpdir(), "countersign-digests-home-"));
    const bucket = new Bucket();
    const key = (name: string): string => `AWSLogs/111122223333/${name}`;
    for (const name of readdirSync(at)) bucket.objects.set(key(name), readFileSync(join(at, name)));
    for (const [name, signature] of signatures) bucket.signatures.set(key(name), signature);
    const server = await fakeAws(bucket.answer);
    const env = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPL0", AWS_SECRET_ACCESS_KEY: "not-checked" };
    const ingest = async (...more: string[]) => {
      const ended = await countersign(
        ["events", "ingest", "--json", "--digest-keys", "keys.json", `s3://${BUCKET}/AWSLogs/`, ...more],
        { cwd: home, env },
      );
      return { exit: ended.exit, told: JSON.parse(ended.out) as unknown };
    };
    try {
      writeFileSync(join(home, "keys.json"), KEYS);
      writeFileSync(
        join(home, "countersign.yaml"),
        JSON.stringify({
          version: 1,
          sources: { "aws-prod": { connector: "aws", endpoint: server.endpoint } },
        }),
      );
      expect(await ingest()).toMatchObject({
        exit: 0,
        told: { events: 3, uncompared: [`s3://${BUCKET}/AWSLogs/`] },
      });
      const whole = { digests: 3, signed: 3, log_files: 3, broken: [], unproven: [] };
      expect(await ingest("--verify-digests")).toMatchObject({ exit: 0, told: { digests: whole } });
      const newest = digestName("10");
      const forged = logText("10").replace("payments/db", "payments/other");
      const text = gunzipSync(readFileSync(join(at, newest))).toString("utf8");
      bucket.objects.set(key(logName("10")), gzipSync(forged));
      bucket.objects.set(key(newest), gzipSync(text.replace(sha256(logText("10")), sha256(forged))));
      expect(await ingest("--verify-digests")).toMatchObject({
        exit: 1,
        told: { digests: { signed: 2, broken: [saying("a signature that is not CloudTrail's")] } },
      });
    } finally {
      await server.close();
      rmSync(home, { recursive: true, force: true });
    }
  },
);
