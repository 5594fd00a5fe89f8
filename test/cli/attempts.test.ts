import { cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { processEnvironment, type Environment } from "../../src/cli/environment.ts";
import { reportCommandLine } from "../../src/cli/reporting.ts";
import { ROOT, openExample } from "../evidence/example.ts";
import { snapshotMade } from "./snapshots-made.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-attempts-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const example = await openExample();
const good = example.manifest.snapshot_id;
const snapshots = join(root, "state/snapshots");
const out = join(root, "out");

const base = processEnvironment(new AbortController().signal);
const environment: Environment = {
  ...base,
  cwd: root,
  env: { COUNTERSIGN_STATE: join(root, "state"), VAULT_TOKEN: "unused" },
  terminal: { out: () => undefined, err: () => undefined, interactive: false },
  ports: { ...base.ports, clock: { now: () => new Date("2027-01-02T00:00:00.000Z") } },
};
const config = join(ROOT, "examples/vault/countersign.yaml");

const report = async (from?: string): Promise<unknown> =>
  await reportCommandLine(environment, {
    config,
    out: "out",
    page: "a4",
    history: 0,
    outcomes: "none",
    ...(from === undefined ? {} : { from }),
  });

const attempted = async (taken_at = "2027-01-01T06:00:00.000Z"): Promise<string> =>
  basename(await snapshotMade(snapshots, { taken_at, unread: true }));

afterEach(async () => {
  await rm(join(root, "state"), { recursive: true, force: true });
  await rm(out, { recursive: true, force: true });
});

describe("a report of the newest snapshot", { timeout: 120_000 }, () => {
  it("is refused where that read nothing and an older one did, and both are named", async () => {
    await cp(example.directory, join(snapshots, good), { recursive: true });
    await report();
    const before = await readFile(join(out, "MANIFEST.sha256"), "utf8");
    await attempted("2026-12-31T06:00:00.000Z");
    const attempt = await attempted();
    await expect(report()).rejects.toMatchObject({
      code: "E_UNSEEN",
      message: `expected a snapshot that read a store, got ${attempt}, an attempt that read none; out is left as it was`,
      fix: expect.stringMatching(
        new RegExp(`--from ${good}\\. .*--from ${attempt} --out <directory>`),
      ) as string,
    });
    expect(await readFile(join(out, "MANIFEST.sha256"), "utf8")).toBe(before);
    await report(attempt);
    expect(await readFile(join(out, "MANIFEST.sha256"), "utf8")).not.toBe(before);
  });

  it("is one of unknowns where nothing was ever read", async () => {
    await attempted();
    await report();
    expect(await readdir(out)).toContain("MANIFEST.sha256");
  });
});
