import { spawnSync } from "node:child_process";
import { appendFile, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gapDigest, recordDigest, type Gap, type RawRecord } from "../../src/facts/index.ts";
import { sha256 } from "../../src/base/index.ts";
import { limitsWith } from "../../src/collect/index.ts";
import { Journal, readJournal, readJournalHead, type JournalHead } from "../../src/collect/journal.ts";
import { NOW, temporaryDirectory } from "./run.ts";

const HEAD: JournalHead = {
  kind: "run",
  format: "countersign-journal/1",
  run_id: "20260930T060000000Z-80000000",
  configuration_sha256: "0".repeat(64),
  started_at: NOW,
};

const GAP: Gap = {
  store_id: "a",
  scope: "a",
  operation: "x",
  reason: "denied",
  hides: ["mount"],
  detail: "no",
};

function record(text: string): RawRecord {
  const body = Buffer.from(text, "utf8");
  return {
    key: sha256(text),
    connector: "fake",
    revision: 1,
    store_id: "a",
    scope: "a",
    operation: "read",
    params: { text },
    caller: "me",
    requested_at: NOW,
    elapsed_ms: 0,
    status: 200,
    media_type: "text/plain",
    body_sha256: sha256(body),
    body_bytes: body.length,
    redactions: [],
    body: { text },
  };
}

async function written(...texts: string[]): Promise<string> {
  const path = join(await temporaryDirectory(), "run", "journal.ndjson");
  const journal = await Journal.begin(path, HEAD, limitsWith({ syncRecords: 2 }));
  await Promise.all(
    texts.map(async (text) => await journal.record(record(text), recordDigest(record(text)))),
  );
  await journal.gap(GAP, gapDigest(GAP));
  await journal.close();
  return path;
}

const texts = async (path: string): Promise<unknown> =>
  (await readJournal(path))?.records.map(({ params }) => params["text"]);

describe("a journal", () => {
  test("is none where a pipe stands in its place, which nobody waits at", async () => {
    const pipe = join(await temporaryDirectory(), "journal.ndjson");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    expect(await readJournalHead(pipe)).toBeUndefined();
    expect(await readJournal(pipe)).toBeUndefined();
  });

  test("gives back what was kept, line breaks of every kind included", async () => {
    const path = await written("one", "two\n\r\u2028\u2029\u0085", "three");
    expect(await texts(path)).toEqual(["one", "two\n\r\u2028\u2029\u0085", "three"]);
    expect(await readJournal(path)).toMatchObject({
      head: HEAD,
      gapCount: 1,
      soundBytes: (await stat(path)).size,
    });
    expect(await readJournalHead(path)).toEqual(HEAD);
  });

  test("is cut wherever a crash cuts it, and goes on from there", async () => {
    const whole = await readFile(await written("one", "two", "three"));
    const headEnd = whole.indexOf(0x0a) + 1;
    const directory = await temporaryDirectory();
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: headEnd, max: whole.length }), async (length) => {
        const path = join(directory, `${++number}.ndjson`);
        await writeFile(path, whole.subarray(0, length));
        const content = (await readJournal(path))!;
        const lines = whole.subarray(0, length).toString().split("\n").length - 2;
        expect(content.records.length + content.gapCount).toBe(lines);
        const journal = await Journal.resume(path, content, limitsWith());
        await journal.record(record("after"), recordDigest(record("after")));
        await journal.close();
        expect(await texts(path)).toEqual([...["one", "two", "three"].slice(0, Math.min(3, lines)), "after"]);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ["a line of zeros, as a power cut leaves", "\0\0\0\0\n"],
    [
      "a record unlike its digest",
      `${JSON.stringify({ kind: "record", digest: "0".repeat(64), record: record("x") })}\n`,
    ],
    [
      "a body unlike its digest",
      `${JSON.stringify({
        kind: "record",
        digest: recordDigest(record("x")),
        record: { ...record("x"), body: { text: "y" } },
      })}\n`,
    ],
    ["a gap unlike its digest", `${JSON.stringify({ kind: "gap", digest: "0".repeat(64), gap: GAP })}\n`],
  ])("ends before %s", async (_name, line) => {
    const path = await written("one");
    const { size } = await stat(path);
    await appendFile(path, line);
    expect(await readJournal(path)).toMatchObject({ soundBytes: size, gapCount: 1 });
  });

  test.each([
    ["is missing", undefined],
    ["is empty", ""],
    ["has no head", "{}\n"],
    ["has half a head", '{"kind":"run'],
  ])("that %s is none", async (_name, content) => {
    const path = join(await temporaryDirectory(), "journal.ndjson");
    if (content !== undefined) await writeFile(path, content);
    expect(await readJournal(path)).toBeUndefined();
    expect(await readJournalHead(path)).toBeUndefined();
  });
});
