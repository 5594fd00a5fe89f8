import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { packArchive, unpackArchive } from "../../src/policy/archive.ts";
import { instantiate } from "../../src/policy/program.ts";
import {
  createEvaluator,
  evaluateAll,
  loadBundle,
  packBundle,
  parseCatalogue,
  parseOutcomes,
  unitedBundle,
  type Bundle,
} from "../../src/policy/index.ts";
import { FAULTY, POLICIES, bundleOf, compiledFile, directoryOf, secret } from "./fixtures.ts";

describe("the archive", () => {
  test("gives back what was packed", () => {
    const name = fc.stringMatching(/^[a-z]{1,20}$/);
    fc.assert(
      fc.property(fc.dictionary(name, fc.uint8Array({ maxLength: 2000 })), (files) => {
        const packed = packArchive(new Map(Object.entries(files)));
        const unpacked = [...unpackArchive(packed)].map(([file, bytes]) => [file, new Uint8Array(bytes)]);
        expect(Object.fromEntries(unpacked)).toEqual(files);
      }),
    );
  });

  test.each([0, 1, 511, 512, 513, 65_535, 65_536, 200_000])("holds a file of %i bytes", (size) => {
    const packed = packArchive(new Map([["a", Buffer.alloc(size, 7)]]));
    expect(unpackArchive(packed).get("a")).toHaveLength(size);
    expect(gunzipSync(packed).length % 512).toBe(0);
  });

  test("is read by the stock tar", async () => {
    const directory = await directoryOf({});
    const packed = packArchive(new Map([["/catalogue.json", Buffer.from("{}\n")]]));
    execFileSync("tar", ["xzf", "-", "-C", directory], { input: packed, stdio: ["pipe", "pipe", "ignore"] });
    expect(await readFile(join(directory, "catalogue.json"), "utf8")).toBe("{}\n");
  });

  test("refuses two files of one name", () => {
    const tar = gunzipSync(packArchive(new Map([["policy.wasm", Buffer.from("one")]])));
    const twice = gzipSync(Buffer.concat([tar.subarray(0, 1024), tar]));
    expect(() => unpackArchive(twice)).toThrow(
      expect.objectContaining({
        code: "E_BUNDLE",
        message: "expected each file once in the archive, got policy.wasm twice",
      }),
    );
  });

  test.each([
    ["no gzip", Buffer.from("policy")],
    [
      "a tar that ends early",
      gzipSync(gunzipSync(packArchive(new Map([["a", Buffer.alloc(600)]]))).subarray(0, 700)),
    ],
  ])("refuses %s", (_, bytes) => {
    expect(() => unpackArchive(bytes)).toThrow(expect.objectContaining({ code: "E_BUNDLE" }));
  });
});

describe("a bundle", () => {
  let bundle: Bundle;
  let wasm: Buffer;
  beforeAll(async () => {
    bundle = await bundleOf(POLICIES);
    wasm = unpackArchive(await readFile(compiledFile(POLICIES))).get("policy.wasm")!;
  });

  test("carries the validated annotations, in order", () => {
    expect(bundle.catalogue.policies.map(({ policy_id }) => policy_id)).toEqual([
      "external_readers",
      "owner_missing",
      "rotation_overdue",
    ]);
    expect(bundle.catalogue.policies[2]).toMatchObject({
      subject: "secret",
      severity: "high",
      needs: ["secret_metadata"],
      params: { limit_days: { unit: "day", strictest: "min" } },
    });
  });

  test("is refused when its catalogue has a policy that its Wasm lacks, or the other way round", () => {
    const [first, ...rest] = bundle.catalogue.policies;
    const lost = packBundle({ ...bundle.catalogue, policies: rest }, wasm);
    const ghost = { ...first!, policy_id: "ghost" };
    const more = packBundle({ ...bundle.catalogue, policies: [...bundle.catalogue.policies, ghost] }, wasm);
    for (const odd of [lost, more]) {
      expect(() => loadBundle(odd)).toThrow(
        expect.objectContaining({
          code: "E_BUNDLE",
          message: expect.stringContaining("same policies") as string,
        }),
      );
    }
  });

  test("is asked by its kinds, and never by an entrypoint for each policy, which all of them would pay for", () => {
    const { modules } = loadBundle(packBundle(bundle.catalogue, wasm));
    const kinds = new Set(bundle.catalogue.policies.map(({ subject }) => `countersign_entry/${subject}`));
    expect(Object.keys(instantiate(modules[0]!.module, {}).entrypoints).sort()).toEqual(
      [...kinds, "countersign_entry/one_policy", "countersign_entry/policies"].sort(),
    );
  });

  test("gives an error outcome, never a pass, for a policy that vanished from the answer", () => {
    const [first] = bundle.catalogue.policies;
    const catalogue = {
      ...bundle.catalogue,
      policies: [...bundle.catalogue.policies, { ...first!, policy_id: "ghost" }],
    };
    const { outcomes } = createEvaluator({
      catalogue,
      modules: [
        {
          policyIds: catalogue.policies.map(({ policy_id }) => policy_id),
          module: bundle.modules[0]!.module,
          own: false,
        },
      ],
    }).evaluate(secret());
    expect(outcomes.find(({ policy_id }) => policy_id === "ghost")).toMatchObject({
      outcome: "error",
      error: { code: "E_POLICY", message: "ghost: expected an answer, got none" },
    });
  });

  test.each([
    ["without its parts", packArchive(new Map([["/data.json", Buffer.from("{}")]]))],
    ["of something that is not Wasm", () => packBundle(bundle.catalogue, Buffer.from("wasm"))],
  ])("is refused %s", (_, made) => {
    expect(() => loadBundle(typeof made === "function" ? made() : made)).toThrow(
      expect.objectContaining({ code: "E_BUNDLE" }),
    );
  });

  test("refuses a catalogue that is not one", () => {
    for (const text of ["", "{}", '{"format":"countersign-catalogue/1","policies":[{}]}']) {
      expect(() => parseCatalogue(text)).toThrow(expect.objectContaining({ code: "E_BUNDLE" }));
    }
  });
});

describe("bundles as one", () => {
  test("judge as each of them alone, in order of policy ids, whatever their order", async () => {
    const [good, faulty] = [await bundleOf(POLICIES), await bundleOf(FAULTY)];
    const line = secret();
    const alone = [good, faulty].flatMap((one) => createEvaluator(one).evaluate(line).outcomes);
    const expected = alone.sort((a, b) => (a.policy_id < b.policy_id ? -1 : 1));
    for (const united of [unitedBundle([good, faulty]), unitedBundle([faulty, good])]) {
      expect(createEvaluator(united).evaluate(line).outcomes).toEqual(expected);
      expect(united.digest).toBe(unitedBundle([good, faulty]).digest);
      expect([good.digest, faulty.digest]).not.toContain(united.digest);
      const all = [];
      for await (const answer of evaluateAll(united, [line], { workers: 2 }))
        all.push(...parseOutcomes(answer).outcomes);
      expect(all).toEqual(expected);
    }
    expect(new Set(expected.map(({ outcome }) => outcome)).size).toBeGreaterThan(1);
  });

  test("of one is that one, and two that hold a policy of the same id are refused", async () => {
    const good = await bundleOf(POLICIES);
    expect(unitedBundle([good])).toBe(good);
    expect(() => unitedBundle([good, good])).toThrow(
      expect.objectContaining({
        code: "E_BUNDLE",
        message: expect.stringContaining("external_readers") as string,
      }),
    );
  });

  test("are refused where one needs facts of a kind that there is not: no gap would ever hide them", async () => {
    const entries = unpackArchive(await readFile(compiledFile(POLICIES)));
    const { policies } = parseCatalogue(entries.get("catalogue.json")!.toString("utf8"));
    const blind = policies.map((policy) => ({ ...policy, needs: ["secret_metadat"] }));
    const made = packBundle(
      { format: "countersign-catalogue/1", policies: blind },
      entries.get("policy.wasm")!,
    );
    expect(() => loadBundle(made)).toThrow(expect.objectContaining({ code: "E_BUNDLE" }));
  });
});
