import { describe, expect, it } from "vitest";
import { CountersignError, optionalPackage } from "../../src/base/index.ts";
import { KekFailure, SecretBytes, askKek, contextDigest, slotKey } from "../../src/vault/index.ts";
import { noLimit, outcome, reasonOf } from "./kek-subject.ts";

const asDenied = () => new KekFailure("denied", "refused");
const never = () => Promise.withResolvers<string>().promise;

describe("asking a provider", () => {
  it("gives what it answers", async () => {
    expect(await askKek(noLimit(), asDenied, () => Promise.resolve("key"))).toBe("key");
  });

  it("ends at the limit, and when it is told to, though the library goes on", async () => {
    expect(reasonOf(await outcome(() => askKek(noLimit(), asDenied, never, 20)))).toBe("unavailable");
    expect(reasonOf(await outcome(() => askKek(AbortSignal.timeout(20), asDenied, never)))).toBe(
      "unavailable",
    );
  });

  it("does not begin what was ended before", async () => {
    let asked = false;
    const ask = () => {
      asked = true;
      return Promise.resolve("key");
    };
    expect(reasonOf(await outcome(() => askKek(AbortSignal.abort(), asDenied, ask)))).toBe("unavailable");
    expect(asked).toBe(false);
  });

  it("classifies foreign errors and passes ours on", async () => {
    const failing = (thrown: Error) => () => askKek(noLimit(), asDenied, () => Promise.reject(thrown));
    expect(reasonOf(await outcome(failing(new Error("403"))))).toBe("denied");
    expect(reasonOf(await outcome(failing(new KekFailure("corrupt", "damaged"))))).toBe("corrupt");
    const ours = new CountersignError("E_RUNTIME", "expected a package, got none");
    await expect(failing(ours)()).rejects.toBe(ours);
  });
});

describe("a slot key", () => {
  it("has 32 bytes", () => {
    const key = SecretBytes.random(32);
    expect(slotKey(key)).toBe(key);
  });

  it.each([0, 31, 33])("of %i bytes is refused and forgotten", (length) => {
    const key = SecretBytes.random(length);
    expect(() => slotKey(key)).toThrow(expect.objectContaining({ reason: "corrupt" }) as Error);
    expect(() => key.expose()).toThrow();
  });
});

describe("the digest of a context", () => {
  it("is SHA-256 of its length and its bytes", () => {
    // printf '\0\0\0\3abc' | sha256sum
    expect(contextDigest(Buffer.from("abc")).toString("hex")).toBe(
      "d04b72a650ce0f8ce4963330a53ee2832733d2baeffff3c1d8e256cca096d120",
    );
  });
});

describe("an optional package", () => {
  it("that is missing says what to install", async () => {
    const name: string = "@harbour-pine/not-published";
    const loading = optionalPackage(name, async () => (await import(name)) as unknown);
    await expect(loading).rejects.toMatchObject({
      code: "E_RUNTIME",
      fix: expect.stringContaining(`npm install ${name}`) as string,
    });
  });

  it("that is broken is not called missing", async () => {
    const broken = new SyntaxError("unexpected token");
    await expect(optionalPackage("broken", () => Promise.reject(broken))).rejects.toBe(broken);
  });
});
