import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { DIGEST_BYTES, digestInHistory, type IndexDocument } from "../../src/vault/index-document.ts";

it("finds the digest of every generation in a history of any length, and none beyond it", () => {
  for (let generations = 0; generations <= 12; generations += 1) {
    const digests = Array.from({ length: generations }, () => randomBytes(DIGEST_BYTES));
    const index: IndexDocument = {
      format: "evlt-index/1",
      created_at: "2026-09-30T06:00:00.000Z",
      history: Buffer.concat(digests).toString("base64"),
      predecessors: [],
      entries: [],
      removed: {},
      upkeep: {},
    };
    const found = Array.from({ length: generations + 2 }, (_, at) => digestInHistory(index, at + 1));
    expect(found).toEqual([...digests.map((digest) => digest.toString("hex")), "", ""]);
  }
});
