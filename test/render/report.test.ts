import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf, sha256 } from "../../src/base/index.ts";
import { writePart } from "../../src/facts/index.ts";
import type { EvidencePackage } from "../../src/evidence/index.ts";
import { writeReport } from "../../src/render/index.ts";
import { samplePackage } from "./package.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "report-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A package whose parts are on disk, as the evidence layer leaves them. */
async function withParts(parts: string): Promise<EvidencePackage> {
  const source = samplePackage({ deviations: 1, unknowns: 1 });
  const names = Object.keys(source.head.parts) as (keyof typeof source.head.parts)[];
  const written = await Promise.all(
    names.map(async (name) => [name, await writePart(parts, `${name}.ndjson.zst`, [{ name }])] as const),
  );
  return {
    ...source,
    head: { ...source.head, parts: Object.fromEntries(written) as typeof source.head.parts },
  };
}

describe("a written report", () => {
  it("verifies with sha256sum, names every file, and leaves foreign files alone", async () => {
    const source = await withParts(join(folder, "parts"));
    await writeFile(join(folder, "notes.txt"), "mine");
    const files = await writeReport(source, folder);
    const names = files.map(({ file }) => file);
    expect(names).toEqual([
      "access.csv",
      "controls.csv",
      "evidence-package.json",
      "evidence-report.pdf",
      "findings.csv",
      "gaps.csv",
      "grants.csv",
      "inventory.csv",
      "parts/extracts.ndjson.zst",
      "parts/findings.ndjson.zst",
      "parts/gaps.ndjson.zst",
      "parts/grants.ndjson.zst",
      "parts/outcomes.ndjson.zst",
      "parts/past_findings.ndjson.zst",
      "parts/subjects.ndjson.zst",
      "past-findings.csv",
      "MANIFEST.sha256",
    ]);
    const checked = execFileSync("sha256sum", ["--check", "--strict", "MANIFEST.sha256"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(checked.trim().split("\n")).toHaveLength(files.length - 1);
    expect(await readFile(join(folder, "notes.txt"), "utf8")).toBe("mine");
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("is the same in bytes when it is written again over itself", async () => {
    const source = await withParts(join(folder, "parts"));
    const first = await writeReport(source, folder);
    const second = await writeReport(source, folder);
    expect(second).toEqual(first);
  });

  it("has no list of earlier findings where there is no history", async () => {
    const source = await withParts(join(folder, "parts"));
    const head = { ...source.head };
    delete head.history;
    const files = await writeReport({ ...source, head, past: [] }, folder);
    expect(files.map(({ file }) => file)).not.toContain("past-findings.csv");
    expect(await readdir(folder)).not.toContain("past-findings.csv");
  });

  it("takes parts over from another directory", async () => {
    const source = await withParts(join(folder, "state"));
    const out = join(folder, "out");
    const files = await writeReport(source, out, { partsFrom: join(folder, "state") });
    const part = files.find(({ file }) => file === "parts/findings.ndjson.zst");
    expect(sha256(await readFile(join(out, "parts/findings.ndjson.zst")))).toBe(part?.sha256);
  });

  it("keeps the head readable, and its id the digest of the rest", async () => {
    const source = await withParts(join(folder, "parts"));
    await writeReport(source, folder);
    const head = JSON.parse(
      await readFile(join(folder, "evidence-package.json"), "utf8"),
    ) as typeof source.head;
    expect(head).toEqual(source.head);
    expect(Object.keys(head)).toEqual(Object.keys(head).sort());
    const sample = samplePackage().head;
    const { package_id, ...rest } = sample;
    expect(digestOf(rest)).toBe(package_id);
  });

  it("has no manifest when a part is missing", async () => {
    const source = samplePackage({ deviations: 1 });
    await expect(writeReport(source, folder)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    expect(await readdir(folder)).not.toContain("MANIFEST.sha256");
  });
});
