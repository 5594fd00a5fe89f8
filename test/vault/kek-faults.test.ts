import { describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import {
  KekFailure,
  SecretBytes,
  Vault,
  type KekFailureReason,
  type KekProvider,
} from "../../src/vault/index.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { daily, madeOn, secretOf, testKey, textOf } from "./place.ts";

const failing = (reason: KekFailureReason, name = "main"): KekProvider => ({
  ...testKey(name),
  unwrap: () => Promise.reject(new KekFailure(reason, `it said ${reason}`)),
});

const giving = (bytes: number): KekProvider => ({
  ...testKey("main"),
  unwrap: () => Promise.resolve(SecretBytes.random(bytes)),
});

describe("a key that fails", () => {
  it.each([
    ["an outage", failing("unavailable"), "E_UNREACHABLE"],
    ["a refusal", failing("denied"), "E_DENIED"],
    ["another key", failing("wrong_key"), "E_VAULT_LOCKED"],
    ["damage", failing("corrupt"), "E_INTEGRITY"],
    ["31 bytes", giving(31), "E_INTEGRITY"],
    ["33 bytes", giving(33), "E_INTEGRITY"],
    ["32 bytes of its own", giving(32), "E_INTEGRITY"],
  ])("by %s reads as that", async (_, provider, code) => {
    const { terms } = await madeOn(new FakeDisk());
    await expect(Vault.open({ ...terms, providers: [provider] })).rejects.toMatchObject({ code });
  });

  it("leaves the vault to the next key; when all fail, damage is told before an outage, and that before a wrong key", async () => {
    const { terms, vault } = await madeOn(new FakeDisk());
    await vault.put("a", secretOf("1"));
    await vault.addSlot(daily("second"));
    const opened = await Vault.open({ ...terms, providers: [failing("unavailable"), testKey("second")] });
    expect(await textOf(opened, "a")).toBe("1");
    for (const [reasons, code] of [
      [["wrong_key", "unavailable"], "E_UNREACHABLE"],
      [["unavailable", "corrupt"], "E_INTEGRITY"],
      [["wrong_key", "denied"], "E_DENIED"],
    ] as const) {
      const providers = [failing(reasons[0]), failing(reasons[1], "second")];
      await expect(Vault.open({ ...terms, providers })).rejects.toMatchObject({ code });
    }
  });

  it.each(["E_DISK", "E_INPUT", "E_NOT_FOUND", "E_REFERENCE"] as const)(
    "because it cannot be read (%s) leaves the vault to the next, and is told where there is none",
    async (code) => {
      const { terms, vault } = await madeOn(new FakeDisk());
      await vault.put("a", secretOf("1"));
      await vault.addSlot(daily("second"));
      const unread: KekProvider = {
        ...testKey("main"),
        unwrap: () => Promise.reject(new CountersignError(code, "expected a key, got none")),
      };
      const opened = await Vault.open({ ...terms, providers: [unread, testKey("second")] });
      expect(await textOf(opened, "a")).toBe("1");
      await expect(Vault.open({ ...terms, providers: [unread] })).rejects.toMatchObject({ code });
      const providers = [unread, failing("wrong_key", "second")];
      await expect(Vault.open({ ...terms, providers })).rejects.toMatchObject({ code: "E_VAULT_LOCKED" });
    },
  );

  it("because a person ended the question for it ends the attempt", async () => {
    const { terms } = await madeOn(new FakeDisk());
    let asked = 0;
    const ended: KekProvider = {
      ...testKey("main"),
      unwrap: () => {
        asked += 1;
        return Promise.reject(new CountersignError("E_INTERRUPTED", "interrupted"));
      },
    };
    const opening = Vault.open({ ...terms, providers: [ended, ended] });
    await expect(opening).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    expect(asked).toBe(1);
  });

  it("while it is added changes nothing", async () => {
    const { vault } = await madeOn(new FakeDisk());
    const broken = { provider: failing("unavailable", "second"), purpose: "daily" as const };
    await expect(vault.addSlot(broken)).rejects.toMatchObject({ code: "E_UNREACHABLE" });
    await expect(vault.rotateRoot([broken])).rejects.toMatchObject({ code: "E_UNREACHABLE" });
    expect(vault.summary()).toMatchObject({ generation: 1, epoch: 1, slots: [{ identity: "main" }] });
  });
});
