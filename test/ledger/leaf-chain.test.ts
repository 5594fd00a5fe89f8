import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/base/index.ts";
import { LeafChain } from "../../src/ledger/index.ts";
import { FakeDisk } from "../vault/fake-file-system.ts";
import { steppingClock } from "../vault/place.ts";

function chainOn(disk: FakeDisk): LeafChain {
  return new LeafChain("/leaves", "test", disk.files, steppingClock());
}

/** Two commits among many heads. */
async function grown(): Promise<FakeDisk> {
  const disk = new FakeDisk();
  const chain = chainOn(disk);
  for (let n = 1; n <= 40; n += 1) {
    if (n === 3 || n === 20) await chain.append("vault-commit", { generation: n });
    else await chain.append("access-head", { events: n });
  }
  return disk;
}

async function numbers(chain: LeafChain): Promise<number[]> {
  const found: number[] = [];
  for await (const { number } of chain.all()) found.push(number);
  return found;
}

describe("a chain of leaves", () => {
  it("finds the newest of one type without reading the others", async () => {
    const disk = await grown();
    let reads = 0;
    disk.interfere = ({ kind }) => {
      if (kind === "read") reads += 1;
      return undefined;
    };
    const commits = [20, 3].map((n) => ({ number: n, type: "vault-commit", payload: { generation: n } }));
    expect(await chainOn(disk).latest(["vault-commit"], 64)).toEqual(commits);
    expect(reads).toBe(3);
    expect(await chainOn(disk).latest(["vault-commit"], 1)).toEqual(commits.slice(0, 1));
    const heads = [40, 39].map((n) => ({ number: n, type: "access-head", payload: { events: n } }));
    expect(await chainOn(disk).latest(["access-head"], 2)).toEqual(heads);
  });

  it("reads a leaf once, and what was appended since", async () => {
    const disk = await grown();
    const chain = chainOn(disk);
    await chain.latest(["vault-commit"], 64);
    await chainOn(disk).append("vault-commit", { generation: 41 });
    const read: string[] = [];
    disk.interfere = ({ kind, path }) => {
      if (kind === "read") read.push(path);
      return undefined;
    };
    const found = await chain.latest(["vault-commit"], 64);
    expect(found.map(({ number }) => number)).toEqual([41, 20, 3]);
    expect(read).toEqual(["/leaves/000000000041"]);
  });

  it("finds the newest of several types in the order in which they were appended", async () => {
    const disk = await grown();
    await chainOn(disk).append("vault-adopt", { generation: 41 });
    await chainOn(disk).append("vault-commit", { generation: 42 });
    const types = ["vault-commit", "vault-adopt"] as const;
    const found = await chainOn(disk).latest(types, 3);
    expect(found.map(({ number, type }) => `${number} ${type}`)).toEqual([
      "42 vault-commit",
      "41 vault-adopt",
      "20 vault-commit",
    ]);
    expect(await chainOn(disk).latest(["vault-adopt"], 64)).toEqual(found.slice(1, 2));
  });

  it("is empty where there is none", async () => {
    expect(await chainOn(new FakeDisk()).latest(["vault-commit"], 64)).toEqual([]);
    expect(await numbers(chainOn(new FakeDisk()))).toEqual([]);
  });

  it("lets writers that meet follow one another", async () => {
    const disk = new FakeDisk();
    const chains = Array.from({ length: 6 }, () => chainOn(disk));
    await Promise.all(chains.map(async (chain, n) => await chain.append("access-head", { events: n })));
    expect(await numbers(chainOn(disk))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("refuses to go on without a leaf that a later one names", async () => {
    const disk = await grown();
    disk.delete("/leaves/000000000020");
    await expect(chainOn(disk).latest(["vault-commit"], 64)).rejects.toMatchObject({ code: "E_INTEGRITY" });
    await expect(numbers(chainOn(disk))).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });

  it.each([
    [{ "access-head": 39, "vault-commit": 40 }],
    [{ "access-head": 39, "vault-commit": 19 }],
    [{ "access-head": 39 }],
  ])("refuses a leaf that leads elsewhere: %j", async (last) => {
    const disk = await grown();
    const path = "/leaves/000000000040";
    const file = JSON.parse(disk.bytesOf(path).toString()) as Record<string, unknown>;
    disk.setFile(path, Buffer.from(canonicalJson({ ...file, last })));
    await expect(numbers(chainOn(disk))).rejects.toMatchObject({ code: "E_INTEGRITY" });
    if (!("vault-commit" in last)) return;
    await expect(chainOn(disk).latest(["vault-commit"], 64)).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });
});
