import { expect, it } from "vitest";
import { sweepScratch } from "../../src/cli/restore-scratch.ts";
import { nodeFileSystem, type FileSystem } from "../../src/base/index.ts";

it("a state directory that may not be read is an error of the disk, with what to do", async () => {
  const files: FileSystem = {
    ...nodeFileSystem,
    list: (path) => Promise.reject(Object.assign(new Error(`EACCES: ${path}`), { code: "EACCES" })),
  };
  await expect(sweepScratch("/state/vault", files)).rejects.toMatchObject({
    code: "E_DISK",
    message: "expected to read /state, got EACCES",
    fix: expect.stringContaining("access") as string,
  });
});
