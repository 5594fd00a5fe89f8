import { expect, it } from "vitest";
import { put } from "../../src/vault/changes.ts";
import type { IndexDocument } from "../../src/vault/index-document.ts";
import { RootKey } from "../../src/vault/root-key.ts";
import { secretOf } from "./place.ts";

const at = "2026-09-30T06:00:00.000Z";
const vaultId = Buffer.alloc(16, 1);

it("puts any number of credentials with one pass over the index, sorted, each after its last version", () => {
  using root = RootKey.random(vaultId, 1);
  const empty: IndexDocument = {
    format: "evlt-index/1",
    created_at: at,
    history: "",
    predecessors: [],
    entries: [],
    removed: { b: 4, c: 2, constructor: 7 },
    upkeep: {},
  };
  const context = { vaultId, root, at };
  const first = put({ ...context, index: empty }, new Map([["b", secretOf("1")]]), {});
  let passes = 0;
  const counted = {
    ...first.index,
    get entries() {
      passes += 1;
      return first.index.entries;
    },
  };
  const names = ["z", "b", "a", "constructor"];
  const many = new Map(
    [...names, ...Array.from({ length: 200 }, (_, n) => `x${n}`)].map((n) => [n, secretOf("2")]),
  );
  const { index, versions, blobs } = put({ ...context, index: counted }, many, { note: "imported" });
  expect(passes).toBeLessThan(5);
  expect(names.map((name) => versions.get(name))).toEqual([1, 6, 1, 8]);
  expect(index.removed).toEqual({ c: 2 });
  expect(index.entries.map(({ name }) => name)).toEqual([...many.keys()].sort());
  expect(blobs).toHaveLength(many.size);
});
