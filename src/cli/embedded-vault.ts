import { hostname, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import {
  CountersignError,
  DurableDirectory,
  nodeFileSystem,
  requireLocal,
  type ErrorCode,
} from "../base/index.ts";
import type { CredentialSource } from "../facts/index.ts";
import type { LeafChain } from "../ledger/index.ts";
import {
  AnchorFiles,
  LedgerAnchor,
  Vault,
  type Holder,
  type SecretBytes,
  type VaultTerms,
} from "../vault/index.ts";
import { credentialSource } from "./credentials.ts";
import { configIfThere, stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import { FSCK } from "./vault-advice.ts";
import { evidenceLeaves } from "./ledger-place.ts";
import { holdersOf, type VaultKey } from "./vault-keys.ts";
import { warnOfRecovery } from "./vault-slot-states.ts";

/** The embedded vault of one state directory, and the keys that the configuration names for it. */
export interface VaultSite {
  readonly terms: VaultTerms;
  readonly holders: readonly Holder[];
  readonly ledger: LeafChain;
}

/**
 * Where the vault lies, what remembers it, and which keys open it, by `embedded_vault` of the configuration. Without one,
 * the key is a passphrase: in the file that COUNTERSIGN_VAULT_PASSPHRASE_FILE names, else typed; `confirm`: typed twice.
 */
export async function vaultSite(
  environment: Environment,
  options: ConfigOptions,
  { confirm = false } = {},
): Promise<VaultSite> {
  refuseClock(environment.ports.clock.now());
  const config = await configIfThere(environment, options);
  const settings = config?.value.embedded_vault ?? {};
  const directory = config?.directory ?? environment.cwd;
  const state = stateDirectory(environment, options);
  const { clock, random, sleep } = environment.ports;
  const files = nodeFileSystem;
  const holders = holdersOf(settings.keys ?? [defaultKey(environment.env)], {
    env: environment.env,
    directory,
    input: environment.input,
    say: environment.terminal.err,
    signal: environment.signal,
    confirm,
  });
  const ledger = evidenceLeaves(state, clock);
  const anchors = [
    join(state, "vault-anchor"),
    ...(settings.anchors ?? []).map((path) => resolve(directory, path)),
  ];
  const terms: VaultTerms = {
    directory: join(state, "vault"),
    anchors: [...anchors.map((path) => new AnchorFiles(path, files, clock)), new LedgerAnchor(ledger)],
    ledger,
    providers: holders.map(({ provider }) => provider),
    ...(settings.fingerprint === undefined
      ? {}
      : {
          pin: {
            fingerprint: settings.fingerprint,
            ...(settings.id === undefined ? {} : { vaultId: settings.id }),
          },
        }),
    actor: `${userName()}@${hostname()}`,
    files,
    clock,
    random,
    sleep,
    signal: environment.signal,
    opened: warnOfRecovery(environment.terminal.err),
  };
  return { terms, holders, ledger };
}

/** Generations tell when they were made in milliseconds since 1970. E_CLOCK. */
function refuseClock(now: Date): void {
  if (now.getTime() >= 0) return;
  throw new CountersignError("E_CLOCK", `expected a clock after 1970, got ${now.toISOString()}`, {
    fix: "Set the clock of this machine right, then run the same command again: nothing was written.",
  });
}

/** Who this is; by number where the system has no name for it, as in many containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ERR_SYSTEM_ERROR") throw thrown;
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

function defaultKey(env: Environment["env"]): VaultKey {
  const file = env["COUNTERSIGN_VAULT_PASSPHRASE_FILE"];
  return { type: "passphrase", ...(file === undefined || file === "" ? {} : { passphrase: `file:${file}` }) };
}

/** Opens the vault for `use` and closes it, however that ends. */
export async function withVault<T>(site: VaultSite, use: (vault: Vault) => Promise<T>): Promise<T> {
  const vault = await Vault.open(site.terms);
  let result: T;
  try {
    result = await use(vault);
  } catch (thrown) {
    await vault.close().catch(() => undefined); // what went wrong first is what is said
    throw thrown;
  }
  try {
    await vault.close();
  } catch (thrown) {
    throw unended(thrown);
  }
  return result;
}

/** What went wrong once all that was asked for was done. */
function unended(thrown: unknown): unknown {
  if (!(thrown instanceof CountersignError)) return thrown;
  const { code, message, fix } = thrown;
  const said = `all was done and kept, but the ledger could not be told where the access log ends: ${message}`;
  return new CountersignError(code, said, { cause: thrown, ...(fix === undefined ? {} : { fix }) });
}

/** Refuses a state directory that cannot hold a vault. E_DISK. */
export async function requireLocalState(site: VaultSite): Promise<void> {
  const state = dirname(site.terms.directory);
  await new DurableDirectory(state, site.terms.files, 0).make();
  await requireLocal(state);
}

/**
 * Gives `use` the credentials behind the configuration's references, and where the vault lies. The embedded vault is opened
 * at the first `vault:` reference, kept open, and closed in the end. `purpose` stands in its access log, e.g. `collect`.
 */
export async function withCredentials<T>(
  environment: Environment,
  options: ConfigOptions & { readonly directory: string; readonly purpose: string },
  use: (credentials: CredentialSource, site: () => Promise<VaultSite>) => Promise<T>,
): Promise<T> {
  let found: Promise<VaultSite> | undefined;
  let opened: Promise<Vault> | undefined;
  // One site, so that a person types a passphrase once.
  const site = (): Promise<VaultSite> => (found ??= vaultSite(environment, options));
  const read = async (name: string): Promise<string> => {
    opened ??= site().then(async ({ terms }) => await Vault.open(terms));
    try {
      using secret = await (await opened).read(name, options.purpose);
      return textOf(secret, name);
    } catch (thrown) {
      throw damageOf(thrown, name);
    }
  };
  try {
    return await use(
      credentialSource(environment.env, options.directory, read, environment.terminal.err),
      site,
    );
  } finally {
    await (await opened?.catch(() => undefined))?.close(); // who read has been told why it did not open
  }
}

/** Damage of the vault is none of the store whose credential it keeps: its words say so wherever they are read. */
function damageOf(thrown: unknown, name: string): unknown {
  if (!(thrown instanceof CountersignError) || !DAMAGE.includes(thrown.code)) return thrown;
  const said = `the embedded vault is damaged or was taken back, so vault:${name} was not read: ${thrown.message}`;
  return new CountersignError(thrown.code, said, { cause: thrown, fix: thrown.fix ?? FSCK });
}

const DAMAGE: readonly ErrorCode[] = ["E_INTEGRITY", "E_ROLLBACK"];

/** A credential as text, for the moment of its use. E_REFERENCE where it is none. */
function textOf(secret: SecretBytes, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(secret.expose());
  } catch (cause) {
    throw new CountersignError("E_REFERENCE", `expected text behind vault:${name}, got other bytes`, {
      cause,
    });
  }
}
