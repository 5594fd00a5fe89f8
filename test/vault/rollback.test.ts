import { beforeAll, describe, expect, it } from "vitest";
import { LeafChain } from "../../src/ledger/index.ts";
import { Vault, type VaultTerms } from "../../src/vault/index.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { checked, daily, errorsOf, madeOn, secretOf, testTerms, textOf } from "./place.ts";

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
  // Where one place remembers, an empty one was taken away.
  if (placement === "files and the ledger" && (ledger === "gone" || files === "gone")) return "E_ROLLBACK";
  // Files know the ledger's head as well: leaves were cut off.
  if (placement.includes("files") && REMEMBERED[files] > REMEMBERED[ledger]) return "E_ROLLBACK";
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

describe("what was taken away", () => {
  it("shows beside a pin too, which says whose a vault is and not how old, until a restore is declared", async () => {
    for (const state of [old, now]) {
      const disk = state.copy();
      disk.delete("/state/anchor");
      disk.delete("/state/leaves");
      const terms = testTerms("/state", { pin }, disk.files);
      expect(await outcome(terms)).toBe("E_ROLLBACK");
      expect(await errorsOf(terms)).not.toEqual([]);
      await (await Vault.adopt(terms, pin.fingerprint)).close();
      expect(await outcome(terms)).toBe(state === old ? "2" : "4");
    }
  });

  it("shows where it was the ledger heads of an anchor alone, and opening does not hide it", async () => {
    const disk = now.copy();
    disk.delete("/state/anchor/ledger");
    const terms = testTerms("/state", {}, disk.files);
    for (let tries = 0; tries < 2; tries += 1) {
      expect(await outcome(terms)).toBe("E_ROLLBACK");
      expect(await errorsOf(terms)).toEqual([expect.stringMatching(/^missing \/state\/anchor: /)]);
    }
    await (await Vault.adopt(terms, pin.fingerprint)).close();
    expect(await outcome(terms)).toBe("4");
    expect(await errorsOf(terms)).toEqual([]);
  });

  it.each(["anchor", "anchor/ledger", "leaves", "vault", "vault/blob", "vault/gen", "vault/log"])(
    "shows where a file or a link lies in place of the directory %s",
    async (path) => {
      const replace: readonly ((disk: FakeDisk) => void)[] = [
        (disk) => disk.setFile(`/state/${path}`, Buffer.from("x")),
        (disk) => disk.setOther(`/state/${path}`),
      ];
      for (const put of replace) {
        const disk = now.copy();
        disk.delete(`/state/${path}`);
        put(disk);
        const terms = testTerms("/state", { pin }, disk.files);
        expect(await outcome(terms)).toBe("E_INTEGRITY");
        // Nothing was altered: this is not ours. What could not be looked at for it may be told beside, once.
        const { findings } = await checked(terms);
        const codes = findings.filter((finding) => finding.path === `/state/${path}`).map(({ code }) => code);
        expect(codes.filter((code) => code === "foreign" || code === "altered")).toEqual(["foreign"]);
      }
    },
  );
});

describe("a declared restore", () => {
  it("is taken as it is where nothing remembers the vault, and from then on remembered", async () => {
    const disk = old.copy();
    disk.delete("/state/anchor");
    disk.delete("/state/leaves");
    const terms = testTerms("/state", {}, disk.files);
    await expect(Vault.open(terms)).rejects.toMatchObject({ code: "E_ROLLBACK" });
    await (await Vault.adopt(terms, pin.fingerprint)).close();
    expect(await outcome(terms)).toBe("2");
  });

  it("opens where all remember a later state; a place that was not told still refuses", async () => {
    const disk = now.copy();
    disk.restore(old, "/state/vault");
    const elsewhere = now.copy();
    const terms = testTerms("/state", {}, disk.files);
    expect(await outcome(terms)).toBe("E_ROLLBACK");
    const adopted = await Vault.adopt(terms, pin.fingerprint);
    expect(await textOf(adopted, "a")).toBe("2");
    await adopted.close();
    expect(await outcome(terms)).toBe("2");
    const untold = testTerms("/state", {}, elsewhere.files).anchors;
    for (const place of untold) {
      expect(await outcome({ ...terms, anchors: [place] })).toBe("E_ROLLBACK");
      expect(await outcome({ ...terms, anchors: [...terms.anchors, place] })).toBe("E_ROLLBACK");
    }
  });

  it("is where the vault goes on from: what came before is not taken back, what comes after is", async () => {
    const disk = now.copy();
    disk.restore(old, "/state/vault");
    const terms = testTerms("/state", {}, disk.files);
    const adopted = await Vault.adopt(terms, pin.fingerprint);
    await adopted.put("a", secretOf("another 3"));
    await adopted.close();
    expect(await outcome(terms)).toBe("another 3");
    // The future that was given up is no longer this vault's.
    const given = disk.copy();
    given.restore(now, "/state/vault");
    expect(await outcome(testTerms("/state", {}, given.files))).toBe("E_INTEGRITY");
    disk.restore(old, "/state/vault");
    for (const place of terms.anchors)
      expect(await outcome({ ...terms, anchors: [place] })).toBe("E_ROLLBACK");
  });

  it("stands in the ledger", async () => {
    const disk = now.copy();
    disk.restore(old, "/state/vault");
    const terms = testTerms("/state", {}, disk.files);
    await (await Vault.adopt(terms, pin.fingerprint)).close();
    const [leaf] = await new LeafChain("/state/leaves", "test", disk.files, terms.clock).latest(
      ["vault-adopt", "vault-commit"],
      1,
    );
    expect(leaf).toMatchObject({
      type: "vault-adopt",
      payload: { vault_id: pin.vaultId, fingerprint: pin.fingerprint, generation: 3 },
    });
  });

  it.each(["0".repeat(32), ""])(
    "with the fingerprint %j is refused, and nothing is told of it",
    async (wrong) => {
      const disk = now.copy();
      disk.restore(old, "/state/vault");
      const terms = testTerms("/state", {}, disk.files);
      const changes: string[] = [];
      disk.afterChange = ({ kind, path }) => changes.push(`${kind} ${path}`);
      await expect(Vault.adopt(terms, wrong)).rejects.toMatchObject({ code: "E_INTEGRITY" });
      expect(changes).toEqual([]);
      expect(await outcome(terms)).toBe("E_ROLLBACK");
    },
  );

  it("of nothing is no restore", async () => {
    const disk = now.copy();
    disk.delete("/state/vault");
    const adopting = Vault.adopt(testTerms("/state", {}, disk.files), pin.fingerprint);
    await expect(adopting).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  });
});

it.each(["anchors", "a pin"])("no vault is made where one is remembered by %s", async (memory) => {
  const disk = now.copy();
  for (const part of ["vault", ...(memory === "anchors" ? [] : ["anchor", "leaves"])])
    disk.delete(`/state/${part}`);
  const terms = testTerms("/state", memory === "anchors" ? {} : { pin }, disk.files);
  await expect(Vault.create(terms, [daily("main")])).rejects.toMatchObject({ code: "E_ROLLBACK" });
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
