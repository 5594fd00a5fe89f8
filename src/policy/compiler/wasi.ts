import { fileURLToPath } from "node:url";
import { CountersignError } from "../../base/index.ts";
import { capabilities, parseAnswer, type Compiler } from "./protocol.ts";
import { runProgram } from "./program.ts";

/** The compiler as a WASI program, in a process of its own: it may exit, and it can be stopped. */
export function wasiCompiler(wasmFile: string, origin: string): Compiler {
  const child = fileURLToPath(new URL(`./wasi-child${extension(import.meta.url)}`, import.meta.url));
  return {
    origin,
    unchecked: [],
    async run(request) {
      const stdin = JSON.stringify({ ...request, capabilities: await capabilities() });
      const ended = await runProgram({
        file: process.execPath,
        args: ["--no-warnings", child, wasmFile],
        stdin,
      });
      if (ended?.exitCode === 0) return parseAnswer(ended.stdout, ended.stderr);
      throw new CountersignError(
        "E_COMPILER",
        `expected the compiler to end with 0, got ${ended?.exitCode ?? "no start"}: ${ended?.stderr ?? ""}`,
      );
    },
  };
}

/** Sources run as `.ts` in a checkout and as `.js` in the package. */
function extension(url: string): string {
  return url.endsWith(".ts") ? ".ts" : ".js";
}
