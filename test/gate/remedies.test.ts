import { readFile, readdir } from "node:fs/promises";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { workTree } from "../../src/cli/work-tree.ts";
import { UNKNOWN_SURROUNDINGS, gate, type GateRules, type Verdict } from "../../src/gate/index.ts";
import { languageOf, remedyOf } from "../../src/gate/remedy.ts";
import { REMEDY_LANGUAGES, loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

const directory = mkdtempSync(join(tmpdir(), "countersign-remedies-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

let rules: GateRules;
beforeAll(async () => {
  rules = {
    bundle: loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url))),
    settings: {},
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
  };
});

async function judged(root: string, paths = ["."]): Promise<Verdict> {
  return gate({
    tree: await workTree(root, paths),
    rules,
    surroundings: UNKNOWN_SURROUNDINGS,
    productVersion: "0.0.0",
    at: "2026-11-27T00:00:00.000Z",
    failOn: "low",
    undeterminedFails: true,
    signal: new AbortController().signal,
  });
}

let made = 0;
async function judgedFiles(files: Readonly<Record<string, string>>): Promise<Verdict> {
  const root = join(directory, String(made++));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return judged(root);
}

const violations = ({ findings }: Verdict): string[] =>
  findings.filter(({ outcome }) => outcome === "violation").map(({ policy_id }) => policy_id);

it("tells the remedy of the provider whose key of an identity is made", async () => {
  const { findings } = await judgedFiles({
    "main.tf": `resource "google_service_account_key" "ci" {
  service_account_id = "ci@p.iam.gserviceaccount.com"
}
resource "aws_iam_access_key" "ci" {
  user = "ci"
}
`,
  });
  const keys = findings.filter(({ policy_id }) => policy_id === "identity_key_made");
  expect(keys.map(({ remediation }) => /gcloud|aws/.exec(remediation)?.[0])).toEqual(["gcloud", "aws"]);
  expect(keys.map(({ remedy }) => /google_iam|aws_iam/.exec(remedy?.example ?? "")?.[0])).toEqual([
    "google_iam",
    "aws_iam",
  ]);
});

describe("remedies of policies", () => {
  const CASES = new URL("../cases/gate/", import.meta.url);

  it("are there in the language of each file in which a case violates them", async () => {
    const missing = new Set<string>();
    let count = 0;
    for (const format of await readdir(CASES))
      for (const name of await readdir(new URL(`${format}/`, CASES))) {
        if (!/^(?:ok|ng)\./.test(name)) continue;
        const input = new URL(`${format}/${name}/input/`, CASES);
        const paths = format === "terraform_plan_real" ? ["plan.json"] : ["."];
        for (const { policy_id, outcome, remedy } of (await judged(fileURLToPath(input), paths)).findings) {
          count += 1;
          // What could not be decided tells how it can be, and what passes then.
          const told =
            outcome === "undetermined"
              ? / What is asked for then: /.test(remedy?.text ?? "")
              : remedy !== undefined;
          if (!told) missing.add(`${format} ${policy_id} ${outcome}`);
        }
      }
    expect([...missing].sort()).toEqual([]);
    expect(count).toBeGreaterThan(500);
  }, 300_000);

  it("are plain in every output, and hold no place for a name that there is not", () => {
    for (const { policy_id, remedies = {} } of rules.bundle.catalogue.policies)
      for (const [language, byType] of Object.entries(remedies))
        for (const [type, { text, example = "" }] of Object.entries(byType)) {
          const where = `${policy_id} ${language} ${type}`;
          expect(text.replaceAll(/`[^`]*`/g, ""), where).toMatch(/^[\p{L}\p{N} .,:;()'…/%=-]*$/u);
          expect(text, where).toMatch(/[.)]$/);
          expect(`${text}\n${example}`.match(/(?<![{$])\{[a-z]+\}(?!\})/g) ?? [], where).toEqual(
            (`${text}\n${example}`.match(/\{(?:label|reference|thing)\}/g) ?? []) as string[],
          );
        }
  });

  it("are of types and providers that there are", () => {
    const types =
      /^(?:any|aws|azure|gcp|hashicorp|kubernetes|(?:aws|azure|gcp)_(?:secret|parameter)|kv|database_static_role)$/;
    for (const { policy_id, remedies = {} } of rules.bundle.catalogue.policies)
      for (const byType of Object.values(remedies))
        for (const type of Object.keys(byType)) expect(type, policy_id).toMatch(types);
  });
});

describe("a remedy's names", () => {
  const remedies = {
    terraform: {
      any: { text: "Set it on `{reference}`.", example: 'resource "x" "{label}" {}\n{thing} = 1' },
    },
  };
  const of = (address: string, thing?: string) =>
    remedyOf({ remedies } as never, {
      format: "terraform_plan",
      outcome: "violation",
      types: [],
      address,
      file: "m.yaml",
      thing,
    });

  it("are those by which the same module names the thing", () => {
    expect(of('module.a["x"].aws_secretsmanager_secret.this["b"]', "parameter Password")).toEqual({
      text: 'Set it on `aws_secretsmanager_secret.this["b"]`.',
      example: 'resource "x" "this" {}\nPassword = 1',
    });
    expect(of("aws_kms_key.main")?.example).toBe('resource "x" "main" {}\n<name> = 1');
  });

  it("are without the file, and without what is worked out", () => {
    expect(of("m.yaml StatefulSet payments/api")?.text).toBe("Set it on `StatefulSet payments/api`.");
    expect(of("Microsoft.KeyVault/vaults format('kv{0}', copyIndex())[*]")?.example).toMatch(/"x" "vaults"/);
  });

  it("hold nothing that is a line, a mention, a link or a command", () => {
    const told = of("x\n::error::`y` @team [a](https://x) <b>|##[error]\u001b[31m\u202e");
    expect(told?.text).not.toMatch(/[@<>|#()\n\u001b\u202e]|`.*`.*`/);
    expect(told?.example?.split("\n")).toHaveLength(2);
  });

  it("are not asked of what no format read", () => {
    expect(languageOf("credential")).toBeUndefined();
    expect(languageOf("own_rego")).toBeUndefined();
    expect(REMEDY_LANGUAGES.map((language) => languageOf(language))).toEqual([...REMEDY_LANGUAGES]);
  });
});

/** What is wrong, and the same with the example of the remedy. */
describe("what follows a remedy passes", () => {
  const secret = (more = "") => `resource "aws_secretsmanager_secret" "db" {
  name = "prod/db"
${more}}
`;

  it("of Terraform", async () => {
    const first = await judgedFiles({ "main.tf": secret() });
    expect(violations(first)).toEqual([
      "customer_key_missing",
      "expiry_not_set",
      "owner_or_tier_missing",
      "owner_or_tier_missing",
      "rotation_not_configured",
    ]);
    const example = (policy: string): string =>
      first.findings.find(({ policy_id }) => policy_id === policy)?.remedy?.example ?? "";
    const mended = await judgedFiles({
      "main.tf":
        secret(`${example("customer_key_missing")}\n${example("owner_or_tier_missing")}\n`) +
        `resource "aws_kms_key" "secrets" {\n  ${example("key_rotation_not_configured")}\n}\n${example("rotation_not_configured")}\n`,
    });
    expect(violations(mended).filter((policy) => !policy.startsWith("key_"))).toEqual([]);
  });

  it("of CloudFormation", async () => {
    const first = await judgedFiles({
      "stack.yaml":
        "Resources:\n  Db:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n      Name: prod/db\n",
    });
    const indented = (text: string, by: number): string => text.replaceAll(/^/gm, " ".repeat(by));
    const example = (policy: string): string =>
      first.findings.find(({ policy_id }) => policy_id === policy)?.remedy?.example ?? "";
    expect(violations(first)).toContain("rotation_not_configured");
    const mended = await judgedFiles({
      "stack.yaml": `Resources:
  Db:
    Type: AWS::SecretsManager::Secret
    Properties:
      Name: prod/db
${indented(example("owner_or_tier_missing"), 6)}
${indented(example("rotation_not_configured"), 2)}
`,
    });
    expect(violations(mended)).toEqual(["customer_key_missing"]);
  });
});
