import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
  FactSet,
  gapDigest,
  listSnapshots,
  questionKey,
  readFacts,
  readGaps,
  readManifest,
  readRecords,
  recordDigest,
  validFact,
  validGap,
  validRecord,
  writePart,
  writeSnapshot,
  type Fact,
  type RawRecord,
  type SnapshotHead,
  type SnapshotManifest,
} from "../../src/facts/index.ts";
import { sha256 } from "../../src/base/index.ts";
import { STORE, TAKEN_AT, gap, metadata, secret, store } from "../subjects/facts.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-snapshot-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const HEAD: SnapshotHead = {
  product_version: "0.1.0",
  run_id: "20260930T055900000Z-00000001",
  started_at: "2026-09-30T05:59:00.000Z",
  taken_at: TAKEN_AT,
  sources: [
    {
      store_id: STORE,
      connector: "hashicorp",
      revision: 1,
      address: "https://vault.example.org:8200",
      caller: "token countersign",
      settings_sha256: "a".repeat(64),
      status: "complete",
      scopes: [{ scope: STORE, status: "complete", record_count: 2, gap_count: 1 }],
    },
  ],
};

function record(operation: string, body: string): RawRecord {
  const question = { operation, scope: STORE, params: { path: operation } };
  return {
    key: questionKey(question),
    connector: "hashicorp",
    revision: 1,
    store_id: STORE,
    ...question,
    caller: "token countersign",
    requested_at: TAKEN_AT,
    elapsed_ms: 3,
    status: 200,
    media_type: "application/json",
    body_sha256: sha256(body),
    body_bytes: Buffer.byteLength(body),
    redactions: [],
    body: { text: body },
  };
}

const RECORDS = [record("kv.list", '{"keys":["b","a"]}'), record("kv.metadata", '{"ä":"\u2028"}')];
const FACTS = [store(), secret("b"), secret("a"), metadata("a")];
const GAPS = [gap(["sink"], `${STORE}:sys/audit/`), gap(["token"], undefined, { reason: "timeout" })];

const written = await writeSnapshot(join(root, "kept"), HEAD, RECORDS, new FactSet(FACTS, GAPS));

let directory = "";
let copies = 0;
beforeEach(async () => {
  directory = join(root, `copy-${(copies += 1)}`);
  await cp(written.directory, directory, { recursive: true });
});

async function readAll(at: string): Promise<void> {
  const manifest = await readManifest(at);
  await readRecords(at, manifest);
  await readFacts(at, manifest);
}

describe("a snapshot", () => {
  it("gives back what was written", async () => {
    const manifest = await readManifest(directory);
    expect(manifest).toEqual(written.manifest);
    expect(await readRecords(directory, manifest)).toEqual(RECORDS);
    const facts = await readFacts(directory, manifest);
    expect([...facts.all()].map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      `secret ${STORE}:kv/a`,
      `secret ${STORE}:kv/b`,
      `secret_metadata ${STORE}:kv/a`,
      `store ${STORE}`,
    ]);
    expect(facts.gaps).toEqual(await readGaps(directory, manifest));
    expect(manifest).toMatchObject({
      fact_counts: { secret: 2, secret_metadata: 1, store: 1 },
      gap_counts: { denied: 1, timeout: 1 },
    });
  });

  it("has the same bytes, whatever the order of what went into it", async () => {
    const again = await writeSnapshot(
      join(root, "again"),
      HEAD,
      [...RECORDS].reverse(),
      new FactSet([...FACTS].reverse(), [...GAPS, ...GAPS].reverse()),
    );
    for (const name of await readdir(written.directory)) {
      const [before, after] = [join(written.directory, name), join(again.directory, name)];
      expect((await readFile(after)).equals(await readFile(before)), name).toBe(true);
    }
  });

  it("is named by its instant and its content", async () => {
    expect(written.manifest.snapshot_id).toMatch(/^20260930T060000Z-[0-9a-f]{12}$/);
    const other = await writeSnapshot(join(root, "other"), HEAD, RECORDS.slice(1), new FactSet(FACTS, GAPS));
    expect(other.manifest.snapshot_id).not.toBe(written.manifest.snapshot_id);
  });

  it("is not one without its manifest", async () => {
    await rm(join(directory, "manifest.json"));
    await expect(readManifest(directory)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    const parent = join(root, `parent-${copies}`);
    await mkdir(join(parent, "unfinished"), { recursive: true });
    await cp(written.directory, join(parent, "b-finished"), { recursive: true });
    await cp(written.directory, join(parent, "a-finished"), { recursive: true });
    await writeFile(join(parent, "a-file"), "");
    expect(await listSnapshots(parent)).toEqual(["a-finished", "b-finished"]);
    expect(await listSnapshots(join(root, "nowhere"))).toEqual([]);
  });

  it("is listed while it bears its name, so that nothing older is taken for the newest", async () => {
    const parent = join(root, `parent-${copies}`);
    const [damaged, looped] = ["20260930T060000Z-0123456789ab", "20260930T070000Z-0123456789ab"];
    await mkdir(join(parent, damaged), { recursive: true });
    await symlink(looped, join(parent, looped));
    expect(await listSnapshots(parent)).toEqual([damaged, looped]);
  });
});

describe("a manifest that was changed", () => {
  const changed = async (change: (manifest: SnapshotManifest) => unknown): Promise<void> => {
    const value = change(structuredClone(written.manifest));
    await writeFile(
      join(directory, "manifest.json"),
      typeof value === "string" ? value : JSON.stringify(value),
    );
  };

  it.each<[string, (manifest: SnapshotManifest) => unknown]>([
    ["is no JSON", () => "{"],
    ["is empty", () => ""],
    ["has another format", (manifest) => ({ ...manifest, format: "countersign-snapshot/2" })],
    ["lacks a field", ({ taken_at, ...rest }) => ({ ...rest, taken: taken_at })],
    ["has one more", (manifest) => ({ ...manifest, reviewed: true })],
    ["has no instant where one belongs", (manifest) => ({ ...manifest, taken_at: "yesterday" })],
    [
      "names another digest",
      (manifest) => ({ ...manifest, facts: { ...manifest.facts, sha256: "0".repeat(64) } }),
    ],
    ["names another count", (manifest) => ({ ...manifest, gaps: { ...manifest.gaps, count: 0 } })],
    ["names one part for another", (manifest) => ({ ...manifest, facts: { ...manifest.gaps } })],
    [
      "leads out of the directory",
      (manifest) => ({ ...manifest, facts: { ...manifest.facts, file: "../facts.ndjson.zst" } }),
    ],
  ])("is E_INTEGRITY where it %s", async (_what, change) => {
    await changed(change);
    await expect(readAll(directory)).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });
});

describe("a part that was made anew", () => {
  it("is E_INTEGRITY where a record's body is not what its digest says", async () => {
    const forged = RECORDS.map((one) => ({ ...one, body: { text: '{"keys":[]}' } }));
    const records = await writePart(directory, "records.ndjson.zst", forged);
    await expect(readRecords(directory, { ...written.manifest, records })).rejects.toMatchObject({
      code: "E_INTEGRITY",
      message: expect.stringContaining("a body unlike its digest") as string,
    });
  });

  it.each([
    ["records", readRecords],
    ["facts", readFacts],
    ["gaps", readGaps],
  ] as const)("is E_INTEGRITY where %s have another shape", async (name, read) => {
    const part = await writePart(directory, `${name}.ndjson.zst`, [{ kind: "secret", id: 7 }]);
    await expect(read(directory, { ...written.manifest, [name]: part })).rejects.toMatchObject({
      code: "E_INTEGRITY",
    });
  });

  it("is E_INTEGRITY where a fact stands in it twice", async () => {
    const facts = await writePart(directory, "facts.ndjson.zst", [secret("a"), secret("a")]);
    await expect(readFacts(directory, { ...written.manifest, facts })).rejects.toMatchObject({
      code: "E_INTEGRITY",
    });
  });
});

describe("a set of facts", () => {
  it("refuses two facts of one kind and id as a bug of ours", () => {
    expect(() => new FactSet([secret("a"), secret("a")], [])).toThrow(
      expect.objectContaining({
        code: "E_INTERNAL",
        message: expect.stringContaining("kv/a") as string,
      }) as Error,
    );
  });

  it("keeps each gap once, by digest", () => {
    const { gaps } = new FactSet([], [...GAPS, ...structuredClone(GAPS)]);
    expect(gaps.map(gapDigest)).toEqual(GAPS.map(gapDigest).sort());
  });

  it("has its facts in id order, whatever came first", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z/:]{1,8}$/)), (paths) => {
        const ids = new FactSet(
          paths.map((path) => secret(path)),
          [],
        )
          .of("secret")
          .map(({ id }) => id);
        expect(ids).toEqual([...ids].sort());
        expect(ids).toHaveLength(paths.length);
      }),
    );
  });
});

describe("what does not fit its schema is a bug of ours", () => {
  it("in a fact, said with the field", () => {
    expect(validFact(secret("a"))).toEqual(secret("a"));
    for (const wrong of [
      { ...secret("a"), colour: "red" },
      { ...secret("a"), record: "x" },
      { ...metadata("a"), created_at: "2026-09-30" },
      { ...secret("a"), kind: "secrets" },
      { ...secret("a"), mount: null },
    ]) {
      expect(() => validFact(wrong as unknown as Fact)).toThrow(
        expect.objectContaining({ code: "E_INTERNAL" }) as Error,
      );
    }
  });

  it("in a gap and in a record", () => {
    expect(() => validGap({ ...gap(["sink"]), hides: [] })).toThrow(/gap/);
    expect(() => validGap({ ...gap(["sink"]), detail: "x".repeat(2000) })).toThrow(/gap/);
    expect(() => validRecord({ ...RECORDS[0]!, status: -1 })).toThrow(/record/);
    expect(validRecord(RECORDS[0]!)).toEqual(RECORDS[0]);
  });
});

describe("the name of a record", () => {
  it("does not depend on the body's form, only on its digest", () => {
    const [one] = RECORDS;
    const other: RawRecord = { ...one!, body: { base64: "AAAA" } };
    expect(recordDigest(other)).toBe(recordDigest(one!));
    expect(recordDigest({ ...one!, status: 403 })).not.toBe(recordDigest(one!));
  });

  it("of a question is the same whatever the order of its parameters", () => {
    const ask = (params: Record<string, string>) => questionKey({ operation: "a", scope: "b", params });
    expect(ask({ x: "1", y: "2" })).toBe(ask({ y: "2", x: "1" }));
    expect(ask({ x: "12", y: "" })).not.toBe(ask({ x: "1", y: "2" }));
  });
});
