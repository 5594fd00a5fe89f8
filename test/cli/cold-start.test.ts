import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, countersign } from "./process.ts";

const WATCH = `--import=${ROOT}test/cli/loaded-modules.mjs`;

/** What a small run of the gate has no use for: each would be paid for by every run. */
const NOT_LOADED = [
  /\/node_modules\/(?:@aws-sdk|@azure|@google-cloud|@duckdb|@sinclair|@clack|fastify|@fastify|hono|undici|kysely|pg|pdfkit)\//,
  // The runtime of Wasm policies brings a reader of YAML of its own.
  /(?<!opa-wasm)\/node_modules\/(?:yaml|csv-parse|csv-stringify|web-tree-sitter|vega|read-excel-file|write-excel-file|openid-client)\//,
  /\/src\/(?:collect|connectors|events|evidence|ledger|render|review|state|vault|web|controls)\//,
  /\/src\/cli\/(?:config|collecting|reporting|examination|serving|own-policies|base-ref)\.ts$/,
];

/** Commands beside the gate's, and what it shares with them. */
const OTHER_COMMAND = /\/src\/cli\/commands\/(?!gate|collect|command|index)/;

describe("a small run of the gate", () => {
  let place: string;
  let loaded: readonly string[];

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), "countersign-cold-"));
    writeFileSync(join(place, "reader.hcl"), 'path "kv/data/app" {\n  capabilities = ["read"]\n}\n');
    const list = join(place, "loaded.txt");
    const env = { NODE_OPTIONS: WATCH, LOADED_MODULES: list };
    const { exit, err } = await countersign(["gate", "reader.hcl"], { cwd: place, env });
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    loaded = readFileSync(list, "utf8").split("\n");
  });
  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });

  it("is watched: what it needs is in the list", () => {
    expect(loaded).toContainEqual(expect.stringContaining("/src/gate/gate.ts"));
  });

  it.each(NOT_LOADED)("loads nothing of %s", (what) => {
    expect(loaded.filter((url) => what.test(url))).toEqual([]);
  });

  it("loads no other command", () => {
    expect(loaded.filter((url) => OTHER_COMMAND.test(url))).toEqual([]);
  });
});
