import { describe, expect, it } from "vitest";
import { passphraseProvider } from "../../src/vault/index.ts";
import { kekContract } from "./kek-contract.ts";
import { keyFileSubject, passphraseSubject } from "./kek-local.ts";
import { wrapped } from "./kek-subject.ts";
import { secretOf } from "./place.ts";

describe("a key in a file", () => {
  kekContract(() => keyFileSubject);
});

describe("a passphrase", () => {
  kekContract(() => passphraseSubject);

  it.each(["", "x", "elevenbytes", " ".repeat(20), "abababababab"])("of %j makes no slot", async (weak) => {
    const provider = passphraseProvider({ name: "ops", passphrase: () => Promise.resolve(secretOf(weak)) });
    await expect(wrapped(provider, Buffer.alloc(32, 1))).rejects.toMatchObject({ code: "E_INPUT" });
  });
});
