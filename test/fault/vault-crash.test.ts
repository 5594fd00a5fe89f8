import { expect, test } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { Vault } from "../../src/vault/index.ts";
import type { Random } from "../estate/random.ts";
import { FakeDisk } from "../vault/fake-file-system.ts";
import { fingerprintThere } from "../vault/forgery.ts";
import { daily, errorsOf, secretOf, testTerms, textOf } from "../vault/place.ts";
import { SLOW, draws } from "../vault/seeded.ts";

/** States looked at after each operation; there are seldom more than 64. */
const STATES = SLOW ? 256 : 3;

/** Of the states, how many are crashed again while they are being recovered: one in so many. */
const AGAIN = SLOW ? 10 : 40;

/** What the vault holds, by name, the newest value. */
type Model = ReadonlyMap<string, string>;

interface Step {
  readonly what: string;
  readonly run: (vault: Vault) => Promise<unknown>;
  readonly model: (before: Model) => Model;
}

const same = (model: Model): Model => model;

function put(name: string, value: string): Step {
  return {
    what: `put ${name}`,
    run: async (vault) => await vault.put(name, secretOf(value)),
    model: (before) => new Map([...before, [name, value]]),
  };
}

const STEPS: readonly Step[] = [
  put("a", "1"),
  put("b/c", "x".repeat(3000)),
  put("a", "2"),
  {
    what: "remove",
    run: async (vault) => await vault.remove("b/c"),
    model: (before) => new Map([...before].filter(([name]) => name !== "b/c")),
  },
  put("d", "3"),
  { what: "rekey", run: async (vault) => await vault.rekey("a"), model: same },
  { what: "add a slot", run: async (vault) => await vault.addSlot(daily("second")), model: same },
  {
    what: "rotate the root key",
    run: async (vault) => await vault.rotateRoot([daily("main"), daily("second")]),
    model: same,
  },
  {
    what: "remove a slot",
    run: async (vault) => {
      const { id } = vault.summary().slots.find(({ identity }) => identity === "second")!;
      await vault.removeSlot(id, [daily("main")]);
    },
    model: same,
  },
  put("a", "4"),
  put("d", "5"),
  {
    what: "read",
    run: async (vault) => {
      (await vault.read("a", "crash test"))[Symbol.dispose]();
    },
    model: same,
  },
  { what: "prune", run: async (vault) => await vault.prune(), model: same },
  put("e", "6"),
  { what: "close", run: async (vault) => await vault.close(), model: same },
];

interface Crash {
  readonly disk: FakeDisk;
  /** Acknowledged steps; -1 while the vault was being made. */
  readonly acknowledged: number;
  readonly where: string;
}

/** Runs the workload and gives the disks that a power cut at any moment may leave. */
async function crashes(random: Random, onCrash: (crash: Crash) => void): Promise<number> {
  const disk = new FakeDisk();
  let acknowledged = -1;
  let what = "create";
  let operations = 0;
  disk.afterChange = ({ kind, path }) => {
    operations += 1;
    const where = `${what}, after operation ${operations}: ${kind} ${path}`;
    for (const state of disk.crashStates(STATES, () => random.next()))
      onCrash({ disk: state, acknowledged, where });
  };
  const vault = await Vault.create(testTerms("/state", {}, disk.files), [daily("main")]);
  acknowledged = 0;
  for (const step of STEPS) {
    what = step.what;
    await step.run(vault);
    acknowledged += 1;
  }
  return operations;
}

/** The models that may stand after `acknowledged` steps: with or without the one under way. */
function allowed(acknowledged: number): Model[] {
  let model: Model = new Map();
  for (const step of STEPS.slice(0, Math.max(0, acknowledged))) model = step.model(model);
  const next = acknowledged < 0 ? undefined : STEPS[acknowledged];
  return next === undefined ? [model] : [model, next.model(model)];
}

async function contentOf(vault: Vault): Promise<Model> {
  const content = new Map<string, string>();
  for (const { name } of vault.summary().entries) content.set(name, await textOf(vault, name));
  return content;
}

/** Opens what a crash left; undefined where there is none yet, which only an unacknowledged creation may leave. */
async function recovered({ disk, acknowledged }: Crash): Promise<Vault | undefined> {
  const terms = testTerms("/state", {}, disk.files);
  try {
    return await Vault.open(terms);
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || acknowledged >= 0) throw thrown;
    if (thrown.code === "E_NOT_FOUND") return undefined;
    // Made, but nothing remembers it yet: a person takes it as it is.
    expect(thrown.code).toBe("E_ROLLBACK");
    return await Vault.adopt(terms, await fingerprintThere(terms));
  }
}

/** Proves that nothing acknowledged is lost, all is sound, and work goes on. */
async function prove(crash: Crash): Promise<void> {
  const terms = testTerms("/state", {}, crash.disk.files);
  const vault = await recovered(crash);
  if (vault === undefined) return;
  const content = await contentOf(vault);
  expect(allowed(crash.acknowledged).map((model) => Object.fromEntries(model))).toContainEqual(
    Object.fromEntries(content),
  );
  expect(await errorsOf(terms)).toEqual([]);
  await vault.put("next", secretOf("works"));
  await vault.close();
  const again = await Vault.open(terms);
  expect(await contentOf(again)).toEqual(new Map([...content, ["next", "works"]]));
  expect(await errorsOf(terms)).toEqual([]);
}

test(
  "after a power cut at any operation, nothing acknowledged is lost and the next commit works",
  async () => {
    const random = draws();
    const all: Crash[] = [];
    const operations = await crashes(random, (crash) => all.push(crash));
    let nested = 0;
    const failures: string[] = [];
    for (const [index, crash] of all.entries()) {
      const inner: Crash[] = [];
      if (index % AGAIN === 0) {
        crash.disk.afterChange = ({ kind, path }) => {
          const where = `${crash.where}; recovering, ${kind} ${path}`;
          for (const disk of crash.disk.crashStates(1, () => random.next()))
            inner.push({ ...crash, disk, where });
        };
        const again = await recovered({ ...crash, disk: crash.disk }).catch(() => undefined);
        crash.disk.afterChange = () => undefined;
        await again?.close();
      }
      for (const one of [crash, ...inner]) {
        try {
          await prove(one);
        } catch (thrown) {
          if (failures.length < 10) failures.push(`crash in ${one.where}: ${String(thrown)}`);
        }
      }
      nested += inner.length;
    }
    console.log(`${operations} operations, ${all.length} states, ${nested} more of crashes while recovering`);
    expect(failures).toEqual([]);
    expect(operations).toBeGreaterThan(350);
    expect(all.length).toBeGreaterThan(operations);
    expect(nested).toBeGreaterThan(50);
  },
  SLOW ? 3_600_000 : 300_000,
);
