import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { Vault } from "../../src/vault/index.ts";
import { found, missing, type Availability } from "../counterparties/availability.ts";
import { fingerprintThere } from "../vault/forgery.ts";
import { daily, errorsOf, secretOf, temporaryDirectory, testTerms, textOf } from "../vault/place.ts";
import { SLOW, draws } from "../vault/seeded.ts";

const CHILD = fileURLToPath(new URL("vault-child.ts", import.meta.url));

/** The system calls by which a vault changes the disk. */
const WRITING = ["fsync", "link", "mkdir", "unlink", "write"] as const;

/** Of each of these calls, so many moments are tried. */
const MOMENTS = SLOW ? Infinity : 3;

/** strace, where it may trace; containers often forbid it. */
function strace(): Availability<string> {
  const tried = spawnSync("strace", ["-f", "-o", "/dev/null", "true"], { encoding: "utf8" });
  if (tried.status === 0) return { found: "strace" };
  return missing(`strace does not run here: ${tried.error?.message ?? tried.stderr}`);
}

const tracer = strace();

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

async function ran(command: readonly string[]): Promise<Ended> {
  // One thread of the pool, so that calls are counted in one place.
  const env = { ...process.env, UV_THREADPOOL_SIZE: "1" };
  const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "pipe"], env });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number | null];
  const [out, errors] = await output;
  return { code, lines: out.split("\n").slice(0, -1), errors };
}

function traced(root: string, options: readonly string[], trace = "/dev/null"): string[] {
  return [found(tracer), "-f", "-qq", "-o", trace, ...options, process.execPath, CHILD, root, "workload"];
}

/** How often an undisturbed workload makes each call. */
async function callCounts(): Promise<Map<string, number>> {
  const root = temporaryDirectory();
  const trace = join(root, "trace");
  expect(await ran(traced(root, ["-e", `trace=${WRITING.join(",")}`], trace))).toMatchObject({
    code: 0,
    errors: "",
  });
  const calls = readFileSync(trace, "utf8").matchAll(/^\d+ +(\w+)\(/gm);
  const counts = new Map<string, number>();
  for (const [, call = ""] of calls) counts.set(call, (counts.get(call) ?? 0) + 1);
  return counts;
}

/** Up to `MOMENTS` of `count` moments, spread, the first from a random place. */
function moments(count: number, start: number): number[] {
  const step = Math.max(1, Math.floor(count / MOMENTS));
  return Array.from({ length: Math.floor(count / step) }, (_, i) => i * step + 1 + Math.floor(start * step));
}

/** Whatever was acknowledged is there, all is sound, and the next change works. */
async function prove(root: string, lines: readonly string[]): Promise<void> {
  const created = lines.includes("created");
  const terms = testTerms(root);
  let vault: Vault;
  try {
    vault = created ? await Vault.open(terms) : await Vault.adopt(terms, await fingerprintThere(terms));
  } catch (thrown) {
    if (!created && thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND") return;
    throw thrown;
  }
  expect(await errorsOf(terms)).toEqual([]);
  const a = lines.findLast((line) => line.startsWith("a "));
  if (a !== undefined)
    expect([a.slice(2), String(Number(a.slice(2)) + 1)]).toContain(await textOf(vault, "a"));
  if (lines.at(-1) === "b b") expect(await textOf(vault, "b")).toBe("b");
  if (lines.includes("rotated")) expect(vault.summary().epoch).toBe(2);
  if (lines.includes("b ")) await expect(textOf(vault, "b")).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  await vault.put("next", secretOf("works"));
  expect(await textOf(vault, "next")).toBe("works");
  await vault.close();
  expect(await errorsOf(terms)).toEqual([]);
}

test.skipIf("missing" in tracer)(
  "killed at any system call that writes, it loses nothing that was acknowledged",
  async () => {
    const random = draws();
    const counts = await callCounts();
    expect([...counts.keys()].sort()).toEqual([...WRITING]);
    let killed = 0;
    for (const [call, count] of counts) {
      for (const moment of moments(count, random.next())) {
        const root = temporaryDirectory();
        const { code, lines } = await ran(
          traced(root, ["-e", `trace=${call}`, `--inject=${call}:signal=SIGKILL:when=${moment}`]),
        );
        if (code !== 0) killed += 1;
        await prove(root, lines);
      }
    }
    console.log(
      `${[...counts].map(([call, count]) => `${count} ${call}`).join(", ")}; killed ${killed} times`,
    );
    expect(killed).toBeGreaterThan(WRITING.length);
  },
  SLOW ? 7_200_000 : 600_000,
);

test.skipIf("missing" in tracer).each(["EIO", "ENOSPC"])(
  "%s from any system call that writes ends it with 5 at worst, and loses nothing",
  async (error) => {
    const random = draws();
    const counts = await callCounts();
    let told = 0;
    for (const call of ["fsync", "link", "mkdir"]) {
      for (const moment of moments(counts.get(call) ?? 0, random.next())) {
        const root = temporaryDirectory();
        const ended = await ran(
          traced(root, ["-e", `trace=${call}`, `--inject=${call}:error=${error}:when=${moment}`]),
        );
        expect([0, 5]).toContain(ended.code);
        if (ended.code === 5) expect(ended.errors).toMatch(/^E_DISK /);
        told += ended.code === 5 ? 1 : 0;
        await prove(root, ended.lines);
      }
    }
    expect(told).toBeGreaterThan(0);
  },
  SLOW ? 7_200_000 : 600_000,
);

/** A small disk of its own; only root may make one. */
function smallDisk(): Availability<string> {
  const path = temporaryDirectory();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", path], { encoding: "utf8" });
  return mounted.status === 0
    ? { found: path }
    : { missing: `no small disk here: ${mounted.error?.message ?? mounted.stderr}` };
}

test("a full disk ends it with 5; with space again, all that was acknowledged is there", async () => {
  const disk = smallDisk();
  const root = "found" in disk ? disk.found : temporaryDirectory();
  try {
    const vault = await Vault.create(testTerms(root), [daily("main")]);
    await vault.close();
    const fill = [process.execPath, CHILD, root, "fill", "20000"];
    // Without a small disk, a limit of 24 blocks of 1024 bytes a file, which the generations pass.
    const limited = ["bash", "-c", `trap '' XFSZ; ulimit -f 24; exec "$@"`, "bash", ...fill];
    const { code, lines, errors } = await ran("found" in disk ? fill : limited);
    expect({ code, errors }).toMatchObject({ code: 5, errors: expect.stringMatching(/^E_DISK /) as unknown });
    expect(lines.length).toBeGreaterThan(0);
    if ("found" in disk) execFileSync("mount", ["-o", "remount,size=8m", root]);
    const terms = testTerms(root);
    expect(await errorsOf(terms)).toEqual([]);
    const again = await Vault.open(terms);
    for (const line of lines) expect(await textOf(again, `filler/${line}`)).toBe("x".repeat(20_000));
    await again.put("next", secretOf("works"));
    await again.close();
    expect(await errorsOf(terms)).toEqual([]);
  } finally {
    if ("found" in disk) execFileSync("umount", [root]);
  }
});
