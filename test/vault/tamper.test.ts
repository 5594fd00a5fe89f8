import { beforeAll, describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { Vault, type VaultTerms } from "../../src/vault/index.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { checked, daily, lineOf, madeOn, secretOf, testKey, testTerms, textOf } from "./place.ts";
import { SLOW, draws } from "./seeded.ts";

/** One bit in so many is flipped, one length in so many tried; in each file at least the first and the last. */
const EACH = SLOW ? 1 : 499;

const VALUES = { a: "value of a", "b/c": "value of b/c", constructor: "value of constructor" };

/** What remembers the vault: all anchors and the ledger, the pin alone, or anchors that missed the last commit. */
const MEMORIES = ["anchors", "pin", "anchors of the generation before"] as const;

type Memory = (typeof MEMORIES)[number];

/** An untouched vault, and what fsck says of it. */
interface World {
  readonly disk: FakeDisk;
  readonly termsOf: (disk: FakeDisk) => VaultTerms;
  readonly known: ReadonlySet<string>;
}

const worlds = new Map<Memory, World>();

beforeAll(async () => {
  for (const memory of MEMORIES) worlds.set(memory, await pristine(memory));
});

/** Two epochs, several versions, ten generations, one session that has ended. */
async function pristine(memory: Memory): Promise<World> {
  const disk = new FakeDisk();
  const { vault } = await madeOn(disk);
  await vault.put("a", secretOf("first value of a"));
  await vault.put("a", secretOf(VALUES.a));
  await vault.put("b/c", secretOf(VALUES["b/c"]));
  await vault.put("constructor", secretOf(VALUES.constructor));
  for (let n = 0; n < 4; n += 1) await vault.noteUpkeep("backup");
  await vault.rotateRoot([daily("main")]);
  await vault.close();
  if (memory === "pin") disk.delete("/state/anchor");
  if (memory === "anchors of the generation before") disk.delete("/state/anchor/000000000010");
  const { vault_id: vaultId, fingerprint } = vault.summary();
  const termsOf = (one: FakeDisk): VaultTerms => {
    const terms = testTerms("/state", {}, one.files);
    if (memory === "pin") return { ...terms, anchors: [], pin: { vaultId, fingerprint } };
    return memory === "anchors" ? terms : { ...terms, anchors: terms.anchors.slice(0, 1) };
  };
  const { findings } = await checked(termsOf(disk.copy()));
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return { disk, termsOf, known: new Set(findings.map(lineOf)) };
}

/** The exit with which opening and reading everything ends; 0 when every value came back as it was put. */
async function used(terms: VaultTerms): Promise<number> {
  try {
    const vault = await Vault.open(terms);
    for (const [name, value] of Object.entries(VALUES)) expect(await textOf(vault, name)).toBe(value);
    expect(await textOf(vault, "a", 1)).toBe("first value of a");
    await vault.close();
    return 0;
  } catch (thrown) {
    if (thrown instanceof CountersignError) return thrown.exit;
    throw thrown;
  }
}

/** What fsck may say instead of an error: this damage cannot be told from what a crash leaves. */
const LIKE_A_CRASH = ["torn", "unledgered", "behind", "leftover"];

/** Damage is found by whoever opens and reads, as damage (exit 4), or else by fsck. */
async function found({ termsOf, known }: World, disk: FakeDisk): Promise<void> {
  // fsck first: using the vault may add to it.
  const { findings } = await checked(termsOf(disk.copy()));
  const exit = await used(termsOf(disk.copy()));
  expect([0, 4]).toContain(exit);
  const news = findings.filter((finding) => !known.has(lineOf(finding)));
  const crashLike = exit === 0 ? LIKE_A_CRASH : [];
  expect(news.filter(({ severity, code }) => severity === "error" || crashLike.includes(code))).not.toEqual(
    [],
  );
}

/** Files on which damage is tried, without blobs that nothing refers to. */
function targets({ disk, known }: World): string[] {
  return disk.paths().filter((path) => ![...known].some((line) => line.startsWith(`orphan ${path}`)));
}

type Case = [what: string, damage: (disk: FakeDisk) => void];

async function all(world: World, cases: Iterable<Case>): Promise<number> {
  const failures: string[] = [];
  let count = 0;
  for (const [what, damage] of cases) {
    const disk = world.disk.copy();
    damage(disk);
    count += 1;
    try {
      await found(world, disk);
    } catch (thrown) {
      if (failures.length < 10) failures.push(`${what}: ${String(thrown)}`);
    }
  }
  expect(failures).toEqual([]);
  return count;
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

/** Every `EACH`th number below `end` from `start` on, and the last. */
function* share(start: number, end: number): Generator<number> {
  for (let n = start; n < end; n += EACH) yield n;
  if (end > 0) yield end - 1;
}

describe.each(MEMORIES)("remembered by %s", (memory) => {
  const world = (): World => worlds.get(memory)!;

  it("the untouched vault opens, and a wrong key is no damage where the bytes are known", async () => {
    expect(await used(world().termsOf(world().disk.copy()))).toBe(0);
    const opened = Vault.open({ ...world().termsOf(world().disk.copy()), providers: [testKey("another")] });
    await expect(opened).rejects.toMatchObject({
      code: memory === "anchors" ? "E_VAULT_LOCKED" : "E_INTEGRITY",
    });
    const wrong = rawKeyProviderNamedMain();
    await expect(
      Vault.open({ ...world().termsOf(world().disk.copy()), providers: [wrong] }),
    ).rejects.toMatchObject({
      code: memory === "anchors" ? "E_VAULT_LOCKED" : "E_INTEGRITY",
    });
  });

  it("every flipped bit is found", { timeout: SLOW ? 7_200_000 : 300_000 }, async () => {
    const random = draws();
    function* cases(): Generator<Case> {
      for (const path of targets(world())) {
        const bytes = world().disk.bytesOf(path);
        for (const bit of share(random.between(0, EACH - 1), bytes.length * 8)) {
          if (memory === "pin" && path === NEWEST_LEAF && isTimeOfLeaf(bytes, bit)) continue;
          yield [`bit ${bit} of ${path}`, (disk) => disk.setFile(path, flipped(bytes, bit))];
        }
      }
    }
    const count = await all(world(), cases());
    console.log(`${count} bits flipped`);
    expect(count).toBeGreaterThan(100);
  });

  it(
    "every truncation and every trailing byte is found",
    { timeout: SLOW ? 7_200_000 : 300_000 },
    async () => {
      const random = draws();
      function* cases(): Generator<Case> {
        for (const path of targets(world())) {
          const bytes = world().disk.bytesOf(path);
          yield [
            `${path} with one byte more`,
            (disk) => disk.setFile(path, Buffer.concat([bytes, Buffer.from([10])])),
          ];
          yield [`${path} empty`, (disk) => disk.setFile(path, Buffer.alloc(0))];
          for (const length of share(random.between(0, EACH - 1), bytes.length)) {
            yield [`${path} cut to ${length}`, (disk) => disk.setFile(path, bytes.subarray(0, length))];
          }
        }
      }
      expect(await all(world(), cases())).toBeGreaterThan(100);
    },
  );

  it(
    "every file deleted, doubled, linked or swapped with another is found",
    { timeout: 300_000 },
    async () => {
      const paths = targets(world());
      const olderHead = paths.find((path) => path.startsWith("/state/anchor/ledger/"));
      function* cases(): Generator<Case> {
        for (const [index, path] of paths.entries()) {
          const bytes = world().disk.bytesOf(path);
          // The older of two is for the moment in which the newer one is made.
          const older = memory === "anchors" && path === "/state/anchor/000000000009";
          if (!older && path !== olderHead) {
            yield [`${path} deleted`, (disk) => disk.delete(path)];
          }
          yield [`${path} as a link`, (disk) => disk.setOther(path)];
          yield [`${path} doubled`, (disk) => disk.setFile(doubleOf(path), bytes)];
          for (const other of paths.slice(index + 1).filter((_, at) => SLOW || (index + at) % 3 === 0)) {
            const swap = (disk: FakeDisk): void => {
              disk.setFile(path, world().disk.bytesOf(other));
              disk.setFile(other, bytes);
            };
            yield [`${path} swapped with ${other}`, swap];
          }
        }
      }
      expect(await all(world(), cases())).toBeGreaterThan(100);
    },
  );
});

/**
 * Without an anchor, which remembers the ledger's head, the time of the newest leaf stands nowhere else: the leaf after it
 * is what makes a change of it show.
 */
const NEWEST_LEAF = "/state/leaves/000000000012";

function isTimeOfLeaf(bytes: Buffer, bit: number): boolean {
  const time = /\d{13}(?=\\n",)/.exec(bytes.toString("latin1"))!;
  return bit >> 3 >= time.index && bit >> 3 < time.index + 13;
}

/** A name in the same directory that the same file might be given. */
function doubleOf(path: string): string {
  const number = /\d{12}$/.exec(path)?.[0];
  if (number !== undefined) return path.replace(number, String(Number(number) + 40).padStart(12, "0"));
  if (path.includes("/blob/")) return path.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
  return path.replace(/-[0-9a-f]{12}\./, "-000000000000.");
}

/** Another key that goes by the name of the vault's own. */
function rawKeyProviderNamedMain() {
  const other = testKey("another");
  return { ...other, identity: () => Promise.resolve("main") };
}
