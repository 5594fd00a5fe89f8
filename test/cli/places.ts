import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, expect } from "vitest";
import type { SnapshotManifest } from "../../src/facts/index.ts";
import { exampleRecords, openExample } from "../evidence/example.ts";
import { countersign, type Ended, type SpawnOptions } from "./process.ts";
import { PLANTED_TOKEN, startRecordedStore, type Meddle, type RecordedStore } from "./recorded-store.ts";

export const root = await mkdtemp(join(tmpdir(), "countersign-bad-input-"));
/** Credentials that must show up nowhere. */
export const WRONG_TOKEN = "hvs." + "CAESIPlantedButWrongToken9876543210";
export const PLANTED_PASSWORD = "Planted-Horse" + "-Battery-5521";
const PLANTED = [PLANTED_TOKEN, WRONG_TOKEN, PLANTED_PASSWORD];

/** The recorded store, on loopback while the test file runs. */
export let store: RecordedStore;
let places = 0;

beforeAll(async () => {
  const example = await openExample();
  store = await startRecordedStore(await exampleRecords(example));
});
afterAll(async () => {
  await store.close();
  await rm(root, { recursive: true, force: true });
});

export interface Case {
  readonly address?: string;
  readonly token?: string;
  /** What stands under `auth:`. */
  readonly auth?: string;
  /** Lines behind the sources. */
  readonly more?: string;
  readonly meddle?: Meddle;
  readonly command?: readonly string[];
}

export async function emptyPlace(): Promise<string> {
  const directory = join(root, `case-${(places += 1)}`);
  await mkdir(directory);
  return directory;
}

/** A directory with a configuration of its own. */
export async function place({ address = store.address, auth, more = "" }: Case = {}): Promise<string> {
  const directory = await emptyPlace();
  await writeFile(
    join(directory, "countersign.yaml"),
    `version: 1
sources:
  vault-production:
    connector: hashicorp
    address: ${address}
    auth: ${auth ?? '{ method: token, token: "${env:VAULT_TOKEN}" }'}
${more}`,
  );
  return directory;
}

/** Runs a command there, and sees that no credential came out of it or stayed in a file. */
export async function ran(directory: string, given: Case = {}, options: SpawnOptions = {}): Promise<Ended> {
  const { command = ["collect"], meddle, token = PLANTED_TOKEN } = given;
  store.meddle(meddle);
  const ended = await countersign(command, {
    cwd: directory,
    ...options,
    env: { VAULT_TOKEN: token, PASSWORD: PLANTED_PASSWORD, ...options.env },
  });
  expect(leaks(ended.out, "standard output")).toEqual([]);
  expect(leaks(ended.err, "standard error")).toEqual([]);
  expect(await leaksBelow(join(directory, ".countersign"))).toEqual([]);
  expect(ended.out + ended.err).not.toMatch(/\n {4}at /);
  return ended;
}

function leaks(text: string, where: string): string[] {
  return PLANTED.filter((value) => text.includes(value)).map((value) => `${value} in ${where}`);
}

async function leaksBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file);
      const text = file.endsWith(".zst") && bytes.length > 0 ? zstdDecompressSync(bytes) : bytes;
      return leaks(text.toString("utf8"), file);
    }),
  );
  return found.flat();
}

export async function snapshots(directory: string): Promise<SnapshotManifest[]> {
  const parent = join(directory, ".countersign/snapshots");
  const names = (await readdir(parent).catch(() => [])).sort();
  return Promise.all(
    names.map(
      async (name) =>
        JSON.parse(await readFile(join(parent, name, "manifest.json"), "utf8")) as SnapshotManifest,
    ),
  );
}
