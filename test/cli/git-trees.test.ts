import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile, access } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gitHistory } from "../../src/cli/git-history.ts";
import { ignoredBelow } from "../../src/cli/git-ignored.ts";
import { changedTree, refTree, stagedTree } from "../../src/cli/git-trees.ts";
import type { GitTerms } from "../../src/cli/git.ts";
import { workTree } from "../../src/cli/work-tree.ts";
import type { History, Tree } from "../../src/gate/index.ts";

let top: string;
let terms: GitTerms;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "countersign-git-"));
  terms = { cwd: top, env: { PATH: process.env["PATH"] }, signal: new AbortController().signal };
  run("init", "-q", "-b", "main");
});
afterEach(() => rm(top, { recursive: true, force: true }));

function run(...args: string[]): string {
  const who = ["-c", "user.name=Kim", "-c", "user.email=kim@example.org", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...who, ...args], {
    cwd: top,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null" },
  });
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(top, path)), { recursive: true });
  await writeFile(join(top, path), text);
}

async function commit(files: Record<string, string>): Promise<string> {
  for (const [path, text] of Object.entries(files)) await write(path, text);
  run("add", "-A");
  run("commit", "-q", "-m", "x");
  return run("rev-parse", "HEAD").trim();
}

async function contents(tree: History | Tree): Promise<string[]> {
  const told: string[] = [];
  for await (const one of tree.files())
    told.push(
      "reason" in one
        ? `${one.path} ${one.reason}: ${one.detail}`
        : `${one.path}=${Buffer.from(await one.read()).toString()}`,
    );
  return told;
}

describe("trees of a repository", () => {
  it("has what is staged, as it is staged", async () => {
    await commit({ "a.txt": "a", "b.txt": "b", "d/e f.txt": "e" });
    await write("a.txt", "staged");
    await write("d/new\nline.txt", "n");
    run("rm", "-q", "b.txt");
    run("add", "-A");
    await write("a.txt", "not staged");
    expect(await contents(await stagedTree(terms, ["."]))).toEqual(["a.txt=staged", "d/new\nline.txt=n"]);
    expect(await contents(await stagedTree({ ...terms, cwd: join(top, "d") }, ["."]))).toEqual([
      "new\nline.txt=n",
    ]);
  });

  it("has what is staged before there is a commit", async () => {
    await write("a.txt", "first");
    run("add", "-A");
    expect(await contents(await stagedTree(terms, ["."]))).toEqual(["a.txt=first"]);
  });

  it("has a commit as it was, without links", async () => {
    await symlink("/etc/passwd", join(top, "link"));
    await commit({ "a.txt": "one" });
    await commit({ "a.txt": "two" });
    expect(await contents(await refTree(terms, "HEAD~1", ["."]))).toEqual(["a.txt=one"]);
  });

  it("has what is otherwise than in a commit, whether committed, staged, or neither", async () => {
    const first = await commit({ "same.txt": "s", "a.txt": "a", "b.txt": "b", ".gitignore": "out/\n" });
    await commit({ "b.txt": "b2" });
    await write("a.txt", "a2");
    await write("c.txt", "c");
    await write("out/x.txt", "x");
    const { paths: ignored } = await ignoredBelow(terms, [top]);
    expect([...ignored]).toEqual([`${join(top, "out")}/`]);
    const work = await workTree(top, ["."], ignored);
    expect(await contents(await changedTree(terms, first, work))).toEqual([
      "a.txt=a2",
      "b.txt=b2",
      "c.txt=c",
    ]);
    expect(await contents(await workTree(top, ["out"], ignored))).toEqual(["out/x.txt=x"]);
  });

  it("is asked once what it ignores below many directories", async () => {
    await commit({ ".gitignore": "out/\n*.log\n", "a/x.txt": "x", "b/x.txt": "x" });
    for (const path of ["a/out/y.txt", "b/y.log", "c/out/y.txt"]) await write(path, "y");
    await mkdir(join(top, "bin"));
    const counter = join(top, "runs");
    const real = execFileSync("which", ["git"], { encoding: "utf8" }).trim();
    await writeFile(join(top, "bin/git"), `#!/bin/sh\necho run >>${counter}\nexec ${real} "$@"\n`, {
      mode: 0o755,
    });
    const counted = { ...terms, env: { PATH: `${join(top, "bin")}:${process.env["PATH"] ?? ""}` } };
    const found = await ignoredBelow(counted, [join(top, "a"), join(top, "b")]);
    expect([...found.paths].sort()).toEqual([`${join(top, "a/out")}/`, join(top, "b/y.log")]);
    expect(await readFile(counter, "utf8")).toBe("run\n");
    run("init", "-q", "c");
    const several = await ignoredBelow(
      terms,
      ["a", "b", "c"].map((one) => join(top, one)),
    );
    expect(several).toMatchObject({ refusals: [] });
    const outside = await mkdtemp(join(tmpdir(), "countersign-none-"));
    const none = await ignoredBelow(terms, [outside, join(outside, "x")]);
    await rm(outside, { recursive: true });
    expect([...none.paths]).toEqual([]);
    expect(none.refusals.map(({ why }) => why)).toEqual(["outside"]);
  });

  it.each(["--upload-pack=touch x", "-x", "", "nowhere", "HEAD\nHEAD"])(
    "takes no %j for a commit",
    async (ref) => {
      await commit({ "a.txt": "a" });
      await expect(refTree(terms, ref, ["."])).rejects.toMatchObject({ code: "E_INPUT" });
    },
  );

  it("says that there is no git, or no repository", async () => {
    const bare = { ...terms, env: { PATH: join(top, "nothing") } };
    await expect(stagedTree(bare, ["."])).rejects.toMatchObject({
      code: "E_RUNTIME",
      message: expect.stringContaining("no program called git") as string,
    });
    await rm(join(top, ".git"), { recursive: true });
    const outside = { ...terms, env: { ...terms.env, GIT_CEILING_DIRECTORIES: dirname(top) } };
    await expect(stagedTree(outside, ["."])).rejects.toMatchObject({
      code: "E_RUNTIME",
      message: expect.stringContaining("not a git repository") as string,
    });
  });

  it("runs nothing that the repository's configuration says", async () => {
    const marker = join(top, "..", `ran-${Date.now()}`);
    const script = join(top, "evil.sh");
    await writeFile(script, `#!/bin/sh\ntouch ${marker}\ncat\n`);
    await chmod(script, 0o755);
    await commit({ "a.txt": "a", ".gitattributes": "* filter=evil diff=evil\n" });
    for (const key of [
      "core.fsmonitor",
      "filter.evil.clean",
      "filter.evil.smudge",
      "filter.evil.process",
      "diff.evil.textconv",
      "diff.evil.command",
      "diff.external",
      "core.pager",
      "core.sshCommand",
      "core.alternateRefsCommand",
      "gpg.program",
    ])
      run("config", key, script);
    await writeFile(join(top, ".git/hooks/post-index-change"), `#!/bin/sh\ntouch ${marker}\n`, {
      mode: 0o755,
    });
    await write("a.txt", "b");
    await rm(marker, { force: true });
    await contents(await stagedTree(terms, ["."]));
    await contents(await refTree(terms, "HEAD", ["."]));
    await contents(await changedTree(terms, "HEAD", await workTree(top, ["."])));
    await contents(await gitHistory(terms));
    await ignoredBelow(terms, [top, join(top, "d")]);
    await expect(access(marker)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("history", () => {
  it("has every version once, of the oldest commit that holds it", async () => {
    const one = await commit({ "a.txt": "a1", "copy.txt": "a1" });
    const two = await commit({ "a.txt": "a2" });
    run("rm", "-q", "copy.txt");
    const three = await commit({ "a.txt": "a1", "d/b.txt": "b" });
    const history = await gitHistory(terms);
    const found: string[] = [];
    for await (const file of history.files()) if ("commit" in file) found.push(`${file.path} ${file.commit}`);
    expect(found).toEqual([`a.txt ${one}`, `a.txt ${two}`, `d/b.txt ${three}`]);
    expect(await contents(await gitHistory(terms, "HEAD~1"))).toEqual(["d/b.txt=b"]);
  });

  it("tells what is cut off", async () => {
    await commit({ "a.txt": "a1" });
    await commit({ "a.txt": "a2" });
    await commit({ "a.txt": "a3" });
    const few = await contents(await gitHistory(terms, undefined, { commits: 1, bytes: 1000 }));
    expect(few[0]).toMatch(/^\.git limit: expected at most 1 commits, got more/);
    const small = await contents(await gitHistory(terms, undefined, { commits: 10, bytes: 3 }));
    expect(small).toEqual(["a.txt=a1", expect.stringMatching(/^\.git limit: expected at most 3 bytes/)]);
    const clone = join(top, "clone");
    execFileSync("git", ["clone", "-q", "--depth", "1", `file://${top}`, clone]);
    expect(await contents(await gitHistory({ ...terms, cwd: clone }))).toEqual([
      ".git limit: expected the whole history, got a shallow clone",
      "a.txt=a3",
    ]);
  });
});
