import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { salvage } from "../../src/events/salvage.ts";
import { place, sample, type Place } from "./harness.ts";

let at: Place;

beforeEach(async () => {
  at = await place();
});

afterEach(async () => {
  await at.remove();
});

function record(id: string): string {
  return JSON.stringify({
    eventID: id,
    eventTime: "2026-10-01T08:15:00Z",
    eventSource: "secretsmanager.amazonaws.com",
    eventName: "GetSecretValue",
    requestParameters: { secretId: 'a"]}{[\\' },
  });
}

function trail(...records: string[]): string {
  return `{"Records":[${records.join(",")}]}`;
}

async function ids(): Promise<unknown[]> {
  return (await at.rows("SELECT event_id FROM events ORDER BY 1")).map(({ event_id: id }) => id);
}

describe("a text that is cut", () => {
  const records = ["one", "two", "three"].map(record);
  const whole = trail(...records);

  test.each(["Records", undefined])("at any byte gives every record that is whole: %s", (envelope) => {
    const text = envelope === undefined ? records.join("\n") : whole;
    for (let length = 0; length <= text.length; length += 1) {
      const cut = text.slice(0, length);
      const found = [...salvage(cut, envelope)];
      const expected = records.filter((one) => cut.includes(one));
      expect(found.flatMap((one) => ("record" in one ? [one.record] : []))).toEqual(expected);
      const isTold = found.some((one) => "problem" in one);
      // Between two records that no list holds, nothing shows that others followed.
      if (envelope !== undefined && length > 0) expect(isTold, cut).toBe(length < text.length);
    }
  });

  test("by a byte that is another loses the record that has it alone, and tells it", () => {
    const start = whole.indexOf("[") + 1;
    for (let place = start; place < whole.length - 2; place += 1) {
      const hit = records.findIndex((one) => {
        const from = whole.indexOf(one);
        return place >= from && place < from + one.length;
      });
      for (const other of ['"', "{", "}", "]", "\\", "\u0000"]) {
        const found = [...salvage(whole.slice(0, place) + other + whole.slice(place + 1), "Records")];
        const kept = found.flatMap((one) => ("record" in one ? [one.record] : []));
        const expected = records.filter((_, index) => index !== hit);
        expect(kept, `${other} at ${place}`).toEqual(expect.arrayContaining(expected));
        const isWhole = kept.length === records.length && found.length === records.length;
        expect(isWhole || found.some((one) => "problem" in one)).toBe(true);
      }
    }
  });
});

test("what is lost is told with its bytes, and what follows is read", async () => {
  const damaged = record("two").replace('"eventName":"', '"eventName":');
  const text = trail(record("ä"), damaged, record("three"), record("four"));
  expect(await at.ingest({ "damaged.json": text })).toMatchObject({ events: 3, aside: 1 });
  expect(await ids()).toEqual(["four", "three", "ä"]);
  const from = Buffer.byteLength(text.slice(0, text.indexOf(damaged)));
  expect(await at.rows("SELECT problem, from_byte, to_byte FROM aside")).toEqual([
    { problem: "not JSON", from_byte: from, to_byte: from + damaged.length + 1 },
  ]);
});

test("objects without an end cost no more than the file is long", () => {
  const found = [...salvage('{"a":'.repeat(200_000), undefined)];
  expect(found.length).toBeLessThanOrEqual(1000);
  expect(found.at(-1)).toMatchObject({ problem: "a record that is cut off", to: 1_000_000 });
});

test("a file that is cut is read as far as it goes, and the damage is told", async () => {
  const text = trail(record("one"), record("two"), record("three"));
  expect(await at.ingest({ "cut.json": text.slice(0, -60) })).toMatchObject({
    records: 2,
    events: 2,
    aside: 1,
  });
  expect(await ids()).toEqual(["one", "two"]);
  expect(await at.rows("SELECT problem FROM aside")).toEqual([{ problem: "a record that is cut off" }]);
});

test("a cut within what closes the list is told too", async () => {
  const text = trail(record("one"));
  expect(await at.ingest({ "cut.json": text.slice(0, -1) })).toMatchObject({ events: 1, aside: 1 });
});

describe("packed files", () => {
  const text = trail(...Array.from({ length: 400 }, (_, index) => record(`id-${index}`)));

  test("cut gzip", async () => {
    const packed = gzipSync(text);
    const report = await at.ingest({ "cut.json.gz": packed.subarray(0, packed.length - 40) });
    expect(report.events).toBeGreaterThan(0);
    expect(report.aside).toBeGreaterThan(0);
  });

  test("gzip of which only the header is there is no empty file", async () => {
    expect(await at.ingest({ "header.json.gz": gzipSync(text).subarray(0, 12) })).toMatchObject({
      events: 0,
      aside: 1,
    });
  });

  test("something else by that name", async () => {
    expect(await at.ingest({ "no.json.gz": "this is no gzip" })).toMatchObject({ events: 0, aside: 1 });
  });

  test("gzip whose middle is damaged", async () => {
    const packed = gzipSync(text);
    packed.fill(0xff, packed.length / 2, packed.length / 2 + 8);
    const report = await at.ingest({ "damaged.json.gz": packed }, "cloudtrail");
    expect(report.aside).toBeGreaterThan(0);
  });

  test("zstd, and gzip in several members", async () => {
    const half = text.length / 2;
    const members = Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))]);
    expect(await at.ingest({ "a.zst": zstdCompressSync(text) })).toMatchObject({ events: 400, aside: 0 });
    expect(await at.ingest({ "b.gz": members })).toMatchObject({ events: 0, repeated: 400, aside: 0 });
  });

  test("gzip of nothing is empty", async () => {
    expect(await at.ingest({ "nothing.gz": gzipSync(""), "empty.json": "" })).toMatchObject({
      files: 0,
      other_files: 2,
      aside: 0,
    });
  });
});

describe("encodings and line ends", () => {
  const entry = (id: string): string =>
    JSON.stringify({
      type: "response",
      time: "2026-10-01T08:15:00Z",
      request: { id, operation: "read", path: "kv/data/a", mount_type: "kv", mount_point: "kv/" },
    });

  test("a byte order mark is no part of the first record", async () => {
    expect(await at.ingest({ "bom.json": `\ufeff${trail(record("one"), record("two"))}` })).toMatchObject({
      events: 2,
      aside: 0,
    });
    expect(await at.ingest({ "bom.log": `\ufeff${entry("v1")}\n${entry("v2")}\n` })).toMatchObject({
      events: 2,
      aside: 0,
    });
    expect(await at.ingest({ "bom.ndjson": `\ufeff${sample("gcp-sink.ndjson")}` })).toMatchObject({
      events: 9,
      aside: 0,
    });
  });

  test("lines that end in CR LF, or in both manners", async () => {
    expect(await at.ingest({ "crlf.log": `${entry("c1")}\r\n${entry("c2")}\r\n` })).toMatchObject({
      events: 2,
      aside: 0,
    });
    expect(
      await at.ingest({ "both.log": `${entry("b1")}\r\n${entry("b2")}\n${entry("b3")}\r\n` }),
    ).toMatchObject({ events: 3, aside: 0 });
    expect(
      await at.ingest({ "crlf.ndjson": sample("azure-lines.ndjson").replaceAll("\n", "\r\n") }),
    ).toMatchObject({ events: 4, aside: 0 });
  });

  test("UTF-16 is told, not passed over", async () => {
    const report = await at.ingest({ "wide.json": Buffer.from(`\ufeff${trail(record("one"))}`, "utf16le") });
    expect(report).toMatchObject({ events: 0, aside: 1 });
    const lines = await at.ingest(
      { "wide.log": Buffer.from(`\ufeff${entry("w1")}\n`, "utf16le") },
      "hashicorp",
    );
    expect(lines.aside + lines.unfinished_bytes).toBeGreaterThan(0);
  });

  test("bytes that are no UTF-8 cost their line alone", async () => {
    const log = Buffer.concat([
      Buffer.from(`${entry("u1")}\n{"x":"`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`"}\n${entry("u2")}\n`),
    ]);
    expect(await at.ingest({ "bytes.log": log })).toMatchObject({ events: 2, aside: 1 });
  });
});

describe("content without records", () => {
  test.each([
    ['{"x":1}', 1],
    ['{"Records":null}', 1],
    ['{"Records":{"eventID":"x"}}', 1],
    ['{"Records":"none"}', 1],
    ['[1,2,"x"]', 1],
    ["17", 1],
    ["not json at all", 1],
    ['{"Records":[null,1,"x",[]]}', 4],
    ['{"Records":[]}', 0],
  ])("%s has %i things that are told", async (text, aside) => {
    const report = await at.ingest({ "file.json": text }, "cloudtrail");
    expect(report.events).toBe(0);
    if (aside === 0) expect(report.aside).toBe(0);
    else expect(report.aside).toBeGreaterThanOrEqual(1);
    if (aside === 4) expect(report.aside).toBe(4);
  });

  test("records without their list are read as well", async () => {
    expect(await at.ingest({ "lines.json": `${record("one")}\n${record("two")}\n` })).toMatchObject({
      events: 2,
      aside: 0,
    });
    expect(await at.ingest({ "list.json": `[${record("three")},${record("four")}]` })).toMatchObject({
      events: 2,
      aside: 0,
    });
  });

  test("one such file among others costs the others nothing", async () => {
    const report = await at.ingest(
      { "a.json": trail(record("one")), "b.json": '{"x":1}', "c.json": trail(record("two")) },
      "cloudtrail",
    );
    expect(report).toMatchObject({ events: 2, aside: 1 });
  });
});

test("JSON that is nested without end is told", async () => {
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const bomb = `{"eventID":"deep","eventTime":"2026-10-01T08:15:00Z","eventName":"X","eventSource":"y","requestParameters":${deep}}`;
  const report = await at.ingest({ "deep.json": trail(record("one"), bomb, record("two")) });
  expect(report.events + report.aside).toBe(3);
  expect(await ids()).toEqual(expect.arrayContaining(["one", "two"]));
});

test("a value beyond the largest is read record by record", { timeout: 120_000 }, async () => {
  const filler = "x".repeat(1024 * 1024);
  const large = Array.from({ length: 66 }, (_, index) =>
    record(`big-${index}`).replace(/\}\}$/, `,"f":"${filler}"}}`),
  );
  const report = await at.ingest({ "large.json": trail(...large) });
  expect(report).toMatchObject({ events: 66, aside: 0 });
});

test("a record that JSON.parse takes and the engine does not is aside, and costs no other file anything", async () => {
  const odd = record("odd").replace("GetSecretValue", String.raw`\ud800`);
  const report = await at.ingest({
    "odd.json": trail(record("one"), odd, record("two")),
    "whole.json": trail(record("three")),
  });
  expect(report).toMatchObject({ files: 2, records: 4, events: 3, aside: 1 });
  expect(await ids()).toEqual(["one", "three", "two"]);
});
