import { CountersignError, canonicalJson, type Sha256 } from "../base/index.ts";
import { packArchive, unpackArchive } from "./archive.ts";
import { bundleDigest, parseCatalogue, type Catalogue } from "./catalogue.ts";
import { moduleEntrypoints } from "./program.ts";

/** A compiled set of policies. */
export interface Bundle {
  /** SHA-256 of the bundle's bytes: what evidence names it by. */
  readonly digest: Sha256;
  readonly catalogue: Catalogue;
  readonly module: WebAssembly.Module;
}

const WASM = "policy.wasm";
const CATALOGUE = "catalogue.json";

/** The entrypoints of a catalogue: each subject kind for all of its policies at once, and each policy by itself. */
export function entrypointsOf(catalogue: Catalogue): string[] {
  const all = catalogue.policies.flatMap(({ subject, policy_id }) => [
    `countersign/${subject}`,
    `countersign/${subject}/${policy_id}`,
  ]);
  return [...new Set(all)].sort();
}

/**
 * The bytes of `bundle.tar.gz`: an OPA bundle with Wasm, plus `catalogue.json`. The same policies give the same bytes on
 * every machine. Names begin with `/`, as OPA's own bundles have them.
 */
export function packBundle(catalogue: Catalogue, wasm: Uint8Array): Buffer {
  const manifest = {
    revision: "",
    roots: ["countersign"],
    rego_version: 1,
    wasm: entrypointsOf(catalogue).map((entrypoint) => ({ entrypoint, module: `/${WASM}` })),
  };
  return packArchive(
    new Map<string, Uint8Array>([
      ["/.manifest", Buffer.from(`${canonicalJson(manifest)}\n`)],
      [`/${CATALOGUE}`, Buffer.from(`${canonicalJson(catalogue)}\n`)],
      ["/data.json", Buffer.from("{}\n")],
      [`/${WASM}`, wasm],
    ]),
  );
}

/** Opens a bundle. E_BUNDLE when it is malformed, or when its catalogue and its Wasm speak of different policies. */
export function loadBundle(bytes: Uint8Array): Bundle {
  const entries = unpackArchive(bytes);
  const wasm = entries.get(WASM);
  const catalogueText = entries.get(CATALOGUE);
  if (wasm === undefined || catalogueText === undefined) {
    throw new CountersignError(
      "E_BUNDLE",
      `expected ${WASM} and ${CATALOGUE} in the bundle, got only part of them`,
      {
        fix: "Build it with `countersign policy build`.",
      },
    );
  }
  const catalogue = parseCatalogue(catalogueText.toString("utf8"));
  const module = compiled(wasm);
  const got = moduleEntrypoints(module);
  const expected = entrypointsOf(catalogue);
  const odd = [...new Set([...expected, ...got])].filter(
    (name) => !expected.includes(name) || !got.includes(name),
  );
  if (odd.length > 0) {
    throw new CountersignError(
      "E_BUNDLE",
      `expected catalogue and Wasm to hold the same policies, got a difference in ${odd.sort().join(", ")}`,
    );
  }
  return { digest: bundleDigest(bytes), catalogue, module };
}

function compiled(wasm: Uint8Array): WebAssembly.Module {
  try {
    return new WebAssembly.Module(new Uint8Array(wasm));
  } catch (cause) {
    throw new CountersignError("E_BUNDLE", `expected ${WASM} to be WebAssembly, got something else`, {
      cause,
    });
  }
}
