import { beforeAll, describe, expect, it } from "vitest";
import { CountersignError, sha256 } from "../../src/base/index.ts";
import { Vault, type VaultTerms } from "../../src/vault/index.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { checked, daily, lineOf, madeOn, secretOf, testKey, testTerms, textOf } from "./place.ts";
import { SLOW, draws } from "./seeded.ts";

/** Names and their newest values. A long past has several, which may be mixed up. */
const VALUES: Readonly<Record<Kind["past"], Readonly<Record<string, string>>>> = {
  long: { a: "value of a", "b/c": "value of b/c", constructor: "value of constructor" },
  short: { a: "value of a" },
};

const ORPHAN = sha256("orphan");

const FIRST_OF_A = "first value of a";

/** What remembers the vault: all anchors and the ledger, the pin alone, or anchors that missed the last commit. */
type Memory = "anchors" | "anchors of the generation before" | "pin";

interface Kind {
  readonly memory: Memory;
  /** `short`: every kind of file, in the fewest bytes; `long`: a past of which the first generations are gone. */
  readonly past: "long" | "short";
  /** One bit in so many is flipped, one length in so many tried; in each file at least the first and the last. */
  readonly each: number;
}

const KINDS: readonly Kind[] = [
  { memory: "anchors", past: "short", each: SLOW ? 1 : 257 },
  { memory: "pin", past: "short", each: SLOW ? 1 : 257 },
  { memory: "anchors of the generation before", past: "short", each: SLOW ? 1 : 257 },
  { memory: "anchors", past: "long", each: SLOW ? 31 : 997 },
];

/** An untouched vault, and what fsck says of it. */
interface World {
  readonly values: Readonly<Record<string, string>>;
  readonly disk: FakeDisk;
  readonly termsOf: (disk: FakeDisk) => VaultTerms;
  readonly known: ReadonlySet<string>;
}

const worlds = new Map<Kind, World>();

beforeAll(async () => {
  for (const kind of KINDS) worlds.set(kind, await pristine(kind));
});

/** Two epochs, two versions, one session that has ended, a blob that nothing refers to. */
async function pristine({ memory, past }: Kind): Promise<World> {
  const disk = new FakeDisk();
  const { vault } = await madeOn(disk);
  const values = VALUES[past];
  const first = Object.entries({ ...values, a: FIRST_OF_A });
  await vault.putAll(new Map(first.map(([name, text]) => [name, secretOf(text)])));
  await vault.put("a", secretOf("value of a"));
  for (let n = 0; past === "long" && n < 6; n += 1) await vault.noteUpkeep("backup");
  // Last what changes no value: without an anchor that knows it, whoever reads may be shown the generation before.
  await vault.rotateRoot([daily("main")]);
  disk.setFile(`/state/vault/blob/${ORPHAN.slice(0, 2)}/${ORPHAN}`, Buffer.from("orphan"));
  await vault.close();
  if (memory === "pin") disk.delete("/state/anchor");
  if (memory === "anchors of the generation before") disk.delete(newestIn(disk, "/state/anchor/0"));
  const { vault_id: vaultId, fingerprint } = vault.summary();
  const termsOf = (one: FakeDisk): VaultTerms => {
    const terms = testTerms("/state", {}, one.files);
    if (memory === "pin") return { ...terms, anchors: [], pin: { vaultId, fingerprint } };
    return memory === "anchors" ? terms : { ...terms, anchors: terms.anchors.slice(0, 1) };
  };
  const { findings } = await checked(termsOf(disk.copy()));
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return { values, disk, termsOf, known: new Set(findings.map(lineOf)) };
}

function newestIn(disk: FakeDisk, prefix: string): string {
  return disk.paths().findLast((path) => path.startsWith(prefix))!;
}

/** The exit with which opening and reading everything ends; 0 when every value came back as it was put. */
async function used({ values }: World, terms: VaultTerms): Promise<number> {
  try {
    const vault = await Vault.open(terms);
    for (const [name, value] of Object.entries(values)) same(await textOf(vault, name), value);
    same(await textOf(vault, "a", 1), FIRST_OF_A);
    await vault.close();
    return 0;
  } catch (thrown) {
    if (thrown instanceof CountersignError) return thrown.exit;
    throw thrown;
  }
}

function same(got: string, expected: string): void {
  if (got !== expected) throw new Error(`expected the value ${expected}, got ${got}`);
}

/** What fsck may say instead of an error: this damage cannot be told from what a crash leaves. */
const LIKE_A_CRASH = ["torn", "unledgered", "untold", "behind", "leftover"];

/**
 * How damage was not found, or nothing where it was: by whoever opens and reads, as damage (exit 4), and by fsck. Compares
 * without `expect`, which is slow where there are half a million cases.
 */
async function unfound(world: World, disk: FakeDisk): Promise<string | undefined> {
  const { termsOf, known } = world;
  // fsck first: using the vault may add to it.
  const { findings } = await checked(termsOf(disk.copy()));
  const exit = await used(world, termsOf(disk));
  if (exit !== 0 && exit !== 4) return `expected exit 4, or 0 where all can be read, got ${exit}`;
  const crashLike = exit === 0 ? LIKE_A_CRASH : [];
  const news = findings.filter(({ severity, code }) => severity === "error" || crashLike.includes(code));
  if (news.some((finding) => !known.has(lineOf(finding)))) return undefined;
  return `expected fsck to find it, got ${findings.map(lineOf).join("; ")}`;
}

/** Files that nothing misses: blobs that nothing refers to, and the older of two, for the moment in which the newer is made. */
function isSpare({ disk, known }: World, path: string): boolean {
  if ([...known].some((line) => line.startsWith(`orphan ${path}:`))) return true;
  const [, kept] = /^(\/state\/anchor\/(?:ledger\/)?)\d{12}$/.exec(path) ?? [];
  return kept !== undefined && path !== newestIn(disk, `${kept}0`);
}

type Case = [what: string, damage: (disk: FakeDisk) => void];

async function all(world: World, cases: Iterable<Case>): Promise<number> {
  const failures: string[] = [];
  let count = 0;
  for (const [what, damage] of cases) {
    const disk = world.disk.copy();
    damage(disk);
    count += 1;
    const failure = await unfound(world, disk).catch(String);
    if (failure !== undefined && failures.length < 10) failures.push(`${what}: ${failure}`);
  }
  expect(failures).toEqual([]);
  return count;
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

/** The first, every `each`th number below `end` from `start` on, and the last. */
function* share(each: number, start: number, end: number): Generator<number> {
  const last = end - 1;
  if (start > 0) yield 0;
  for (let n = start; n < last; n += each) yield n;
  if (last > 0) yield last;
}

describe.each(KINDS)("remembered by $memory, with a $past past", (kind) => {
  const { memory, each } = kind;
  const world = (): World => worlds.get(kind)!;

  it("the untouched vault opens, and a wrong key is no damage where the bytes are known", async () => {
    expect(await used(world(), world().termsOf(world().disk.copy()))).toBe(0);
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
      const newestLeaf = newestIn(world().disk, "/state/leaves/");
      for (const path of world().disk.paths()) {
        const bytes = world().disk.bytesOf(path);
        for (const bit of share(each, random.between(0, each - 1), bytes.length * 8)) {
          if (memory === "pin" && path === newestLeaf && isTimeOfLeaf(bytes, bit)) continue;
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
        for (const path of world().disk.paths()) {
          const bytes = world().disk.bytesOf(path);
          yield [
            `${path} with one byte more`,
            (disk) => disk.setFile(path, Buffer.concat([bytes, Buffer.from([10])])),
          ];
          for (const length of share(each, random.between(0, each - 1), bytes.length)) {
            yield [`${path} cut to ${length}`, (disk) => disk.setFile(path, bytes.subarray(0, length))];
          }
        }
      }
      const count = await all(world(), cases());
      console.log(`${count} truncations and trailing bytes`);
      expect(count).toBeGreaterThan(50);
    },
  );

  it(
    "every file deleted, doubled, linked or swapped with another is found",
    { timeout: 300_000 },
    async () => {
      const paths = world().disk.paths();
      function* cases(): Generator<Case> {
        for (const [index, path] of paths.entries()) {
          const bytes = world().disk.bytesOf(path);
          if (!isSpare(world(), path)) yield [`${path} deleted`, (disk) => disk.delete(path)];
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
      const count = await all(world(), cases());
      console.log(`${count} files deleted, doubled, linked or swapped`);
      expect(count).toBeGreaterThan(50);
    },
  );
});

/**
 * Without an anchor, which remembers the ledger's head, the time of the newest leaf stands nowhere else: the leaf after it
 * is what makes a change of it show.
 */
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
