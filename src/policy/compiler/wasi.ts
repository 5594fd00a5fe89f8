import { fileURLToPath } from "node:url";
import { CountersignError } from "../../base/index.ts";
import { MAX_COMPILER_SECONDS, MEMORY_FLAG, compilerFailure } from "./limits.ts";
import { capabilities, parseAnswer, type Compiler } from "./protocol.ts";
import { runProgram } from "./program.ts";

/** The compiler as a WASI program, in a process of its own: it may exit, it can be stopped, and its memory is bounded. */
export function wasiCompiler(wasmFile: string, origin: string): Compiler {
  const child = fileURLToPath(new URL(`./wasi-child${extension(import.meta.url)}`, import.meta.url));
  return {
    origin,
    unchecked: [],
    async run(request) {
      const stdin = JSON.stringify({ ...request, capabilities: await capabilities() });
      const ended = await runProgram({
        file: process.execPath,
        args: ["--no-warnings", MEMORY_FLAG, child, wasmFile],
        stdin,
        timeoutMs: MAX_COMPILER_SECONDS * 1000,
      });
      if (ended === undefined)
        throw new CountersignError("E_COMPILER", "expected the compiler to start, got no Node");
      if (ended.exitCode !== 0) throw compilerFailure(request.command, ended);
      return parseAnswer(ended.stdout, ended.stderr);
    },
  };
}

/** Sources run as `.ts` in a checkout and as `.js` in the package. */
function extension(url: string): string {
  return url.endsWith(".ts") ? ".ts" : ".js";
}
