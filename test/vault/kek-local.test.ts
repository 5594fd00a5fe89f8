import { describe } from "vitest";
import { kekContract } from "./kek-contract.ts";
import { keyFileSubject, passphraseSubject } from "./kek-local.ts";

describe("a key in a file", () => {
  kekContract(() => keyFileSubject);
});

describe("a passphrase", () => {
  kekContract(() => passphraseSubject);
});
