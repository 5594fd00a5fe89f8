import { CountersignError } from "../../base/index.ts";
import type { ProgramResult } from "./program.ts";

/** Wall-clock time of one run of the compiler. Our own catalogue is tested in a tenth of it on a busy machine. */
export const MAX_COMPILER_SECONDS = 180;

/** Memory of the compiler on WASI, four times what our own catalogue takes. */
const MAX_COMPILER_MIB = 1024;

const PAGES_PER_MIB = 16;

/** The flag of Node that limits the memory of WebAssembly. */
export const MEMORY_FLAG = `--wasm-max-mem-pages=${MAX_COMPILER_MIB * PAGES_PER_MIB}`;

const LOOPS = "Look for rules or tests that walk through every combination of large collections.";

/** How a run says what it lacked, and what its policies were expected to be. */
const EXHAUSTED: readonly { said: RegExp; expected: string; fix: string }[] = [
  {
    said: /out of memory/,
    expected: `policies that need at most ${MAX_COMPILER_MIB} MiB, got more`,
    fix: LOOPS,
  },
  {
    said: /Maximum call stack size exceeded|stack overflow|goroutine stack exceeds/,
    expected: "policies whose values and expressions are nested some thousand levels deep at most, got more",
    fix: "Look for a line with thousands of brackets, one within the other.",
  },
];

/** Why a run of `command` gave no answer: E_POLICY where the policies need too much, else E_COMPILER. */
export function compilerFailure(
  command: string,
  { exitCode, stderr }: Omit<ProgramResult, "stdout">,
): CountersignError {
  if (exitCode === undefined) {
    const message = `expected to ${command} the policies within ${MAX_COMPILER_SECONDS} s, got no end`;
    return new CountersignError("E_POLICY", message, { fix: LOOPS });
  }
  const lack = EXHAUSTED.find(({ said }) => said.test(stderr));
  if (lack !== undefined)
    return new CountersignError("E_POLICY", `expected ${lack.expected}`, { fix: lack.fix });
  const [first = ""] = stderr.trim().split("\n"); // a dump of the program's state may follow
  return new CountersignError("E_COMPILER", `expected the compiler to end with 0, got ${exitCode}: ${first}`);
}
