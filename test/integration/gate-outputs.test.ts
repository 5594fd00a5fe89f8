import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rendered } from "../../src/gate/output/index.ts";
import { found } from "../counterparties/availability.ts";
import { ensurePythonPackage } from "../counterparties/python-package.ts";
import { ensureSarifMultitool, sarifComplaints } from "../counterparties/sarif-multitool.ts";
import { everyKind, findingOf, manyFindings, verdictOf } from "../gate/verdicts.ts";

const run = promisify(execFile);
const multitool = await ensureSarifMultitool();
const schemas = await ensurePythonPackage({
  name: "xmlschema",
  requirement: "xmlschema",
  version: "4.3.2",
  program: "python",
});
const reader = await ensurePythonPackage({
  name: "junitparser",
  requirement: "junitparser",
  version: "5.0.3",
  program: "python",
});

const VERDICTS = [
  ["of every kind", everyKind()],
  ["of nothing", verdictOf([])],
  ["where nothing was judged", verdictOf([], { file_count: 0, inputs: [], exit: 3, exits: [3] })],
  ["of many", verdictOf(manyFindings(500))],
  ["of a path outside", verdictOf([findingOf({ place: { ...findingOf().place, file: "/tmp/a b.tf" } })])],
] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-outputs-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe.skipIf("missing" in multitool)("SARIF in Microsoft's validator", () => {
  it.each(VERDICTS)("has no error in one %s", async (_, verdict) => {
    const complaints = await sarifComplaints(found(multitool), (await rendered(verdict, "sarif")).text);
    const loud = complaints.filter((one) => !one.startsWith("note "));
    // The product has no page of its own that a developer could be sent to.
    expect(loud.filter((one) => !one.startsWith("warning SARIF2005"))).toEqual([]);
  });

  it("is what the validator would complain of", async () => {
    const broken = (await rendered(everyKind(), "sarif")).text.replace('"startLine": 3', '"startLine": -3');
    expect((await sarifComplaints(found(multitool), broken)).some((one) => one.startsWith("error "))).toBe(
      true,
    );
  });
});

const VALIDATE = `
import sys, xmlschema
print("\\n".join(str(e.reason) for e in xmlschema.XMLSchema(sys.argv[1]).iter_errors(sys.argv[2])))
`;

const READ = `
import json, sys
from junitparser import JUnitXml
xml = JUnitXml.fromfile(sys.argv[1])
print(json.dumps({"tests": xml.tests, "failures": xml.failures, "errors": xml.errors, "skipped": xml.skipped,
  "results": [[s.name, c.name, [[type(r).__name__, r.type] for r in c.result]] for s in xml for c in s]}))
`;

async function junitFile(verdict: (typeof VERDICTS)[number][1]): Promise<string> {
  const file = join(folder, "gate.xml");
  await writeFile(file, (await rendered(verdict, "junit")).text);
  return file;
}

describe.skipIf("missing" in schemas)("JUnit against its schema", () => {
  const xsd = join(import.meta.dirname, "../counterparties/junit.xsd");

  it.each(VERDICTS)("fits in one %s", async (_, verdict) => {
    const { stdout } = await run(found(schemas), ["-c", VALIDATE, xsd, await junitFile(verdict)]);
    expect(stdout.trim()).toBe("");
  });

  it("is what the schema would refuse", async () => {
    const file = await junitFile(everyKind());
    await writeFile(file, '<testsuites name="a" tests="-1"/>');
    expect((await run(found(schemas), ["-c", VALIDATE, xsd, file])).stdout.trim()).not.toBe("");
  });
});

interface Read {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  readonly results: readonly [string, string, readonly [string, string | null][]][];
}

describe.skipIf("missing" in reader)("JUnit in a reader of others", () => {
  it("tells failures, errors and what is skipped apart", async () => {
    const { stdout } = await run(found(reader), ["-c", READ, await junitFile(everyKind())]);
    const read = JSON.parse(stdout) as Read;
    expect([read.tests, read.failures, read.errors, read.skipped]).toEqual([7, 3, 2, 1]);
    expect(read.results.map(([suite, , results]) => [suite, ...results.flat()])).toEqual([
      ["looked_at"],
      ["not_read", "Error", "malformed"],
      ["public_access", "Failure", "violation"],
      ["public_access", "Failure", "violation"],
      ["rotation_not_configured", "Failure", "undetermined"],
      ["too_many_readers", "Skipped", null],
      ["broken_policy", "Error", "policy"],
    ]);
  });
});
