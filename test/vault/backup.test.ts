import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect, it } from "vitest";
import { nodeFileSystem } from "../../src/base/index.ts";
import { Vault, openBackup, restoreFiles, sealBackup } from "../../src/vault/index.ts";
import { errorsOf, secretOf, temporaryDirectory, testKey, testTerms } from "./place.ts";

it("backs a vault up for an age recipient, and restores it on a machine that knows nothing of it", async () => {
  const identity = await generateX25519Identity();
  const terms = testTerms(temporaryDirectory());
  const vault = await Vault.create(terms, [{ provider: testKey("main"), purpose: "daily" }]);
  await vault.put("a", secretOf("one"));
  await vault.put("b", secretOf("two"));
  const { fingerprint } = vault.summary();
  const sealed = await sealBackup(
    await vault.files(),
    [await identityToRecipient(identity)],
    terms.clock.now(),
  );
  await vault.close();

  const elsewhere = temporaryDirectory();
  const there = testTerms(elsewhere);
  // As age-keygen writes it.
  const file = `# created: 2026-09-30T06:00:00Z\n# public key: ${await identityToRecipient(identity)}\n${identity}\n`;
  await restoreFiles(await openBackup(sealed, secretOf(file)), join(elsewhere, "vault"), nodeFileSystem);
  await expect(Vault.open(there)).rejects.toMatchObject({ code: "E_ROLLBACK" });
  await expect(Vault.adopt(there, "0".repeat(32))).rejects.toMatchObject({ code: "E_INTEGRITY" });
  const restored = await Vault.adopt(there, fingerprint);
  using secret = await restored.read("b", "test");
  expect(secret.expose().toString()).toBe("two");
  await restored.put("c", secretOf("three"));
  await restored.close();
  await (await Vault.open(there)).close();
  // Only the newest generation came along, and access logs that this machine's ledger does not know.
  expect(await errorsOf(there)).toEqual([]);

  const other = await generateX25519Identity();
  await expect(openBackup(sealed, secretOf(other))).rejects.toMatchObject({ code: "E_VAULT_LOCKED" });
  await expect(openBackup(sealed, secretOf("no identity"))).rejects.toMatchObject({ code: "E_INPUT" });
  sealed[sealed.length - 5]! ^= 1;
  await expect(openBackup(sealed, secretOf(identity))).rejects.toMatchObject({ code: "E_INTEGRITY" });
});
