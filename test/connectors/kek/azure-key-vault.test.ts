import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { AzureKeyVaultKey } from "../../../src/connectors/index.ts";
import { compileSchema } from "../../../src/schema/index.ts";
import { kekContract } from "../../vault/kek-contract.ts";
import { reasonOf, unwrapped, wrapped } from "../../vault/kek-subject.ts";
import { azureSubjects, ensureOpenssl, type AzureSubjects } from "./azure-subject.ts";

const KEY = Buffer.alloc(32, 3);

describe.skipIf("missing" in ensureOpenssl())("a key of Azure Key Vault", () => {
  let azure: AzureSubjects;
  beforeAll(async () => {
    azure = await azureSubjects();
  });
  afterAll(() => azure.stop());
  afterEach(() => {
    azure.fake.alter = undefined;
  });

  describe("RSA", () => {
    kekContract(() => azure.rsa);
  });
  describe("of a managed HSM, symmetric", () => {
    kekContract(() => azure.oct);
  });

  it("says that anybody can wrap for a public key, and nobody for a symmetric one", () => {
    expect(azure.rsa.provider().capabilities).toMatchObject({ aad: false, authenticatedWrap: false });
    expect(azure.oct.provider().capabilities).toMatchObject({ aad: false, authenticatedWrap: true });
  });

  it.each([31, 33])("takes an answer of %i bytes for damage", async (length) => {
    for (const subject of [azure.rsa, azure.oct]) {
      azure.fake.alter = undefined;
      const bytes = await wrapped(subject.provider(), KEY);
      azure.fake.alter = () => Buffer.alloc(length, 4);
      expect(reasonOf(await unwrapped(subject.provider(), bytes))).toBe("corrupt");
    }
  });

  it("wraps by RSA-OAEP with SHA-256 at the service, which knows no other use of the key", async () => {
    azure.fake.asked.length = 0;
    await wrapped(azure.rsa.provider(), KEY);
    expect(azure.fake.asked.filter((asked) => !asked.startsWith("GET"))).toEqual([
      "POST wrapkey RSA-OAEP-256",
    ]);
  });

  it("takes one version of a key, and nothing that is not an address of one", () => {
    const { fits } = compileSchema(AzureKeyVaultKey);
    const key = (key_id: string) => ({ type: "azure-key-vault", key_id });
    const version = "0123456789abcdef0123456789abcdef";
    expect(fits(key(`https://harbour.vault.azure.net/keys/countersign/${version}`))).toBe(true);
    expect(fits(key("https://harbour.vault.azure.net/keys/countersign"))).toBe(false);
    expect(fits(key(`http://harbour.vault.azure.net/keys/countersign/${version}`))).toBe(false);
    expect(fits(key(`https://kim:pw@harbour.vault.azure.net/keys/countersign/${version}`))).toBe(false);
  });
});
