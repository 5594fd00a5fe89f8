import fc from "fast-check";
import { expect, test } from "vitest";
import { Vault } from "../../src/vault/index.ts";
import { FakeDisk } from "../vault/fake-file-system.ts";
import { daily, errorsOf, secretOf, testTerms, textOf } from "../vault/place.ts";

const SLOW = process.env["SLOW"] === "1";
const RUNS = SLOW ? 2000 : 60;

/** As many as the vault keeps. */
const KEPT_VERSIONS = 5;

/** What a vault must do, in a few lines: every value of each name, by version, and the highest version of removed ones. */
class Model {
  readonly entries = new Map<string, Map<number, string>>();
  readonly removed = new Map<string, number>();

  put(name: string, value: string): number {
    const versions = this.entries.get(name) ?? new Map<number, string>();
    const version = Math.max(0, this.removed.get(name) ?? 0, ...versions.keys()) + 1;
    versions.set(version, value);
    for (const old of [...versions.keys()].slice(0, -KEPT_VERSIONS)) versions.delete(old);
    this.entries.set(name, versions);
    return version;
  }

  remove(name: string): boolean {
    const versions = this.entries.get(name);
    if (versions !== undefined) this.removed.set(name, Math.max(...versions.keys()));
    return this.entries.delete(name);
  }

  read(name: string, version?: number): string | undefined {
    const versions = this.entries.get(name);
    return version === undefined ? [...(versions?.values() ?? [])].at(-1) : versions?.get(version);
  }
}

interface World {
  readonly disk: FakeDisk;
  vault: Vault;
}

type Command = fc.AsyncCommand<Model, World>;

/** A command that may always run; `vault` is the one that is open then. */
function command(what: string, run: (model: Model, world: World) => Promise<void>): Command {
  return { check: () => true, run, toString: () => what };
}

const names = fc.constantFrom("a", "b/c", "constructor");

async function missing(work: Promise<unknown>): Promise<void> {
  await expect(work).rejects.toMatchObject({ code: "E_NOT_FOUND" });
}

const commands = [
  fc.tuple(names, fc.string({ minLength: 1, maxLength: 600, unit: "binary" })).map(([name, value]) =>
    command(`put ${name}`, async (model, { vault }) => {
      expect(await vault.put(name, secretOf(value))).toBe(model.put(name, value.toWellFormed()));
    }),
  ),
  names.map((name) =>
    command(`remove ${name}`, async (model, { vault }) => {
      if (model.remove(name)) await vault.remove(name);
      else await missing(vault.remove(name));
    }),
  ),
  fc.tuple(names, fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined })).map(([name, version]) =>
    command(`read ${name} ${version ?? ""}`, async (model, { vault }) => {
      const value = model.read(name, version);
      if (value === undefined) await missing(textOf(vault, name, version));
      else expect(await textOf(vault, name, version)).toBe(value);
    }),
  ),
  names.map((name) =>
    command(`rekey ${name}`, async (model, { vault }) => {
      if (model.entries.has(name)) await vault.rekey(name);
      else await missing(vault.rekey(name));
    }),
  ),
  fc.constant(
    command("rotate", async (_, { vault }) => {
      await vault.rotateRoot([daily("main")]);
    }),
  ),
  fc.constant(
    command("a slot comes and goes", async (_, { vault }) => {
      await vault.addSlot(daily("guest"));
      const { id } = vault.summary().slots.find(({ identity }) => identity === "guest")!;
      await vault.removeSlot(id, [daily("main")]);
    }),
  ),
  fc.constant(
    command("prune", async (_, { vault }) => {
      await vault.prune();
    }),
  ),
  fc.constant(
    command("reopen", async (_, world) => {
      await world.vault.close();
      world.vault = await Vault.open(testTerms("/state", {}, world.disk.files));
    }),
  ),
];

test(
  "a vault does what a map of versions does, whatever is done in whatever order",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 30 }), async (plan) => {
        const disk = new FakeDisk();
        const terms = testTerms("/state", {}, disk.files);
        const world = { disk, vault: await Vault.create(terms, [daily("main")]) };
        const model = new Model();
        await fc.asyncModelRun(() => ({ model, real: world }), plan);
        for (const [name, versions] of model.entries) {
          for (const [version, value] of versions)
            expect(await textOf(world.vault, name, version)).toBe(value);
        }
        expect(world.vault.summary().entries.map(({ name }) => name)).toEqual(
          [...model.entries.keys()].sort(),
        );
        await world.vault.close();
        expect(await errorsOf(terms)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  },
  SLOW ? 3_600_000 : 120_000,
);
