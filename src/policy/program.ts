import * as library from "@open-policy-agent/opa-wasm";
import { CountersignError, messageOf } from "../base/index.ts";

/** Memory of one instance, in pages of 64 KiB: 256 MiB at most, so that no policy takes the machine. */
const MEMORY: WebAssembly.MemoryDescriptor = { initial: 16, maximum: 4096 };

const PAGE_BYTES = 64 * 1024;

/** One instance of a compiled bundle, with the data it was given. */
export interface Program {
  /** Entrypoint name to the number that `run` takes. */
  readonly entrypoints: Readonly<Record<string, number>>;
  /**
   * The answer of one entrypoint to `{"subject": …}`, the subject in JSON, with what else is to be in that input; undefined when it
   * has none. Throws strings and objects.
   */
  run(subject: Uint8Array, entrypoint: number, besides?: Readonly<Record<string, string>>): unknown;
  /** The same to an input of any form, in JSON. */
  ask(input: Uint8Array, entrypoint: number): unknown;
  /** Other data for the calls that come. */
  setData(data: object): void;
}

/** The library's synchronous loader, which its types leave out. */
interface Loader {
  loadPolicySync(
    module: WebAssembly.Module,
    memory: WebAssembly.MemoryDescriptor,
    builtins?: Readonly<Record<string, unknown>>,
  ): Loaded;
}

interface Loaded {
  readonly entrypoints: Readonly<Record<string, number>>;
  readonly mem: WebAssembly.Memory;
  readonly wasmInstance: { readonly exports: { readonly opa_eval: OpaEval } };
  readonly dataAddr: number;
  readonly dataHeapPtr: number;
  setData(data: object): void;
}

/** ABI 1.2: reserved, entrypoint, data, input, its length, heap, format (0: JSON); the address of the answer. */
type OpaEval = (
  reserved: 0,
  entrypoint: number,
  data: number,
  input: number,
  inputBytes: number,
  heap: number,
  format: 0,
) => number;

const loader = (library as unknown as { readonly default: Loader }).default;

/** A fresh instance over `data`, with builtins beside the library's. E_BUNDLE when the module is not OPA's. */
export function instantiate(
  module: WebAssembly.Module,
  data: object,
  builtins: Readonly<Record<string, unknown>> = {},
): Program {
  try {
    const policy = loader.loadPolicySync(module, { ...MEMORY }, builtins);
    policy.setData(data);
    return new WasmProgram(policy);
  } catch (cause) {
    throw new CountersignError("E_BUNDLE", `expected OPA's WebAssembly, got: ${messageOf(cause)}`, { cause });
  }
}

/** What a module answers without data and input, and which entrypoints it has. E_BUNDLE as `instantiate`. */
export function moduleAnswer(module: WebAssembly.Module, entrypoint: string): unknown {
  const program = instantiate(module, {});
  const number = program.entrypoints[entrypoint];
  return number === undefined ? undefined : program.ask(Buffer.from("{}"), number);
}

const HEAD = Buffer.from('{"subject":');
const TAIL = Buffer.from("}");

function headWith(besides: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(`${JSON.stringify(besides).slice(0, -1)},"subject":`);
}

/**
 * The library loads the module and serves its builtins; the call itself goes past it, straight into the module's memory:
 * the library would print a subject that is JSON already, and look for the end of the answer byte by byte.
 */
class WasmProgram implements Program {
  readonly entrypoints: Readonly<Record<string, number>>;
  private readonly policy: Loaded;
  private memory = Buffer.alloc(0);

  constructor(policy: Loaded) {
    this.policy = policy;
    this.entrypoints = policy.entrypoints;
  }

  run(subject: Uint8Array, entrypoint: number, besides?: Readonly<Record<string, string>>): unknown {
    return this.answer([besides === undefined ? HEAD : headWith(besides), subject, TAIL], entrypoint);
  }

  ask(input: Uint8Array, entrypoint: number): unknown {
    return this.answer([input], entrypoint);
  }

  setData(data: object): void {
    this.policy.setData(data);
  }

  private answer(parts: readonly Uint8Array[], entrypoint: number): unknown {
    const { dataAddr, dataHeapPtr, wasmInstance } = this.policy;
    const length = parts.reduce((total, part) => total + part.length, 0);
    const input = this.view(dataHeapPtr + length);
    let next = dataHeapPtr;
    for (const part of parts) {
      input.set(part, next);
      next += part.length;
    }
    const heap = dataHeapPtr + length;
    const at = wasmInstance.exports.opa_eval(0, entrypoint, dataAddr, dataHeapPtr, length, heap, 0);
    const output = this.view(at);
    const text = output.toString("utf8", at, output.indexOf(0, at));
    const [first] = JSON.parse(text) as { result?: unknown }[];
    return first?.result;
  }

  /** The module's memory, grown to `bytes`; growing it makes older views useless. */
  private view(bytes: number): Buffer {
    const { mem } = this.policy;
    const missing = bytes - mem.buffer.byteLength;
    if (missing > 0) mem.grow(Math.ceil(missing / PAGE_BYTES));
    if (this.memory.buffer !== mem.buffer) this.memory = Buffer.from(mem.buffer);
    return this.memory;
  }
}
