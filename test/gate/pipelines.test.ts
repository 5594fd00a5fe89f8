import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { gateCommand } from "../../src/cli/commands/gate.ts";
import type { Environment } from "../../src/cli/environment.ts";

/** What is in the repository for pipelines of others, run with a stand-in for the gate that says how it was called. */
const ROOT = join(import.meta.dirname, "../..");

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: {
    readonly steps: readonly { readonly id?: string; readonly run?: string; readonly env?: object }[];
  };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-pipeline-"));
  await mkdir(join(folder, "bin"));
  for (const name of ["node", "countersign"]) {
    const file = join(folder, "bin", name);
    await writeFile(
      file,
      `#!/bin/sh\nfor one in "$@"; do printf '%s\\n' "$one" >> "$CALLED"; done\nexit "\${ENDS:-0}"\n`,
    );
    await chmod(file, 0o755);
  }
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function called(script: string, shell: readonly string[], env: Record<string, string>) {
  const file = join(folder, "called");
  const { status, stderr } = spawnSync(shell[0]!, [...shell.slice(1), script], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`, CALLED: file, HOME: folder, ...env },
  });
  const lines = existsSync(file) ? (await readFile(file, "utf8")).trimEnd().split("\n") : [];
  return { status, stderr, args: lines.slice(lines.indexOf("gate")) };
}

/** Options that the command does not know, of those that a pipeline gives it. */
function unknownOptions(args: readonly string[]): string[] {
  const known = gateCommand({} as Environment, () => undefined).options.map(({ long }) => long);
  return args.slice(0, args.indexOf("--")).filter((one) => one.startsWith("--") && !known.includes(one));
}

describe("the GitHub action", async () => {
  const action = parse(await readFile(join(ROOT, "action.yml"), "utf8")) as Action;
  const { run = "" } = action.runs.steps.find(({ id }) => id === "gate") ?? {};
  const inputs = {
    GATE_ACTION: "/action",
    GATE_PATHS: "deploy\n-x $(touch forged)\n",
    GATE_FAIL_ON: "high",
    GATE_ALLOW_UNDETERMINED: "true",
    GATE_BASE: "none",
    GATE_BASELINE: "known `touch forged`.json",
    GATE_SARIF: "gate.sarif\nexit=0",
  };
  const shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"];

  it("gives what it is given to the gate, and runs none of it", async () => {
    const outputs = join(folder, "outputs");
    const { status, args } = await called(run, shell, { ...inputs, ENDS: "3", GITHUB_OUTPUT: outputs });
    expect(status).toBe(3);
    expect(args).toEqual([
      ...["gate", "--fail-on", "high", "--output", "github", "--output", "sarif=gate.sarif", "exit=0"],
      ...[
        "--allow-undetermined",
        "--baseline",
        "known `touch forged`.json",
        "--",
        "deploy",
        "-x $(touch forged)",
      ],
    ]);
    expect(unknownOptions(args)).toEqual([]);
    expect(await readFile(outputs, "utf8")).toBe("exit=3\nsarif=\n");
    expect(existsSync(join(folder, "forged"))).toBe(false);
  });

  it("has the gate refuse a base that cannot be had", async () => {
    execFileSync("git", ["init", "-q"], { cwd: folder });
    const base = "0123456789012345678901234567890123456789";
    const env = { ...inputs, GATE_BASE: base, GITHUB_OUTPUT: join(folder, "outputs") };
    const { args } = await called(run, shell, env);
    expect(args.slice(args.indexOf("--base"), args.indexOf("--base") + 2)).toEqual(["--base", base]);
  });

  it("writes no input into a script", () => {
    expect(action.runs.steps.map(({ run: text = "" }) => text).join("\n")).not.toContain("${{");
  });
});

describe("the GitLab template", async () => {
  const template = parse(await readFile(join(ROOT, "templates/countersign.gitlab-ci.yml"), "utf8")) as Record<
    string,
    { readonly script: readonly string[]; readonly variables: Record<string, string> }
  >;
  const job = template["countersign-gate"]!;

  it("calls the gate with options that it knows", async () => {
    const env = {
      ...job.variables,
      COUNTERSIGN_PATHS: "a b",
      CI_MERGE_REQUEST_DIFF_BASE_SHA: "abc",
      ENDS: "1",
    };
    const { status, args } = await called(job.script.join("\n"), ["sh", "-ec"], {
      ...env,
      CI_PROJECT_DIR: folder,
    });
    expect(status).toBe(1);
    expect(unknownOptions(args)).toEqual([]);
    expect(args.slice(-5)).toEqual(["--base", "abc", "--", "a", "b"]);
    expect(args).toContain("gitlab=gl-code-quality-report.json");
  });
});

describe("the pre-commit hook", () => {
  it("looks at what is staged", async () => {
    const [hook] = parse(await readFile(join(ROOT, ".pre-commit-hooks.yaml"), "utf8")) as {
      readonly entry: string;
      readonly pass_filenames: boolean;
    }[];
    expect(hook?.entry).toMatch(/^countersign gate --staged /);
    expect(hook?.pass_filenames).toBe(false);
  });
});
