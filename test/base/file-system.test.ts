import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DurableDirectory, nodeFileSystem } from "../../src/base/index.ts";

const place = (): string => mkdtempSync(join(tmpdir(), "countersign-files-"));

describe("the real file system", () => {
  it("reads regular files alone, and no more than was asked for", async () => {
    const directory = place();
    const at = (name: string): string => join(directory, name);
    writeFileSync(at("file"), "12345");
    symlinkSync(at("file"), at("link"));
    mkdirSync(at("directory"));
    execFileSync("mkfifo", [at("pipe")]);
    expect((await nodeFileSystem.read(at("file"), 5)).toString()).toBe("12345");
    await expect(nodeFileSystem.read(at("file"), 4)).rejects.toMatchObject({ code: "E_INTEGRITY" });
    for (const name of ["link", "directory", "pipe"]) {
      await expect(nodeFileSystem.read(at(name), 5), name).rejects.toMatchObject({ code: "E_INTEGRITY" });
    }
    await expect(nodeFileSystem.read(at("none"), 5)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("appends to regular files alone, and waits for no reader of a pipe", async () => {
    const directory = place();
    const at = (name: string): string => join(directory, name);
    writeFileSync(at("file"), "12");
    symlinkSync(at("file"), at("link"));
    execFileSync("mkfifo", [at("pipe")]);
    for (const name of ["file", "new"]) {
      const file = await nodeFileSystem.append(at(name));
      await file.write(Buffer.from("3"));
      await file.close();
    }
    expect([readFileSync(at("file"), "utf8"), readFileSync(at("new"), "utf8")]).toEqual(["123", "3"]);
    for (const name of ["link", "pipe"]) {
      await expect(nodeFileSystem.append(at(name)), name).rejects.toMatchObject({ code: "E_INTEGRITY" });
    }
  });

  it("makes directories and files for their owner alone, whatever stands above them", async () => {
    const directory = new DurableDirectory(join(place(), "a/b/c"), nodeFileSystem, 10);
    await directory.make();
    await directory.make();
    expect(await directory.place("file", Buffer.from("x"))).toBe(true);
    expect(await directory.place("file", Buffer.from("y"))).toBe(false);
    expect((await directory.read("file")).toString()).toBe("x");
    expect(statSync(directory.path).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory.path, "file")).mode & 0o777).toBe(0o600);
    expect(await directory.names()).toEqual(["file"]);
  });
});
