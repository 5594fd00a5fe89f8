import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findExecutable, isExecutable, missing, type Availability } from "./availability.ts";
import { cacheDir, runBuild, withLock } from "./cache.ts";

const MODULE_DIR = fileURLToPath(new URL("conftest/", import.meta.url));
const PACKAGE = "github.com/open-policy-agent/conftest";

/** The path of a conftest built from its Go modules, verified by the committed `go.sum`, cached by version. For tests only. */
export async function ensureConftest(): Promise<Availability<string>> {
  const home = join(cacheDir(), `conftest-${conftestVersion()}`);
  const binary = join(home, "conftest");
  if (isExecutable(binary)) return { found: binary };
  const go = findExecutable("go", ["/usr/local/go/bin"]);
  if (go === undefined) return missing(`no built conftest in ${home}, and no Go toolchain to build one`);
  mkdirSync(home, { recursive: true });
  await withLock(join(home, "building"), async () => {
    if (!isExecutable(binary)) await build(go, binary);
  });
  return { found: binary };
}

/** As `conftest/go.mod` requires it, without the leading `v`. */
function conftestVersion(): string {
  const text = readFileSync(join(MODULE_DIR, "go.mod"), "utf8");
  const version = /github\.com\/open-policy-agent\/conftest v(\S+)$/m.exec(text)?.[1];
  if (version === undefined) throw new Error(`expected ${PACKAGE} in ${MODULE_DIR}go.mod`);
  return version;
}

async function build(go: string, binary: string): Promise<void> {
  console.warn(`building conftest ${conftestVersion()} into ${binary} (once; about 6 minutes on two cores)`);
  // Built from a copy, so that the toolchain cannot touch the committed files.
  const work = mkdtempSync(join(tmpdir(), "countersign-conftest-"));
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

/** `node test/counterparties/conftest.ts` prepares the binary before the tests run, and prints its path. */
if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const conftest = await ensureConftest();
  console.log("found" in conftest ? conftest.found : `missing: ${conftest.missing}`);
}
