import { mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import {
  CountersignError,
  EXIT,
  fileError,
  printable,
  readBounded,
  writeFileAtomically,
  type ExitCode,
} from "../base/index.ts";
import { acquireLock } from "../collect/index.ts";
import { MAX_BACKUP_BYTES, Vault, openBackup, restoreFiles, sealBackup } from "../vault/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { requireLocalState, vaultSite, withVault, type VaultSite } from "./embedded-vault.ts";
import type { Environment } from "./environment.ts";
import { secretFromFile } from "./secret-input.ts";
import { publicSummary, speaker } from "./vault-output.ts";

export interface BackupOptions extends CommonOptions {
  readonly to: string;
  readonly recipient: readonly string[];
}

export async function backUp(environment: Environment, options: BackupOptions): Promise<ExitCode> {
  const to = resolve(environment.cwd, options.to);
  const site = await vaultSite(environment, options);
  await refuseAmongOurs(to, [site.terms.directory, ...site.terms.anchors.map(({ name }) => name)]);
  const size = await withVault(site, async (vault) => {
    const sealed = await sealBackup(await vault.files(), options.recipient, environment.ports.clock.now());
    await writeFileAtomically(to, sealed, 0o600);
    await vault.noteUpkeep("backup");
    return sealed.length;
  });
  speaker(environment, options)(
    { file: to, bytes: size },
    `Wrote ${printable(to)}, ${size} bytes. The keys of its slots are not in it.\n`,
  );
  return EXIT.pass;
}

/** A foreign file among those of the vault would shut it, and a backup there would go with it. E_USAGE. */
async function refuseAmongOurs(path: string, ours: readonly string[]): Promise<void> {
  const real = await realPath(path);
  for (const directory of ours) {
    const below = relative(await realPath(directory), real);
    if (below === ".." || below.startsWith(`..${sep}`) || resolve(below) === below) continue;
    throw new CountersignError("E_USAGE", `expected a place outside ${directory} for a backup, got ${path}`, {
      fix: "Name a file elsewhere, best on another disk.",
    });
  }
}

/** Where a path leads, as far as it is there already. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT" || dirname(path) === path)
      throw fileError(thrown, path, "read");
    return join(await realPath(dirname(path)), basename(path));
  }
}

export interface RestoreOptions extends CommonOptions {
  readonly identity: string;
  readonly fingerprint?: string;
  readonly test?: boolean;
}

export async function restoreVault(
  environment: Environment,
  file: string,
  options: RestoreOptions,
): Promise<ExitCode> {
  const site = await vaultSite(environment, options);
  const path = resolve(environment.cwd, file);
  using identity = await secretFromFile(resolve(environment.cwd, options.identity.replace(/^file:/, "")), {
    ownerOnly: true,
  });
  const sealed = await readBounded(path, { what: "a backup", maxBytes: MAX_BACKUP_BYTES });
  const files = await openBackup(sealed, identity);
  if (options.test === true) return await testedRestore(environment, site, files, options);
  if (options.fingerprint === undefined)
    throw new CountersignError("E_USAGE", "expected --fingerprint, got none", {
      fix: "Give the fingerprint that your records have for this vault: a restore goes back in time, so a person vouches for it.",
    });
  await requireLocalState(site);
  await restoredAside(site, files, options.fingerprint); // nothing is put in its place that would not open there
  await restoreFiles(files, site.terms.directory, site.terms.files);
  return await adoptVault(environment, options.fingerprint, options);
}

async function testedRestore(
  environment: Environment,
  site: VaultSite,
  files: ReadonlyMap<string, Buffer>,
  options: CommonOptions,
): Promise<ExitCode> {
  const origin = await withVault(site, (vault) => Promise.resolve(vault.origin()));
  const count = await restoredAside(site, files, origin);
  await withVault(site, async (vault) => {
    await vault.noteUpkeep("restore_tested");
  });
  speaker(environment, options)(
    { tested: true, versions: count },
    `The backup restores: ${count} versions of credentials opened, none shown. The test is noted in the vault.\n`,
  );
  return EXIT.pass;
}

/** A restore of another host, of whose processes nothing is known here, is over after so long. */
const FOREIGN_STALE_MS = 24 * 3600 * 1000;

/** One restore at a time has the scratch directories, so whatever lies there was left by one that was killed. E_STATE_LOCKED. */
async function restoredAside(
  site: VaultSite,
  files: ReadonlyMap<string, Buffer>,
  fingerprint: string,
): Promise<number> {
  const { clock, directory } = site.terms;
  const lock = await acquireLock(`${directory}-restore.lock`, {
    other: "restore of a backup",
    clock,
    foreignStaleMs: FOREIGN_STALE_MS,
  });
  try {
    const left = new RegExp(`^${basename(directory)}-restore-[0-9A-Za-z]{6}$`);
    for (const name of await readdir(dirname(directory)))
      if (left.test(name)) await rm(join(dirname(directory), name), { recursive: true, force: true });
    return await openedAside(site, files, fingerprint);
  } finally {
    await lock.release();
  }
}

/** Restores into a scratch directory, opens every credential there, and keeps nothing. Returns how many versions opened. */
async function openedAside(
  { terms }: VaultSite,
  files: ReadonlyMap<string, Buffer>,
  fingerprint: string,
): Promise<number> {
  const scratch = await mkdtemp(`${terms.directory}-restore-`);
  try {
    await restoreFiles(files, scratch, terms.files);
    const nothing = () => Promise.resolve(undefined);
    const silent = { append: nothing, head: nothing, holds: () => Promise.resolve(true) };
    const restored = await Vault.adopt(
      { ...terms, directory: scratch, anchors: [], ledger: silent },
      fingerprint,
    );
    const count = await restored.verify();
    await restored.close();
    return count;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Makes an empty place of `embedded_vault.anchors` remember the vault from now on. */
export async function beginAnchor(
  environment: Environment,
  directory: string,
  options: CommonOptions,
): Promise<ExitCode> {
  const { terms } = await vaultSite(environment, options);
  const anchor = resolve(environment.cwd, directory);
  const vault = await Vault.begin(terms, anchor);
  const { generation, vault_id } = vault.summary();
  await vault.close();
  speaker(environment, options)(
    { anchor, vault_id, generation },
    `${printable(anchor)} remembers the vault ${vault_id} from generation ${generation} on; the access log has it.\n`,
  );
  return EXIT.pass;
}

export async function adoptVault(
  environment: Environment,
  fingerprint: string,
  options: CommonOptions,
): Promise<ExitCode> {
  const site = await vaultSite(environment, options);
  const vault = await Vault.adopt(site.terms, fingerprint);
  const summary = vault.summary();
  await vault.close();
  speaker(environment, options)(
    publicSummary(summary),
    `Adopted generation ${summary.generation} of the vault ${summary.vault_id}; the ledger has it.\n`,
  );
  return EXIT.pass;
}
