import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import { listSnapshots } from "../../src/facts/index.ts";
import { countersign, type SpawnOptions } from "./process.ts";

const LIMIT_MS = 120_000;
const EXAMPLES = new URL("../../examples/vault/", import.meta.url).pathname;
const CONFIG = join(EXAMPLES, "countersign.yaml");
const [id = ""] = await listSnapshots(join(EXAMPLES, "snapshots"));

const root = await mkdtemp(join(tmpdir(), "countersign-state-"));
afterAll(() => rm(root, { recursive: true, force: true }));

let places = 0;
async function stateWithSnapshot(): Promise<string> {
  const state = join(root, String((places += 1)));
  await cp(join(EXAMPLES, "snapshots", id), join(state, "snapshots", id), { recursive: true });
  return state;
}

const run = (state: string, args: readonly string[], options: SpawnOptions = {}) =>
  countersign([...args, "--config", CONFIG], {
    cwd: root,
    env: { VAULT_TOKEN: "unused", COUNTERSIGN_STATE: state },
    ...options,
  });

const IN_THE_WAY: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  [
    "a pipe",
    (path) => {
      expect(spawnSync("mkfifo", [path]).status).toBe(0);
      return Promise.resolve();
    },
  ],
  [
    "a file of 8 GB",
    async (path) => {
      await writeFile(path, "");
      await truncate(path, 8 * 1024 ** 3); // takes no place on the disk
    },
  ],
];

describe("what an earlier assessment should have left counts as not kept where it is", () => {
  it.each(IN_THE_WAY)("%s", { timeout: LIMIT_MS }, async (_what, put) => {
    const state = await stateWithSnapshot();
    for (const folder of ["cache", join("history", id)])
      await mkdir(join(state, folder), { recursive: true });
    await put(join(state, "cache/outcomes.pack"));
    await put(join(state, "history", id, "judgement.json"));
    await put(join(state, "history", id, "subjects.ndjson.zst"));
    const { exit, err } = await run(state, ["assess"]);
    expect({ exit, err }).toEqual({ exit: 1, err: "" });
    const kept = JSON.parse(await readFile(join(state, "history", id, "judgement.json"), "utf8")) as object;
    expect(kept).toHaveProperty("head.snapshot_id", id);
    expect(await readdir(join(state, "cache"))).toEqual(["outcomes.pack"]);
  });
});

/** Makes `STATE` read-only for the command alone. */
const READ_ONLY =
  'unshare -rm sh -c \'mount --bind "$STATE" "$STATE" && mount -o remount,bind,ro "$STATE" && exec "$@"\' sh "$@"';
const canMount = spawnSync("unshare", ["-rm", "sh", "-c", "mount --bind /tmp /tmp"]).status === 0;

describe("a state directory that may not be written to", () => {
  it.runIf(canMount)("is judged all the same, with a warning", { timeout: LIMIT_MS }, async () => {
    const state = await stateWithSnapshot();
    const writable = await run(state, ["assess", "--json"]);
    for (const folder of ["assessments", "cache", "history"])
      await rm(join(state, folder), { recursive: true });
    const env = { VAULT_TOKEN: "unused", COUNTERSIGN_STATE: state, STATE: state };
    const before = await readdir(tmpdir());
    const assessed = await run(state, ["assess", "--json"], { shell: READ_ONLY, env });
    expect(assessed).toMatchObject({ exit: writable.exit, out: writable.out });
    expect(assessed.err).toMatch(/^expected to write \S+assessments\S+, got EROFS: nothing is kept .*\n$/);
    const reported = await run(state, ["report", "--json", "--out", join(root, "out")], {
      shell: READ_ONLY,
      env,
    });
    expect(reported.exit).toBe(1);
    expect(reported.err).toMatch(/^expected to write \S+outcomes.pack, got EROFS: nothing is kept .*\n$/);
    expect(await readdir(state)).toEqual(["snapshots"]);
    expect(
      (await readdir(tmpdir())).filter((name) => /countersign-assess/.test(name) && !before.includes(name)),
    ).toEqual([]);
  });
});

/** A report that is stopped by the system once it has begun to write. */
async function stoppedReport(state: string, out: string): Promise<ChildProcess> {
  const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
  const args = ["--disable-warning=ExperimentalWarning", main, "report", "--config", CONFIG, "--out", out];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { VAULT_TOKEN: "unused", COUNTERSIGN_STATE: state },
    stdio: "ignore",
  });
  for (;;) {
    const entries = await readdir(out).catch(() => [] as string[]);
    if (entries.some((name) => name.endsWith(".tmp"))) break;
    if (child.exitCode !== null) throw new Error("expected a report at work, got one that ended");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill("SIGSTOP");
  return child;
}

describe("two reports into one directory", () => {
  it("are kept apart, and a killed one keeps nobody out", { timeout: LIMIT_MS }, async () => {
    const state = await stateWithSnapshot();
    const out = join(root, "shared");
    const first = await stoppedReport(state, out);
    const second = await run(state, ["report", "--out", out]);
    expect(second.exit).toBe(5);
    expect(second.err).toMatch(
      new RegExp(
        `E_STATE_LOCKED: expected no other report or assessment into ${out}, got process ${first.pid} `,
      ),
    );
    first.kill("SIGKILL");
    await once(first, "exit");
    expect((await run(state, ["report", "--out", out])).exit).toBe(1);
    expect((await readdir(out)).filter((name) => name.startsWith("."))).toEqual([]);
    const manifest = await readFile(join(out, "MANIFEST.sha256"), "utf8");
    for (const [, digest, name = ""] of manifest.matchAll(/^(\S+) {2}(\S+)$/gm))
      expect(sha256(await readFile(join(out, name)))).toBe(digest);
  });

  it(
    "leave no half assessment behind: it takes the place of the earlier one",
    { timeout: LIMIT_MS },
    async () => {
      const state = await stateWithSnapshot();
      expect((await run(state, ["assess"])).exit).toBe(1);
      const place = join(state, "assessments", id);
      const [names, head] = [
        await readdir(place),
        await readFile(join(place, "evidence-package.json"), "utf8"),
      ];
      await writeFile(join(place, "parts/.subjects.ndjson.zst.0123456789ab.tmp"), "x");
      await rm(join(place, "parts/outcomes.ndjson.zst"));
      expect((await run(state, ["assess"])).exit).toBe(1);
      expect([await readdir(place), await readFile(join(place, "evidence-package.json"), "utf8")]).toEqual([
        names,
        head,
      ]);
      const parts = await readdir(join(place, "parts"));
      expect(parts.filter((name) => name.startsWith("."))).toEqual([]);
      expect(parts).toContain("outcomes.ndjson.zst");
    },
  );
});
