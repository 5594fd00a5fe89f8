import { readFile } from "node:fs/promises";
import { expect, it, vi } from "vitest";
import { UNKNOWN_SURROUNDINGS, gate, type Tree } from "../../src/gate/index.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

/** As far as our own types leave it out. */
const wasm = WebAssembly as unknown as { readonly Instance: new (...given: unknown[]) => object };

const POLICY = Buffer.from('path "secret/data/app/*" {\n  capabilities = ["read"]\n}\n');

const treeOf = (count: number): Tree => ({
  files: async function* files() {
    await Promise.resolve();
    for (let n = 0; n < count; n += 1)
      yield { path: `policies/p${n}.hcl`, size: POLICY.length, read: () => Promise.resolve(POLICY) };
  },
});

it("judges all files with the same instances of the policies", async () => {
  const bundle = loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url)));
  const instances = async (count: number): Promise<number> => {
    const made = vi.spyOn(wasm, "Instance");
    try {
      const { inputs } = await gate({
        tree: treeOf(count),
        rules: {
          bundle,
          settings: {},
          classification: {
            labels: DEFAULT_LABELS,
            tiers: [],
            owners: [],
            environments: [],
            break_glass: [],
          },
        },
        surroundings: UNKNOWN_SURROUNDINGS,
        productVersion: "0.0.0",
        at: "2026-11-27T00:00:00.000Z",
        failOn: "low",
        undeterminedFails: true,
        signal: new AbortController().signal,
      });
      expect(inputs).toMatchObject([{ format: "vault_policy", file_count: count }]);
      return made.mock.calls.length;
    } finally {
      made.mockRestore();
    }
  };
  const one = await instances(1);
  expect(one).toBeGreaterThan(0);
  expect(await instances(20)).toBe(one);
});
