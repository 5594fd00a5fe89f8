import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { load } from "js-yaml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ROOT } from "./process.ts";

const run = promisify(execFile);

interface Action {
  readonly runs: { readonly steps: readonly { readonly id?: string; readonly run?: string }[] };
}

const { runs } = load(await readFile(join(ROOT, "action.yml"), "utf8")) as Action;
const script = runs.steps.find(({ id }) => id === "gate")?.run ?? "";

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "countersign-action-"));
  await mkdir(join(workspace, "checkout"));
  await writeFile(join(workspace, "checkout/a.hcl"), 'path "kv/a" {\n  capabilities = ["read"]\n}\n');
});
afterEach(() => rm(workspace, { recursive: true }));

/** The action's script as a runner runs it, with what it puts out. */
async function acted(inputs: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
  const output = join(workspace, "output");
  await writeFile(output, "");
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
    HOME: workspace,
    GITHUB_OUTPUT: output,
    GATE_ACTION: ROOT,
    GATE_PATHS: ".",
    GATE_FAIL_ON: "low",
    GATE_ALLOW_UNDETERMINED: "false",
    GATE_BASE: "none",
    GATE_BASELINE: "",
    GATE_SARIF: "gate.sarif",
    GATE_DIRECTORY: "checkout",
    ...inputs,
  };
  await run("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
    cwd: join(workspace, "checkout"),
    env,
  }).catch(() => undefined);
  const lines = (await readFile(output, "utf8")).trimEnd().split("\n");
  return Object.fromEntries(
    lines.map((line): [string, string] => {
      const [name = "", value = ""] = line.split("=", 2);
      return [name, value];
    }),
  );
}

describe("the template of GitLab", () => {
  it("tells no report that lies in the change", async () => {
    const text = await readFile(join(ROOT, "templates/countersign.gitlab-ci.yml"), "utf8");
    const { "countersign-gate": job } = load(text) as { "countersign-gate": { script: readonly string[] } };
    const reports = ["gl-code-quality-report.json", "countersign-gate.xml"];
    for (const report of reports) await writeFile(join(workspace, report), "[]");
    // Nothing is called countersign here.
    const env = { PATH: "/usr/bin:/bin", COUNTERSIGN_PATHS: ".", COUNTERSIGN_FAIL_ON: "low" };
    const ended = await run("sh", ["-e", "-c", job.script.join("\n")], { cwd: workspace, env }).catch(
      (thrown: unknown) => (thrown as { code: number }).code,
    );
    expect(ended).toBe(127);
    for (const report of reports)
      await expect(readFile(join(workspace, report))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("the action", () => {
  it("puts out where the SARIF is, from the workspace", async () => {
    expect(await acted()).toEqual({ exit: "0", sarif: "checkout/gate.sarif" });
    expect(await readFile(join(workspace, "checkout/gate.sarif"), "utf8")).toContain('"version": "2.1.0"');
  });

  it("puts out none where the gate could not run, not even one of the change's own", async () => {
    await writeFile(join(workspace, "checkout/gate.sarif"), "{}");
    expect(await acted({ GATE_FAIL_ON: "nothing" })).toEqual({ exit: "2", sarif: "" });
  });
});
