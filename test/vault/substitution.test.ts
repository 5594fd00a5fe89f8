import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/base/index.ts";
import { Vault, type KekProvider, type VaultTerms } from "../../src/vault/index.ts";
import { openVersion } from "../../src/vault/changes.ts";
import { encodeGeneration, openIndex } from "../../src/vault/generation.ts";
import type { IndexDocument } from "../../src/vault/index-document.ts";
import { RootKey } from "../../src/vault/root-key.ts";
import { makeSlot } from "../../src/vault/slot.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { generationOn, pathOf, unlockedBy, withIndex, withSlots } from "./forgery.ts";
import { daily, madeOn, secretOf, testKey, testTerms, textOf } from "./place.ts";

/** A key for which anybody can wrap, as an age recipient. */
const publicKey: KekProvider = {
  ...testKey("public"),
  type: "age",
  capabilities: { aad: false, authenticatedWrap: false, humanPresence: false },
};

const holders = [{ provider: publicKey, purpose: "daily" as const }];
const signal = new AbortController().signal;

/** A vault that a public key opens, in its second epoch and fourth generation. */
async function own(): Promise<{ disk: FakeDisk; terms: VaultTerms; pin: NonNullable<VaultTerms["pin"]> }> {
  const disk = new FakeDisk();
  const terms = testTerms("/state", { providers: [publicKey] }, disk.files);
  const vault = await Vault.create(terms, holders);
  await vault.put("a", secretOf("mine"));
  await vault.rotateRoot(holders);
  await vault.put("b", secretOf("mine too"));
  await vault.close();
  const { vault_id: vaultId, fingerprint } = vault.summary();
  return { disk, terms, pin: { vaultId, fingerprint } };
}

async function refused(terms: VaultTerms, code = "E_INTEGRITY"): Promise<void> {
  await expect(Vault.open(terms)).rejects.toMatchObject({ code });
}

describe("another's vault for my public key", () => {
  it("is refused by an anchor, by a pin, and where there is neither", async () => {
    const { disk, terms, pin } = await own();
    const theirs = new FakeDisk();
    const made = await Vault.create(testTerms("/state", { providers: [publicKey] }, theirs.files), holders);
    for (let n = 0; n < 6; n += 1) await made.put("a", secretOf("theirs"));
    disk.restore(theirs, "/state/vault");
    await refused(terms);
    await refused({ ...terms, anchors: [], pin });
    await refused({ ...terms, anchors: [] }, "E_ROLLBACK");
    const adopting = Vault.adopt(terms, pin.fingerprint);
    await expect(adopting).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });

  it.each([
    ["in the same epoch", 2, 0],
    ["in a later epoch with the predecessors that were there", 3, 0],
    ["in a later epoch with a predecessor of its own making", 3, 1],
    ["in the first epoch", 1, 0],
  ])("is refused with my vault's id, past and number, %s", async (_, epoch, invented) => {
    const { disk, terms, pin } = await own();
    const newest = generationOn(disk, 4);
    const { index } = await unlockedBy(publicKey, newest);
    const root = RootKey.random(newest.vaultId, epoch);
    const before = RootKey.random(newest.vaultId, epoch - 1);
    const slots = [await makeSlot(root, newest.vaultId, publicKey, "daily", index.created_at, signal)];
    const forged: IndexDocument = {
      ...index,
      history: Buffer.concat([
        Buffer.from(index.history, "base64"),
        Buffer.from(newest.digest, "hex"),
      ]).toString("base64"),
      predecessors: [
        ...(epoch === 1 ? [] : index.predecessors),
        ...(invented === 0
          ? []
          : [{ epoch: epoch - 1, sealed: root.vouchFor(before).sealed.toString("base64") }]),
      ],
    };
    const head = { ...newest, number: 5, epoch, previous: newest.digest, slots };
    disk.setFile(pathOf(5), encodeGeneration(head, root, forged).bytes);
    await refused(terms);
    await refused({ ...terms, anchors: [], pin });
  });
});

describe("slots", () => {
  it("are not injected, replaced, doubled, left out or reordered by whoever lacks the root key", async () => {
    const disk = new FakeDisk();
    const { vault } = await madeOn(disk);
    await vault.addSlot(daily("second"));
    await vault.close();
    const { vault_id: vaultId, fingerprint } = vault.summary();
    // The anchors missed this generation, so that its bytes are not known.
    const anchors = testTerms("/state", {}, disk.files).anchors.slice(0, 1);
    disk.delete("/state/anchor/000000000002");
    const generation = generationOn(disk, 2);
    const [main, second] = generation.slots;
    const theirRoot = RootKey.random(generation.vaultId, 1);
    const theirs = await makeSlot(
      theirRoot,
      generation.vaultId,
      testKey("theirs"),
      "daily",
      main!.created_at,
      signal,
    );
    const asMain = await makeSlot(
      theirRoot,
      generation.vaultId,
      testKey("main"),
      "daily",
      main!.created_at,
      signal,
    );
    for (const slots of [
      [main!, second!, theirs],
      [theirs, main!, second!],
      [asMain, second!],
      [asMain, main!],
      [main!, main!],
      [main!],
      [second!, main!],
      [{ ...main!, purpose: "recovery" as const }, second!],
      [{ ...main!, sealed: second!.sealed }, second!],
      [{ ...main!, wrapped: second!.wrapped }, second!],
      [{ ...second!, identity: "main" }],
      [{ ...main!, created_at: "2020-01-01T00:00:00.000Z" }, second!],
    ]) {
      disk.setFile(pathOf(2), withSlots(generation, slots));
      await refused(testTerms("/state", { anchors }, disk.files));
      await refused(testTerms("/state", { anchors: [], pin: { vaultId, fingerprint } }, disk.files));
    }
  });

  it("that were removed open nothing of what came after, nor when they are put back", async () => {
    const disk = new FakeDisk();
    const { terms, vault } = await madeOn(disk);
    await vault.put("a", secretOf("1"));
    await vault.addSlot(daily("leaver"));
    const { id } = vault.summary().slots.find(({ identity }) => identity === "leaver")!;
    const before = generationOn(disk, 3);
    await vault.removeSlot(id, [daily("main")]);
    await vault.put("b", secretOf("2"));
    await vault.close();
    const leaver = testKey("leaver");
    await refused({ ...terms, providers: [leaver] }, "E_VAULT_LOCKED");
    // Their key and the file that they may have kept still give the old root key, and with it what was there then.
    const { root, index } = await unlockedBy(leaver, before);
    const [entry] = index.entries;
    const kept = openVersion(
      { vaultId: before.vaultId, root },
      "a",
      entry!.versions[0]!,
      blobOf(disk, index),
    );
    expect(kept.expose().toString()).toBe("1");
    // With the current file, it gives nothing.
    const current = generationOn(disk, 5);
    expect(() => openIndex(current, root)).toThrow(expect.objectContaining({ code: "E_INTEGRITY" }) as Error);
    const { index: now } = await unlockedBy(testKey("main"), current);
    expect(() => {
      openVersion({ vaultId: before.vaultId, root }, "a", now.entries[0]!.versions[0]!, blobOf(disk, now));
    }).toThrow(expect.objectContaining({ code: "E_INTEGRITY" }) as Error);
    disk.delete("/state/anchor/000000000005");
    const readded = [...current.slots, before.slots.find((slot) => slot.id === id)!];
    disk.setFile(pathOf(5), withSlots(current, readded));
    const anchors = terms.anchors.slice(0, 1);
    await refused({ ...terms, anchors, providers: [leaver] });
    await refused({ ...terms, anchors });
  });
});

function blobOf(disk: FakeDisk, index: IndexDocument): Buffer {
  const { blob } = index.entries[0]!.versions[0]!;
  return disk.bytesOf(`/state/vault/blob/${blob.slice(0, 2)}/${blob}`);
}

describe("an index", () => {
  /** A vault, and its newest generation as whoever has the root key may rewrite it. */
  async function rewritten(change: (index: IndexDocument, text: string) => Buffer | IndexDocument) {
    const disk = new FakeDisk();
    const { terms, vault } = await madeOn(disk);
    for (const name of ["a", "b"]) await vault.put(name, secretOf(`1 of ${name}`));
    await vault.put("a", secretOf("2 of a"));
    await vault.close();
    const generation = generationOn(disk, 4);
    const { root, index } = await unlockedBy(testKey("main"), generation);
    disk.setFile(pathOf(4), withIndex(generation, root, change(index, canonicalJson(index))));
    const { vault_id: vaultId, fingerprint } = vault.summary();
    return { ...terms, anchors: [], pin: { vaultId, fingerprint } };
  }

  it("opens when it is rewritten as it was", async () => {
    const vault = await Vault.open(await rewritten((index) => index));
    expect(await textOf(vault, "a")).toBe("2 of a");
  });

  it("cannot give the key, the blob or both of one credential or version to another", async () => {
    const parts = [["dek"], ["blob"], ["blob", "dek"], ["version"], ["content_type"]] as const;
    for (const keys of parts) {
      for (const [from, at, to, into] of [
        [0, 0, 0, 1],
        [0, 1, 1, 0],
        [1, 0, 0, 1],
      ] as const) {
        const terms = await rewritten((index) => {
          const entries = structuredClone(index.entries);
          const source = entries[from]!.versions[at]!;
          const target = entries[to]!.versions[into]!;
          for (const key of keys)
            Object.assign(target, { [key]: key === "content_type" ? "text/html" : source[key] });
          if (keys[0] === "version") target.version += 7;
          return { ...index, entries };
        });
        const vault = await Vault.open(terms);
        await expect(vault.verify()).rejects.toMatchObject({ code: "E_INTEGRITY" });
      }
    }
  });

  const textual: [string, (text: string) => string][] = [
    ["with a key twice", (text) => text.replace('"format"', '"format":"evlt-index/1","format"')],
    ["with __proto__", (text) => text.replace('"upkeep":{', '"__proto__":{},"upkeep":{')],
    [
      "with __proto__ deeper",
      (text) => text.replace('"versions":[{', '"versions":[{"__proto__":{"dek":"AA=="},'),
    ],
    ["with white space", (text) => text.replace(":", ": ")],
    ["with an escaped letter", (text) => text.replace('"format"', '"\\u0066ormat"')],
    ["with a number written otherwise", (text) => text.replace('"version":1', '"version":1.0')],
    ["with keys out of order", (text) => `{"upkeep":{},${text.slice(1).replace(',"upkeep":{}', "")}`],
    ["with an unknown key", (text) => text.replace('"upkeep":{', '"unknown":1,"upkeep":{')],
    ["of another format", (text) => text.replace("evlt-index/1", "evlt-index/2")],
    ["with a byte order mark", (text) => `\ufeff${text}`],
    ["with something after it", (text) => `${text} `],
    ["very deep", () => "[".repeat(100_000)],
    ["empty", () => ""],
    ["that is null", () => "null"],
  ];

  it.each(textual)("%s is refused", async (_, change) => {
    await refused(await rewritten((__, text) => Buffer.from(change(text))));
  });

  it.each(textual.filter(([what]) => !what.includes("format")))("slots %s are refused", async (_, change) => {
    const disk = new FakeDisk();
    const { terms, vault } = await madeOn(disk);
    await vault.close();
    const { vault_id: vaultId, fingerprint } = vault.summary();
    const generation = generationOn(disk, 1);
    const asIndex = canonicalJson(generation.slots).replace(
      '"purpose"',
      '"format":1,"upkeep":{},"versions":[{}],"version":1,"purpose"',
    );
    disk.setFile(pathOf(1), withSlots(generation, Buffer.from(change(asIndex).slice(0, 60_000))));
    await refused({ ...terms, anchors: [], pin: { vaultId, fingerprint } });
  });
});

describe("names", () => {
  it.each([
    "../gen/000000000001",
    "a/../b",
    "/a",
    "a/",
    "a//b",
    "",
    "A",
    "a\u0000",
    "ä",
    "ａ",
    "a\u202e",
    "a b",
    "a\n",
    ".",
    "__proto__",
    "a/".repeat(8) + "a",
    "a".repeat(64),
  ])("%j is none", async (name) => {
    const disk = new FakeDisk();
    const { vault } = await madeOn(disk);
    const before = disk.paths();
    await expect(vault.put(name, secretOf("x"))).rejects.toMatchObject({ code: "E_INPUT" });
    await expect(vault.read(name, "test")).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    const kept = (paths: string[]) => paths.filter((path) => !/\/(log|leaves|ledger)\//.test(path));
    expect(kept(disk.paths())).toEqual(kept(before));
  });

  it("`constructor` is one, also after it was removed", async () => {
    const { vault } = await madeOn(new FakeDisk());
    expect(await vault.put("constructor", secretOf("1"))).toBe(1);
    await vault.remove("constructor");
    expect(await vault.put("constructor", secretOf("2"))).toBe(2);
    expect(await textOf(vault, "constructor")).toBe("2");
  });

  it("what a reader would refuse is refused as input, before anything is written", async () => {
    const disk = new FakeDisk();
    const { vault } = await madeOn(disk);
    for (const options of [{ note: "x".repeat(1025) }, { contentType: "" }, { maxAgeDays: 0 }]) {
      await expect(vault.put("a", secretOf("1"), options)).rejects.toMatchObject({ code: "E_INPUT" });
    }
    expect(vault.summary().generation).toBe(1);
    expect(disk.paths().filter((path) => path.includes("/blob/"))).toEqual([]);
  });
});
