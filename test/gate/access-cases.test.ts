import { existsSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { workTree } from "../../src/cli/work-tree.ts";
import { UNKNOWN_SURROUNDINGS, accessReport, gate, type AccessReport } from "../../src/gate/index.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

/**
 * `test/cases/access_diff/<ok|ng>.<what>/`: `input/` is the change, `base/` the same files before it, where they are compared with these. `ng`: somebody
 * gains something for certain, or under conditions. `UPDATE_CASES=1` writes what is expected; read the difference before it is committed.
 */
const CASES = new URL("../cases/access_diff/", import.meta.url);

describe("access diff on cases", async () => {
  const names = (await readdir(CASES)).filter((name) => /^(?:ok|ng)\./.test(name));
  it.each(names.sort())("%s", async (name) => {
    const directory = new URL(`${name}/`, CASES);
    const report = await compare(directory);
    const told = expectedOf(report);
    const file = new URL("expected.json", directory);
    if (process.env["UPDATE_CASES"] === "1" || !existsSync(file))
      await writeFile(file, `${JSON.stringify(told, null, 2)}\n`);
    expect(told).toEqual(JSON.parse(await readFile(file, "utf8")));
    const gains = report.sums.gained + report.sums.widened;
    expect(gains > 0, "gains").toBe(name.startsWith("ng."));
  });
});

describe("the gate with a base", () => {
  const judgeCase = async (one: string, base: string) => {
    const tree = (name: string) => workTree(fileURLToPath(new URL(`${one}/${name}/`, CASES)), ["."]);
    const bundle = loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url)));
    return gate({
      tree: await tree("input"),
      rules: { bundle, settings: {}, classification: CLASSIFICATION },
      surroundings: UNKNOWN_SURROUNDINGS,
      productVersion: "0.0.0",
      at: "2026-11-27T00:00:00.000Z",
      failOn: "low",
      undeterminedFails: true,
      guards: {
        from: "base",
        ref: "main",
        maxWaiverDays: 90,
        baseline: [],
        changes: [],
        base: await tree(base),
      },
      signal: new AbortController().signal,
    });
  };

  it("judges what is otherwise with access than in the base, and not what is the same", async () => {
    const judge = async (base: string): Promise<string[]> => {
      const { findings } = await judgeCase("ng.vault_policy_widened", base);
      return findings
        .filter(({ format }) => format === "access")
        .map(({ policy_id, place, message }) => `${place.file}:${place.line} ${policy_id} ${message}`);
    };
    expect(await judge("base")).toEqual([
      "app.hcl:5 access_widened policy app may do more to any: read, write",
    ]);
    expect(await judge("input")).toEqual([]);
  });

  it("tells files of the base that could not be read, with which nothing is compared", async () => {
    const { notices } = await judgeCase("ng.base_unread", "base");
    expect(notices).toEqual([
      {
        kind: "access_not_compared",
        message: "broken.hcl at main was not read (malformed): expected a value, got end of text",
      },
    ]);
    expect((await judgeCase("ng.vault_policy_widened", "base")).notices).toEqual([]);
  });
});

const CLASSIFICATION = { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] };

async function compare(directory: URL): Promise<AccessReport> {
  const tree = (name: string) => workTree(fileURLToPath(new URL(name, directory)), ["."]);
  return accessReport({
    tree: await tree("input/"),
    ...(existsSync(new URL("base/", directory)) ? { base: { ref: "main", tree: await tree("base/") } } : {}),
    classification: CLASSIFICATION,
    surroundings: UNKNOWN_SURROUNDINGS,
    at: "2026-11-27T00:00:00.000Z",
    signal: new AbortController().signal,
  });
}

function expectedOf({ exit, differences, not_compared, unseen, sums }: AccessReport) {
  return {
    exit,
    differences: differences.map(
      ({ place, direction, certainty, principal, target, actions, detour, statements }) =>
        `${place.file}:${place.line}:${place.column} ${direction} ${certainty}${detour ? " detour" : ""} ${principal.name}${principal.on_one_side ? " (one side)" : ""} ` +
        `on ${target.name}${target.on_one_side ? " (one side)" : ""}${target.tier === undefined ? "" : ` ${target.tier}`}: ${actions.join(", ")} by ${[...new Set(statements.map((one) => one.name))].join("; ")}`,
    ),
    not_compared: not_compared.map(
      ({ path, line, detail }) => `${path}${line === undefined ? "" : `:${line}`}: ${detail}`,
    ),
    unseen,
    undecided: sums.undecided,
    implied: sums.implied,
  };
}
