import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findExecutable, isExecutable, missing, type Availability } from "./availability.ts";

const MODULE_DIR = fileURLToPath(new URL("vault/", import.meta.url));
const PACKAGE = "github.com/hashicorp/vault";

/**
 * The full build: the minimal one (`-tags minimal`) lacks LDAP and Kubernetes logins and the database engine, which
 * the estate needs.
 */
const FLAVOUR = "full";

/** A cold build compiles some 1,700 packages. */
const BUILD_LIMIT_MS = 60 * 60_000;
const LOCK_POLL_MS = 2_000;

/** Where counterparties are kept between runs; a CI cache of this folder saves the build. */
function cacheDir(): string {
  const base = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(base, "countersign-test");
}

/**
 * The path of a HashiCorp Vault server built from its Go modules, verified by the committed `go.sum`, cached by
 * version. `COUNTERSIGN_TEST_VAULT` names a binary to use instead. For tests only; never shipped.
 */
export async function ensureVault(): Promise<Availability<string>> {
  const given = process.env["COUNTERSIGN_TEST_VAULT"];
  if (given !== undefined && given !== "") {
    if (!isExecutable(given)) throw new Error(`COUNTERSIGN_TEST_VAULT: expected an executable, got ${given}`);
    return { found: given };
  }
  const home = join(cacheDir(), `vault-${vaultVersion()}-${FLAVOUR}`);
  const binary = join(home, "vault");
  if (isExecutable(binary)) return { found: binary };
  const go = findExecutable("go", ["/usr/local/go/bin"]);
  if (go === undefined) return missing(`no built Vault in ${home}, and no Go toolchain to build one`);
  mkdirSync(home, { recursive: true });
  await withLock(join(home, "building"), async () => {
    if (!isExecutable(binary)) await build(go, home, binary);
  });
  return { found: binary };
}

/** As `vault/go.mod` requires it, without the leading `v`. */
function vaultVersion(): string {
  const text = readFileSync(join(MODULE_DIR, "go.mod"), "utf8");
  const version = /^\tgithub\.com\/hashicorp\/vault v(\S+)$/m.exec(text)?.[1];
  if (version === undefined) throw new Error(`expected ${PACKAGE} in ${MODULE_DIR}go.mod`);
  return version;
}

async function build(go: string, home: string, binary: string): Promise<void> {
  console.warn(`building Vault ${vaultVersion()} into ${home} (once; about 15 minutes on two cores)`);
  // Built from a copy, so that the toolchain cannot touch the committed files.
  const work = mkdtempSync(join(tmpdir(), "countersign-vault-"));
  try {
    cpSync(MODULE_DIR, work, { recursive: true });
    const output = `${binary}.${process.pid}`;
    await run(go, ["build", "-mod=readonly", "-trimpath", "-ldflags", "-s -w", "-o", output, PACKAGE], work);
    renameSync(output, binary);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: BUILD_LIMIT_MS,
  });
  let tail = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-4000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0)
    throw new Error(`expected ${command} build to end with 0, got ${code ?? "a signal"}:\n${tail}`);
}

/** One build at a time on a machine. A lock whose process is gone is taken over. */
async function withLock(lock: string, work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + BUILD_LIMIT_MS;
  while (!takeLock(lock)) {
    if (Date.now() > deadline) throw new Error(`expected ${lock} to be released within an hour`);
    await delay(LOCK_POLL_MS);
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (!holderLives(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function holderLives(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}

/** `node test/counterparties/vault.ts` prepares the binary before the tests run, and prints its path. */
if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const vault = await ensureVault();
  console.log("found" in vault ? vault.found : `missing: ${vault.missing}`);
  if ("missing" in vault) console.log(`(looked in ${dirname(cacheDir())})`);
}
