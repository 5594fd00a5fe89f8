import { afterAll, beforeAll, describe } from "vitest";
import { azureSubjects, ensureOpenssl, type AzureSubjects } from "../connectors/kek/azure-subject.ts";
import { gcpSubject } from "../connectors/kek/gcp-subject.ts";
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

const gcp = await gcpSubject();
afterAll(() => gcp.stop());

describe("a vault that Google Cloud KMS opens", () => {
  kekLifecycle(() => gcp, ["after"]);
});

describe.skipIf("missing" in ensureOpenssl())("a vault that Azure Key Vault opens", () => {
  let azure: AzureSubjects;
  beforeAll(async () => {
    azure = await azureSubjects();
  });
  afterAll(() => azure.stop());

  describe("by an RSA key", () => {
    kekLifecycle(() => azure.rsa, ["after"]);
  });
  describe("by a symmetric key", () => {
    kekLifecycle(() => azure.oct, ["short"]);
  });
});
