import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ORPHAN_MAX_AGE_MS } from "../../src/base/index.ts";
import { Vault, type KekProvider, type VaultTerms } from "../../src/vault/index.ts";
import { draws } from "./seeded.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { daily, madeOn, secretOf, testKey, textOf } from "./place.ts";

const GENERATION_1 = "/state/vault/gen/000000000001";

describe("several writers", () => {
  it("a writer that slept while its next generation was made and pruned loses nothing and overwrites nothing", async () => {
    const disk = new FakeDisk();
    const { terms, vault: sleeper } = await madeOn(disk);
    const other = await Vault.open(terms);
    for (let n = 1; n <= 12; n += 1) await other.put("busy", secretOf(`value ${n}`));
    expect(disk.paths()).not.toContain(GENERATION_1);
    await sleeper.put("late", secretOf("kept"));
    const again = await Vault.open(terms);
    expect(await textOf(again, "late")).toBe("kept");
    expect(await textOf(again, "busy")).toBe("value 12");
    expect(again.summary().generation).toBe(14);
  });

  it("notices even when it slept in the very moment before its link", async () => {
    const disk = new FakeDisk();
    const { terms, vault: sleeper } = await madeOn(disk);
    const other = await Vault.open(terms);
    const link = disk.files.link.bind(disk.files);
    let slept = false;
    terms.files.link = async (from, to) => {
      if (!slept && to.includes("/gen/")) {
        slept = true;
        for (let n = 1; n <= 12; n += 1) await other.put("busy", secretOf(`value ${n}`));
      }
      await link(from, to);
    };
    await sleeper.put("late", secretOf("kept"));
    const again = await Vault.open(terms);
    expect(await textOf(again, "late")).toBe("kept");
    expect(await textOf(again, "busy")).toBe("value 12");
    expect(disk.paths()).not.toContain("/state/vault/gen/000000000002");
  });

  /** A writer before each of whose commits another is first, as often as `others` says. */
  async function contended(
    others: number,
    more: Partial<VaultTerms>,
  ): Promise<{ disk: FakeDisk; terms: VaultTerms; writer: Vault }> {
    const disk = new FakeDisk();
    const { terms, vault: other } = await madeOn(disk, more);
    const files = { ...terms.files };
    let left = others;
    files.link = async (from, to) => {
      if (to.includes("/gen/") && left > 0) {
        left -= 1;
        await other.put("busy", secretOf("value"));
      }
      await terms.files.link(from, to);
    };
    return { disk, terms, writer: await Vault.open({ ...terms, files }) };
  }

  it("asks no key again for what others commit, until the epoch is another", async () => {
    const { terms, vault: other } = await madeOn(new FakeDisk());
    let asked = 0;
    const main = testKey("main");
    const counting: KekProvider = {
      ...main,
      unwrap: async (...given) => {
        asked += 1;
        return await main.unwrap(...given);
      },
    };
    const reader = await Vault.open({ ...terms, providers: [counting] });
    for (const value of ["1", "2", "3"]) {
      await other.put("a", secretOf(value));
      expect(await textOf(reader, "a")).toBe(value);
    }
    expect(asked).toBe(1);
    await other.rotateRoot([daily("main")]);
    expect(await textOf(reader, "a")).toBe("3");
    expect(asked).toBe(2);
  });

  it("a writer waits while a hundred others are first, ever more eagerly", async () => {
    const pauses: number[] = [];
    const sleep = (ms: number) => Promise.resolve(void pauses.push(ms));
    const { disk, terms, writer } = await contended(100, { clock: { now: () => new Date(0) }, sleep });
    await writer.put("late", secretOf("kept"));
    expect(await textOf(await Vault.open(terms), "late")).toBe("kept");
    expect(pauses).toHaveLength(100);
    expect(pauses.toSorted((a, b) => b - a)).toEqual(pauses);
    // A blob for each commit, none for a try that came to nothing.
    expect(disk.paths().filter((path) => path.includes("/blob/"))).toHaveLength(101);
  });

  it("a writer gives up after thirty seconds of others, and nothing of it is kept", async () => {
    let nowMs = 0;
    const sleep = () => Promise.resolve(void (nowMs += 1000));
    const { terms, writer } = await contended(1000, { clock: { now: () => new Date(nowMs) }, sleep });
    await expect(writer.put("late", secretOf("lost"))).rejects.toMatchObject({ code: "E_STATE_LOCKED" });
    expect(nowMs).toBe(31_000); // the last pause is after the last try
    expect((await Vault.open(terms)).summary().entries.map(({ name }) => name)).toEqual(["busy"]);
  });

  it("a reader whose blob is replaced and pruned under its hands reads the new one", async () => {
    let nowMs = 0;
    const disk = new FakeDisk(() => nowMs);
    const { terms, vault: reader } = await madeOn(disk, { clock: { now: () => new Date(nowMs) } });
    await reader.put("a", secretOf("value"));
    const other = await Vault.open(terms);
    let done = false;
    const read = disk.files.read.bind(disk.files);
    terms.files.read = async (path, maxBytes) => {
      if (!done && path.includes("/blob/")) {
        done = true;
        await other.rekey("a");
        nowMs += ORPHAN_MAX_AGE_MS + 1;
        expect(await other.prune()).toBe(1);
      }
      return await read(path, maxBytes);
    };
    expect(await textOf(reader, "a")).toBe("value");
    expect(done).toBe(true);
  });

  describe("loses no credential to another that takes its blob for old", () => {
    /** Two that use one vault; `beforeLink` runs when the first is about to commit, a day later. */
    async function pair(beforeLink: (other: Vault) => Promise<void>) {
      let nowMs = 0;
      const disk = new FakeDisk(() => nowMs);
      const { terms, vault: other } = await madeOn(disk, { clock: { now: () => new Date(nowMs) } });
      const files = { ...terms.files };
      const writer = await Vault.open({ ...terms, files });
      files.link = async (from, to) => {
        if (to.includes("/gen/")) {
          nowMs += ORPHAN_MAX_AGE_MS + 1;
          await beforeLink(other);
        }
        await terms.files.link(from, to);
      };
      return { terms, writer, other };
    }

    it("before the commit", async () => {
      const { writer, other } = await pair(async (pruner) => {
        await pruner.prune();
      });
      await writer.put("a", secretOf("kept"));
      expect(await textOf(other, "a")).toBe("kept");
    });

    it("and removes it after the commit", async () => {
      const removing = Promise.withResolvers<undefined>();
      let pruning: Promise<number> | undefined;
      const { terms, writer, other } = await pair(async (pruner) => {
        pruning = pruner.prune();
        await removing.promise;
      });
      const remove = terms.files.remove.bind(terms.files);
      const writing = writer.put("a", secretOf("kept"));
      terms.files.remove = async (path) => {
        if (path.includes("/blob/")) {
          removing.resolve(undefined);
          await writing;
        }
        await remove(path);
      };
      await writing;
      expect(await pruning).toBe(0);
      expect(await textOf(other, "a")).toBe("kept");
    });
  });

  it("one process may read, put and rotate at once", async () => {
    const random = draws();
    const disk = new FakeDisk();
    const { terms, vault } = await madeOn(disk);
    await vault.put("a", secretOf("value"));
    // Without waits of different lengths, the calls would take turns all by themselves.
    const read = disk.files.read.bind(disk.files);
    terms.files.read = async (path, maxBytes) => {
      for (let turns = random.between(0, 9); turns > 0; turns -= 1) await setImmediate();
      return await read(path, maxBytes);
    };
    const main = testKey("main");
    const slow: KekProvider = {
      ...main,
      wrap: async (...args) => {
        for (let turns = 0; turns < 500; turns += 1) await setImmediate();
        return await main.wrap(...args);
      },
    };
    await Promise.all([
      // Slow enough for the others to take away the root key that it began with.
      vault.rotateRoot([{ provider: slow, purpose: "daily" }]),
      ...Array.from({ length: 4 }, async () => {
        expect(await textOf(vault, "a")).toBe("value");
      }),
      vault.put("b", secretOf("1")),
      vault.rotateRoot([daily("main")]),
      vault.put("c", secretOf("2")),
      vault.rekey("a"),
    ]);
    expect(vault.summary()).toMatchObject({ epoch: 3, generation: 7 });
    expect(await vault.verify()).toBe(3);
  });
});
