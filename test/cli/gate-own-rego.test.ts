import { execFileSync } from "node:child_process";
import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { written } from "../gate/own-rego-run.ts";
import { countersign, type SpawnOptions } from "./process.ts";

const ROOT_RULE = `package main

deny_root contains msg if {
	input.spec.user == 0
	msg := sprintf("%s runs as root", [input.metadata.name])
}

warn contains "few" if input.spec.replicas < data.least
`;
const POD = "kind: Thing\nmetadata: {name: a}\nspec: {user: 0, replicas: 1}\n";

const made: string[] = [];
afterAll(async () => {
  for (const directory of made) await rm(directory, { recursive: true, force: true });
});

async function place(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = await written({
    "policy/a.rego": ROOT_RULE,
    "data.yaml": "least: 2\n",
    "deploy/a.yaml": POD,
    ...files,
  });
  made.push(directory);
  return directory;
}

async function gate(cwd: string, args: readonly string[], options: SpawnOptions = {}) {
  return await countersign(["gate", "deploy", ...args], { cwd, ...options });
}

describe("own rules on the command line", () => {
  it("fails by a result, tells it in every form, and keeps what it compiled", async () => {
    const cwd = await place();
    const args = ["--policy", "policy", "--data", "data.yaml"];
    const text = await gate(cwd, args);
    expect(text.exit).toBe(1);
    expect(text.out).toContain("1:1  high  main/deny_root  deploy/a.yaml");
    expect(text.out).toContain("few (a warning: it does not fail)");
    const kept = await readdir(join(cwd, ".cache/countersign/rego"));
    expect(kept).toHaveLength(1);
    const json = await gate(cwd, [...args, "--output", "conftest", "--output", "sarif=a.sarif"]);
    expect(JSON.parse(json.out)).toEqual([
      {
        filename: "deploy/a.yaml",
        namespace: "main",
        successes: 0,
        warnings: [{ msg: "few", metadata: { query: "data.main.warn" } }],
        failures: [{ msg: "a runs as root", metadata: { query: "data.main.deny_root" } }],
      },
    ]);
    expect(await readFile(join(cwd, "a.sarif"), "utf8")).toContain('"main/deny_root"');
    expect(await readdir(join(cwd, ".cache/countersign/rego"))).toEqual(kept);
  });

  it.each([
    ["a namespace without rules", ["--policy", "policy", "--namespace", "other"], 2, "Rules are in main"],
    [
      "a directory without rules",
      ["--policy", "deploy"],
      2,
      "expected files named *.rego in deploy, got none",
    ],
    ["a directory that is not there", ["--policy", "nowhere"], 2, "nowhere"],
    ["options of own rules without any", ["--combine"], 2, "expected --policy with --combine"],
    ["data that is not there", ["--policy", "policy", "--data", "policy"], 2, "expected files of data"],
    ["conftest's form without own rules", ["--output", "conftest"], 2, "expected rules of your own"],
  ])("exits otherwise than by a result on %s", async (_, args, exit, said) => {
    const ended = await gate(await place(), args);
    expect(ended.err).toContain(said);
    expect(ended.exit).toBe(exit);
  });

  it("exits 3 where a file cannot be parsed, with what it finds in the others", async () => {
    const cwd = await place({
      "policy/a.rego": `package main\n\nwarn contains "w" if input.kind\n`,
      "deploy/b.json": "{",
    });
    const ended = await gate(cwd, ["--policy", "policy"]);
    expect(ended.out).toContain("deploy/b.json:1:2: not read (malformed)");
    expect(ended.out).toContain("main/warn");
    expect(ended.exit).toBe(3);
  });

  it("waives by the name of the rule, and knows it by a baseline", async () => {
    const cwd = await place();
    const args = ["--policy", "policy", "--data", "data.yaml"];
    await gate(cwd, [...args, "--write-baseline", "known.json"]);
    expect((await gate(cwd, [...args, "--baseline", "known.json"])).exit).toBe(0);
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const waiver = `# countersign:waive main/deny_root until=${until} reason="it has to"\n`;
    await writeFile(join(cwd, "deploy/a.yaml"), `${waiver}${POD}`);
    const waived = await gate(cwd, args);
    expect(waived.out).toContain(`(waived until ${until}: it has to)`);
    expect(waived.exit).toBe(0);
  });

  it("runs without a directory to keep anything in", async () => {
    const cwd = await place();
    await chmod(cwd, 0o555);
    const env = { HOME: "", TMPDIR: "/proc" };
    const ended = await gate(cwd, ["--policy", "policy", "--data", "data.yaml"], { env });
    await chmod(cwd, 0o755);
    expect(ended.exit).toBe(1);
  });

  it("takes no compiled rules from a directory that others may write", async () => {
    const cwd = await place({ "cache/countersign/rego/.keep": "" });
    await chmod(join(cwd, "cache/countersign/rego"), 0o777);
    const env = { XDG_CACHE_HOME: join(cwd, "cache"), TMPDIR: cwd };
    expect((await gate(cwd, ["--policy", "policy", "--data", "data.yaml"], { env })).exit).toBe(1);
    expect(await readdir(join(cwd, "cache/countersign/rego"))).toEqual([".keep"]);
  });

  it("takes rules and data from the base, and tells what the change does to them", async () => {
    const cwd = await place();
    const git = (...args: string[]): string =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
        cwd,
        encoding: "utf8",
      });
    git("init", "-q", "-b", "main");
    git("add", ".");
    git("commit", "-q", "-m", "base");
    await writeFile(join(cwd, "policy/a.rego"), `package main\n\nwarn contains "nothing" if input.zzz\n`);
    const args = ["--policy", "policy", "--data", "data.yaml", "--json"];
    const told = (out: string): string[] =>
      (JSON.parse(out) as { findings: { policy_id: string; place: { file: string } }[] }).findings.map(
        ({ policy_id, place: { file } }) => `${policy_id} ${file}`,
      );
    const own = await gate(cwd, args);
    expect(told(own.out)).toEqual([]);
    const based = await gate(cwd, [...args, "--base", "main"]);
    expect(told(based.out)).toEqual([
      "main/deny_root deploy/a.yaml",
      "main/warn deploy/a.yaml",
      expect.stringMatching(/^\w+ policy\/a\.rego$/) as unknown as string,
    ]);
    expect(based.exit).toBe(1);
  });
});
