import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sampleByIds, sampleByNonce } from "../../src/review/paper/sample.ts";

const ids = Array.from({ length: 40 }, (_, index) => `item-${index}`);
const population = { items_sha256: "f".repeat(64), ids };

describe("a sample", () => {
  it("can be drawn again with nothing but SHA-256, in whatever order the population is listed", () => {
    const { item_ids } = sampleByNonce(population, "lakeside 4711", 5);
    const byHand = ids
      .map((id) => [
        createHash("sha256")
          .update(`${"f".repeat(64)}\nlakeside 4711\n${id}\n`)
          .digest("hex"),
        id,
      ])
      .sort()
      .slice(0, 5)
      .map(([, id]) => id);
    expect(item_ids).toEqual(byHand);
    fc.assert(
      fc.property(fc.shuffledSubarray(ids, { minLength: ids.length }), (shuffled) => {
        expect(sampleByNonce({ ...population, ids: shuffled }, "lakeside 4711", 5).item_ids).toEqual(byHand);
      }),
    );
  });

  it("is another for another word and another population", () => {
    const one = sampleByNonce(population, "lakeside 4711", 5).item_ids;
    expect(sampleByNonce(population, "lakeside 4712", 5).item_ids).not.toEqual(one);
    expect(
      sampleByNonce({ ...population, items_sha256: "e".repeat(64) }, "lakeside 4711", 5).item_ids,
    ).not.toEqual(one);
  });

  it("is the whole population where that is smaller", () => {
    expect(sampleByNonce(population, "lakeside 4711", 1000).item_ids).toHaveLength(40);
  });

  it.each([
    ["short", 5],
    ["two\nlines of it", 5],
    ["lakeside 4711", 0],
    ["lakeside 4711", 1.5],
    ["lakeside 4711", 1001],
  ])("refuses %j with %d", (nonce, size) => {
    expect(() => sampleByNonce(population, nonce, size)).toThrow("expected");
  });

  it("is what the auditor names, if all of it is there", () => {
    expect(sampleByIds(population, ["item-3", "item-1"]).item_ids).toEqual(["item-3", "item-1"]);
    expect(() => sampleByIds(population, ["item-3", "item-41"])).toThrow("item-41");
    expect(() => sampleByIds(population, ["item-3", "item-3"])).toThrow("each once");
    expect(() => sampleByIds(population, [])).toThrow("1 to 1000");
  });
});
