import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { processEnvironment, type Environment } from "../../src/cli/environment.ts";
import { openSnapshot } from "../../src/cli/snapshots.ts";
import { openExample } from "../evidence/example.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-newest-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const environment: Environment = {
  ...processEnvironment(new AbortController().signal),
  env: { COUNTERSIGN_STATE: root },
  terminal: { out: () => undefined, err: () => undefined, interactive: false },
};

describe("the newest snapshot", () => {
  it("is E_INTEGRITY where its manifest was taken away, and nothing older is judged in its place", async () => {
    const { directory, manifest } = await openExample();
    await cp(directory, join(root, "snapshots", manifest.snapshot_id), { recursive: true });
    expect((await openSnapshot(environment, {})).manifest.snapshot_id).toBe(manifest.snapshot_id);
    const newest = join(root, "snapshots/29991231T000000Z-0123456789ab");
    await mkdir(newest);
    await expect(openSnapshot(environment, {})).rejects.toMatchObject({
      code: "E_INTEGRITY",
      message: `expected a whole snapshot in ${newest}, got a part of one`,
    });
  });
});
