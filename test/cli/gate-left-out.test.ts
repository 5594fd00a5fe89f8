import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countersign } from "./process.ts";

const READER = 'path "kv/data/app" {\n  capabilities = ["read"]\n}\n';

let top: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "countersign-left-"));
  git("init", "-q", "-b", "main");
});
afterEach(() => rm(top, { recursive: true, force: true }));

function git(...args: string[]): string {
  const who = ["-c", "user.name=Kim", "-c", "user.email=kim@example.org", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...who, ...args], {
    cwd: top,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
}

async function put(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(top, path)), { recursive: true });
    await writeFile(join(top, path), text);
  }
}

interface Told {
  readonly exit: number;
  readonly file_count: number;
  readonly inputs: readonly { readonly format: string; readonly subject_count: number }[];
  readonly unread: readonly { readonly path: string; readonly detail: string }[];
  readonly left_out: readonly {
    readonly why: string;
    readonly path_count: number;
    readonly paths: readonly string[];
  }[];
}

async function judged(...args: string[]): Promise<Told> {
  const { exit, out, err } = await countersign(["gate", ...args, "--json"], { cwd: top });
  expect(err).toBe("");
  const told = JSON.parse(out) as Told;
  expect(told.exit).toBe(exit);
  return told;
}

describe("what the gate leaves out", () => {
  it("is told with why, and decides nothing where nobody named it", async () => {
    await put({
      ".gitignore": "dist/\nplan.json\n",
      "reader.hcl": READER,
      "dist/open.hcl": READER.replace("kv/data/app", "*"),
      "plan.json": "{}",
      "node_modules/x/reader.hcl": READER,
      "picture.png": "\u0089PNG\0\0",
    });
    await symlink("reader.hcl", join(top, "same.hcl"));
    await symlink("reader.hcl", join(top, "README"));
    execFileSync("mkfifo", [join(top, "pipe")]);
    expect(await judged(".")).toMatchObject({
      exit: 0,
      unread: [],
      left_out: [
        { why: "ignored", path_count: 2, paths: ["dist/", "plan.json"] },
        { why: "link", path_count: 2, paths: ["README", "same.hcl"] },
        { why: "not_entered", path_count: 1, paths: ["node_modules/"] },
        { why: "not_text", path_count: 1, paths: ["picture.png"] },
        { why: "special", path_count: 1, paths: ["pipe"] },
      ],
    });
  });

  it.each(["text", "markdown", "github", "sarif", "junit"])("is told in %s", async (output) => {
    await put({ ".gitignore": "dist/\n", "reader.hcl": READER, "dist/open.hcl": READER });
    const summary = join(top, "summary.md");
    const env = { GITHUB_STEP_SUMMARY: summary };
    const { exit, out } = await countersign(["gate", ".", "--output", output], { cwd: top, env });
    const { readFile } = await import("node:fs/promises");
    const all = out + (output === "github" ? await readFile(summary, "utf8") : "");
    expect(exit).toBe(0);
    expect(all).toMatch(/since git ignores it: 1 path \(`?dist\/`?\)/);
  });

  it("is judged where it is named, also beside what it lies in", async () => {
    await put({
      ".gitignore": "dist/\nopen.hcl\n",
      "reader.hcl": READER,
      "dist/a.hcl": READER,
      "open.hcl": READER,
    });
    for (const paths of [["open.hcl"], ["dist"], [".", "dist", "open.hcl"], ["dist", "open.hcl", "."]]) {
      const told = await judged(...paths);
      expect(told.left_out, paths.join()).toEqual([]);
      expect(told.inputs, paths.join()).toEqual([
        { format: "vault_policy", file_count: paths.length, subject_count: paths.length },
      ]);
    }
  });

  it.each([
    ["out of the tree", "/etc/passwd", "users.yaml"],
    ["to a directory out of the tree", "/etc", "etc"],
    ["to a file that is another kind by its name", "notes.txt", "main.tf"],
    ["to nothing", "nowhere", "main.tf"],
  ])("is unread where it is a link %s", async (_what, target, name) => {
    await put({ "reader.hcl": READER, "notes.txt": "text\n" });
    await symlink(target, join(top, name));
    expect(await judged(".")).toMatchObject({ exit: 3, unread: [{ path: name, reason: "unsupported" }] });
    git("add", "reader.hcl", name, "notes.txt");
    if (name !== "etc")
      expect(await judged("--staged")).toMatchObject({
        exit: 3,
        unread: [{ path: name, reason: "unsupported" }],
      });
    git("commit", "-q", "-m", "x");
    expect(await judged("--since", "HEAD", ".")).toMatchObject({ exit: 0, unread: [] });
  });

  it("is what a change does not touch", async () => {
    await put({ "a.hcl": READER, "b.hcl": READER, "c.txt": "c" });
    await symlink("a.hcl", join(top, "same.hcl"));
    git("add", ".");
    git("commit", "-q", "-m", "x");
    await put({ "b.hcl": READER.replace("app", "web") });
    expect(await judged("--since", "HEAD", ".")).toMatchObject({
      exit: 0,
      file_count: 1,
      left_out: expect.arrayContaining([{ why: "unchanged", path_count: 2, paths: [] }]) as unknown,
    });
    git("add", ".");
    expect(await judged("--staged")).toMatchObject({
      exit: 0,
      file_count: 1,
      left_out: [{ why: "unchanged", path_count: 3, paths: [] }],
    });
  });
});

describe("a gate with nothing to judge", () => {
  it.each([
    ["a file that no format reads", ["notes.txt"], "notes.txt"],
    ["a directory without a file that a format reads", ["reader.hcl", "docs"], "docs"],
    ["an empty directory", ["empty"], "empty"],
  ])("does not pass with %s that is named", async (_what, paths, path) => {
    await put({ "notes.txt": "text\n", "docs/a.md": "text\n", "reader.hcl": READER });
    await mkdir(join(top, "empty"));
    const told = await judged(...paths);
    expect(told).toMatchObject({ exit: 3, unread: [{ path, reason: "unsupported" }] });
    expect(told.unread[0]?.detail).toContain("since it is named");
  });

  it("does not pass without any file", async () => {
    const { exit, out } = await countersign(["gate"], { cwd: top });
    expect({ exit, said: out.trimEnd().split("\n").at(-1) }).toEqual({
      exit: 3,
      said: "Nothing was looked at: that is no pass.",
    });
  });

  it.each([
    [
      "no format",
      { "a.txt": "a" },
      "Pass: nothing to judge but credentials, since no file is of a format that is known.",
    ],
    [
      "nothing of a policy's concern",
      { "a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n" },
      "Pass: nothing to judge but credentials, since the files declare nothing that a policy is about.",
    ],
    [
      "nothing proven",
      { "a.hcl": READER },
      "Pass: nothing of severity low or above was found; nothing is proven to be in order.",
    ],
  ])("says so where there is %s", async (_what, files, said) => {
    await put(files);
    const { exit, out } = await countersign(["gate", "."], { cwd: top });
    expect({ exit, said: out.trimEnd().split("\n").at(-1) }).toEqual({ exit: 0, said });
  });
});
