import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { nodeFileSystem, type Clock, type FileSystem } from "../../src/base/index.ts";
import { LeafChain } from "../../src/ledger/index.ts";
import {
  AnchorFiles,
  LedgerAnchor,
  SecretBytes,
  Vault,
  fsck,
  rawKeyProvider,
  type FsckReport,
  type Holder,
  type KekProvider,
  type VaultFinding,
  type VaultTerms,
} from "../../src/vault/index.ts";
import type { FakeDisk } from "./fake-file-system.ts";

/** A clock that moves a second at each look. */
export function steppingClock(from = "2026-09-30T06:00:00.000Z"): Clock {
  let nowMs = Date.parse(from);
  return {
    now() {
      nowMs += 1000;
      return new Date(nowMs);
    },
  };
}

/** A key of its own for each `name`: the same bytes each time. */
export function testKey(name: string): KekProvider {
  return rawKeyProvider({
    type: "key-file",
    name,
    read: () => Promise.resolve(SecretBytes.take(Buffer.alloc(32, name))),
  });
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "countersign-vault-"));
}

/** A vault's surroundings below `root`: `vault/`, `anchor/`, `leaves/`. */
export function testTerms(
  root: string,
  more: Partial<VaultTerms> = {},
  files: FileSystem = nodeFileSystem,
): VaultTerms {
  const clock = more.clock ?? steppingClock();
  const ledger = new LeafChain(join(root, "leaves"), "test", files, clock);
  return {
    directory: join(root, "vault"),
    anchors: [new AnchorFiles(join(root, "anchor"), files, clock), new LedgerAnchor(ledger)],
    ledger,
    providers: [testKey("main")],
    actor: "kim@laptop",
    files,
    clock,
    random: () => 0.5,
    sleep: () => Promise.resolve(),
    signal: new AbortController().signal,
    ...more,
  };
}

export function secretOf(text: string): SecretBytes {
  return SecretBytes.take(Buffer.from(text, "utf8"));
}

/** A holder for daily use of `testKey(name)`. */
export function daily(name: string): Holder {
  return { provider: testKey(name), purpose: "daily" };
}

/** The text of a credential. */
export async function textOf(vault: Vault, name: string, version?: number): Promise<string> {
  using secret = await vault.read(name, "test", version === undefined ? {} : { version });
  return secret.expose().toString("utf8");
}

/** A new vault on `disk` under `/state`, opened by `main`. */
export async function madeOn(
  disk: FakeDisk,
  more: Partial<VaultTerms> = {},
): Promise<{ terms: VaultTerms; vault: Vault }> {
  const terms = testTerms("/state", more, disk.files);
  return { terms, vault: await Vault.create(terms, [daily("main")]) };
}

/** What `fsck` says of the vault of `testTerms`. Reads leaves through a chain of its own. */
export async function checked(terms: VaultTerms): Promise<FsckReport> {
  const root = dirname(terms.directory);
  const ledger = new LeafChain(join(root, "leaves"), "test", terms.files, terms.clock);
  return await fsck({ ...terms, ledger, alsoPrivate: [join(root, "anchor"), join(root, "leaves")] });
}

/** The findings that mean damage, one a line, for a readable failure. */
export async function errorsOf(terms: VaultTerms): Promise<string[]> {
  const { findings } = await checked(terms);
  return findings.filter(({ severity }) => severity === "error").map(lineOf);
}

export function lineOf({ code, path, message }: VaultFinding): string {
  return `${code} ${path}: ${message}`;
}
