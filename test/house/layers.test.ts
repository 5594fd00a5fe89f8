import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { checkLayers } from "./layers.ts";

const made: string[] = [];

async function tree(files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "countersign-layers-"));
  made.push(root);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  await symlink(new URL("../../node_modules", import.meta.url).pathname, join(root, "node_modules"));
  return root;
}

afterEach(async () => {
  await Promise.all(made.splice(0).map((root) => rm(root, { recursive: true })));
});

describe("the layer rule", () => {
  it("holds in this checkout", async () => {
    const { moduleCount, violations } = await checkLayers();
    expect(violations).toEqual([]);
    expect(moduleCount).toBeGreaterThan(40);
  });

  it.each([
    {
      what: "an import of a higher rank",
      rule: "layer-base",
      files: {
        "src/base/a.ts": `import "../facts/index.ts";\n`,
        "src/facts/index.ts": "export const b = 1;\n",
      },
    },
    {
      what: "an import of a folder of the same rank",
      rule: "layer-access",
      files: {
        "src/access/a.ts": `import "../policy/index.ts";\n`,
        "src/policy/index.ts": "export const b = 1;\n",
      },
    },
    {
      what: "an entry beside the index",
      rule: "index-only",
      files: { "src/facts/a.ts": `import "../base/deep.ts";\n`, "src/base/deep.ts": "export const b = 1;\n" },
    },
    {
      what: "the network outside the connectors",
      rule: "network-only-in-adapters",
      files: { "src/render/a.ts": `import "node:https";\n` },
    },
    {
      what: "the query engine outside tables",
      rule: "duckdb-only-in-tables",
      files: { "src/events/a.ts": `export const load = () => import("@duckdb/node-api");\n` },
    },
    {
      what: "the query engine before a query needs it",
      rule: "optional-packages-late",
      files: { "src/tables/a.ts": `import "@duckdb/node-api";\n` },
    },
    {
      what: "the query builder outside state",
      rule: "databases-only-in-state",
      files: { "src/review/a.ts": `import "kysely";\n` },
    },
    {
      what: "SQLite outside state",
      rule: "databases-only-in-state",
      files: { "src/review/a.ts": `import "node:sqlite";\n` },
    },
    {
      what: "PostgreSQL outside state",
      rule: "databases-only-in-state",
      files: { "src/web/a.ts": `export const load = () => import("pg");\n` },
    },
    {
      what: "PostgreSQL before a URL is given",
      rule: "optional-packages-late",
      files: { "src/state/a.ts": `import "pg";\n` },
    },
    {
      what: "a cloud's SDK outside the connectors",
      rule: "clouds-only-in-connectors",
      files: { "src/vault/a.ts": `export const load = () => import("@aws-sdk/client-kms");\n` },
    },
    {
      what: "an optional package that everybody waits for",
      rule: "optional-packages-late",
      files: { "src/connectors/a.ts": `import "@aws-sdk/client-kms";\n` },
    },
    {
      what: "a folder without a rank",
      rule: "known-folder",
      files: { "src/utils/a.ts": `import "node:fs";\n` },
    },
    {
      what: "a cycle",
      rule: "no-cycles",
      files: { "src/base/a.ts": `import "./b.ts";\n`, "src/base/b.ts": `import "./a.ts";\n` },
    },
  ])("refuses $what", async ({ rule, files }) => {
    const { violations } = await checkLayers(`${await tree(files)}/`);
    expect(violations.map((text) => text.split(":")[0])).toContain(rule);
  });

  it("fails on zero modules instead of passing", async () => {
    await expect(checkLayers(`${await tree({ "src/readme.txt": "nothing" })}/`)).rejects.toThrow(
      "nothing was checked",
    );
  });
});
