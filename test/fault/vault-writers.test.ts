import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Vault } from "../../src/vault/index.ts";
import { checked, daily, errorsOf, temporaryDirectory, testTerms, textOf } from "../vault/place.ts";
import { SLOW, draws } from "../vault/seeded.ts";

const CHILD = fileURLToPath(new URL("vault-child.ts", import.meta.url));
const WRITERS = 8;
const COMMITS = SLOW ? 1000 : 12;
/** Kills of each writer, at random instants, after each of which it goes on. */
const KILLS = SLOW ? 10 : 1;

interface Writer {
  readonly name: string;
  acknowledged: number;
  locked: number;
  kills: number;
  /** Longest time between two commits of one life: how long others were first. Printed, never asserted. */
  longestMs: number;
}

/** One life of a writer: to its end, or until it is killed. */
async function lived(root: string, writer: Writer, meddle: (child: ChildProcess) => void): Promise<void> {
  const from = String(writer.acknowledged + 1);
  const args = [CHILD, root, "write", writer.name, from, String(COMMITS)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let beforeMs: number | undefined;
  createInterface(child.stdout).on("line", (line) => {
    const nowMs = performance.now();
    writer.longestMs = Math.max(writer.longestMs, nowMs - (beforeMs ?? nowMs));
    beforeMs = nowMs;
    if (line === "locked") writer.locked += 1;
    else writer.acknowledged = Number(line);
  });
  meddle(child);
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  if (signal === "SIGKILL") writer.kills += 1;
  else expect(code).toBe(0);
}

test(
  "eight writers, killed and started again, lose nothing and leave no gap",
  async () => {
    const random = draws();
    const root = temporaryDirectory();
    const terms = testTerms(root);
    await (await Vault.create(terms, [daily("main")])).close();
    const writers = Array.from({ length: WRITERS }, (_, id): Writer => {
      return { name: `writer-${id}`, acknowledged: 0, locked: 0, kills: 0, longestMs: 0 };
    });
    const start = performance.now();
    await Promise.all(
      writers.map(async (writer) => {
        for (let kill = 0; kill < KILLS; kill += 1) {
          // At a random commit of this life, and a random instant within it.
          const at =
            writer.acknowledged + random.between(1, Math.max(1, Math.floor((COMMITS / (KILLS + 1)) * 1.5)));
          const afterMs = random.between(0, 60);
          await lived(root, writer, (child) => {
            const watch = setInterval(() => {
              if (writer.acknowledged < at) return;
              clearInterval(watch);
              void sleep(afterMs).then(() => child.kill("SIGKILL"));
            }, 5);
            child.once("close", () => clearInterval(watch));
          });
        }
        while (writer.acknowledged < COMMITS) await lived(root, writer, () => undefined);
      }),
    );
    const seconds = (performance.now() - start) / 1000;
    const kills = writers.reduce((sum, writer) => sum + writer.kills, 0);
    const longestMs = Math.max(...writers.map((writer) => writer.longestMs));
    const locked = writers.reduce((sum, writer) => sum + writer.locked, 0);

    const vault = await Vault.open(terms);
    const { generation, entries } = vault.summary();
    console.log(
      `${generation - 1} commits of ${WRITERS} writers in ${Math.round(seconds)} s, ${kills} kills, longest wait ${Math.round(longestMs)} ms, never first ${locked} times`,
    );
    // What was committed but not acknowledged before a kill is committed once more.
    expect(generation - 1).toBeGreaterThanOrEqual(WRITERS * COMMITS);
    expect(generation - 1).toBeLessThanOrEqual(WRITERS * COMMITS + kills);
    let versions = 0;
    for (const { name, versions: kept } of entries) {
      expect(await textOf(vault, name)).toBe(String(COMMITS));
      versions += kept.at(-1)!.version;
    }
    expect(entries).toHaveLength(WRITERS);
    // Each generation after the first is one version of one writer: none is missing, none came twice.
    expect(versions).toBe(generation - 1);
    await vault.verify();
    await vault.close();
    expect(await errorsOf(terms)).toEqual([]);
    expect((await checked(terms)).counts.events).toBeGreaterThanOrEqual(WRITERS * COMMITS);
    expect(kills).toBeGreaterThan(0);
    expect(locked).toBe(0);
  },
  SLOW ? 7_200_000 : 600_000,
);
