import { expect, test } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { Vault } from "../../src/vault/index.ts";
import { FakeDisk, type Operation } from "../vault/fake-file-system.ts";
import { fingerprintThere } from "../vault/forgery.ts";
import { daily, errorsOf, secretOf, testTerms, textOf } from "../vault/place.ts";
import { SLOW, draws } from "../vault/seeded.ts";

/** Of the operations, those that are made to fail: one in so many. */
const EACH = SLOW ? 1 : 7;

const CHANGES: readonly ((vault: Vault) => Promise<unknown>)[] = [
  async (vault) => await vault.put("a", secretOf("1")),
  async (vault) => await vault.put("b", secretOf("2")),
  async (vault) => await vault.put("a", secretOf("3")),
  async (vault) => await vault.rekey("a"),
  async (vault) => await vault.addSlot(daily("second")),
  async (vault) => await vault.rotateRoot([daily("main"), daily("second")]),
  async (vault) => await vault.remove("b"),
  async (vault) => await vault.prune(),
  async (vault) => {
    (await vault.read("a", "error test"))[Symbol.dispose]();
  },
];

test("a disk that is full once a change is on it does not hide that the change was kept", async () => {
  const disk = new FakeDisk();
  const terms = testTerms("/state", {}, disk.files);
  const vault = await Vault.create(terms, [daily("main")]);
  await vault.put("a", secretOf("1"));
  let full = false;
  disk.afterChange = ({ kind, path }) => {
    full ||= kind === "syncDirectory" && path === "/state/vault/gen" && disk.paths().includes(COMMITTED);
  };
  disk.interfere = ({ kind }) => {
    if (full && kind === "create") throw systemError("ENOSPC");
    return undefined;
  };
  const said = {
    code: "E_DISK",
    message: expect.stringContaining("the change was kept (generation 3)") as string,
  };
  await expect(vault.put("a", secretOf("2"))).rejects.toMatchObject(said);
  disk.interfere = () => undefined;
  expect(await textOf(await Vault.open(terms), "a")).toBe("2");
});

const COMMITTED = "/state/vault/gen/000000000003";

type Failure = "EINTR" | "EIO" | "ENOSPC" | "short";

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Runs the workload with one operation failing; tells what came of each change. */
async function disturbed(disk: FakeDisk, at: number, failure: Failure) {
  let count = 0;
  let hit: Operation | undefined;
  const after: Operation[] = [];
  disk.interfere = (operation) => {
    count += 1;
    if (hit !== undefined) after.push(operation);
    if (count !== at) return undefined;
    hit = operation;
    if (failure === "short") return operation.kind === "write" ? 1 : undefined;
    throw systemError(failure);
  };
  const outcomes: ("done" | CountersignError)[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      outcomes.push("done");
    } catch (thrown) {
      if (!(thrown instanceof CountersignError)) throw thrown;
      outcomes.push(thrown);
    }
  };
  const terms = testTerms("/state", {}, disk.files);
  let vault: Vault | undefined;
  await attempt(async () => {
    vault = await Vault.create(terms, [daily("main")]);
  });
  for (const change of vault === undefined ? [] : CHANGES) await attempt(async () => await change(vault!));
  await vault?.close().catch(() => undefined);
  disk.interfere = () => undefined;
  return { outcomes, hit, after, count };
}

test(
  "an error at any operation is told as one of the disk, loses nothing, and leaves a vault that works",
  async () => {
    const random = draws();
    const { count: operations } = await disturbed(new FakeDisk(), 0, "EIO");
    expect(operations).toBeGreaterThan(300);
    const failures: string[] = [];
    let told = 0;
    for (const failure of ["EIO", "ENOSPC", "EINTR", "short"] as const) {
      for (let at = 1 + random.between(0, EACH - 1); at <= operations; at += EACH) {
        const disk = new FakeDisk();
        const { outcomes, hit, after } = await disturbed(disk, at, failure);
        const where = `${failure} at ${at}: ${hit?.kind ?? "nothing"} ${hit?.path ?? ""}`;
        try {
          const errors = outcomes.filter((outcome) => outcome !== "done");
          told += errors.length;
          // After a failure of its own, an earlier change may be missing to a later one.
          expect(
            errors.map(({ code }) => code).filter((code) => !["E_DISK", "E_NOT_FOUND"].includes(code)),
          ).toEqual([]);
          if (failure === "short") expect(errors).toEqual([]);
          if (failure !== "short" && hit?.kind.startsWith("sync") === true) refuseRetried(hit, after);
          await prove(disk, outcomes);
        } catch (thrown) {
          if (failures.length < 10) failures.push(`${where}: ${String(thrown)}`);
        }
      }
    }
    console.log(`${operations} operations, ${told} errors told`);
    expect(failures).toEqual([]);
    expect(told).toBeGreaterThan(50);
  },
  SLOW ? 3_600_000 : 300_000,
);

/** A failed fsync is not tried again by the same process. */
function refuseRetried(hit: Operation, after: readonly Operation[]): void {
  expect(after.filter(({ kind, path }) => kind === hit.kind && path === hit.path)).toEqual([]);
}

/** A new process finds a sound vault, all that was acknowledged, and can go on. */
async function prove(
  disk: FakeDisk,
  [created, ...outcomes]: readonly ("done" | CountersignError)[],
): Promise<void> {
  // A copy, because a process remembers by its file system what it must not build upon.
  const { files } = disk.copy();
  const terms = testTerms("/state", {}, files);
  let vault: Vault;
  try {
    vault =
      created === "done" ? await Vault.open(terms) : await Vault.adopt(terms, await fingerprintThere(terms));
  } catch (thrown) {
    if (created !== "done" && thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND") return;
    throw thrown;
  }
  expect(await errorsOf(terms)).toEqual([]);
  // The newest acknowledged value of `a`, or one that was put although its error was told.
  if (outcomes[2] === "done") expect(await textOf(vault, "a")).toBe("3");
  else if (outcomes[0] === "done") expect(["1", "3"]).toContain(await textOf(vault, "a"));
  if (outcomes[6] === "done")
    await expect(vault.read("b", "test")).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  else if (outcomes[1] === "done") expect(vault.summary().entries.length).toBeGreaterThan(0);
  await vault.put("next", secretOf("works"));
  expect(await textOf(vault, "next")).toBe("works");
  expect(await errorsOf(terms)).toEqual([]);
  await vault.close();
}

test("what cannot be recorded in the access log is not handed out", async () => {
  const disk = new FakeDisk();
  const vault = await Vault.create(testTerms("/state", {}, disk.files), [daily("main")]);
  await vault.put("a", secretOf("1"));
  disk.interfere = ({ kind, path }) => {
    if (kind === "sync" && path.includes("/log/")) throw systemError("EIO");
    return undefined;
  };
  await expect(vault.read("a", "test")).rejects.toMatchObject({ code: "E_DISK" });
  disk.interfere = () => undefined;
  await expect(vault.read("a", "test")).rejects.toMatchObject({ code: "E_DISK" });
});
