import { rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Vault, accessLogNames, readAccessLog } from "../../src/vault/index.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { checked, daily, madeOn, secretOf, temporaryDirectory, testKey, testTerms, textOf } from "./place.ts";

async function made(root = temporaryDirectory()) {
  const terms = testTerms(root);
  const vault = await Vault.create(terms, [daily("main")]);
  return { root, terms, vault };
}

describe("the vault", () => {
  it("gives back what was put, by version, also to the next process", async () => {
    const { terms, vault } = await made();
    expect(await vault.put("vault/payments/approle", secretOf("first"))).toBe(1);
    expect(await vault.put("vault/payments/approle", secretOf("second"))).toBe(2);
    await vault.close();
    const again = await Vault.open(terms);
    expect(await textOf(again, "vault/payments/approle")).toBe("second");
    expect(await textOf(again, "vault/payments/approle", 1)).toBe("first");
    await again.close();
  });

  it("opens through each slot, and no longer through one that was removed", async () => {
    const { terms, vault } = await made();
    await vault.put("a", secretOf("one"));
    await vault.addSlot(daily("second"));
    const old = vault.summary();
    const main = old.slots.find(({ identity }) => identity === "main")!;
    await vault.removeSlot(main.id, [daily("second")]);
    expect(vault.summary()).toMatchObject({ epoch: 2, slots: [{ identity: "second" }] });
    expect(vault.summary().fingerprint).not.toBe(old.fingerprint);
    await vault.close();
    await expect(Vault.open(terms)).rejects.toMatchObject({ code: "E_VAULT_LOCKED" });
    const again = await Vault.open({ ...terms, providers: [testKey("second")] });
    expect(await textOf(again, "a")).toBe("one");
    await again.close();
  });

  it("rotates root and data keys without changing a value", async () => {
    const { vault } = await made();
    await vault.put("a", secretOf("one"));
    const [before] = vault.summary().entries;
    await vault.rotateRoot([daily("main")]);
    const [between] = vault.summary().entries;
    expect(between!.versions[0]!.blob).toBe(before!.versions[0]!.blob);
    await vault.rekey("a");
    const [after] = vault.summary().entries;
    expect(after!.versions[0]!.blob).not.toBe(before!.versions[0]!.blob);
    expect(await textOf(vault, "a")).toBe("one");
    await vault.close();
  });

  it("lets two writers commit at once, each building on the other", async () => {
    const { terms, vault } = await made();
    const other = await Vault.open(terms);
    await Promise.all([vault.put("a", secretOf("1")), other.put("b", secretOf("2"))]);
    expect(await textOf(vault, "b")).toBe("2");
    expect(await textOf(other, "a")).toBe("1");
    expect(other.summary().generation).toBe(3);
    await vault.close();
    await other.close();
  });

  it("tells that the access log could not say what failed, beside what failed", async () => {
    const disk = new FakeDisk();
    const { vault } = await madeOn(disk);
    disk.interfere = ({ kind, path }) => {
      if (kind !== "create" || !path.includes("/log/")) return undefined;
      throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    };
    const failed: unknown = await vault.read("a", "test").catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({
      code: "E_NOT_FOUND",
      message: expect.stringMatching(
        / credential called a .*the access log has no event of it: .*ENOSPC/,
      ) as string,
      cause: { errors: [{ code: "E_NOT_FOUND" }, { code: "E_DISK" }] },
    });
  });

  it("follows no link in the place of a blob's directory", async () => {
    const { root, terms, vault } = await made();
    await vault.put("a", secretOf("1"));
    const blob = vault.summary().entries[0]?.versions[0]?.blob ?? "";
    const directory = join(terms.directory, "blob", blob.slice(0, 2));
    await rename(directory, join(root, "elsewhere"));
    await symlink(join(root, "elsewhere"), directory);
    const replaced = { code: "E_INTEGRITY", message: expect.stringContaining(directory) as string };
    await expect(vault.read("a", "test")).rejects.toMatchObject(replaced);
    await expect(vault.files()).rejects.toMatchObject(replaced);
    const { findings } = await checked(terms);
    expect(findings.map(({ code, path }) => [code, path])).toContainEqual(["foreign", directory]);
  });

  it("logs the longest name whole", async () => {
    const { terms, vault } = await made();
    const name = Array.from({ length: 8 }, (_, part) => String(part).repeat(63)).join("/");
    await vault.put(name, secretOf("1"));
    await vault.close();
    const directory = `${terms.directory}/log`;
    const [log = ""] = await accessLogNames(directory, terms.files);
    const { events } = await readAccessLog(directory, log, terms.files);
    expect(events.map((event) => event.name)).toEqual([name]);
  });

  it("logs a change that was kept as done, though something failed after its commit", async () => {
    const disk = new FakeDisk();
    const { terms, vault } = await madeOn(disk);
    await vault.put("a", secretOf("1"));
    const changes: readonly [string, () => Promise<unknown>][] = [
      ["put a 2", async () => await vault.put("a", secretOf("2"))],
      ["slot_add  ", async () => await vault.addSlot(daily("second"))],
      ["rewrap  ", async () => await vault.rotateRoot([daily("main"), daily("second")])],
      ["remove a ", async () => await vault.remove("a")],
    ];
    disk.interfere = ({ kind, path }) => {
      if (kind !== "create" || !path.startsWith("/state/anchor/")) return undefined;
      throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    };
    for (const [what, change] of changes) {
      const kept = expect.stringContaining("the change was kept") as string;
      await expect(change(), what).rejects.toMatchObject({ code: "E_DISK", message: kept });
    }
    disk.interfere = () => undefined;
    const directory = `${terms.directory}/log`;
    const [name = ""] = await accessLogNames(directory, disk.files);
    const { events } = await readAccessLog(directory, name, disk.files);
    expect(
      events.map((one) => `${one.operation} ${one.name ?? ""} ${one.version ?? ""}: ${one.outcome}`),
    ).toEqual(["put a 1: done", ...changes.map(([what]) => `${what}: done`)]);
  });
});
