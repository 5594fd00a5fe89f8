import { describe, expect, it } from "vitest";
import { encodeGeneration, openIndex } from "../../src/vault/generation.ts";
import { Vault, passphraseProvider, type VaultTerms } from "../../src/vault/index.ts";
import { RootKey } from "../../src/vault/root-key.ts";
import { makeSlot } from "../../src/vault/slot.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { generationOn, pathOf, unlockedBy, withSlots } from "./forgery.ts";
import { daily, madeOn, secretOf, testKey, testTerms, textOf } from "./place.ts";

const { signal } = new AbortController();

async function refused(terms: VaultTerms, code = "E_INTEGRITY"): Promise<void> {
  await expect(Vault.open(terms)).rejects.toMatchObject({ code });
}

describe("who held a slot that was removed", () => {
  it("makes no generation that follows, whether from the old root key or with one that it vouches for", async () => {
    const disk = new FakeDisk();
    const { terms, vault } = await madeOn(disk);
    await vault.put("a", secretOf("1"));
    await vault.addSlot(daily("leaver"));
    const before = generationOn(disk, 3);
    const pin = { fingerprint: vault.summary().fingerprint };
    const { id } = vault.summary().slots.find(({ identity }) => identity === "leaver")!;
    await vault.removeSlot(id, [daily("main")]);
    await vault.close();
    const [ledger] = terms.anchors.filter(({ first }) => first);
    const last = generationOn(disk, 4);
    const { root: old, index } = await unlockedBy(testKey("leaver"), before);
    // All that can be known without a key of the new epoch: the digests of generations, of which they have the files.
    const past = [openIndex(before, old).history, before.digest, last.digest];
    const history = Buffer.concat(past.map((part, at) => Buffer.from(part, at === 0 ? "base64" : "hex")));
    const forge = async (epoch: number, root: RootKey): Promise<void> => {
      const slots = [await makeSlot(root, last.vaultId, testKey("main"), "daily", index.created_at, signal)];
      const line: { epoch: number; sealed: string }[] = [];
      for (let key = root, of = epoch - 1; of >= 1; of -= 1) {
        const earlier = of === 1 ? old : RootKey.random(last.vaultId, of);
        line.unshift({ epoch: of, sealed: key.vouchFor(earlier).sealed.toString("base64") });
        key = earlier;
      }
      const forged = { ...index, history: history.toString("base64"), predecessors: line };
      const head = { ...last, number: 5, epoch, previous: last.digest, slots };
      disk.setFile(pathOf(5), encodeGeneration(head, root, forged).bytes);
    };
    // `main` opens each: they know its public part, or put a key of their own under its name.
    for (const epoch of [1, 2, 3]) {
      await forge(epoch, epoch === 1 ? old : RootKey.random(last.vaultId, epoch));
      await refused(terms);
      await refused({ ...terms, anchors: [ledger!] });
      await refused({ ...terms, anchors: terms.anchors.filter(({ first }) => !first), pin });
    }
    // The old fingerprint alone does not tell: that is why a new one is to be pinned after a removal.
    await expect(Vault.open({ ...terms, anchors: [], pin })).resolves.toBeDefined();
  });
});

describe("the parameters of a passphrase", () => {
  const strong = { kdf: "argon2id", memory_kib: 20 * 1024, passes: 3, parallelism: 1 } as const;
  const weak = { ...strong, memory_kib: 19 * 1024, passes: 2 } as const;

  /** A vault under a passphrase, and how often that was asked for since. */
  async function guarded(made: typeof strong | typeof weak) {
    let asked = 0;
    const key = (kdf: typeof strong | typeof weak) =>
      passphraseProvider({
        name: "ops",
        kdf,
        passphrase: () => {
          asked += 1;
          return Promise.resolve(secretOf("planted passphrase of five words"));
        },
      });
    const disk = new FakeDisk();
    const terms = testTerms("/state", { providers: [key(strong)] }, disk.files);
    const vault = await Vault.create(terms, [{ provider: key(made), purpose: "daily" }]);
    await vault.put("a", secretOf("1"));
    await vault.close();
    return { disk, terms, key, fingerprint: vault.summary().fingerprint, times: () => asked };
  }

  /** `kdf ‖ three u32` at the beginning of what a passphrase wraps. */
  const parametersOf = (disk: FakeDisk, number: number): number[] => {
    const wrapped = Buffer.from(generationOn(disk, number).slots[0]!.wrapped, "base64");
    return [wrapped[0]!, ...[1, 5, 9].map((at) => wrapped.readUInt32BE(at))];
  };

  it.each([
    [
      "below the floor",
      [
        [1, 18 * 1024],
        [5, 1],
        [5, 0],
        [9, 0],
      ],
    ],
    [
      "above the ceiling",
      [
        [1, 2 * 1024 * 1024],
        [1, 0xffffffff],
        [5, 11],
        [9, 9],
      ],
    ],
  ] as const)("%s are refused before the passphrase is asked for", async (_, changes) => {
    const { disk, terms, times } = await guarded(strong);
    const generation = generationOn(disk, 2);
    const before = times();
    for (const [at, value] of changes) {
      const wrapped = Buffer.from(generation.slots[0]!.wrapped, "base64");
      wrapped.writeUInt32BE(value, at);
      const slot = { ...generation.slots[0]!, wrapped: wrapped.toString("base64") };
      disk.setFile(pathOf(2), withSlots(generation, [slot]));
      await refused({ ...terms, anchors: terms.anchors.slice(0, 0), pin: { fingerprint: "0".repeat(32) } });
    }
    expect(times()).toBe(before);
  });

  it("that are weaker, but within bounds, open nothing where they were put into a slot", async () => {
    const { disk, terms, fingerprint } = await guarded(strong);
    const generation = generationOn(disk, 2);
    const wrapped = Buffer.from(generation.slots[0]!.wrapped, "base64");
    wrapped.writeUInt32BE(weak.memory_kib, 1);
    wrapped.writeUInt32BE(weak.passes, 5);
    const slot = { ...generation.slots[0]!, wrapped: wrapped.toString("base64") };
    disk.setFile(pathOf(2), withSlots(generation, [slot]));
    await refused({ ...terms, anchors: [], pin: { fingerprint } });
    await refused(terms);
  });

  it("are those of the configuration in the next slot, never those of the last", async () => {
    const { disk, terms, key } = await guarded(weak);
    const vault = await Vault.open(terms);
    expect(parametersOf(disk, 2)).toEqual([1, weak.memory_kib, weak.passes, 1]);
    await vault.rotateRoot([{ provider: key(strong), purpose: "daily" }]);
    expect(parametersOf(disk, 3)).toEqual([1, strong.memory_kib, strong.passes, 1]);
    expect(await textOf(vault, "a")).toBe("1");
  });
});
