import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { describe, expect, it, vi } from "vitest";
import { nodeFileSystem } from "../../src/base/index.ts";
import { processEnvironment } from "../../src/cli/environment.ts";
import { backUp } from "../../src/cli/vault-backups.ts";
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

const MARKER = "countersign-restore-scratch";
const marked = (name: string): string => `scratch of a restore, removed by the next one: ${name}\n`;

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
      ".countersign/vault-restore-before",
      ".countersign/vault-restore-before/b.age",
    ]) {
      const refusal = await place.refusal(["backup", "--to", inside, "--recipient", recipient]);
      expect(refusal, inside).toEqual([2, "E_USAGE"]);
    }
    expect(await place.json(["list"])).toMatchObject({ generation });
    // Beside them it may lie, whatever its name begins with.
    await place.json(["backup", "--to", ".countersign/vault-copy.age", "--recipient", recipient]);
    await place.json(["backup", "--to", ".countersign/..b", "--recipient", recipient]);
  });

  it("overwrites nothing: neither a key, nor a configuration, nor a backup", async () => {
    const { place, recipient } = await backedUp();
    for (const there of ["main.key", "countersign.yaml", "b.age"]) {
      const before = await readFile(join(place.directory, there));
      const refusal = await place.refusal(["backup", "--to", there, "--recipient", recipient]);
      expect(refusal, there).toEqual([2, "E_USAGE"]);
      expect(await readFile(join(place.directory, there)), there).toEqual(before);
    }
    await place.json(["backup", "--to", "b-2026-10-01.age", "--recipient", recipient]);
  });

  it("is said to be whole where the vault cannot note it", async () => {
    const { place, recipient } = await backedUp();
    // In this process: a disk that refuses root as well is no disk of a command of its own.
    const link = vi.spyOn(nodeFileSystem, "link").mockImplementation((_, to) => {
      expect(to).toContain(join(place.state, "vault", "gen"));
      return Promise.reject(Object.assign(new Error("read-only"), { code: "EROFS" }));
    });
    const environment = {
      ...processEnvironment(new AbortController().signal),
      env: place.env,
      cwd: place.directory,
    };
    try {
      await expect(backUp(environment, { to: "c.age", recipient: [recipient] })).rejects.toMatchObject({
        code: "E_DISK",
        exit: 5,
        message: expect.stringMatching(/^the backup is whole at .*c\.age.*EROFS/) as string,
      });
      expect(link).toHaveBeenCalled();
    } finally {
      link.mockRestore();
    }
    expect(await place.json(["restore", "c.age", "--identity", "backup.key", "--test"])).toMatchObject({
      tested: true,
    });
  });
});

describe("a restore", { timeout: LIMIT_MS }, () => {
  it("removes what one that was killed left behind, unless that is under way", async () => {
    const { place, restore } = await backedUp();
    const left = join(place.state, "vault-restore-Ab3xYz");
    await mkdir(join(left, "vault", "gen"), { recursive: true });
    await writeFile(join(left, "vault", "gen", "000000000001"), "half");
    await writeFile(join(left, MARKER), marked("vault-restore-Ab3xYz"));
    const terms = { other: "restore", clock: { now: () => new Date() }, foreignStaleMs: 0 };
    const lock = await acquireLock(join(place.state, "vault-restore.lock"), terms);
    expect(await place.refusal([...restore, "--test"])).toEqual([5, "E_STATE_LOCKED"]);
    expect(await readdir(place.state)).toContain("vault-restore-Ab3xYz");
    await lock.release();
    expect(await place.json([...restore, "--test"])).toMatchObject({ tested: true });
    expect((await readdir(place.state)).sort()).toEqual(["leaves", "vault", "vault-anchor"]);
  });

  it("leaves alone what others keep there, whatever it is called", async () => {
    const { place, restore } = await backedUp();
    const others = {
      "vault-restore-before/notes": "kept by a person",
      // One that was renamed is a person's too: its marker names another.
      [`vault-restore-myCopy/${MARKER}`]: marked("vault-restore-Ab3xYz"),
      "vault-restore-b4file": "a file",
      // What somebody put into one of ours is theirs.
      [`vault-restore-Ab3xYz/${MARKER}`]: marked("vault-restore-Ab3xYz"),
      "vault-restore-Ab3xYz/report.pdf": "a report",
    };
    for (const [path, text] of Object.entries(others)) {
      await mkdir(dirname(join(place.state, path)), { recursive: true });
      await writeFile(join(place.state, path), text);
    }
    await symlink(join(place.state, "vault"), join(place.state, "vault-restore-linked"));
    expect(await place.json([...restore, "--test"])).toMatchObject({ tested: true });
    for (const [path, text] of Object.entries(others))
      expect(await readFile(join(place.state, path), "utf8"), path).toBe(text);
    expect(await readdir(place.state)).toContain("vault-restore-linked");
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
