import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { CountersignError, fileError, sortedBy, writeFileAtomically } from "../../base/index.ts";
import { runProgram } from "./program.ts";

const SOURCES = fileURLToPath(new URL("./", import.meta.url));

/** Where built compilers are kept in a checkout; never committed. */
const CACHE = fileURLToPath(new URL("../../../.cache/compiler/", import.meta.url));

const BUILD_TIMEOUT_MS = 1_200_000;

const PACKED = "compiler.wasm.br";

/** What to build: the compiler for WASI, or the benchmark's counterpart for this machine. */
export type Target = "wasi" | "bench";

/** The file that the present Go sources build to; its name holds their digest, so that it is never stale. */
export async function builtFile(target: Target): Promise<string> {
  const names = (await readdir(SOURCES)).filter((name) => name.endsWith(".go") || name.startsWith("go."));
  const hash = createHash("sha256");
  for (const name of sortedBy(names, (name) => name)) {
    hash
      .update(`${name}\n`)
      .update(await readFile(`${SOURCES}${name}`))
      .update("\n");
  }
  const digest = hash.digest("hex").slice(0, 16);
  return `${CACHE}${target}-${digest}${target === "wasi" ? ".wasm" : ""}`;
}

/** Builds with Go and gives the file; undefined when Go is not there. E_COMPILER when the build fails. */
export async function buildCompiler(target: Target): Promise<string | undefined> {
  const file = await builtFile(target);
  await mkdir(CACHE, { recursive: true });
  const partial = `${file}.${process.pid}.tmp`;
  const flags = [
    "-trimpath",
    "-buildvcs=false",
    "-ldflags",
    "-s -w",
    ...(target === "bench" ? ["-tags", "bench"] : []),
  ];
  const ended = await runProgram({
    file: "go",
    args: ["build", ...flags, "-o", partial, "."],
    cwd: SOURCES,
    env: { ...process.env, ...(target === "wasi" ? { GOOS: "wasip1", GOARCH: "wasm" } : {}) },
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  if (ended === undefined) return undefined;
  if (ended.exitCode !== 0) {
    const got = ended.exitCode === undefined ? `no end within ${BUILD_TIMEOUT_MS / 1000} s` : ended.stderr;
    throw new CountersignError("E_COMPILER", `expected go build to succeed, got: ${got}`, {
      fix: "Go fetches the modules of src/policy/compiler/go.mod: check its proxy settings.",
    });
  }
  await rename(partial, file);
  return file;
}

/** Puts the compressed compiler beside the compiled sources of the package. */
async function pack(directory: string): Promise<void> {
  const built = (await buildCompiler("wasi")) ?? missingGo();
  try {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 };
    const packed = await promisify(brotliCompress)(await readFile(built), { params });
    await writeFileAtomically(`${directory}/${PACKED}`, packed);
  } catch (thrown) {
    throw fileError(thrown, directory, "write");
  }
}

function missingGo(): never {
  throw new CountersignError("E_COMPILER", "expected Go to build the compiler, got no `go` on the PATH", {
    fix: "Install Go 1.26 or later.",
  });
}

// `node src/policy/compiler/build.ts [--pack <directory>]`
if (import.meta.main) {
  const [flag, directory] = process.argv.slice(2);
  if (flag === "--pack" && directory !== undefined) await pack(directory);
  else process.stdout.write(`${(await buildCompiler("wasi")) ?? missingGo()}\n`);
}
