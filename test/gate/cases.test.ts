import { existsSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { sourceBeside } from "../../src/cli/source-beside.ts";
import { workTree } from "../../src/cli/work-tree.ts";
import { UNKNOWN_SURROUNDINGS, gate, type GateRules, type Verdict } from "../../src/gate/index.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

/**
 * `test/cases/gate/<format>/<ok|ng>.<what>/`: `input/` is what the gate is given, `expected.json` the findings with their places. An `ok` case
 * has no violation but of what is told and never fails, and an `ng` case has one. `UPDATE_CASES=1` writes what is expected; read the difference before it is committed.
 */
const CASES = new URL("../cases/gate/", import.meta.url);

interface Expected {
  readonly exit: number;
  /** `file:line:column-end_line:end_column severity outcome policy_id address: message`, in order. */
  readonly findings: readonly string[];
  readonly unread: readonly string[];
  readonly judged: Readonly<Record<string, number>>;
}

let rules: GateRules;
beforeAll(async () => {
  rules = {
    bundle: loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url))),
    settings: {},
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
  };
});

const formats = await readdir(CASES);
for (const format of formats.sort()) {
  describe(`gate on ${format}`, async () => {
    const names = (await readdir(new URL(`${format}/`, CASES))).filter((name) => /^(?:ok|ng)\./.test(name));
    it.each(names.sort())("%s", async (name) => {
      const directory = new URL(`${format}/${name}/`, CASES);
      const told = expectedOf(await judge(directory));
      const file = new URL("expected.json", directory);
      if (process.env["UPDATE_CASES"] === "1" || !existsSync(file))
        await writeFile(file, `${JSON.stringify(told, null, 2)}\n`);
      expect(told).toEqual(JSON.parse(await readFile(file, "utf8")));
      const violations = told.findings.filter((one) => / (?!info)\w+ violation /.test(one));
      expect(violations.length > 0, "violations").toBe(name.startsWith("ng."));
      expect(Object.keys(told.judged).length, "formats judged").toBeGreaterThan(0);
    });
  });
}

/** A plan that Terraform made stands beside its configuration, and is given by itself. */
function given(directory: URL): string {
  return directory.pathname.includes("/terraform_plan_real/") ? "plan.json" : ".";
}

async function judge(directory: URL): Promise<Verdict> {
  return gate({
    tree: await workTree(fileURLToPath(new URL("input/", directory)), [given(directory)]),
    rules,
    beside: sourceBeside(fileURLToPath(new URL("input/", directory)), undefined),
    surroundings: UNKNOWN_SURROUNDINGS,
    productVersion: "0.0.0",
    at: "2026-11-27T00:00:00.000Z",
    failOn: "low",
    undeterminedFails: true,
    signal: new AbortController().signal,
  });
}

function expectedOf({ exit, findings, unread, inputs }: Verdict): Expected {
  return {
    exit,
    findings: findings.map(({ place, severity, outcome, policy_id, subject, message }) => {
      const { file, line, column, end_line, end_column } = place;
      return `${file}:${line}:${column}-${end_line}:${end_column} ${severity} ${outcome} ${policy_id} ${subject.address}: ${message}`;
    }),
    unread: unread.map(
      ({ path, line, column, reason, detail }) =>
        `${[path, line, column].filter((part) => part !== undefined).join(":")} ${reason}: ${detail}`,
    ),
    judged: Object.fromEntries(inputs.map(({ format, subject_count }) => [format, subject_count])),
  };
}
