import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { readPolicyDirectory } from "../../src/policy/directory.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-policies-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const REGO = "package countersign.secret.unowned\n";
let directory = "";
let count = 0;

beforeEach(async () => {
  directory = join(root, String((count += 1)));
  await mkdir(join(directory, "secret/unowned"), { recursive: true });
  await mkdir(join(directory, "schemas"));
  await writeFile(join(directory, "secret/unowned/unowned.rego"), REGO);
  await writeFile(join(directory, "schemas/secret.json"), "{}");
});

describe("a policy directory", () => {
  it("gives its Rego files and schemas, and passes over the rest", async () => {
    await writeFile(join(directory, "README.md"), "# Ours");
    await mkdir(join(directory, "schemas/old"));
    expect(await readPolicyDirectory(directory)).toEqual({
      path: directory,
      files: { "secret/unowned/unowned.rego": REGO },
      schemas: { secret: {} },
    });
  });

  it("may hold links to its own files and directories, round in circles too", async () => {
    await symlink(".", join(directory, "secret/loop"));
    await symlink("../..", join(directory, "secret/unowned/up"));
    await symlink("unowned.rego", join(directory, "secret/unowned/same.rego"));
    const { files } = await readPolicyDirectory(directory);
    expect(Object.keys(files)).toEqual(["secret/unowned/same.rego", "secret/unowned/unowned.rego"]);
  });

  it.each([
    ["a link to itself", "self.rego", "self.rego", /leads nowhere \(ELOOP\)/],
    ["a link to nothing", "nothing", "gone.rego", /leads nowhere \(ENOENT\)/],
    ["a link to a file outside", "/etc/hostname", "out.rego", /leads out of it/],
    ["a link to a directory outside", "/", "everything", /leads out of it/],
  ])("with %s is E_POLICY with the link and what to do", async (_what, target, name, message) => {
    await symlink(target, join(directory, name));
    await expect(readPolicyDirectory(directory)).rejects.toMatchObject({
      code: "E_POLICY",
      exit: 2,
      message: expect.stringMatching(message) as string,
      location: { file: join(directory, name) },
      fix: expect.stringContaining("link") as string,
    });
  });

  it("is E_POLICY where it is deeper than any person writes", async () => {
    await mkdir(join(directory, "d/".repeat(40)), { recursive: true });
    await expect(readPolicyDirectory(directory)).rejects.toMatchObject({
      code: "E_POLICY",
      message: "expected at most 32 levels of directories, got more",
    });
  });

  it("is E_POLICY with a file that is too large, or none", async () => {
    await writeFile(join(directory, "large.rego"), "#".repeat(1024 * 1024 + 1));
    await expect(readPolicyDirectory(directory)).rejects.toMatchObject({ code: "E_POLICY" });
    await rm(join(directory, "large.rego"));
    await mkdir(join(directory, "directory.rego"));
    expect(Object.keys((await readPolicyDirectory(directory)).files)).toHaveLength(1);
  });

  it("that is not there is E_NOT_FOUND", async () => {
    await expect(readPolicyDirectory(join(directory, "gone"))).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });
});
