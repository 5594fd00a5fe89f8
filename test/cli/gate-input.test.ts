import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countersign, type SpawnOptions } from "./process.ts";

const SECRET =
  "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: hunter2-hunter2\n";
const PLAN = JSON.stringify({
  format_version: "1.2",
  terraform_version: "1.9.0",
  resource_changes: [],
  configuration: { root_module: {} },
});

let top: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "countersign-input-"));
});
afterEach(() => rm(top, { recursive: true, force: true }));

interface Told {
  readonly exit: number;
  readonly file_count: number;
  readonly inputs: readonly { readonly format: string }[];
  readonly findings: readonly { readonly policy_id: string; readonly place: { readonly file: string } }[];
  readonly unread: readonly { readonly path: string; readonly reason: string; readonly detail: string }[];
}

async function judged(args: readonly string[], options: SpawnOptions): Promise<Told> {
  const { exit, out, err } = await countersign(["gate", ...args, "--json"], { cwd: top, ...options });
  expect(out, err).not.toBe("");
  const told = JSON.parse(out) as Told;
  expect(told.exit).toBe(exit);
  return told;
}

describe("the gate on standard input", () => {
  it.each([
    ["kubernetes", "---\n# Source: chart/templates/secret.yaml\n" + SECRET],
    ["terraform_plan", PLAN],
    ["cloudformation", '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}'],
    ["vault_policy", '# who reads\npath "kv/data/app" {\n  capabilities = ["read"]\n}\n'],
  ])("knows %s by what it says", async (format, input) => {
    const told = await judged(["-"], { input });
    expect(told.inputs.map((one) => one.format)).toEqual([format]);
    expect(told.unread).toEqual([]);
  });

  it("places what it finds in <stdin>, or where it is said to be", async () => {
    const found = await judged(["-"], { input: SECRET });
    expect(found).toMatchObject({
      exit: 1,
      file_count: 1,
      findings: [{ place: { file: "<stdin>", line: 6 } }],
    });
    const named = await judged(["-", "--stdin-name", "./deploy/db.yaml"], { input: SECRET });
    expect(named).toMatchObject({ exit: 1, findings: [{ place: { file: "deploy/db.yaml", line: 6 } }] });
    const workflow = await judged(["-", "--stdin-name", ".github/workflows/ci.yml"], {
      input: "on: push\njobs: {}\n",
    });
    expect(workflow.inputs.map((one) => one.format)).toEqual(["github_actions"]);
  });

  it("looks at files beside it, and at it in place of the one that is called so", async () => {
    await writeFile(join(top, "db.yaml"), SECRET);
    await writeFile(join(top, "other.yaml"), SECRET.replace("name: db", "name: other"));
    const input = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n";
    const told = await judged(["-", ".", "--stdin-name", "db.yaml"], { input });
    expect(told).toMatchObject({ exit: 1, file_count: 2 });
    expect(told.findings.map(({ place }) => place.file)).toEqual(["other.yaml"]);
  });

  it.each([
    ["empty", ""],
    ["source of Terraform, which no text tells", 'resource "aws_secretsmanager_secret" "db" {}\n'],
    ["text that is no input", "Error: chart not found\n"],
    ["no text", "a\0b"],
  ])("does not pass where it is %s", async (_what, input) => {
    expect(await judged(["-"], { input })).toMatchObject({
      exit: 3,
      unread: [
        {
          path: "<stdin>",
          reason: "unsupported",
          detail: expect.stringMatching(/--stdin-name/) as string,
        },
      ],
    });
    await writeFile(join(top, "notes.txt"), "text");
    execFileSync("git", ["init", "-q"], { cwd: top });
    execFileSync(
      "git",
      ["-c", "user.name=K", "-c", "user.email=k@example.org", "commit", "-q", "--allow-empty", "-m", "x"],
      { cwd: top },
    );
    expect(await judged(["-", "--since", "HEAD"], { input })).toMatchObject({ exit: 3 });
  });

  it("stops where it has no end, by its bound or by a signal", async () => {
    const shell = 'exec "$@" < /dev/zero';
    expect(await judged(["-"], { shell })).toMatchObject({
      exit: 3,
      unread: [{ path: "<stdin>", reason: "limit" }],
    });
    const { exit } = await countersign(["gate", "-"], {
      cwd: top,
      shell: 'mkfifo pipe; exec "$@" 0<> pipe',
      started: (child) => void sleep(1500).then(() => child.kill("SIGINT")),
    });
    expect(exit).toBe(130);
  });

  it.each([
    [["--stdin-name", "a.yaml", "."], "expected - among the paths with --stdin-name, got none"],
    [["-", "--staged"], "expected --staged or - for standard input, got both"],
  ])("refuses %j", async (args, message) => {
    const { exit, err } = await countersign(["gate", ...args], { cwd: top });
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining(message) as string });
  });

  it("is asked about by own rules", async () => {
    await writeFile(
      join(top, "main.rego"),
      'package main\nimport rego.v1\ndeny contains "a secret" if input.kind == "Secret"\n',
    );
    const { exit, out } = await countersign(["gate", "-", "--policy", "main.rego", "--output", "conftest"], {
      cwd: top,
      input: SECRET,
    });
    expect({ exit, out: JSON.parse(out) as unknown }).toMatchObject({
      exit: 1,
      out: [{ filename: "<stdin>", failures: [{ msg: "a secret" }] }],
    });
  });
});

describe("the gate on what was collected", () => {
  it("says by which option a snapshot is named where there is none", async () => {
    await writeFile(join(top, "a.hcl"), 'path "kv/a" {\n  capabilities = ["read"]\n}\n');
    const { exit, err } = await countersign(["gate", ".", "--against", "latest"], { cwd: top });
    expect({ exit, err }).toEqual({
      exit: 2,
      err: expect.stringContaining("name a snapshot with --against") as string,
    });
  });
});
