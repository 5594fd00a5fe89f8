import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listSnapshots } from "../../src/facts/index.ts";
import { countersign } from "./process.ts";

const EXAMPLES = new URL("../../examples/vault/", import.meta.url).pathname;
const CONFIG = join(EXAMPLES, "countersign.yaml");
const ENV = { VAULT_TOKEN: "unused" };

const directory = await mkdtemp(join(tmpdir(), "countersign-bounds-"));
const [id = ""] = await listSnapshots(join(EXAMPLES, "snapshots"));
const example = join(EXAMPLES, "snapshots", id);

beforeAll(async () => {
  expect(spawnSync("mkfifo", [join(directory, "pipe")]).status).toBe(0);
  await writeFile(join(directory, "huge"), "");
  // Takes no place on the disk.
  await truncate(join(directory, "huge"), 8 * 1024 ** 3);
  await writeFile(join(directory, "in-the-way"), "");
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const run = (args: readonly string[], env: Readonly<Record<string, string>> = ENV) =>
  countersign(args, { cwd: directory, env });

describe("a file that is none, or that never ends, is exit 2 with what was expected:", () => {
  it.each(["/dev/zero", "pipe", ".", "huge"])("a world file %s", async (file) => {
    const { exit, err } = await run(["access", "simulate", file]);
    expect(exit).toBe(2);
    expect(err).toMatch(/E_WORLD: \S+: expected a world file of at most \d+ bytes in a regular file, got /);
  });

  it.each(["/dev/zero", "pipe", ".", "huge"])("a configuration %s", async (file) => {
    const { exit, err } = await run(["assess", "--from", example, "--config", file]);
    expect(exit).toBe(2);
    expect(err).toMatch(
      /E_CONFIG: \S+: expected a configuration of at most \d+ bytes in a regular file, got /,
    );
  });
});

describe("a state directory that cannot be made is exit 5 with its path:", () => {
  it.runIf(process.platform === "linux").each([
    ["on a file system that takes none", "/proc/countersign"],
    ["through a device", "/dev/null/countersign"],
    ["through a file", "in-the-way/state"],
    ["in the place of a file", "in-the-way"],
    ["with a name that is too long", "x".repeat(300)],
  ])("%s", async (_what, place) => {
    const env = { ...ENV, COUNTERSIGN_STATE: place };
    const collecting = await run(["collect", "--config", CONFIG], env);
    expect(collecting).toMatchObject({ exit: 5, err: expect.stringContaining("E_DISK") as string });
    expect(collecting.err).toContain(place.slice(0, 40));
  });

  it.runIf(process.platform === "linux")("nor does a report that keeps outcomes there hang", async () => {
    const env = { ...ENV, COUNTERSIGN_STATE: "/proc/countersign" };
    const { exit } = await run(["report", "--config", CONFIG, "--from", example], env);
    expect(exit).toBe(5);
  });
});

describe("a snapshot that is not what was collected", () => {
  const assess = async (place: string, ...more: string[]) =>
    await run(["assess", "--config", CONFIG, ...more], { ...ENV, COUNTERSIGN_STATE: place });

  it("is exit 4, and says what differs", async () => {
    const place = join(directory, "changed");
    await cp(example, join(place, id), { recursive: true });
    const manifest = join(place, id, "manifest.json");
    const text = await readFile(manifest, "utf8");
    await writeFile(manifest, text.replace('"status": "partial"', '"status": "complete"'));
    const { exit, err } = await assess(directory, "--from", join(place, id));
    expect(exit).toBe(4);
    expect(err).toMatch(/E_INTEGRITY: .*status "complete" instead of "partial"/s);
  });

  it("is exit 4 under another's name in a state directory, where the name tells which is the newest", async () => {
    const place = join(directory, "renamed");
    await mkdir(join(place, "snapshots"), { recursive: true });
    const other = id.replace("2026", "2020");
    await cp(example, join(place, "snapshots", id), { recursive: true });
    await rename(join(place, "snapshots", id), join(place, "snapshots", other));
    for (const more of [[], ["--from", other]]) {
      const { exit, err } = await assess(place, ...more);
      expect(exit).toBe(4);
      expect(err).toContain(`expected the snapshot ${other}`);
    }
  });

  it("may be copied to anywhere else under any name", async () => {
    const place = join(directory, "copy-for-the-auditor");
    await symlink(example, place);
    expect((await assess(directory, "--from", place)).exit).toBe(1);
  });
});
