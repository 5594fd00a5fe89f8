import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CountersignError, sha256 } from "../../src/base/index.ts";
import { processEnvironment, type Environment } from "../../src/cli/environment.ts";
import { reportCommandLine } from "../../src/cli/reporting.ts";
import { prepare } from "../../src/cli/rulebook.ts";
import type { EvidencePackage } from "../../src/evidence/index.ts";
import { buildBundle, findCompiler, testPolicies } from "../../src/policy/index.ts";
import { ROOT, openExample } from "../evidence/example.ts";
import { COMPILED, compiledFile } from "../policy/fixtures.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-own-policies-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const SCHEMAS = { schemas: join(ROOT, "policies/schemas") };
const SOURCES = "sources: { main: { connector: hashicorp, address: https://vault.example.org:8200 } }";
const CLASHING = compiledFile(COMPILED[0]!);

const environment: Environment = {
  ...processEnvironment(new AbortController().signal),
  env: { COUNTERSIGN_STATE: join(root, "state"), VAULT_TOKEN: "unused" },
  terminal: { out: () => undefined, err: () => undefined, interactive: false },
};

async function configured(text: string): Promise<string> {
  const file = join(root, "countersign.yaml");
  await writeFile(file, `version: 1\n${SOURCES}\n${text}\n`);
  return file;
}

async function failure(text: string): Promise<CountersignError> {
  const config = await configured(text);
  const thrown: unknown = await prepare(environment, { config }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof CountersignError) return thrown;
  throw new Error(`expected an error, got ${String(thrown)}`);
}

/** The files of docs/own-policies.md, where a reader would put them. */
async function documented(): Promise<{ directory: string; yaml: string }> {
  const page = await readFile(join(ROOT, "docs/own-policies.md"), "utf8");
  const files = [...page.matchAll(/^`my-policies\/(\S+)`:\n\n```rego\n([^`]*)```/gm)];
  for (const [, file = "", text = ""] of files) {
    await mkdir(dirname(join(root, "my-policies", file)), { recursive: true });
    await writeFile(join(root, "my-policies", file), text);
  }
  expect(files.map(([, file = ""]) => basename(file))).toEqual([
    "cost_centre_missing.rego",
    "cost_centre_missing_test.rego",
  ]);
  const yaml = /```yaml\n([^`]*)```/.exec(page)?.[1] ?? "";
  return { directory: join(root, "my-policies"), yaml };
}

describe("policies of one's own that cannot be had", () => {
  it.each<[string, string, string, RegExp]>([
    ["are not there", "nowhere.tar.gz", "E_NOT_FOUND", /nowhere\.tar\.gz/],
    ["are no bundle", "countersign.yaml", "E_BUNDLE", /own policies countersign\.yaml: expected a gzip/],
    ["have the id of one of ours", CLASHING, "E_CONFIG", /rotation_overdue, which a policy of ours has/],
  ])("because they %s end the command, with the place", async (_what, path, code, message) => {
    const error = await failure(`policies: [${path}]`);
    expect(error).toMatchObject({ code, exit: 2, location: { line: 3, column: 12 } });
    expect(error.message).toMatch(message);
  });

  it("are named by no control", async () => {
    const error = await failure(
      "controls: [{ id: A, policies: [{ id: rotation_overdu, strength: direct }] }]",
    );
    expect(error).toMatchObject({ code: "E_CONFIG", fix: "Did you mean rotation_overdue?" });
    expect(await failure("controls: [{ id: A }]")).toMatchObject({ code: "E_CONFIG", location: { line: 3 } });
  });
});

const compiler = await findCompiler().catch((thrown: unknown) => {
  if (!(thrown instanceof CountersignError) || process.env["CI"] === "true") throw thrown;
  process.stderr.write(`skipped: use of policies of one's own: ${thrown.message}\n`);
  return undefined;
});

describe.skipIf(compiler === undefined)("policies of one's own", { timeout: 300_000 }, () => {
  let evidence: EvidencePackage;
  let bytes: Buffer;
  let yaml = "";

  beforeAll(async () => {
    const example = await openExample();
    const id = example.manifest.snapshot_id;
    await cp(example.directory, join(root, "state/snapshots", id), { recursive: true });
    const found = await documented();
    yaml = found.yaml;
    bytes = (await buildBundle(found.directory, SCHEMAS)).bytes;
    await writeFile(join(root, "my-policies.tar.gz"), bytes);
    const config = await configured(yaml);
    const options = { config, from: id, history: 0, out: "out", page: "a4" } as const;
    ({ evidence } = await reportCommandLine({ ...environment, cwd: root }, options));
  }, 300_000);

  it("as documented pass their tests, which reach every line", async () => {
    const report = await testPolicies(join(root, "my-policies"), { ...SCHEMAS, coverage: 100 });
    expect(report).toMatchObject({ problems: [], coverage: { percent: 100 } });
  });

  it("are said to be tested too little where a test is taken away", async () => {
    const directory = join(root, "untested");
    await cp(join(root, "my-policies"), directory, { recursive: true });
    const file = join(directory, "secret/cost_centre_missing/cost_centre_missing_test.rego");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.slice(0, text.indexOf("test_no_label_violates")));
    const some = await testPolicies(directory, SCHEMAS);
    expect(some.problems).toEqual([]);
    const percent = some.coverage?.percent ?? 100;
    expect(percent).toBeLessThan(100);
    const { problems } = await testPolicies(directory, { ...SCHEMAS, coverage: 100 });
    expect(problems).toMatchObject([{ code: "policy_coverage" }]);
    expect((await testPolicies(directory, { ...SCHEMAS, coverage: Math.floor(percent) })).problems).toEqual(
      [],
    );
  });

  it("are a problem where there is no test at all", async () => {
    const directory = join(root, "no-tests");
    await cp(join(root, "my-policies"), directory, { recursive: true });
    await rm(join(directory, "secret/cost_centre_missing/cost_centre_missing_test.rego"));
    expect((await testPolicies(directory, SCHEMAS)).problems).toMatchObject([
      { code: "policy_test", message: expect.stringMatching(/got none$/) as string },
    ]);
  });

  it("judge the subjects beside ours, with the configured parameters, and are named by digest", () => {
    const { head, findings } = evidence;
    const result = head.policies.find(({ policy }) => policy.policy_id === "cost_centre_missing");
    expect(result).toMatchObject({
      own_bundle: sha256(bytes),
      params: { label: { any: "billing_code" } },
      params_overridden: true,
      population: head.summary.subject_counts["secret"],
    });
    expect(head.policies.filter(({ own_bundle }) => own_bundle !== undefined)).toHaveLength(1);
    expect(head.digests.own_policies).toEqual([
      { path: "my-policies.tar.gz", sha256: sha256(bytes), policy_count: 1 },
    ]);
    const own = findings.filter(({ policy_id }) => policy_id === "cost_centre_missing");
    expect(own.length).toBeGreaterThan(0);
    expect(own[0]?.controls).toEqual(["soc2-2017 CC6.1", "own-controls FIN-07"]);
  });

  it("decide the control that names them, and only support what it answers", () => {
    const control = (framework: string, id: string) =>
      evidence.head.frameworks
        .find((each) => each.framework === framework)
        ?.controls.find(({ control_id }) => control_id === id);
    expect(control("own-controls", "FIN-07")).toMatchObject({
      status: "deviation",
      policies: [
        { policy_id: "cost_centre_missing", strength: "direct" },
        { policy_id: "owner_or_tier_missing", strength: "supporting" },
      ],
    });
    expect(control("soc2-2017", "CC6.1")?.policies).toContainEqual(
      expect.objectContaining({ policy_id: "cost_centre_missing", strength: "supporting", verify: true }),
    );
  });

  it("are the same from the directory as from the bundle that is built of it", async () => {
    const config = await configured(yaml.replace("my-policies.tar.gz", "my-policies"));
    const { rulebook } = await prepare(environment, { config });
    expect(rulebook.digests.own_policies).toEqual([
      { path: "my-policies", sha256: sha256(bytes), policy_count: 1 },
    ]);
    // Read from a directory or from a file, they are watched; ours are not.
    for (const text of [yaml, yaml.replace("my-policies.tar.gz", "my-policies")]) {
      const { bundle } = (await prepare(environment, { config: await configured(text) })).rulebook;
      const watched = bundle.modules.filter(({ own }) => own).flatMap(({ policyIds }) => policyIds);
      expect([watched, bundle.modules.length]).toEqual([["cost_centre_missing"], 2]);
    }
  });

  it("that do not compile end the command with the place in the policy", async () => {
    const directory = join(root, "broken");
    await cp(join(root, "my-policies"), directory, { recursive: true });
    const file = "secret/cost_centre_missing/cost_centre_missing.rego";
    const text = await readFile(join(directory, file), "utf8");
    await writeFile(join(directory, file), text.replace("input.subject.kind", "input.subject.knid"));
    const error = await failure("policies: [broken]");
    expect(error).toMatchObject({ code: "E_POLICY", exit: 2, location: { file: join(directory, file) } });
  });
});
