import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { sourceBeside } from "../../src/cli/source-beside.ts";
import { workTree } from "../../src/cli/work-tree.ts";
import { terraformPlan } from "../../src/gate/formats/terraform-plan/index.ts";
import { SourceText } from "../../src/gate/text/source-text.ts";
import { UNKNOWN_SURROUNDINGS, gate, rendered, type GateRules, type Verdict } from "../../src/gate/index.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

const CASES = new URL("../cases/gate/terraform_plan_real/", import.meta.url);

let rules: GateRules;
beforeAll(async () => {
  rules = {
    bundle: loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url))),
    settings: {},
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
  };
});

/** `source`: the directory that is named; `null`: none is looked into. */
async function judge(name: string, { source }: { source?: string | null } = {}): Promise<Verdict> {
  const directory = fileURLToPath(new URL(`${name}/input/`, CASES));
  return gate({
    tree: await workTree(directory, ["plan.json"]),
    ...(source === null ? {} : { beside: sourceBeside(directory, source) }),
    rules,
    surroundings: UNKNOWN_SURROUNDINGS,
    productVersion: "0.0.0",
    at: "2026-11-27T00:00:00.000Z",
    failOn: "low",
    undeterminedFails: true,
    signal: new AbortController().signal,
  });
}

const bare = (verdict: Verdict) =>
  verdict.findings
    .map(({ fingerprint, policy_id, outcome, subject }) => ({ fingerprint, policy_id, outcome, subject }))
    .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));

describe("what a plan tells", () => {
  it("stands where it is written, and in the plan as what is related, with the same fingerprint", async () => {
    for (const name of ["ng.parameters", "ng.key_policy_open", "ng.sensitive", "ng.replaced"]) {
      const [with_, without] = [await judge(name), await judge(name, { source: null })];
      expect(with_.findings.length).toBeGreaterThan(0);
      for (const { place, related } of with_.findings) {
        expect(place.file).toBe("main.tf");
        expect(related?.file).toBe("plan.json");
      }
      for (const { place, related } of without.findings) {
        expect(place).toMatchObject({ file: "plan.json", line: 1 });
        expect(place.column).toBeGreaterThan(1);
        expect(related).toBeUndefined();
      }
      expect(bare(with_)).toEqual(bare(without));
    }
  });

  it("stands in the module that says it, through local directories", async () => {
    const files = new Set((await judge("ng.modules")).findings.map(({ place }) => place.file));
    expect([...files].sort()).toEqual(["main.tf", "modules/readers/main.tf", "modules/service/main.tf"]);
  });

  it("stays in the plan where the source is another's, or there is none", async () => {
    for (const source of ["../../ng.regions/input", "nowhere"])
      for (const { place } of (await judge("ng.key_policy_open", { source })).findings)
        expect(place.file).toBe("plan.json");
  });

  it("is shown with its line, unless a credential is on it", async () => {
    const { findings } = await judge("ng.parameters");
    const lines = findings.map(({ policy_id, source_line }) => [policy_id, source_line?.trim()]);
    expect(lines).toContainEqual(["plaintext_parameter", undefined]);
    const bareSecret = (await judge("ng.secret_bare")).findings[0];
    expect(bareSecret?.source_line).toBe('resource "aws_secretsmanager_secret" "db" {');
    expect(JSON.stringify(await judge("ng.parameters"))).not.toMatch(/not-a-real/);
  });

  it("stands where it is written, too, where its type is not read", async () => {
    const plan = new SourceText(
      "plan.json",
      JSON.stringify({
        format_version: "1.2",
        resource_changes: [
          {
            address: "aws_kms_external_key.main",
            mode: "managed",
            type: "aws_kms_external_key",
            change: { actions: ["create"], before: null, after: {}, after_unknown: {} },
          },
        ],
        configuration: {
          root_module: {
            resources: [
              {
                address: "aws_kms_external_key.main",
                mode: "managed",
                type: "aws_kms_external_key",
                name: "main",
              },
            ],
          },
        },
      }),
    );
    const source = new SourceText("main.tf", '\nresource "aws_kms_external_key" "main" {}\n');
    const told: unknown[] = [];
    const reading = terraformPlan.load([plan], UNKNOWN_SURROUNDINGS, () => Promise.resolve(undefined), {
      files: (directory) => Promise.resolve(directory === "" ? [source] : []),
    });
    for await (const one of reading) told.push(one);
    expect(told[0]).toMatchObject({ reason: "unsupported", place: { file: "main.tf", line: 2 } });
  });

  it("is related in SARIF and in text", async () => {
    const verdict = await judge("ng.secret_bare");
    const sarif = JSON.parse((await rendered(verdict, "sarif")).text) as {
      runs: { results: { locations: object[]; relatedLocations: object[] }[] }[];
    };
    const [result] = sarif.runs[0]?.results ?? [];
    expect(JSON.stringify(result?.locations)).toContain('"uri":"main.tf"');
    expect(JSON.stringify(result?.relatedLocations)).toContain('"uri":"plan.json"');
    expect((await rendered(verdict, "text")).text).toContain("in plan.json:1:496");
  });

  it("leaves open what its source does not show to be one reference", async () => {
    const outcomes = (verdict: Verdict) =>
      new Set(
        verdict.findings.filter(({ subject }) => subject.kind === "principal").map(({ outcome }) => outcome),
      );
    expect(outcomes(await judge("ok.policy_with_suffix"))).toEqual(new Set(["undetermined"]));
    expect(outcomes(await judge("ok.policy_with_suffix", { source: null }))).toEqual(
      new Set(["undetermined"]),
    );
  });
});
