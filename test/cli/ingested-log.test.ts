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

/** Ten refusals within ten minutes, so many days ago. */
function burst(entity: string, daysAgo: number): string {
  const begun = Date.now() - daysAgo * 86_400_000;
  return Array.from({ length: 10 }, (_, index) =>
    JSON.stringify({
      type: "response",
      time: new Date(begun + index * 1000).toISOString(),
      auth: { entity_id: entity },
      error: "1 error occurred:\n\t* permission denied\n\n",
      request: {
        id: `d${daysAgo}-${index}`,
        operation: "read",
        path: SECRET,
        mount_type: "kv",
        mount_point: "apps/",
      },
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

test("what is odd in the log is collected with how it was dealt with, of this source alone", async () => {
  const day = (daysAgo: number): string =>
    new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
  const directory = await configured(
    `${LOG}\nevents:\n  off: [many_stores]\n  acknowledgements:\n    - { detection: denied_burst, principal: "entity:e1", by: Ada, on: ${day(4)}, reason: Lost a role }`,
  );
  await writeFile(join(directory, "audit.log"), `${burst("e1", 5)}\n${burst("e1", 4)}\n${log(1, "e2")}\n`);
  await writeFile(join(directory, "other.log"), `${burst("e1", 5)}\n`);
  await ran(directory, { command: ["events", "ingest"] });
  const path = join(directory, "countersign.yaml");
  const text = await readFile(path, "utf8");
  const elsewhere = '  elsewhere: { connector: hashicorp, address: "https://127.0.0.1:1" }\n';
  await writeFile(
    path,
    text.replace(/^sources:\n/m, (line) => line + elsewhere),
  );
  expect(
    (await ran(directory, { command: ["events", "ingest", "--store", "elsewhere", "other.log"] })).exit,
  ).toBe(0);
  await writeFile(path, text);
  await ran(directory);
  const { facts } = await newest(directory);
  const bursts = facts.of("detection").filter(({ rule }) => rule === "denied_burst");
  expect(bursts.map(({ detected_at, review }) => [detected_at.slice(0, 10), review?.how]).sort()).toEqual([
    [day(5), "acknowledged"],
    [day(4), undefined],
  ]);
  expect(bursts.find(({ review }) => review !== undefined)).toMatchObject({
    principal_key: "entity:e1",
    event_count: 10,
    event_ids: ["d5-9"],
    review: { by: "Ada", reason: "Lost a role" },
  });
  const [run, ...others] = facts.of("detection_run");
  expect(others).toEqual([]);
  expect(run?.rules).toHaveLength(11);
  expect(run?.rules).toContainEqual({ rule: "denied_burst", found_count: 2 });
  const byName = (a: { principal_key: string }, b: { principal_key: string }): number =>
    a.principal_key < b.principal_key ? -1 : 1;
  expect(facts.of("log_actor").toSorted(byName)).toMatchObject([
    {
      principal_key: "entity:e1",
      event_count: 20,
      read_day_count: 0,
      break_glass: false,
      hours_declared: false,
    },
    { principal_key: "entity:e2", event_count: 1, read_day_count: 1 },
  ]);
  const detected = await ran(directory, { command: ["events", "detect", "denied_burst", "--json"] });
  expect(detected.exit).toBe(1);
  const { findings } = JSON.parse(detected.out) as { findings: { store_id: string; review?: object }[] };
  expect(
    findings
      .filter(({ review }) => review !== undefined)
      .map(({ store_id }) => store_id)
      .sort(),
  ).toEqual(["elsewhere", "vault-production"]);
});

test("a log that is named and was not ingested is a gap; one that nobody named is not asked for", async () => {
  const directory = await configured(LOG);
  const ended = await ran(directory);
  expect(ended.exit).toBe(3);
  expect(ended.out).toContain(
    "fix: Run countersign events ingest --store vault-production, then collect again",
  );
  const { facts } = await newest(directory);
  expect(facts.of("log_span")).toEqual([]);
  const usage = await ran(directory, { command: ["events", "usage"] });
  expect(usage).toMatchObject({ exit: 3, out: expect.stringContaining("no ingested log") as string });
  expect(facts.gaps.filter(({ operation }) => operation === "ingested_log.spans")).toMatchObject([
    {
      hides: ["detection", "detection_run", "log_actor", "log_span", "usage"],
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
