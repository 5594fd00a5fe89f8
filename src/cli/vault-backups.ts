import { realpath } from "node:fs/promises";
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
import { inScratch, isAmongScratch, sweepScratch } from "./restore-scratch.ts";
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
  await refuseThere(to, site);
  const written = { bytes: 0 };
  try {
    await withVault(site, async (vault) => {
      const sealed = await sealBackup(await vault.files(), options.recipient, environment.ports.clock.now());
      await writeFileAtomically(to, sealed, 0o600);
      written.bytes = sealed.length;
      await vault.noteUpkeep("backup");
    });
  } catch (thrown) {
    throw written.bytes === 0 ? thrown : unnoted(thrown, to);
  }
  speaker(environment, options)(
    { file: to, bytes: written.bytes },
    `Wrote ${printable(to)}, ${written.bytes} bytes. The keys of its slots are not in it.\n`,
  );
  return EXIT.pass;
}

/** What went wrong once the backup was there, which is as good as any. */
function unnoted(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof CountersignError)) return thrown;
  const { code, message, fix } = thrown;
  const said = `the backup is whole at ${path}, but the vault could not note it: ${message}`;
  return new CountersignError(code, said, { cause: thrown, ...(fix === undefined ? {} : { fix }) });
}

/** Nothing is overwritten: not a key, not a configuration, and no backup that may be the last good one. E_USAGE. */
async function refuseThere(path: string, { terms: { directory, files } }: VaultSite): Promise<void> {
  if (isAmongScratch(await realPath(directory), await realPath(path)))
    throw new CountersignError(
      "E_USAGE",
      `expected a place that no restore clears for a backup, got ${path}`,
      {
        fix: "Name a file elsewhere, best on another disk.",
      },
    );
  try {
    await files.status(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return;
    throw fileError(thrown, path, "write");
  }
  throw new CountersignError("E_USAGE", `expected a new file for the backup, got ${path}, which is there`, {
    fix: "Name each backup by its day, e.g. --to countersign-vault-$(date +%F).age; remove an old one yourself.",
  });
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

/**
 * Restores into a scratch directory, opens every credential there, and keeps nothing. One restore at a time has such
 * directories, so whatever lies in one was left by one that was killed. Returns how many versions opened. E_STATE_LOCKED.
 */
async function restoredAside(
  { terms }: VaultSite,
  files: ReadonlyMap<string, Buffer>,
  fingerprint: string,
): Promise<number> {
  const lock = await acquireLock(`${terms.directory}-restore.lock`, {
    other: "restore of a backup",
    clock: terms.clock,
    foreignStaleMs: FOREIGN_STALE_MS,
  });
  try {
    await sweepScratch(terms.directory, terms.files);
    return await inScratch(terms.directory, async (directory) => {
      await restoreFiles(files, directory, terms.files);
      const nothing = () => Promise.resolve(undefined);
      const silent = { append: nothing, head: nothing, holds: () => Promise.resolve(true) };
      const restored = await Vault.adopt({ ...terms, directory, anchors: [], ledger: silent }, fingerprint);
      const count = await restored.verify();
      await restored.close();
      return count;
    });
  } finally {
    await lock.release();
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
