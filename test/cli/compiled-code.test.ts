import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cacheDirectories, isOursAlone } from "../../src/cli/compiled-code.ts";
import { countersign } from "./process.ts";

describe("compiled code that is kept", () => {
  let place: string;

  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), "countersign-compiled-"));
  });
  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });

  it("is in the cache directory that is stated, in that of the home, or among temporary files", () => {
    const last = expect.stringContaining("countersign-compiled-") as string;
    expect(cacheDirectories({ XDG_CACHE_HOME: "/c", HOME: "/h" })).toEqual(["/c/countersign-compiled", last]);
    expect(cacheDirectories({ XDG_CACHE_HOME: "c", HOME: "/h" })).toEqual([
      "/h/.cache/countersign-compiled",
      last,
    ]);
    expect(cacheDirectories({ HOME: "" })).toEqual([last]);
  });

  it("is in no directory that others may write, that is a link, or whose parent is not there", () => {
    const open = join(place, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    symlinkSync(open, join(place, "link"));
    expect(isOursAlone(open)).toBe(false);
    expect(isOursAlone(join(place, "link"))).toBe(false);
    expect(isOursAlone(join(place, "none", "here"))).toBe(false);
    expect(isOursAlone(join(place, "new"))).toBe(true);
  });

  it("is written where there is a cache directory, and a home without one stays as it is", async () => {
    const [home, temporary] = [join(place, "home"), join(place, "temporary")];
    mkdirSync(home);
    mkdirSync(temporary);
    const env = { HOME: home, TMPDIR: temporary };
    await countersign(["--version"], { cwd: place, env });
    expect(readdirSync(home)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^countersign-compiled-/)]);
    mkdirSync(join(home, ".cache"));
    await countersign(["--version"], { cwd: place, env });
    expect(readdirSync(join(home, ".cache", "countersign-compiled"))).not.toEqual([]);
  });

  it("is not needed: nothing can be written, and nobody is told", async () => {
    const env = { HOME: "/proc/none", TMPDIR: "/proc/none" };
    expect(await countersign(["--version"], { cwd: place, env })).toMatchObject({ exit: 0, err: "" });
  });
});
