import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findExecutable, missing, type Availability } from "./availability.ts";

const MODULE_DIR = fileURLToPath(new URL("wycheproof/", import.meta.url));
const MODULE = "github.com/c2sp/wycheproof";

/** A case of Wycheproof: hexadecimal fields, and what must come of them. */
export interface WycheproofCase {
  readonly tcId: number;
  readonly result: "acceptable" | "invalid" | "valid";
  readonly [field: string]: number | string | readonly string[];
}

export interface WycheproofGroup {
  readonly tests: readonly WycheproofCase[];
  readonly [field: string]: unknown;
}

/** Test vectors of Project Wycheproof (Apache-2.0), from their Go module, verified by the committed `go.sum`. */
export function wycheproof(): Availability<(name: string) => readonly WycheproofGroup[]> {
  const go = findExecutable("go", ["/usr/local/go/bin"]);
  if (go === undefined) return missing("no Go toolchain to fetch the Wycheproof vectors");
  try {
    const command = ["mod", "download", "-json", MODULE];
    const output = execFileSync(go, command, {
      cwd: MODULE_DIR,
      encoding: "utf8",
      env: { ...process.env, GOFLAGS: "-mod=readonly" },
    });
    const { Dir } = JSON.parse(output) as { Dir: string };
    return {
      found: (name) => {
        const bytes = readFileSync(join(Dir, "testvectors_v1", name), "utf8");
        return (JSON.parse(bytes) as { testGroups: readonly WycheproofGroup[] }).testGroups;
      },
    };
  } catch (thrown) {
    return missing(`the Wycheproof vectors could not be fetched: ${String(thrown)}`);
  }
}
