import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { processEnvironment, type Environment } from "../../src/cli/environment.ts";
import { examine } from "../../src/cli/examination.ts";
import { lastThatRead, openSnapshot } from "../../src/cli/snapshots.ts";
import { openExample } from "../evidence/example.ts";
import { snapshotMade } from "./snapshots-made.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-newest-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const environment: Environment = {
  ...processEnvironment(new AbortController().signal),
  env: { COUNTERSIGN_STATE: root },
  terminal: { out: (text) => said.push(String(text)), err: () => undefined, interactive: false },
};
const said: string[] = [];

/** The process with its clock at another instant. */
const at = (now: string): Environment => ({
  ...environment,
  ports: { ...environment.ports, clock: { now: () => new Date(now) } },
});

const snapshots = join(root, "snapshots");
const opened = async (now: string, from?: string): Promise<string> =>
  (await openSnapshot(at(now), from === undefined ? {} : { from })).manifest.snapshot_id;

afterEach(() => rm(snapshots, { recursive: true, force: true }));

describe("the newest snapshot", { timeout: 60_000 }, () => {
  it("is E_INTEGRITY where its manifest was taken away, and nothing older is judged in its place", async () => {
    const { directory, manifest } = await openExample();
    await cp(directory, join(snapshots, manifest.snapshot_id), { recursive: true });
    expect(await opened(manifest.taken_at)).toBe(manifest.snapshot_id);
    const newest = join(snapshots, "29991231T000000Z-0123456789ab");
    await mkdir(newest);
    await expect(opened("3000-01-01T00:00:00.000Z")).rejects.toMatchObject({
      code: "E_INTEGRITY",
      message: `expected a whole snapshot in ${newest}, got a part of one`,
    });
  });

  it("is the one that was taken last, of several within one second too, and of one instant that of the last id", async () => {
    const instants = ["06:00:00.100Z", "06:00:00.200Z", "06:00:00.300Z", "06:00:00.300Z"];
    const made: string[] = [];
    for (const [index, instant] of instants.entries()) {
      made.push(
        basename(await snapshotMade(snapshots, { taken_at: `2026-09-30T${instant}`, run_id: `${index}` })),
      );
    }
    expect(await opened("2026-09-30T07:00:00.000Z")).toBe(made.slice(2).sort().at(-1));
    const damaged = join(snapshots, "20260930T060000Z-000000000000");
    await mkdir(damaged);
    await expect(opened("2026-09-30T07:00:00.000Z")).rejects.toMatchObject({
      code: "E_INTEGRITY",
      message: `expected a whole snapshot in ${damaged}, got a part of one`,
    });
  });
});

describe("the last snapshot before another", { timeout: 60_000 }, () => {
  it("is the one that was taken before it, within one second too", async () => {
    const taken = [1, 2, 3, 4, 5, 6].map((tenth) => `2026-09-30T06:00:00.${tenth}00Z`);
    const made: string[] = [];
    for (const taken_at of ["2026-09-30T05:59:59.000Z", ...taken])
      made.push(basename(await snapshotMade(snapshots, { taken_at })));
    const lasts: (string | undefined)[] = [];
    for (const [index, taken_at] of taken.entries()) {
      const before = { snapshot_id: made[index + 1] ?? "", taken_at };
      lasts.push(await lastThatRead(environment, {}, before, []));
    }
    expect(lasts).toEqual(made.slice(0, -1));
  });
});

describe("a snapshot from after now", { timeout: 60_000 }, () => {
  const later = async (): Promise<string> => {
    await snapshotMade(snapshots, { taken_at: "2026-09-29T06:00:00.000Z" });
    return basename(await snapshotMade(snapshots, { taken_at: "2026-09-30T06:00:00.000Z" }));
  };

  it("is not taken for the newest, and nothing is in its place; --from names it", async () => {
    const wrong = await later();
    await expect(opened("2026-09-30T05:00:00.000Z")).rejects.toMatchObject({
      code: "E_CLOCK",
      message: `expected every snapshot in ${snapshots} to lie before now, 2026-09-30T05:00:00.000Z, got ${wrong}`,
      fix: expect.stringContaining("--from") as string,
    });
    expect(await opened("2026-09-30T05:00:00.000Z", wrong)).toBe(wrong);
  });

  it("by less than clocks differ is the newest", async () => {
    expect(await later()).toBe(await opened("2026-09-30T05:56:00.000Z"));
  });

  it("is a warning of doctor", async () => {
    const wrong = await later();
    const checked = async (now: string): Promise<unknown> => {
      await examine(at(now), { json: true });
      const { checks } = JSON.parse(said.splice(0).join("")) as { checks: { name: string }[] };
      return checks.find(({ name }) => name === "snapshots");
    };
    expect(await checked("2026-09-30T05:00:00.000Z")).toMatchObject({
      status: "warning",
      detail: `${wrong} lies after now, 2026-09-30T05:00:00.000Z`,
    });
    expect(await checked("2026-09-30T07:00:00.000Z")).toMatchObject({ status: "ok" });
  });
});
