import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { Decrypter, Encrypter, armor, identityToRecipient } from "age-encryption";
import * as vectors from "cctv-age";
import { describe, expect, it } from "vitest";
import { AgeKey, ageProvider, contextDigest } from "../../src/vault/index.ts";
import { compileSchema } from "../../src/schema/index.ts";
import { ensureAge } from "../counterparties/age.ts";
import { found } from "../counterparties/availability.ts";
import { IDENTITY, ageSubject, ageWith, identityFile, mine, recipient, theirs } from "./age-subject.ts";
import { kekContract } from "./kek-contract.ts";
import { CONTEXT, outcome, reasonOf, unwrapped, wrapped } from "./kek-subject.ts";
import { secretsOf } from "./secrets.ts";

const KEY = Buffer.alloc(32, 9);

describe("a key of age", () => {
  kekContract(() => ageSubject);

  it("says that anybody can wrap for it", () => {
    expect(ageSubject.provider().capabilities).toMatchObject({ authenticatedWrap: false });
  });

  it("finds its identity among others in the file", async () => {
    const provider = ageWith(`${identityFile(theirs)}\n${mine}\r\n`)();
    expect(await unwrapped(provider, await wrapped(provider, KEY))).toEqual(KEY);
  });

  it.each([
    ["no identity", "# nothing\n"],
    ["something else", "hunter2 hunter2 hunter2"],
    ["a mistyped identity", mine.replace(/.$/, (last) => (last === "Q" ? "P" : "Q"))],
    ["too many", Array.from({ length: 17 }, () => mine).join("\n")],
  ])("refuses an identity file with %s, and does not repeat it", async (_what, content) => {
    const unwrapping = unwrapped(ageWith(content)(), await wrapped(ageSubject.provider(), KEY));
    const refusal: unknown = await unwrapping.catch((thrown: unknown) => thrown);
    expect(refusal).toMatchObject({ code: "E_INPUT" });
    expect((refusal as Error).message).not.toMatch(/hunter2|AGE-SECRET-KEY-1[A-Z0-9]{8}/);
  });

  it("refuses a mistyped recipient when it wraps", async () => {
    const mistyped = recipient.replace(/.$/, (last) => (last === "q" ? "p" : "q"));
    const provider = ageProvider({ type: "age", recipient: mistyped, identity: IDENTITY }, secretsOf({}));
    const result = await outcome(() => wrapped(provider, KEY));
    expect(reasonOf(result)).toBe("corrupt");
    expect((result as Error).message).toMatch(/recipient/);
  });

  it("tells a file for another recipient, put where its own was", async () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(theirs));
    const foreign = await encrypter.encrypt(Buffer.concat([contextDigest(CONTEXT), KEY]));
    expect(reasonOf(await unwrapped(ageSubject.provider(), foreign))).toBe("wrong_key");
  });

  it("takes recipients and references, never an identity or a place in the vault", () => {
    const { fits } = compileSchema(AgeKey);
    expect(fits({ type: "age", recipient, identity: IDENTITY })).toBe(true);
    expect(fits({ type: "age", recipient, identity: "vault:age" })).toBe(false);
    expect(fits({ type: "age", recipient, identity: mine })).toBe(false);
    expect(fits({ type: "age", recipient: mine, identity: IDENTITY })).toBe(false);
  });
});

const age = ensureAge();

describe.skipIf("missing" in age)("the stock age tool", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-age-"));
  const key = join(dir, "age.key");
  writeFileSync(key, identityFile(mine), { mode: 0o600 });
  const run = (args: readonly string[], input: Uint8Array) =>
    execFileSync(found(age), [...args], { input, stdio: ["pipe", "pipe", "pipe"] });

  it("opens what the provider wrapped", async () => {
    const payload = run(["-d", "-i", key], await wrapped(ageWith(identityFile(mine))(), KEY));
    expect(payload).toEqual(Buffer.concat([contextDigest(CONTEXT), KEY]));
  });

  it("wraps what the provider opens", async () => {
    const bytes = run(["-r", recipient], Buffer.concat([contextDigest(CONTEXT), KEY]));
    expect(await unwrapped(ageWith(identityFile(mine))(), bytes)).toEqual(KEY);
  });
});

describe("the age test vectors", () => {
  const NAMES = Object.keys(vectors).sort();

  it("are all there", () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(140);
  });

  it.each(NAMES)("%s", async (name) => {
    const vector = parsed(Buffer.from(vectors[name]!));
    const decrypter = new Decrypter();
    for (const identity of vector.values("identity")) decrypter.addIdentity(identity);
    for (const passphrase of vector.values("passphrase")) decrypter.addPassphrase(passphrase);
    const decrypt = async () => {
      const [armored] = vector.values("armored");
      const bytes = armored === "yes" ? armor.decode(vector.body.toString("latin1")) : vector.body;
      return createHash("sha256")
        .update(await decrypter.decrypt(bytes))
        .digest("hex");
    };
    const [expected] = vector.values("expect");
    if (expected === "success") expect(await decrypt()).toBe(vector.values("payload")[0]);
    else await expect(decrypt()).rejects.toThrow();
  });
});

function parsed(bytes: Buffer): { values: (key: string) => string[]; body: Buffer } {
  const end = bytes.indexOf("\n\n");
  const lines = bytes
    .subarray(0, end)
    .toString("utf8")
    .split("\n")
    .map((line) => line.split(": ") as [string, string]);
  const values = (key: string) => lines.filter(([name]) => name === key).map(([, value]) => value);
  const rest = bytes.subarray(end + 2);
  return { values, body: values("compressed").includes("zlib") ? inflateSync(rest) : rest };
}
