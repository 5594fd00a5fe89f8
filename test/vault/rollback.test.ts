import { beforeAll, describe, expect, it } from "vitest";
import { Vault, type VaultTerms } from "../../src/vault/index.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { daily, madeOn, secretOf, testTerms, textOf } from "./place.ts";

/** Where the vault is remembered: see `VaultTerms.anchors`. */
const PLACEMENTS = ["the pin alone", "files", "the ledger", "files and the ledger"] as const;

/** What an attacker, or a restore that nobody declared, did to each. `old` is the state after generation 3. */
const VAULTS = ["kept", "without its newest generation", "old", "gone"] as const;
const MEMORIES = ["kept", "old", "gone"] as const;

type Memory = (typeof MEMORIES)[number];

let old: FakeDisk;
let now: FakeDisk;
let pin: NonNullable<VaultTerms["pin"]>;

beforeAll(async () => {
  now = new FakeDisk();
  const { vault } = await madeOn(now);
  await vault.put("a", secretOf("1"));
  await vault.put("a", secretOf("2"));
  old = now.copy();
  await vault.put("a", secretOf("3"));
  await vault.put("a", secretOf("4"));
  await vault.close();
  pin = { vaultId: vault.summary().vault_id, fingerprint: vault.summary().fingerprint };
});

/** The generation that a place remembers; the newest is 5. */
const REMEMBERED = { kept: 5, old: 3, gone: 0 } as const;
const HEADS = { kept: 5, "without its newest generation": 4, old: 3, gone: 0 } as const;
const VALUES = { 5: "4", 4: "3", 3: "2" } as const;

/** The table of outcomes: "Rollback and substitution" in the README of the vault. */
function expected(
  placement: (typeof PLACEMENTS)[number],
  head: 0 | 3 | 4 | 5,
  files: Memory,
  ledger: Memory,
): string {
  const known = Math.max(
    placement.includes("files") ? REMEMBERED[files] : 0,
    placement.includes("ledger") ? REMEMBERED[ledger] : 0,
  );
  const pinned = placement === "the pin alone";
  // Nothing that remembers anything, and no vault either, is how a new machine looks.
  if (head === 0) return known === 0 && !pinned ? "E_NOT_FOUND" : "E_ROLLBACK";
  if (head < known || (known === 0 && !pinned)) return "E_ROLLBACK";
  // Also where vault and every anchor were taken back together: only a copy of the ledger's head elsewhere shows that.
  return VALUES[head];
}

async function outcome(terms: VaultTerms): Promise<string> {
  try {
    return await textOf(await Vault.open(terms), "a");
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? String(thrown);
  }
}

describe.each(PLACEMENTS)("remembered by %s", (placement) => {
  it.each(VAULTS)("the vault %s", async (vault) => {
    for (const files of MEMORIES) {
      for (const ledger of MEMORIES) {
        const disk = now.copy();
        const restored = (state: Memory | (typeof VAULTS)[number], path: string): void => {
          if (state === "old") disk.restore(old, path);
          if (state === "gone") disk.delete(path);
        };
        restored(vault, "/state/vault");
        restored(files, "/state/anchor");
        restored(ledger, "/state/leaves");
        if (vault === "without its newest generation") disk.delete("/state/vault/gen/000000000005");
        const terms = testTerms("/state", placement === "the pin alone" ? { pin } : {}, disk.files);
        const [anchorFiles, ledgerAnchor] = terms.anchors;
        const anchors = [
          ...(placement.includes("files") ? [anchorFiles!] : []),
          ...(placement.includes("ledger") ? [ledgerAnchor!] : []),
        ];
        const got = await outcome({ ...terms, anchors });
        expect(`anchor ${files}, ledger ${ledger}: ${got}`).toBe(
          `anchor ${files}, ledger ${ledger}: ${expected(placement, HEADS[vault], files, ledger)}`,
        );
      }
    }
  });
});

it("a declared restore is taken as it is, and from then on remembered", async () => {
  const disk = old.copy();
  disk.delete("/state/anchor");
  disk.delete("/state/leaves");
  const terms = testTerms("/state", {}, disk.files);
  await expect(Vault.open(terms)).rejects.toMatchObject({ code: "E_ROLLBACK" });
  await (await Vault.open({ ...terms, trust: "adopt" })).close();
  expect(await outcome(terms)).toBe("2");
});

it("no vault is made where one is remembered", async () => {
  const disk = now.copy();
  disk.delete("/state/vault");
  const making = Vault.create(testTerms("/state", {}, disk.files), [daily("main")]);
  await expect(making).rejects.toMatchObject({ code: "E_ROLLBACK" });
  expect(disk.paths().filter((path) => path.includes("/vault/"))).toEqual([]);
});

it("a copy of the vault that went another way is told from its own future", async () => {
  const disk = now.copy();
  const fork = old.copy();
  const other = await Vault.open(testTerms("/state", {}, fork.files));
  for (let n = 0; n < 5; n += 1) await other.put("a", secretOf("forked"));
  disk.restore(fork, "/state/vault");
  expect(await outcome(testTerms("/state", {}, disk.files))).toBe("E_INTEGRITY");
});
