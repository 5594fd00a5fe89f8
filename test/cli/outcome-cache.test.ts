import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { processEnvironment, type Environment } from "../../src/cli/environment.ts";
import { assessCommandLine, reportCommandLine, type ReportingOptions } from "../../src/cli/reporting.ts";
import type { EvidenceHead } from "../../src/evidence/index.ts";
import { ROOT, openExample } from "../evidence/example.ts";
import { forge } from "../policy/forged-pack.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-outcomes-"));
afterAll(() => rm(root, { recursive: true, force: true }));
const pack = join(root, "cache/outcomes.pack");

const { directory, manifest } = await openExample();
const environment: Environment = {
  ...processEnvironment(new AbortController().signal),
  cwd: root,
  env: { COUNTERSIGN_STATE: root, VAULT_TOKEN: "unused" },
  terminal: { out: () => undefined, err: () => undefined, interactive: false },
};
const options: ReportingOptions = {
  config: join(ROOT, "examples/vault/countersign.yaml"),
  from: manifest.snapshot_id,
  history: 0,
  page: "a4",
  out: "out",
};

describe("kept outcomes that were written anew, checksums included", { timeout: 120_000 }, () => {
  let honest: EvidenceHead["summary"];
  beforeEach(async () => {
    await cp(directory, join(root, "snapshots", manifest.snapshot_id), { recursive: true });
    honest = (await assessCommandLine(environment, options)).head.summary;
    expect(await forge(pack, '"violation"', '"compliant"')).toBeGreaterThan(0);
  });

  it("are not looked at by an assessment or a report, and replaced", async () => {
    expect((await assessCommandLine(environment, options)).head.summary).toEqual(honest);
    expect(await forge(pack, '"violation"', '"compliant"')).toBeGreaterThan(0);
    const { evidence } = await reportCommandLine(environment, options);
    expect(evidence.head.summary).toEqual(honest);
    expect(await forge(pack, '"violation"', '"compliant"')).toBeGreaterThan(0);
  });

  it("end what would take them, leave no report, and are thrown away", async () => {
    await rm(join(root, "out"), { recursive: true, force: true });
    await expect(reportCommandLine(environment, { ...options, outcomes: "reuse" })).rejects.toThrow(
      expect.objectContaining({ code: "E_INTEGRITY" }),
    );
    expect(await readdir(join(root, "out")).catch(() => [])).toEqual([]);
    expect(await readdir(join(root, "cache"))).toEqual([]);
    const { evidence } = await reportCommandLine(environment, { ...options, outcomes: "reuse" });
    expect(evidence.head.summary).toEqual(honest);
  });
});
