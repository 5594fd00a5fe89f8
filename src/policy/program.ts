import * as library from "@open-policy-agent/opa-wasm";
import { CountersignError, messageOf } from "../base/index.ts";

/** Memory of one instance, in pages of 64 KiB: 256 MiB at most, so that no policy takes the machine. */
const MEMORY: WebAssembly.MemoryDescriptor = { initial: 5, maximum: 4096 };

/** One instance of a compiled bundle, with the data it was given. */
export interface Program {
  /** Entrypoint name to the number that `run` takes. */
  readonly entrypoints: Readonly<Record<string, number>>;
  /** The answer of one entrypoint to an input in JSON; undefined when it has none. Throws strings and objects. */
  run(input: ArrayBuffer, entrypoint: number): unknown;
}

/** The library's synchronous loader, which its types leave out. */
interface Loader {
  loadPolicySync(module: WebAssembly.Module, memory: WebAssembly.MemoryDescriptor): Loaded;
}

interface Loaded {
  readonly entrypoints: Readonly<Record<string, number>>;
  evaluate(input: ArrayBuffer, entrypoint: number): unknown;
  setData(data: object): void;
}

const loader = (library as unknown as { readonly default: Loader }).default;

/** A fresh instance over `data`. E_BUNDLE when the module is not OPA's. */
export function instantiate(module: WebAssembly.Module, data: object): Program {
  try {
    const policy = loader.loadPolicySync(module, { ...MEMORY });
    policy.setData(data);
    return {
      entrypoints: policy.entrypoints,
      run: (input, entrypoint) => {
        const [first] = policy.evaluate(input, entrypoint) as { result?: unknown }[];
        return first?.result;
      },
    };
  } catch (cause) {
    throw new CountersignError("E_BUNDLE", `expected OPA's WebAssembly, got: ${messageOf(cause)}`, { cause });
  }
}

export function moduleEntrypoints(module: WebAssembly.Module): string[] {
  return Object.keys(instantiate(module, {}).entrypoints).sort();
}
