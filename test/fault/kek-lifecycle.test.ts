import { describe } from "vitest";
import { ageSubject } from "../vault/age-subject.ts";
import { kekLifecycle } from "../vault/kek-lifecycle.ts";
import { keyFileSubject, passphraseSubject } from "../vault/kek-local.ts";

describe("a vault that a key in a file opens", () => {
  kekLifecycle(() => keyFileSubject);
});

describe("a vault that a passphrase opens", () => {
  kekLifecycle(() => passphraseSubject, ["after"]);
});

describe("a vault that age opens", () => {
  kekLifecycle(() => ageSubject);
});
