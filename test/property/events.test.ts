import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { place } from "../events/harness.ts";

const SLOW = process.env["SLOW"] === "1";
const RUNS = SLOW ? { numRuns: 1000 } : { numRuns: 20, seed: 20261127 };

/** A log in files that a store might write: some calls are told twice, some requests have no response. */
interface Log {
  readonly files: readonly { readonly name: string; readonly content: Uint8Array }[];
}

const DAY = 86_400_000;

function at(step: number): string {
  return new Date(Date.UTC(2026, 9, 1, 23, 59, 58) + (step * DAY) / 8).toISOString();
}

const cloudTrailRecord = fc.record({
  id: fc.nat(12),
  step: fc.nat(12),
  secret: fc.nat(3),
  batch: fc.boolean(),
});

function cloudTrailFile(
  records: readonly { id: number; step: number; secret: number; batch: boolean }[],
  spacing: number,
): Uint8Array {
  const Records = records.map(({ id, secret, batch }) => ({
    eventID: `event-${id}`,
    // An id has one time, wherever it is told.
    eventTime: at(id),
    eventSource: "secretsmanager.amazonaws.com",
    eventName: batch ? "BatchGetSecretValue" : "GetSecretValue",
    awsRegion: "eu-central-1",
    recipientAccountId: "111122223333",
    userIdentity: { type: "IAMUser", arn: "arn:aws:iam::111122223333:user/ada" },
    requestParameters: batch ? { secretIdList: [`a-${secret}`, `b-${secret}`] } : { secretId: `a-${secret}` },
  }));
  return gzipSync(JSON.stringify({ Records }, null, spacing));
}

const vaultLine = fc.record({
  id: fc.nat(12),
  kind: fc.constantFrom("request", "response"),
  device: fc.nat(1),
});

function vaultFile(lines: readonly { id: number; kind: string; device: number }[]): Uint8Array {
  const text = lines.map(({ id, kind, device }) =>
    JSON.stringify({
      type: kind,
      time: at(id),
      auth: { entity_id: "e", accessor: `hmac-sha256:${device}` },
      request: {
        id: `request-${id}`,
        operation: "read",
        path: `kv/data/${id % 3}`,
        mount_type: "kv",
        mount_point: "kv/",
      },
    }),
  );
  return Buffer.from(`${text.join("\n")}\n`);
}

const log: fc.Arbitrary<Log> = fc
  .array(
    fc.oneof(
      fc
        .tuple(fc.array(cloudTrailRecord, { minLength: 1, maxLength: 6 }), fc.nat(2))
        .map(([records, spacing]) => ({
          name: "trail.json.gz",
          content: cloudTrailFile(records, spacing),
        })),
      fc
        .array(vaultLine, { minLength: 1, maxLength: 6 })
        .map((lines) => ({ name: "audit.log", content: vaultFile(lines) })),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((files) => ({ files: files.map((file, index) => ({ ...file, name: `${index}-${file.name}` })) }));

/** The files in some order, in some runs, some of them again. */
function runs(files: Log["files"]): fc.Arbitrary<Log["files"][]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...files], { minLength: files.length }),
      fc.subarray([...files]),
      fc.array(fc.nat(3), { maxLength: 4 }),
    )
    .map(([order, again, cuts]) => {
      const all = [...order, ...again];
      const result: Log["files"][] = [];
      let rest = all;
      for (const cut of cuts) {
        result.push(rest.slice(0, cut + 1));
        rest = rest.slice(cut + 1);
      }
      return [...result, rest].filter((run) => run.length > 0);
    });
}

async function tableAfter(parts: readonly Log["files"][]): Promise<unknown> {
  const here = await place();
  try {
    for (const part of parts) {
      const files = Object.fromEntries(part.map(({ name, content }, index) => [`${index}-${name}`, content]));
      await here.ingest(files);
    }
    return await here.rows("SELECT * FROM events ORDER BY ALL");
  } finally {
    await here.remove();
  }
}

test("files in any order, in any runs, and again make the same table", { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      log.chain((one) =>
        fc.record({ one: fc.constant(one), first: runs(one.files), second: runs(one.files) }),
      ),
      async ({ first, second }) => {
        expect(await tableAfter(first)).toEqual(await tableAfter(second));
      },
    ),
    RUNS,
  );
});
