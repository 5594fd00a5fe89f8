import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import {
  fileError,
  makeDirectory,
  readBounded,
  readBoundedStream,
  writeFileAtomically,
  writeOutput,
} from "../../src/base/index.ts";

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

describe("an output that somebody named", () => {
  it("leaves a pipe a pipe, and writes to it", async () => {
    const path = join(directory, "written-pipe");
    spawnSync("mkfifo", [path]);
    const [, read] = await Promise.all([writeOutput(path, "through"), readFile(path, "utf8")]);
    expect(read).toBe("through");
    expect((await stat(path)).isFIFO()).toBe(true);
  });

  it("is a file otherwise, with its directory", async () => {
    const path = join(directory, "named/output.json");
    await writeOutput(path, OLD);
    await writeOutput(path, "new");
    expect(await readFile(path, "utf8")).toBe("new");
  });
});

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

describe("a directory", () => {
  it("is made with those above it, and is left alone where it is there", async () => {
    const path = join(directory, "made/one/two");
    await makeDirectory(path);
    await writeFile(join(path, "kept"), OLD);
    await makeDirectory(path);
    expect(await readdir(path)).toEqual(["kept"]);
    await symlink(path, join(directory, "made/link"));
    await makeDirectory(join(directory, "made/link/three"));
    expect((await stat(join(path, "three"))).isDirectory()).toBe(true);
  });

  // Node's own recursive mkdir never ends here.
  it.runIf(process.platform === "linux").each([
    ["where the file system takes none", "/proc/countersign/state", "ENOENT"],
    ["through a device", "/dev/null/state", "ENOTDIR"],
    ["with a name that is too long", `/tmp/${"x".repeat(300)}`, "ENAMETOOLONG"],
    ["with a path that is too long", `/tmp/${"x/".repeat(3000)}`, "ENAMETOOLONG"],
    ["with a zero byte", "/tmp/a\0b", "ERR_INVALID_ARG_VALUE"],
  ])("%s ends at once with the system's word", async (_what, path, code) => {
    await expect(makeDirectory(path)).rejects.toMatchObject({ code });
    await expect(writeFileAtomically(join(path, "x"), "x")).rejects.toMatchObject({ code: "E_DISK" });
  });

  it("is not made where a file is, nor where a link leads nowhere", async () => {
    await writeFile(join(directory, "in-the-way"), "");
    await symlink(join(directory, "nowhere"), join(directory, "dangling"));
    await expect(makeDirectory(join(directory, "in-the-way"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeDirectory(join(directory, "dangling"))).rejects.toMatchObject({ code: "EEXIST" });
  });
});

describe("a file that a person named", () => {
  const terms = { what: "a world", maxBytes: 100, code: "E_WORLD" } as const;

  it("is read up to its bound", async () => {
    await writeFile(join(directory, "fits"), "x".repeat(100));
    await symlink("fits", join(directory, "fits-too"));
    expect(await readBounded(join(directory, "fits"), terms)).toHaveLength(100);
    expect(await readBounded(join(directory, "fits-too"), terms)).toHaveLength(100);
  });

  it.runIf(process.platform === "linux")("is read to its end though it tells no size", async () => {
    const large = { ...terms, maxBytes: 1_000_000 };
    expect((await readBounded("/proc/self/status", large)).toString("utf8")).toContain("Pid:");
    await expect(readBounded("/proc/self/status", terms)).rejects.toMatchObject({ code: "E_WORLD" });
  });

  it("is refused unread beyond it, and where it is no file", async () => {
    await writeFile(join(directory, "large"), "x".repeat(101));
    const pipe = join(directory, "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    for (const path of [join(directory, "large"), directory, "/dev/zero", pipe]) {
      await expect(readBounded(path, terms), path).rejects.toMatchObject({
        code: "E_WORLD",
        exit: 2,
        message: expect.stringMatching(
          /^expected a world of at most 100 bytes in a regular file, got /,
        ) as string,
        location: { file: path },
      });
    }
    await expect(readBounded(join(directory, "gone"), terms)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });

  it("may be a stream, with the same bound", async () => {
    const pieces = async function* (count: number) {
      for (let index = 0; index < count; index += 1) {
        await Promise.resolve();
        yield Buffer.alloc(10);
      }
    };
    expect(await readBoundedStream(pieces(10), "standard input", terms)).toHaveLength(100);
    await expect(
      readBoundedStream(pieces(Number.POSITIVE_INFINITY), "standard input", terms),
    ).rejects.toMatchObject({ code: "E_WORLD" });
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
