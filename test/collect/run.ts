import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { collect, type CollectPorts, type CollectRequest, type Collected } from "../../src/collect/index.ts";
import type { Connector } from "../../src/facts/index.ts";
import { fakeConnector, inMemory, SMALL } from "./fake-store.ts";

export const NOW = "2026-09-30T06:00:00.000Z";

/** A world that stands still: waiting takes no time and is written down. */
export function stillPorts(
  change: Partial<CollectPorts> = {},
): CollectPorts & { readonly waitsMs: number[] } {
  const waitsMs: number[] = [];
  return {
    clock: { now: () => new Date(NOW) },
    random: () => 0.5,
    sleep: (ms) => {
      waitsMs.push(ms);
      return Promise.resolve();
    },
    ...change,
    waitsMs,
  };
}

const CLEANUP_MS = 300_000;

const directories: string[] = [];

// A large quota of random runs leaves thousands.
afterAll(async () => {
  await Promise.all(
    directories.map(async (directory) => await rm(directory, { recursive: true, force: true })),
  );
}, CLEANUP_MS);

/** A directory that lasts as long as the test file. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-collect-"));
  directories.push(directory);
  return directory;
}

export const SOURCE = {
  name: "vault-eu",
  connector: "fake",
  address: "https://vault.example.org:8200",
  settings: { address: "https://vault.example.org:8200" },
};

/** Collects the small store into a directory of its own, changed as the test says. */
export async function collected(
  change: Partial<CollectRequest> & { connector?: Partial<Connector<never>> } = {},
): Promise<Collected> {
  const { connector, ...rest } = change;
  return await collect({
    sources: [SOURCE],
    stateDirectory: change.stateDirectory ?? (await temporaryDirectory()),
    connectors: [fakeConnector(inMemory(SMALL), connector)],
    credentials: { read: () => Promise.reject(new Error("no credential in this test")) },
    ports: stillPorts(),
    signal: new AbortController().signal,
    productVersion: "0.0.0-test",
    ...rest,
  });
}
