import { availableParallelism } from "node:os";
import { join } from "node:path";
import { EXIT, CountersignError, writeFileAtomically, type ExitCode } from "../base/index.ts";
import { computeGrants } from "../access/index.ts";
import { assemble, type EvidenceHead, type EvidencePackage } from "../evidence/index.ts";
import { loadMappings, type Mapping } from "../controls/index.ts";
import { evaluateAll, openOutcomeCache, resolveParams, type Bundle } from "../policy/index.ts";
import { buildSubjects } from "../subjects/index.ts";
import { readBundle } from "./bundle.ts";
import type { LoadedConfig } from "./config.ts";
import { packagePath, productVersion, type Environment } from "./environment.ts";
import type { OpenedSnapshot } from "./snapshots.ts";

/** Threads that judge: more than this do not help on the sizes that one machine holds. */
const MAX_JUDGES = 8;

/** Below this many facts starting threads costs more than it saves. */
const FACTS_FOR_THREADS = 20_000;

/** What an assessment takes beside the snapshot. */
export interface AssessingRequest {
  readonly environment: Environment;
  readonly config: LoadedConfig;
  readonly snapshot: OpenedSnapshot;
  /** Where the parts of the package go. */
  readonly partsDirectory: string;
  /** Outcomes of earlier runs, where they are kept. */
  readonly cacheDirectory?: string;
  /** The command that gives the same package again. */
  readonly reproduce: string;
}

/** Judges a snapshot: facts → access → subjects → outcomes → controls → package. Offline. */
export async function assessSnapshot(request: AssessingRequest): Promise<EvidencePackage> {
  const { config, snapshot, partsDirectory, cacheDirectory, reproduce } = request;
  const { manifest, manifestSha256, records, facts, revised } = snapshot;
  const bundle = await readBundle();
  const mappings = await scopedMappings(config, bundle);
  const settings = config.value.parameters ?? {};
  const model = computeGrants(facts, { takenAt: manifest.taken_at });
  const cache =
    cacheDirectory === undefined ? undefined : await openOutcomeCache(cacheDirectory, bundle, settings);
  const workers =
    [...facts.all()].length < FACTS_FOR_THREADS
      ? 1
      : Math.min(MAX_JUDGES, Math.max(1, availableParallelism() - 1));
  try {
    return await assemble({
      manifest,
      manifestSha256,
      records,
      facts,
      judgedRevisions: new Map(revised.map(({ storeId, present }) => [storeId, present])),
      subjects: () => buildSubjects(facts, model, config.rules, manifest.taken_at),
      judge: (lines) =>
        evaluateAll(bundle, lines, { workers, settings, ...(cache === undefined ? {} : { cache }) }),
      catalogue: bundle.catalogue,
      params: resolveParams(bundle.catalogue, settings),
      defaultParams: resolveParams(bundle.catalogue),
      mappings,
      entity: config.value.entity ?? { name: "not stated" },
      digests: {
        policy_bundle: bundle.digest,
        configuration: config.digest,
        mappings: Object.fromEntries(mappings.map(({ framework, sha256 }) => [framework.id, sha256])),
      },
      productVersion: productVersion(),
      reproduce,
      model,
      partsDirectory,
    });
  } finally {
    cache?.close();
  }
}

async function scopedMappings(config: LoadedConfig, bundle: Bundle): Promise<readonly Mapping[]> {
  const all = await loadMappings(packagePath("mappings"), bundle.catalogue.policies);
  const wanted = config.value.frameworks;
  if (wanted === undefined) return all;
  const known = all.map(({ framework }) => framework.id);
  const unknown = wanted.find((framework) => !known.includes(framework));
  if (unknown !== undefined) {
    throw new CountersignError("E_CONFIG", `expected a framework of ${known.join(", ")}, got ${unknown}`, {
      location: config.locate(["frameworks", String(wanted.indexOf(unknown))]),
    });
  }
  return all.filter(({ framework }) => wanted.includes(framework.id));
}

/** Writes the head beside the parts, so that a directory is a whole package. */
export async function writeHead(directory: string, head: EvidenceHead): Promise<void> {
  await writeFileAtomically(join(directory, "evidence-package.json"), `${JSON.stringify(head, null, 2)}\n`);
}

/** Which exit codes a package asks for: faults of policies, deviations, and anything that was not seen. */
export function packageExits({ head }: EvidencePackage): ExitCode[] {
  const { outcomes, gap_count } = head.summary;
  const { population, deviation, undetermined, error } = outcomes;
  const unseen = gap_count > 0 || undetermined > error || population === 0;
  const incomplete = head.sources.length === 0 || head.sources.some(({ status }) => status !== "complete");
  return [
    ...(error > 0 ? [EXIT.usage] : []),
    ...(deviation > 0 ? [EXIT.violations] : []),
    ...(unseen || incomplete ? [EXIT.incomplete] : []),
  ];
}
