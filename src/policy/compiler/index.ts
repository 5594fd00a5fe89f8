import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CountersignError } from "../../base/index.ts";
import { builtFile, buildCompiler } from "./build.ts";
import { findOpa } from "./opa.ts";
import type { Compiler } from "./protocol.ts";
import { wasiCompiler } from "./wasi.ts";

export {
  REGO_VERSIONS,
  type Compiler,
  type CompilerAnswer,
  type Coverage,
  type Inspected,
  type OwnRule,
  type Problem,
  type RegoTest,
  type RegoVersion,
} from "./protocol.ts";

/** The compiler that comes with the published package. */
const PACKAGED = fileURLToPath(new URL("./compiler.wasm.br", import.meta.url));

/** Go sources are in a checkout only. */
const GO_SOURCES = fileURLToPath(new URL("./go.mod", import.meta.url));

/**
 * The first of: the compiler in the package, the one built in this checkout (built now where Go is), `opa` on the PATH.
 * E_COMPILER, with what to install, when there is none.
 */
export async function findCompiler(): Promise<Compiler> {
  if (existsSync(PACKAGED)) return wasiCompiler(PACKAGED, "packaged");
  const built = existsSync(GO_SOURCES) ? await fromCheckout() : undefined;
  const compiler = built ?? (await findOpa());
  if (compiler !== undefined) return compiler;
  throw new CountersignError("E_COMPILER", "expected a Rego compiler, got neither Go nor `opa` on the PATH", {
    fix: "Install Open Policy Agent (`opa`), or Go to build the compiler, or use the published package, which has one.",
  });
}

async function fromCheckout(): Promise<Compiler | undefined> {
  const file = await builtFile("wasi");
  const ready = existsSync(file) ? file : await buildCompiler("wasi");
  return ready === undefined ? undefined : wasiCompiler(ready, "built");
}
