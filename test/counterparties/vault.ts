import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findExecutable, isExecutable, missing, type Availability } from "./availability.ts";
import { cacheDir, runBuild, withLock } from "./cache.ts";

const MODULE_DIR = fileURLToPath(new URL("vault/", import.meta.url));
const PACKAGE = "github.com/hashicorp/vault";

/**
 * The full build: the minimal one (`-tags minimal`) lacks LDAP and Kubernetes logins and the database engine, which
 * the estate needs.
 */
const FLAVOUR = "full";

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
    await runBuild(
      go,
      ["build", "-mod=readonly", "-trimpath", "-ldflags", "-s -w", "-o", output, PACKAGE],
      work,
    );
    renameSync(output, binary);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** `node test/counterparties/vault.ts` prepares the binary before the tests run, and prints its path. */
if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const vault = await ensureVault();
  console.log("found" in vault ? vault.found : `missing: ${vault.missing}`);
  if ("missing" in vault) console.log(`(looked in ${dirname(cacheDir())})`);
}
