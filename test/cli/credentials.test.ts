import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { credentialSource, looksLikeCredential } from "../../src/cli/credentials.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-credentials-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

const VALUE = "hvs." + "planted-credential-value";
const source = credentialSource({ TOKEN: VALUE, EMPTY: "" }, directory);

describe("a credential behind a reference", () => {
  it("is read from the environment, and from a file beside the configuration", async () => {
    await writeFile(join(directory, "token"), `${VALUE}\n`);
    await writeFile(join(directory, "windows"), `${VALUE}\r\n`);
    expect(await source.read("env:TOKEN")).toBe(VALUE);
    expect(await source.read("file:token")).toBe(VALUE);
    expect(await source.read(`file:${join(directory, "windows")}`)).toBe(VALUE);
  });

  it("is used although others may read its file, which is said once", async () => {
    const said: string[] = [];
    const telling = credentialSource({}, directory, undefined, (warning) => said.push(warning));
    for (const [name, mode] of [
      ["private", 0o600],
      ["group", 0o640],
      ["world", 0o604],
    ] as const) {
      await writeFile(join(directory, name), VALUE);
      await chmod(join(directory, name), mode);
      for (let n = 0; n < 2; n += 1) expect(await telling.read(`file:${name}`)).toBe(VALUE);
    }
    expect(said).toEqual([
      expect.stringMatching(/^warning: .*\/group to be its owner's alone, got mode 640: chmod 600/),
      expect.stringMatching(/^warning: .*\/world to be its owner's alone, got mode 604: chmod 600/),
    ]);
    expect(said.join("")).not.toContain(VALUE);
  });

  it("keeps what belongs to it", async () => {
    await writeFile(join(directory, "spaces"), ` ${VALUE} \n\n`);
    expect(await source.read("file:spaces")).toBe(` ${VALUE} \n`);
  });

  it.each([
    ["env:NOWHERE", /unset or empty/, /Set NOWHERE/],
    ["env:EMPTY", /unset or empty/, /Set EMPTY/],
    [
      "env:hvs.pasted-by-mistake",
      /^expected the name of a variable behind env:, got something else$/,
      /never the credential/,
    ],
    ["file:nowhere", /none/, /path/],
    [`file:${directory}`, /no regular file/, /only the credential/],
    ["vault:countersign", /embedded vault/, /vault:NAME, file:.* or env:NAME/],
    ["https://example.org", /unknown kind/, /vault:NAME, file:.* or env:NAME/],
    ["", /unknown kind/, /vault:NAME, file:.* or env:NAME/],
    ["env:", /unknown kind/, /vault:NAME, file:.* or env:NAME/],
  ])("is E_REFERENCE for %j, which it names, with what to do", async (reference, message, fix) => {
    await expect(source.read(reference)).rejects.toMatchObject({
      code: "E_REFERENCE",
      message: expect.stringMatching(message) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });

  it("is E_REFERENCE where the file is empty, or too large to be one", async () => {
    await writeFile(join(directory, "empty"), "\n");
    await writeFile(join(directory, "huge"), "x".repeat(70_000));
    await expect(source.read("file:empty")).rejects.toMatchObject({ code: "E_REFERENCE" });
    await expect(source.read("file:huge")).rejects.toMatchObject({ code: "E_REFERENCE" });
  });
});

describe("what looks like a credential", () => {
  it.each([
    "hvs.CAESIJabcdefghijklmnopqrstuv",
    "s.abcdefghijklmnopqrstuvwx",
    "AKIAIOSFODNN7EXAMPLE",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN EC PRIVATE KEY-----",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x",
    "ghp_0123456789abcdefghij0123456789abcdef",
    "postgres://app:horse@db.example.org/app",
  ])("%s", (text) => {
    expect(looksLikeCredential(text)).toBeDefined();
  });

  it.each([
    "kv/payments/*",
    "https://vault.example.org:8200",
    "s.example",
    "payments-team",
    "-----BEGIN CERTIFICATE-----",
  ])("is not %s", (text) => {
    expect(looksLikeCredential(text)).toBeUndefined();
  });
});
