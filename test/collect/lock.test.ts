import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { acquireLock } from "../../src/collect/lock.ts";
import { NOW, stillPorts, temporaryDirectory } from "./run.ts";

const terms = { other: "test", clock: stillPorts().clock, foreignStaleMs: 3_600_000 };

async function left(holder: unknown): Promise<string> {
  const path = join(await temporaryDirectory(), "lock");
  await writeFile(path, typeof holder === "string" ? holder : JSON.stringify(holder));
  return path;
}

const holder = { pid: process.pid, host: hostname(), process_start: "1", since_at: NOW, nonce: "abc" };

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid!;
}

describe("a lock", () => {
  test("is held by one at a time and leaves nothing behind", async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, "lock");
    const lock = await acquireLock(path, terms);
    await expect(acquireLock(path, terms)).rejects.toMatchObject({
      code: "E_STATE_LOCKED",
      message: expect.stringContaining(`process ${process.pid}`) as unknown,
    });
    await lock.release();
    const again = await acquireLock(path, terms);
    await again.release();
    expect(await readdir(directory)).toEqual([]);
  });

  test("goes to exactly one of many who want it at once", async () => {
    const path = await left({ ...holder, pid: await deadPid() });
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, async () => await acquireLock(path, terms)),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});

describe("a lock left behind is taken over when", () => {
  test("its process is dead", async () => {
    await expect(acquireLock(await left({ ...holder, pid: await deadPid() }), terms)).resolves.toBeDefined();
  });

  test("its number is ours, but it is not our lock: containers use the same numbers again", async () => {
    await expect(acquireLock(await left(holder), terms)).resolves.toBeDefined();
  });

  test.runIf(process.platform === "linux")("its number now belongs to a process started later", async () => {
    await expect(acquireLock(await left({ ...holder, pid: process.ppid }), terms)).resolves.toBeDefined();
  });

  test("it cannot be understood", async () => {
    await expect(acquireLock(await left("\0\0\0"), terms)).resolves.toBeDefined();
  });

  test("it is from another host and older than any run", async () => {
    const old = { ...holder, host: "elsewhere.example.org", since_at: "2026-09-30T04:00:00.000Z" };
    await expect(acquireLock(await left(old), terms)).resolves.toBeDefined();
  });
});

test("a lock from another host is otherwise respected, and the message says what to remove", async () => {
  const path = await left({ ...holder, host: "elsewhere.example.org" });
  await expect(acquireLock(path, terms)).rejects.toMatchObject({
    code: "E_STATE_LOCKED",
    fix: `Wait until it ends. If that process is gone, remove ${path}.`,
  });
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ host: "elsewhere.example.org" });
});

test("a directory that cannot be written is said so", async () => {
  const path = join(await left("x"), "below", "lock");
  await expect(acquireLock(path, terms)).rejects.toMatchObject({ code: "E_DISK" });
});
