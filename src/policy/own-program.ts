import { CountersignError, messageOf } from "../base/index.ts";
import { OWN_BUILTINS } from "./own-builtins.ts";
import { instantiate, type Program } from "./program.ts";

/** Asks compiled rules of somebody's own. */
export interface OwnProgram {
  /** Data for the calls that come: a JSON object. */
  setData(data: object): void;
  /** What the rules of an entrypoint say of an input in JSON, by name; rules without an answer are not in it. E_POLICY where they fail. */
  ask(entrypoint: string, input: Uint8Array): Readonly<Record<string, unknown>>;
}

export function ownProgram(wasm: Uint8Array): OwnProgram {
  const module = new WebAssembly.Module(new Uint8Array(wasm));
  let data: object = {};
  let program: Program | undefined;
  return {
    setData(next) {
      data = next;
      if (program !== undefined) program.setData(data);
    },
    ask(entrypoint, input) {
      const asked = program ?? instantiate(module, data, OWN_BUILTINS);
      const number = asked.entrypoints[entrypoint];
      program = undefined; // not after a throw: the state of that instance is not to be trusted
      let answer: unknown;
      try {
        answer = number === undefined ? {} : asked.ask(input, number);
      } catch (cause) {
        throw new CountersignError("E_POLICY", `expected an answer, got: ${messageOf(cause)}`, { cause });
      }
      program = asked;
      return typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
    },
  };
}
