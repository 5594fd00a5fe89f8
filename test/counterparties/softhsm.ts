import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findExecutable, missing, type Availability } from "./availability.ts";

/** Where Debian, Fedora and Homebrew put the library. */
const LIBRARIES = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/pkcs11/libsofthsm2.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

export interface SoftHsm {
  /** The PKCS#11 library. */
  readonly module: string;
  readonly util: string;
}

/** SoftHSM 2, a PKCS#11 token in software, and the native package that speaks to it. */
export async function ensureSoftHsm(): Promise<Availability<SoftHsm>> {
  const util = findExecutable("softhsm2-util");
  const module = LIBRARIES.find((path) => existsSync(path));
  if (util === undefined || module === undefined) return missing("no SoftHSM (Debian: softhsm2)");
  // Not a literal: the package is native and may be missing where this is compiled.
  const name = "pkcs11js";
  try {
    await import(name);
  } catch {
    return missing("pkcs11js is not installed: it needs a C++ compiler at `npm ci`");
  }
  return { found: { module, util } };
}

/** An empty token directory below `dir`, which this process's library then uses. */
export function useTokenDirectory(dir: string): void {
  const tokens = join(dir, "tokens");
  mkdirSync(tokens, { recursive: true });
  const config = join(dir, "softhsm2.conf");
  writeFileSync(config, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  // The library reads it from the environment of the process that loads it.
  process.env["SOFTHSM2_CONF"] = config;
}

/** A new token in the directory in use. */
export function initToken({ util }: SoftHsm, label: string, pin: string): void {
  const args = ["--init-token", "--free", "--label", label, "--so-pin", `so-${pin}`, "--pin", pin];
  execFileSync(util, args, { stdio: ["ignore", "pipe", "pipe"] });
}
