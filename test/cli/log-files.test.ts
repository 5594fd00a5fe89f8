import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { filesAt } from "../../src/cli/log-files.ts";

let at: string;

beforeEach(() => {
  at = mkdtempSync(join(tmpdir(), "countersign-log-files-"));
});

afterEach(() => {
  rmSync(at, { recursive: true, force: true });
});

async function found(...paths: string[]): Promise<string[]> {
  const names: string[] = [];
  for await (const { source } of filesAt(paths, at)) names.push(source.slice(at.length + 1));
  return names;
}

test("files below directories come in order, links to files among them", async () => {
  mkdirSync(join(at, "logs", "b"), { recursive: true });
  for (const name of ["logs/z.json", "logs/b/a.json", "elsewhere.json"]) writeFileSync(join(at, name), "");
  symlinkSync(join(at, "elsewhere.json"), join(at, "logs", "current.json"));
  expect(await found("logs")).toEqual(["logs/b/a.json", "logs/current.json", "logs/z.json"]);
});

test("links in a circle end", async () => {
  mkdirSync(join(at, "logs", "inner"), { recursive: true });
  writeFileSync(join(at, "logs", "inner", "a.json"), "");
  symlinkSync(join(at, "logs"), join(at, "logs", "inner", "up"));
  symlinkSync("self", join(at, "self"));
  expect(await found("logs")).toEqual(["logs/inner/a.json"]);
  await expect(found("self")).rejects.toMatchObject({ code: "E_DISK" });
});

test("what is not there is said, and so is a link that leads nowhere", async () => {
  mkdirSync(join(at, "logs"));
  symlinkSync(join(at, "gone"), join(at, "logs", "link.json"));
  await expect(found("none")).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  await expect(found("logs")).rejects.toMatchObject({ code: "E_NOT_FOUND" });
});

test("what is no file is refused where it is named", async () => {
  await expect(found("/dev/null")).rejects.toMatchObject({ code: "E_INPUT" });
});
