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

  it("appends several as if one by one, and a crash leaves some of the first", async () => {
    const heads = Array.from(
      { length: 4 },
      (_, n) => ({ type: "access-head", payload: { events: n } }) as const,
    );
    const [together, one] = [new FakeDisk(), new FakeDisk()];
    const head = await chainOn(together).appendAll(heads);
    const single = chainOn(one);
    for (const { type, payload } of heads) await single.append(type, payload);
    expect(head).toMatchObject({ leaves: 4 });
    expect(await numbers(chainOn(together))).toEqual([1, 2, 3, 4]);
    expect(await chainOn(together).latest(["access-head"], 9)).toEqual(
      await chainOn(one).latest(["access-head"], 9),
    );
    const disk = await grown();
    const crashed: FakeDisk[] = [];
    disk.afterChange = () => crashed.push(...disk.crashStates(20, Math.random));
    await chainOn(disk).appendAll(heads);
    const lengths = new Set<number>();
    for (const after of crashed) {
      const found = await numbers(chainOn(after));
      expect(found).toEqual(found.map((_, n) => n + 1));
      lengths.add(found.length);
    }
    expect([...lengths].sort()).toEqual([40, 41, 42, 43, 44]);
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

  it("keeps the bytes of leaves that were made before there were decisions, and goes on from them", async () => {
    const disk = await grown();
    // Of the program before.
    const sha256 = "3e737dbcca308e8cb8f7e71f020e4c57e38699e396991dd121857e8560c7f051";
    expect(await chainOn(disk).head()).toEqual({ format: "ledger-head/1", leaves: 40, sha256 });
    for (const type of ["decision", "attestation", "approval", "evidence", "decision"] as const) {
      await chainOn(disk).append(type, { entry: 1 });
    }
    await chainOn(disk).append("vault-commit", { generation: 41 });
    expect(await numbers(chainOn(disk))).toHaveLength(46);
    const found = await chainOn(disk).latest(["decision", "evidence"], 9);
    expect(found.map(({ number }) => number)).toEqual([45, 44, 41]);
    const [commit] = await chainOn(disk).latest(["vault-commit"], 1);
    expect(commit?.number).toBe(46);
  });

  it("reads its directory once, however many leaves are appended", async () => {
    const disk = await grown();
    let lists = 0;
    disk.interfere = ({ kind }) => {
      if (kind === "list") lists += 1;
      return undefined;
    };
    const chain = chainOn(disk);
    for (let n = 1; n <= 5; n += 1) {
      await chain.append("decision", { entry: n });
      await chainOn(disk.copy()).append("decision", { entry: n });
      await chain.latest(["decision"], 1);
    }
    expect(lists).toBe(1);
  });

  it("finds what others appended meanwhile, little or much", async () => {
    const disk = await grown();
    const [chain, other] = [chainOn(disk), chainOn(disk)];
    for (const many of [1, 3, 200]) {
      await chain.append("decision", { entry: many });
      for (let n = 1; n <= many; n += 1) await other.append("access-head", { events: n });
    }
    expect((await chain.head())?.leaves).toBe(40 + 3 + 204);
    expect(await numbers(chain)).toHaveLength(247);
  });

  it("goes on from where the chain ends, also where its end was taken away meanwhile", async () => {
    const disk = await grown();
    const chain = chainOn(disk);
    await chain.append("decision", { entry: 1 });
    for (const number of [39, 40, 41]) disk.delete(`/leaves/0000000000${number}`);
    expect((await chain.head())?.leaves).toBe(38);
    await chain.append("decision", { entry: 2 });
    expect(await numbers(chainOn(disk))).toHaveLength(39);
    disk.delete("/leaves");
    expect(await chain.head()).toBeUndefined();
    expect((await chain.append("decision", { entry: 3 })).leaves).toBe(1);
  });
});
