import { availableParallelism } from "node:os";
import { join } from "node:path";
import { EXIT, writeFileAtomically, type ExitCode } from "../base/index.ts";
import { computeGrants, type GrantModel } from "../access/index.ts";
import {
  PART_FILES,
  assemble,
  judgeOnly,
  rulesDigest,
  type EvidenceHead,
  type EvidencePackage,
  type JudgeRequest,
  type ReplaceTerms,
} from "../evidence/index.ts";
import type { FactSet, SnapshotManifest } from "../facts/index.ts";
import { Overruns, evaluateAll, openOutcomeCache, type OutcomeCache } from "../policy/index.ts";
import { buildSubjects } from "../subjects/index.ts";
import type { LoadedConfig } from "./config.ts";
import { productVersion, type Environment } from "./environment.ts";
import { earlierSnapshots } from "./history.ts";
import { JudgementStore } from "./judgements.ts";
import type { WhereAllowed } from "./keeping.ts";
import type { Rulebook } from "./rulebook.ts";
import type { OpenedSnapshot } from "./snapshots.ts";

/** Threads that judge: more than this do not help on the sizes that one machine holds. */
const MAX_JUDGES = 8;

/** Below this many facts starting threads costs more than it saves. */
const FACTS_FOR_THREADS = 20_000;

/** What an assessment takes beside the snapshot. */
export interface AssessingRequest {
  readonly environment: Environment;
  readonly config: LoadedConfig;
  readonly rulebook: Rulebook;
  readonly snapshot: OpenedSnapshot;
  /** Where the parts of the package go. */
  readonly partsDirectory: string;
  /** Where outcomes are kept for later runs. */
  readonly cacheDirectory?: string;
  /** Whether outcomes of earlier runs are taken from there; else everything is evaluated. */
  readonly reuseOutcomes: boolean;
  /** What earlier assessments came to, where it is kept. */
  readonly historyDirectory?: string;
  /** Where snapshots are kept beside that. */
  readonly snapshotsDirectory?: string;
  /** Keeps outcomes and judgements, or goes on without. */
  readonly whereAllowed: WhereAllowed;
  /** At most so many earlier snapshots are looked at. */
  readonly earlierLimit: number;
  /** The command that gives the same package again. */
  readonly reproduce: string;
}

/** Judges a snapshot: facts → access → subjects → outcomes → controls → package. Offline. */
export async function assessSnapshot(request: AssessingRequest): Promise<EvidencePackage> {
  const { environment, config, rulebook, snapshot, partsDirectory, reproduce } = request;
  const { manifest, manifestSha256, records, facts, revised } = snapshot;
  const { bundle, rules } = rulebook;
  const { historyDirectory, cacheDirectory } = request;
  const store =
    historyDirectory === undefined ? undefined : new JudgementStore(historyDirectory, request.whereAllowed);
  const judged = { catalogue: bundle.catalogue, rules };
  const overruns = new Overruns();
  const earlier = await earlierSnapshots({
    snapshot,
    limit: request.earlierLimit,
    rulesSha256: rulesDigest(rules),
    judge: async (other) =>
      await judgeOnly({ ...judged, ...other, ...judging(request, other, overruns).request }),
    tell: (note) => environment.terminal.err(note),
    signal: environment.signal,
    ...(store === undefined ? {} : { store }),
    ...(request.snapshotsDirectory === undefined ? {} : { snapshotsDirectory: request.snapshotsDirectory }),
  });
  const firstRules = await store?.firstRules({
    snapshot_id: manifest.snapshot_id,
    manifest_sha256: manifestSha256,
  });
  const cache =
    cacheDirectory === undefined
      ? undefined
      : await request.whereAllowed(
          async () =>
            await openOutcomeCache(cacheDirectory, bundle, {
              settings: rulebook.settings,
              ...(request.reuseOutcomes ? { random: environment.ports.random } : {}),
            }),
        );
  const present = judging(request, snapshot, overruns, cache);
  try {
    const { judgement, ...evidence } = await assemble({
      ...judged,
      ...present.request,
      manifest,
      manifestSha256,
      records,
      facts,
      judgedRevisions: new Map(revised.map(({ storeId, present: revision }) => [storeId, revision])),
      ...(firstRules === undefined ? {} : { firstRules }),
      params: rulebook.params,
      defaultParams: rulebook.defaultParams,
      mappings: rulebook.mappings,
      ownBundles: rulebook.ownBundles,
      classification: config.rules,
      entity: config.value.entity ?? { name: "not stated" },
      ownControls: rulebook.ownControls,
      digests: rulebook.digests,
      productVersion: productVersion(),
      reproduce,
      model: present.model,
      partsDirectory,
      earlier,
    });
    await store?.keep(judgement);
    return evidence;
  } finally {
    present.close();
  }
}

/** How one snapshot is judged with the configuration and the bundle. */
interface Judging {
  readonly model: GrantModel;
  readonly request: Pick<JudgeRequest, "subjects" | "judge">;
  readonly close: () => void;
}

function judging(
  { config, rulebook: { bundle, settings } }: Pick<AssessingRequest, "config" | "rulebook">,
  { manifest, facts }: { readonly manifest: SnapshotManifest; readonly facts: FactSet },
  overruns: Overruns,
  cache?: OutcomeCache,
): Judging {
  const model = computeGrants(facts, { takenAt: manifest.taken_at });
  const workers =
    [...facts.all()].length < FACTS_FOR_THREADS
      ? 1
      : Math.min(MAX_JUDGES, Math.max(1, availableParallelism() - 1));
  return {
    model,
    request: {
      subjects: () => buildSubjects(facts, model, config.rules, manifest.taken_at),
      judge: (lines) =>
        evaluateAll(bundle, lines, {
          workers,
          settings,
          overruns,
          ...(cache === undefined ? {} : { cache }),
        }),
    },
    close: () => cache?.close(),
  };
}

const HEAD_FILE = "evidence-package.json";

/** The files of a package; the head vouches for the parts. */
export const PACKAGE_NAMES: ReplaceTerms["names"] = [
  HEAD_FILE,
  ...Object.values(PART_FILES).map((name) => `parts/${name}`),
];

/** Writes the head beside the parts, so that a directory is a whole package. */
export async function writeHead(directory: string, head: EvidenceHead): Promise<void> {
  await writeFileAtomically(join(directory, HEAD_FILE), `${JSON.stringify(head, null, 2)}\n`);
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
