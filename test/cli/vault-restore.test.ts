import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it } from "vitest";
import { acquireLock } from "../../src/collect/index.ts";
import { LIMIT_MS, made, type Summary } from "./vault-place.ts";

/** A vault, its backup `b.age`, and the identity for that. */
async function backedUp() {
  const place = await made();
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  await place.keep("backup.key", `${identity}\n`);
  await place.json(["backup", "--to", "b.age", "--recipient", recipient]);
  return { place, recipient, restore: ["restore", "b.age", "--identity", "backup.key"] };
}

describe("a backup", { timeout: LIMIT_MS }, () => {
  it("does not go among the files of the vault, of an anchor or of the ledger", async () => {
    const { place, recipient } = await backedUp();
    const { generation } = await place.json<Summary>(["list"]);
    await symlink(join(place.state, "vault"), join(place.directory, "link"));
    for (const inside of [
      ".countersign/vault/gen/b.age",
      ".countersign/vault-anchor/b",
      ".countersign/leaves/b",
      "link/b",
    ]) {
      const refusal = await place.refusal(["backup", "--to", inside, "--recipient", recipient]);
      expect(refusal, inside).toEqual([2, "E_USAGE"]);
    }
    expect(await place.json(["list"])).toMatchObject({ generation });
    // Beside them it may lie, whatever its name begins with.
    await place.json(["backup", "--to", ".countersign/vault-copy.age", "--recipient", recipient]);
    await place.json(["backup", "--to", ".countersign/..b", "--recipient", recipient]);
  });
});

describe("a restore", { timeout: LIMIT_MS }, () => {
  it("removes what one that was killed left behind, unless that is under way", async () => {
    const { place, restore } = await backedUp();
    const left = join(place.state, "vault-restore-Ab3xYz");
    await mkdir(join(left, "gen"), { recursive: true });
    await writeFile(join(left, "gen", "000000000001"), "half");
    const terms = { other: "restore", clock: { now: () => new Date() }, foreignStaleMs: 0 };
    const lock = await acquireLock(join(place.state, "vault-restore.lock"), terms);
    expect(await place.refusal([...restore, "--test"])).toEqual([5, "E_STATE_LOCKED"]);
    expect(await readdir(place.state)).toContain("vault-restore-Ab3xYz");
    await lock.release();
    expect(await place.json([...restore, "--test"])).toMatchObject({ tested: true });
    expect((await readdir(place.state)).sort()).toEqual(["leaves", "vault", "vault-anchor"]);
  });

  it("and an adoption take what is no fingerprint for a slip: exit 2", async () => {
    const { place, restore } = await backedUp();
    const { fingerprint } = await place.json<Summary>(["list"]);
    for (const slip of ["", "xyz", fingerprint.slice(1), `${fingerprint}0`]) {
      const given = ["--fingerprint", slip];
      expect(await place.refusal(["adopt", ...given]), slip).toEqual([2, "E_USAGE"]);
      expect(await place.refusal([...restore, ...given]), slip).toEqual([2, "E_USAGE"]);
    }
    await place.json(["adopt", "--fingerprint", fingerprint.toUpperCase()]);
  });
});

describe("a further anchor", { timeout: LIMIT_MS }, () => {
  it("that is empty shuts the vault until a person says that it is new, and the log has that", async () => {
    const { place } = await backedUp();
    await place.anchored("further");
    expect(await place.refusal(["list"])).toEqual([4, "E_ROLLBACK"]);
    expect((await place.vault(["list"])).err).toContain("countersign vault anchor");
    expect(await place.refusal(["anchor", "elsewhere"])).toEqual([2, "E_INPUT"]);
    await place.json(["anchor", "further"]);
    await place.json(["list"]);
    expect(await place.refusal(["anchor", "further"])).toEqual([2, "E_INPUT"]);
    expect((await place.vault(["log"])).out).toMatch(/begin the anchor .*further/);
    expect(await place.vault(["fsck"])).toMatchObject({ exit: 0 });
  });
});
