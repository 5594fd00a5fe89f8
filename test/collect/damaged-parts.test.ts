import { appendFile, mkdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import { reperform } from "../../src/collect/index.ts";
import { connectors } from "../../src/connectors/index.ts";
import { readManifest } from "../../src/facts/index.ts";
import { copied, removeForgeries } from "./forgery.ts";

afterAll(removeForgeries);

const PARTS = ["records.ndjson.zst", "facts.ndjson.zst", "gaps.ndjson.zst"];

describe.each(PARTS)("noticed in %s:", (file) => {
  it.each<[string, (path: string) => Promise<void>]>([
    ["that it is gone", async (path) => await rm(path)],
    ["that it is empty", async (path) => await writeFile(path, "")],
    ["that its end is cut off", async (path) => await truncate(path, (await readFile(path)).length - 3)],
    ["bytes behind its end", async (path) => await appendFile(path, "more")],
    ["another frame behind its end", async (path) => await appendFile(path, zstdCompressSync("{}\n"))],
    [
      "one line more",
      async (path) => {
        const lines = zstdDecompressSync(await readFile(path)).toString("utf8");
        await writeFile(path, zstdCompressSync(`${lines}{}\n`));
      },
    ],
    [
      "a directory in its place",
      async (path) => {
        await rm(path);
        await mkdir(path);
      },
    ],
    [
      "a device in its place, which never ends",
      async (path) => {
        await rm(path);
        await symlink("/dev/zero", path);
      },
    ],
    [
      "a part that the manifest does not name, in its place",
      async (path) => {
        const other = PARTS.find((name) => !path.endsWith(name)) ?? "";
        await writeFile(path, await readFile(join(path, "..", other)));
      },
    ],
  ])("%s", async (_what, damage) => {
    const directory = await copied();
    await damage(join(directory, file));
    await expect(reperform(directory, [...connectors.values()])).rejects.toMatchObject({
      code: "E_INTEGRITY",
      exit: 4,
    });
  });
});

it.each([
  ["another key", '"kind":', '"kinc":'],
  ["no JSON any more", '"kind":', '"kind";'],
])(
  "tells a changed letter by the digest of %s, not by what the letter made of a fact",
  async (_what, from, to) => {
    const directory = await copied();
    const { facts } = await readManifest(directory);
    const path = join(directory, facts.file);
    const lines = zstdDecompressSync(await readFile(path)).toString("utf8");
    const changed = lines.replace(from, to);
    await writeFile(path, zstdCompressSync(changed));
    await expect(reperform(directory, [...connectors.values()])).rejects.toMatchObject({
      code: "E_INTEGRITY",
      message: `expected ${path} as it was written, with SHA-256 ${facts.sha256}, got SHA-256 ${sha256(changed)}`,
    });
  },
);
