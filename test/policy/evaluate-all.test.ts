import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  evaluateAll,
  openOutcomeCache,
  parseOutcomes,
  type Bundle,
  type CacheOptions,
  type EvaluateOptions,
  type Evaluated,
} from "../../src/policy/index.ts";
import { forge } from "./forged-pack.ts";
import { FAULTY, POLICIES, bundleOf, directoryOf, secret } from "./fixtures.ts";

const TIERS = ["critical", "low", undefined];

function estate(size: number, changed: (index: number) => boolean = () => false): Buffer[] {
  return Array.from({ length: size }, (_, index) => {
    const tier = TIERS[index % TIERS.length];
    const age = changed(index) ? 1000 + index : index % 200;
    return secret({
      id: `kv/${String(index).padStart(6, "0")}`,
      value_age_days: age,
      ...(tier ? { tier } : {}),
    });
  });
}

let bundle: Bundle;
beforeAll(async () => {
  bundle = await bundleOf(POLICIES);
});

async function all(
  lines: Iterable<Buffer>,
  options: EvaluateOptions = {},
  of = bundle,
): Promise<Evaluated[]> {
  const found: Evaluated[] = [];
  for await (const outcomes of evaluateAll(of, lines, options)) found.push(outcomes);
  return found;
}

const text = (found: readonly Evaluated[]): string =>
  found.map(({ line }) => Buffer.from(line).toString("utf8")).join("");

test("no subjects give no outcomes", async () => {
  expect(await all([])).toEqual([]);
});

test("outcomes come in the order of the subjects, with any number of workers the same bytes", async () => {
  const lines = estate(2500);
  const one = await all(lines);
  expect(one).toHaveLength(lines.length);
  expect(one.map((each) => parseOutcomes(each).subject_id)).toEqual(
    lines.map((line) => (JSON.parse(line.toString()) as { id: string }).id),
  );
  expect(text(await all(lines, { workers: 2 }))).toBe(text(one));
});

test("what is read ahead is bounded", async () => {
  let read = 0;
  function* lines(): Generator<Buffer> {
    for (const line of estate(5000)) {
      read += 1;
      yield line;
    }
  }
  for await (const outcomes of evaluateAll(bundle, lines())) {
    expect(outcomes.line.length).toBeGreaterThan(0);
    break;
  }
  expect(read).toBeLessThan(1000);
});

test.each([1, 2])("a line that is no subject ends the run with its error, %i workers", async (workers) => {
  const lines = [...estate(2500), Buffer.from("{}")];
  await expect(all(lines, { workers })).rejects.toThrow(expect.objectContaining({ code: "E_INPUT" }));
});

test("threads are started only once there is enough for them", async () => {
  let started = 0;
  const count = (): void => void (started += 1);
  process.on("worker", count);
  try {
    await all(estate(500), { workers: 3 });
    expect(started).toBe(0);
    await all(estate(2500), { workers: 3 });
    expect(started).toBe(3);
  } finally {
    process.off("worker", count);
  }
});

test("a setting that does not fit is refused before any subject", async () => {
  const settings = { rotation_overdue: { limit: 3 } };
  await expect(all(estate(1), { workers: 2, settings })).rejects.toThrow(
    expect.objectContaining({ code: "E_CONFIG" }),
  );
});

describe("the cache", () => {
  async function run(
    directory: string,
    lines: Iterable<Buffer>,
    {
      settings = {},
      of = bundle,
      workers = 1,
      reuse = true,
      random = () => 0.5,
    }: Pick<CacheOptions, "settings" | "random"> & { of?: Bundle; workers?: number; reuse?: boolean } = {},
  ): Promise<Evaluated[]> {
    const cache = await openOutcomeCache(directory, of, { settings, ...(reuse ? { random } : {}) });
    try {
      const found: Evaluated[] = [];
      for await (const outcomes of evaluateAll(of, lines, { settings, cache, workers })) {
        found.push({ ...outcomes, line: Buffer.from(outcomes.line) });
      }
      return found;
    } finally {
      cache.close();
    }
  }
  const evaluated = (found: readonly Evaluated[]): number => found.filter(({ cached }) => !cached).length;

  test("gives the same bytes as evaluation, for all that did not change", async () => {
    const directory = await directoryOf({});
    const lines = estate(1000);
    const first = await run(directory, lines);
    expect(evaluated(first)).toBe(1000);
    const again = await run(directory, lines);
    expect([evaluated(again), text(again)]).toEqual([0, text(first)]);

    const changed = estate(1000, (index) => index % 100 === 7);
    const third = await run(directory, changed);
    expect([evaluated(third), text(third)]).toEqual([10, text(await all(changed))]);
    expect(evaluated(await run(directory, changed))).toBe(0);
    expect(await readdir(directory)).toEqual(["outcomes.pack"]);
  });

  test("finds subjects in any order, among new ones and without old ones", async () => {
    const directory = await directoryOf({});
    await run(directory, estate(500));
    const shuffled = [...estate(600).slice(300).reverse(), ...estate(100)];
    const found = await run(directory, shuffled);
    expect([evaluated(found), text(found)]).toEqual([100, text(await all(shuffled))]);
    expect(evaluated(await run(directory, estate(200)))).toBe(100); // 100 to 199 were not in the run before
  });

  test("gives the same bytes as evaluation, whatever changes in subjects, gaps, parameters and policies", async () => {
    const faulty = await bundleOf(FAULTY);
    const gap = fc.record({
      fact_kind: fc.constantFrom("secret_metadata", "grant", "sink"),
      reason: fc.constantFrom("denied", "timeout"),
    });
    const subject = fc.record({
      id: fc.constantFrom("kv/a", "kv/b", "kv/ü\n"),
      value_age_days: fc.constantFrom(15, 30, 100, 250),
      owner: fc.constantFrom("", "payments"),
      tier: fc.constantFrom("critical", "low"),
      gaps: fc.uniqueArray(gap, { selector: ({ fact_kind }) => fact_kind, maxLength: 3 }),
    });
    const known = fc.array(subject, { minLength: 6, maxLength: 6 });
    const runs = fc.array(
      fc.record({
        seen: fc.array(fc.nat({ max: 5 }), { maxLength: 8 }),
        added: fc.array(subject, { maxLength: 3 }),
        limit_days: fc.constantFrom(20, 200),
        ours: fc.constantFrom(true, true, true, false),
      }),
      { minLength: 2, maxLength: 5 },
    );
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(known, runs, async (subjects, sequence) => {
        const directory = await mkdtemp(join(tmpdir(), "countersign-test-"));
        try {
          for (const { seen, added, limit_days, ours } of sequence) {
            const of = ours ? bundle : faulty;
            const settings = ours ? { rotation_overdue: { limit_days } } : {};
            const lines = [...seen.map((place) => subjects[place]), ...added].map((fields) => secret(fields));
            const found = await run(directory, lines, { settings, of });
            expect(text(found)).toBe(text(await all(lines, { settings }, of)));
            taken += found.length - evaluated(found);
          }
        } finally {
          await rm(directory, { recursive: true });
        }
      }),
      { numRuns: 40 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  test("gives the same bytes where many outcomes wait for threads", async () => {
    const directory = await directoryOf({});
    await run(directory, estate(8000));
    const changed = estate(8000, (index) => index % 3 === 0);
    const found = await run(directory, changed, { workers: 2 });
    expect(evaluated(found)).toBe(2667);
    expect(text(found) === text(await all(changed))).toBe(true); // too long to be shown
  });

  /** Bytes that this process has read so far, where the system counts them. */
  const IO = "/proc/self/io";
  const readBytes = (): number => Number(/^rchar: (\d+)$/m.exec(readFileSync(IO, "latin1"))?.[1]);

  test.skipIf(!existsSync(IO))(
    "reads no more than it holds, however many runs have added to it",
    async () => {
      const directory = await directoryOf({});
      const changedBy = (runs: number) => (index: number) => index % 10 < runs;
      for (let runs = 0; runs < 8; runs += 1) await run(directory, estate(8000, changedBy(runs)));
      const lines = estate(8000, changedBy(8));
      const before = readBytes();
      const found = await run(directory, lines);
      expect(readBytes() - before).toBeLessThan(2 * statSync(join(directory, "outcomes.pack")).size);
      expect([evaluated(found), text(found)]).toEqual([800, text(await all(lines))]);
    },
  );

  test("has nothing for a line without a subject", async () => {
    const directory = await directoryOf({});
    await run(directory, estate(3));
    await expect(run(directory, [...estate(3), Buffer.alloc(0)])).rejects.toThrow(
      expect.objectContaining({ code: "E_INPUT" }),
    );
  });

  test("holds only for the bundle and the parameters it was made with", async () => {
    const directory = await directoryOf({});
    const lines = estate(50);
    await run(directory, lines);
    const settings = { rotation_overdue: { limit_days: 5 } };
    const stricter = await run(directory, lines, { settings });
    expect([evaluated(stricter), text(stricter)]).toEqual([50, text(await all(lines, { settings }))]);
    expect(evaluated(await run(directory, lines, { of: await bundleOf(FAULTY) }))).toBe(50);
  });

  test("evaluates again what is damaged, wherever the damage is", async () => {
    const lines = estate(60);
    const clean = text(await all(lines));
    const directory = await directoryOf({});
    await run(directory, lines);
    const pack = join(directory, "outcomes.pack");
    const bytes = await readFile(pack);
    const step = Math.ceil(bytes.length / 24);
    for (let at = 0; at < bytes.length; at += step) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x20;
      await writeFile(pack, damaged);
      const found = await run(directory, lines);
      expect([evaluated(found) > 0, text(found)]).toEqual([true, clean]);
    }
    for (const size of [0, 10, bytes.length - 1, bytes.length >> 1]) {
      await writeFile(pack, bytes);
      await truncate(pack, size);
      const found = await run(directory, lines);
      expect([evaluated(found), text(found)]).toEqual([60, clean]);
    }
  });

  test("gives nothing, and keeps what was evaluated, where nothing is to be taken", async () => {
    const directory = await directoryOf({});
    const lines = estate(200);
    const clean = text(await run(directory, lines));
    const pack = join(directory, "outcomes.pack");
    expect(await forge(pack, '"violation"', '"compliant"')).toBeGreaterThan(0);
    const again = await run(directory, lines, { reuse: false });
    expect([evaluated(again), text(again)]).toEqual([200, clean]);
    const next = await run(directory, lines);
    expect([evaluated(next), text(next)]).toEqual([0, clean]);
  });

  test.each([1, 2])(
    "is refused and removed where a sample is not what evaluation gives, %i workers",
    async (workers) => {
      const directory = await directoryOf({});
      const lines = estate(3000);
      const clean = text(await run(directory, lines));
      expect(await forge(join(directory, "outcomes.pack"), '"violation"', '"compliant"')).toBeGreaterThan(0);
      await expect(run(directory, lines, { workers })).rejects.toThrow(
        expect.objectContaining({ code: "E_INTEGRITY" }),
      );
      expect(await readdir(directory)).toEqual([]);
      const next = await run(directory, lines);
      expect([evaluated(next), text(next)]).toEqual([3000, clean]);
    },
  );

  test("is compared where randomness says, and whole where it is small", async () => {
    const refused = async (size: number, random: () => number): Promise<boolean> => {
      const directory = await directoryOf({});
      const lines = estate(size);
      await run(directory, lines);
      expect(await forge(join(directory, "outcomes.pack"), '"violation"', '"compliant"', 1)).toBe(1);
      const found = await run(directory, lines, { random }).catch((thrown: unknown) => thrown);
      return found instanceof Error;
    };
    const first64 = (): number => 0.999;
    const last64 = (drawn = 0) => {
      return () => ((drawn % 64) + 0.5) / (64 + (drawn += 1));
    };
    expect(await refused(64, first64)).toBe(true);
    expect(await refused(64, last64())).toBe(true);
    expect(await refused(1000, first64)).toBe(true);
    expect(await refused(1000, last64())).toBe(false);
  });

  test.skipIf(process.platform === "win32")("evaluates again where a pipe is in its place", async () => {
    const directory = await directoryOf({});
    expect(spawnSync("mkfifo", [join(directory, "outcomes.pack")]).status).toBe(0);
    expect(evaluated(await run(directory, estate(30)))).toBe(30);
    expect(evaluated(await run(directory, estate(30)))).toBe(0);
  });

  test("stays as it was when a run breaks off", async () => {
    const directory = await directoryOf({});
    await run(directory, estate(300));
    const before = await readFile(join(directory, "outcomes.pack"));
    const broken = [...estate(300, (index) => index % 2 === 0), Buffer.from("{}")];
    await expect(run(directory, broken)).rejects.toThrow(expect.objectContaining({ code: "E_INPUT" }));
    expect((await readFile(join(directory, "outcomes.pack"))).equals(before)).toBe(true);
    expect(await readdir(directory)).toEqual(["outcomes.pack"]);
  });
});
