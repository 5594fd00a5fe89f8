import { CountersignError, canonicalJson, digestOf, sortedBy, type Sha256 } from "../base/index.ts";
import { packArchive, unpackArchive } from "./archive.ts";
import { CHANGE_KINDS, bundleDigest, parseCatalogue, type Catalogue } from "./catalogue.ts";
import { CHECKED_BUNDLE } from "./checked-bundle.ts";
import { entryFaults } from "./entry-faults.ts";
import { ALL_POLICIES, ROOTS, entrypointsOf, policyNames } from "./entrypoints.ts";
import { moduleAnswer } from "./program.ts";

/** A compiled set of policies: a bundle that was read, or several as one. */
export interface Bundle {
  /** SHA-256 of the bundle's bytes: what evidence names it by. Of several: of their digests. */
  readonly digest: Sha256;
  readonly catalogue: Catalogue;
  readonly modules: readonly PolicyModule[];
}

/** One Wasm module and the policies in it. */
export interface PolicyModule {
  readonly policyIds: readonly string[];
  readonly module: WebAssembly.Module;
  /** Not written here: its calls are watched, since they may never end. */
  readonly own: boolean;
}

const WASM = "policy.wasm";
const CATALOGUE = "catalogue.json";

/**
 * The bytes of `bundle.tar.gz`: an OPA bundle with Wasm, plus `catalogue.json`. The same policies give the same bytes on
 * every machine. Names begin with `/`, as OPA's own bundles have them.
 */
export function packBundle(catalogue: Catalogue, wasm: Uint8Array): Buffer {
  const manifest = {
    revision: "",
    roots: ROOTS,
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

/** Opens a bundle and checks it, whatever its digest. E_BUNDLE. */
export function checkBundle(bytes: Uint8Array, { own = false }: BundleTerms = {}): Bundle {
  return openedBundle(bytes, own, checkedCatalogue);
}

/** Whose a bundle is. */
export interface BundleTerms {
  readonly own?: boolean;
}

/**
 * Opens a bundle, `own` where an organisation wrote it. E_BUNDLE when it is malformed, or when its catalogue and its Wasm
 * speak of different policies. The published bundle, known by its digest, was checked when it was built.
 */
export function loadBundle(bytes: Uint8Array, { own = false }: BundleTerms = {}): Bundle {
  const isChecked = bundleDigest(bytes) === CHECKED_BUNDLE;
  return openedBundle(bytes, own, isChecked ? (text) => JSON.parse(text) as Catalogue : checkedCatalogue);
}

function openedBundle(
  bytes: Uint8Array,
  own: boolean,
  catalogueOf: (text: string, module: WebAssembly.Module) => Catalogue,
): Bundle {
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
  const module = compiled(wasm);
  const catalogue = catalogueOf(catalogueText.toString("utf8"), module);
  const policyIds = catalogue.policies.map(({ policy_id }) => policy_id);
  return { digest: bundleDigest(bytes), catalogue, modules: [{ policyIds, module, own }] };
}

function checkedCatalogue(text: string, module: WebAssembly.Module): Catalogue {
  const catalogue = parseCatalogue(text);
  refuseFaults(catalogue);
  refuseDifference(policyNames(catalogue), moduleAnswer(module, ALL_POLICIES));
  return catalogue;
}

/** A policy of the Wasm alone would judge nothing, and nobody would hear of it. */
function refuseDifference(expected: readonly string[], got: unknown): void {
  if (!Array.isArray(got)) {
    throw new CountersignError("E_BUNDLE", `expected ${WASM} to name its policies, got none`, {
      fix: "Build the bundle again with `countersign policy build`.",
    });
  }
  const [catalogued, compiledNames] = [new Set<unknown>(expected), new Set<unknown>(got)];
  const odd = [...catalogued.symmetricDifference(compiledNames)].map(String).sort();
  if (odd.length === 0) return;
  throw new CountersignError(
    "E_BUNDLE",
    `expected catalogue and Wasm to hold the same policies, got a difference in ${odd.join(", ")}`,
  );
}

/** What the compiler's checks let through no bundle that it made; one may have been made otherwise. */
function refuseFaults({ policies }: Catalogue): void {
  for (const entry of policies) {
    for (const fault of entryFaults(entry)) {
      throw new CountersignError("E_BUNDLE", `${entry.policy_id}: ${fault}`, {
        fix: "Build the bundle again with `countersign policy build`.",
      });
    }
  }
}

/** Several bundles as one; their order does not matter. E_BUNDLE when two hold a policy of the same id. */
export function unitedBundle(bundles: readonly [Bundle, ...Bundle[]]): Bundle {
  const [first, ...others] = bundles;
  if (others.length === 0) return first;
  const policies = sortedBy(
    bundles.flatMap(({ catalogue }) => catalogue.policies),
    ({ policy_id }) => policy_id,
  );
  const twice = policies.find(({ policy_id }, index) => policies[index - 1]?.policy_id === policy_id);
  if (twice !== undefined) {
    throw new CountersignError(
      "E_BUNDLE",
      `expected each policy id in one bundle, got ${twice.policy_id} in two`,
      { fix: "Rename one of the two: its folder, its files and its package." },
    );
  }
  return {
    digest: digestOf(bundles.map(({ digest }) => digest).sort()),
    catalogue: { format: "countersign-catalogue/1", policies },
    modules: bundles.flatMap(({ modules }) => modules),
  };
}

/** A bundle without the policies about what only a change under review has: what judges snapshots. Its digest stays, since its bytes do. */
export function ofSnapshots(bundle: Bundle): Bundle {
  const { format, policies } = bundle.catalogue;
  const kept = policies.filter(({ subject }) => !CHANGE_KINDS.includes(subject));
  const ids = new Set(kept.map(({ policy_id }) => policy_id));
  return {
    ...bundle,
    catalogue: { format, policies: kept },
    modules: bundle.modules.map((one) => ({ ...one, policyIds: one.policyIds.filter((id) => ids.has(id)) })),
  };
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
