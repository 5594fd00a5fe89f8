import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect, it } from "vitest";
import { nodeFileSystem } from "../../src/base/index.ts";
import { Vault, openBackup, restoreFiles, sealBackup } from "../../src/vault/index.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { errorsOf, madeOn, secretOf, temporaryDirectory, testKey, testTerms, textOf } from "./place.ts";

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

it("goes on with half of a restore, and mixes with nothing else", async () => {
  const { terms, vault } = await madeOn(new FakeDisk());
  await vault.put("a", secretOf("one"));
  const files = await vault.files();
  await vault.close();
  const { fingerprint } = vault.summary();
  const [blob = ""] = [...files.keys()].filter((path) => path.startsWith("blob/"));
  const restored = async (there: Buffer): Promise<Vault> => {
    const disk = new FakeDisk();
    await restoreFiles(new Map([[blob, there]]), "/state/vault", disk.files);
    await restoreFiles(files, "/state/vault", disk.files);
    return await Vault.adopt(testTerms("/state", {}, disk.files), fingerprint);
  };
  expect(await textOf(await restored(files.get(blob)!), "a")).toBe("one");
  await expect(restored(Buffer.from("another"))).rejects.toMatchObject({ code: "E_INPUT" });
  expect(await errorsOf(terms)).toEqual([]);
});
