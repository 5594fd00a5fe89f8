import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { fileError, writeFileAtomically } from "../../src/base/index.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-files-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

const OLD = "old bytes\n";

/** Writes a file of many chunks for ever, old and new by turns, until it is killed. */
const WRITER = `
  import { writeFileAtomically } from ${JSON.stringify(new URL("../../src/base/files.ts", import.meta.url).href)};
  process.stdout.write("ready");
  for (let turn = 0; ; turn += 1) {
    await writeFileAtomically(process.argv[1], String.fromCharCode(65 + (turn % 2)).repeat(300_000));
  }`;

describe("an atomic file", () => {
  it("replaces what was there, in a directory that is made when it is missing", async () => {
    const path = join(directory, "deep/er/file.txt");
    await writeFileAtomically(path, OLD);
    await writeFileAtomically(path, Buffer.from("new"));
    expect(await readFile(path, "utf8")).toBe("new");
    expect(await readdir(join(directory, "deep/er"))).toEqual(["file.txt"]);
  });

  it("takes the mode that it is given", async () => {
    const path = join(directory, "private");
    await writeFileAtomically(path, "x", 0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("keeps the old bytes, and no temporary file, when the new ones break off", async () => {
    const path = join(directory, "kept/file.txt");
    await writeFileAtomically(path, OLD);
    const breaking = async function* () {
      yield Buffer.from("half of the ");
      await Promise.resolve();
      throw new Error("source broke");
    };
    await expect(writeFileAtomically(path, breaking())).rejects.toMatchObject({ code: "E_DISK" });
    expect(await readFile(path, "utf8")).toBe(OLD);
    expect(await readdir(join(directory, "kept"))).toEqual(["file.txt"]);
  });

  it("is whole after a kill at any moment", async () => {
    const path = join(directory, "killed/file.txt");
    for (let round = 0; round < 8; round += 1) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", WRITER, path], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      await once(child.stdout, "data");
      await delay(20 + round * 7);
      child.kill("SIGKILL");
      await once(child, "close");
      const text = await readFile(path, "utf8").catch(() => "A".repeat(300_000));
      expect(["A".repeat(300_000), "B".repeat(300_000)]).toContain(text);
    }
  });

  it("says E_DISK with the path and a fix where something is in the way", async () => {
    await writeFile(join(directory, "a-file"), "");
    await expect(writeFileAtomically(join(directory, "a-file/below"), "x")).rejects.toMatchObject({
      code: "E_DISK",
      message: expect.stringContaining("a-file/below") as string,
    });
    await mkdir(join(directory, "a-directory"));
    await expect(writeFileAtomically(join(directory, "a-directory"), "x")).rejects.toMatchObject({
      code: "E_DISK",
    });
  });

  it("says E_DISK with a fix in a directory that it may not write to", async () => {
    const closed = join(directory, "closed");
    await mkdir(closed);
    await chmod(closed, 0o500);
    // Nothing is closed to root but the kernel's own file systems.
    const place = process.getuid?.() === 0 ? "/sys/countersign" : closed;
    await expect(writeFileAtomically(join(place, "x"), "x")).rejects.toMatchObject({
      code: "E_DISK",
      fix: expect.stringMatching(/another directory/) as string,
    });
  });
});

describe("an error of the file system", () => {
  const failed = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

  it.each([
    ["ENOSPC", "E_DISK", /free some space/i],
    ["EDQUOT", "E_DISK", /quota/i],
    ["EACCES", "E_DISK", /access/i],
    ["EPERM", "E_DISK", /access/i],
    ["EROFS", "E_DISK", /read-only/i],
    ["ENOTDIR", "E_DISK", /directory/i],
    ["EISDIR", "E_DISK", /directory/i],
    ["EMFILE", "E_DISK", /open files/i],
  ])("%s is %s, with the path, the system's word and what to do", (system, code, fix) => {
    const error = fileError(failed(system), "/state/journal", "write");
    expect(error).toMatchObject({ code, message: `expected to write /state/journal, got ${system}` });
    expect(error.fix).toMatch(fix);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it("is E_NOT_FOUND only for reading what is not there", () => {
    expect(fileError(failed("ENOENT"), "/x", "read")).toMatchObject({ code: "E_NOT_FOUND" });
    expect(fileError(failed("ENOENT"), "/x", "write")).toMatchObject({ code: "E_DISK" });
  });

  it("passes our own errors on as they are", () => {
    const own = fileError(failed("ENOENT"), "/x", "read");
    expect(fileError(own, "/y", "write")).toBe(own);
  });
});
