import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { openExample } from "../evidence/example.ts";
import { readFacts, type FactSet, type SnapshotManifest } from "../../src/facts/index.ts";
import { place, ran, snapshots } from "./places.ts";

// Each starts the command line several times, in processes of their own.
vi.setConfig({ testTimeout: 240_000 });

const SECRET = "apps/data/data/feature-store/production/database";
const FACT = "vault-production:apps/data/feature-store/production/database";

/** An audit log that ends now, of a read a day for so many days. */
function log(days: number, entity: string): string {
  return Array.from({ length: days }, (_, index) =>
    JSON.stringify({
      type: "response",
      time: new Date(Date.now() - (index * 24 + 1) * 3_600_000).toISOString(),
      auth: { entity_id: entity },
      request: { id: `r${index}`, operation: "read", path: SECRET, mount_type: "kv", mount_point: "apps/" },
      response: { data: { metadata: { version: 1 } } },
    }),
  ).join("\n");
}

async function configured(lines: string): Promise<string> {
  const directory = await place();
  const path = join(directory, "countersign.yaml");
  await writeFile(path, `${(await readFile(path, "utf8")).trimEnd()}\n${lines}\n`);
  return directory;
}

async function newest(directory: string): Promise<{ facts: FactSet; manifest: SnapshotManifest }> {
  const manifest = (await snapshots(directory)).at(-1)!;
  const facts = await readFacts(join(directory, ".countersign/snapshots", manifest.snapshot_id), manifest);
  return { facts, manifest };
}

const LOG = "    audit_log: { files: [audit.log] }";

test("who read what is collected of an ingested log, and the snapshot tells it again", async () => {
  const example = await openExample();
  const entity = example.facts.of("principal")[0]!.native_id;
  const directory = await configured(LOG);
  await writeFile(join(directory, "audit.log"), `${log(3, entity)}\n`);
  expect((await ran(directory, { command: ["events", "ingest"] })).exit).toBe(0);
  await ran(directory);
  const { facts, manifest } = await newest(directory);
  expect(manifest.sources[0]).toMatchObject({ selection: { usage: true } });
  expect(facts.of("log_span")).toMatchObject([{ event_count: 3, read_count: 3, hole_count: 0 }]);
  expect(facts.of("usage")).toMatchObject([
    { principal_key: `entity:${entity}`, secret_key: SECRET, read_count: 3, versions: [{ version: "1" }] },
  ]);
  expect(facts.gaps.filter(({ hides }) => hides.includes("usage"))).toEqual([]);
  const rows = async (...args: readonly string[]): Promise<Record<string, unknown>[]> => {
    const { out } = await ran(directory, { command: ["events", "usage", "--json", ...args] });
    return (JSON.parse(out) as { rows: Record<string, unknown>[] }).rows;
  };
  const used = (await rows()).filter(({ read_count }) => Number(read_count) > 0);
  const reader = expect.stringContaining(entity) as string;
  expect(used).toContainEqual(
    expect.objectContaining({
      secret: FACT,
      principal: reader,
      read_count: 3,
      granted: "no",
      list: "no_longer_granted",
    }),
  );
  expect(await rows("--no-longer-granted")).toMatchObject([{ secret: FACT, principal: reader }]);
  const unused = await rows("--unused", "--secret", "feature-store/production");
  expect(new Set(unused.map(({ list }) => list))).toEqual(new Set(["granted_unused", "no_reader"]));
  expect(
    unused.filter(({ secret, principal }) => secret === FACT && String(principal).includes(entity)),
  ).toEqual([]);
  const text = await ran(directory, { command: ["events", "usage", "--secret", FACT] });
  expect(text.out).toContain("whole from");
  const again = await ran(directory, { command: ["assess", "--json", "--from", manifest.snapshot_id] });
  expect(again.err).not.toContain("E_INTEGRITY");
});

test("a log that is named and was not ingested is a gap; one that nobody named is not asked for", async () => {
  const directory = await configured(LOG);
  const ended = await ran(directory);
  expect(ended.exit).toBe(3);
  const { facts } = await newest(directory);
  expect(facts.of("log_span")).toEqual([]);
  const usage = await ran(directory, { command: ["events", "usage"] });
  expect(usage).toMatchObject({ exit: 3, out: expect.stringContaining("no ingested log") as string });
  expect(facts.gaps.filter(({ operation }) => operation === "ingested_log.spans")).toMatchObject([
    {
      hides: ["log_span", "usage"],
      reason: "unsupported",
      fix: expect.stringContaining("events ingest") as string,
    },
  ]);
  for (const lines of ["", `${LOG}\n    usage: false`]) {
    const silent = await configured(lines);
    await ran(silent);
    const { facts: without, manifest } = await newest(silent);
    expect(without.gaps.filter(({ hides }) => hides.includes("usage"))).toEqual([]);
    expect(manifest.sources[0]?.selection ?? {}).not.toHaveProperty("usage");
  }
});
