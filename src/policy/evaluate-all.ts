import type { Bundle } from "./bundle.ts";
import { createJudge, type Judge } from "./judge.ts";
import type { Outcome } from "./outcome.ts";
import type { OutcomeCache } from "./outcome-cache.ts";
import type { ParamSettings } from "./params.ts";

/** Subjects are sent to a thread in groups, so that messages do not cost more than the work. */
const GROUP_SUBJECTS = 128;

/** Groups under way for each worker: the bound of what waits in memory. */
const GROUPS_PER_WORKER = 4;

const MAX_WORKERS = 64;

const NOTHING = new Uint8Array();

export interface EvaluateOptions {
  /** Threads; 1, the default, evaluates in this thread. At most 64. */
  readonly workers?: number;
  readonly settings?: ParamSettings;
  /** Committed after the last subject; closed by whoever opened it. */
  readonly cache?: OutcomeCache;
}

/** The outcomes of one subject. */
export interface SubjectOutcomes {
  /** Canonical JSON, one outcome a line, in order of policy ids; empty when no policy speaks about this kind. */
  readonly lines: Uint8Array;
  /** Taken from the cache. */
  readonly cached: boolean;
}

export function parseOutcomes({ lines }: Pick<SubjectOutcomes, "lines">): Outcome[] {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Outcome);
}

/**
 * Evaluates every subject against the bundle and gives the outcomes in the order of the subjects. `subjects` are lines of
 * canonical JSON without the line end. Memory is bounded by a few groups a worker. E_INPUT, E_CONFIG.
 */
export async function* evaluateAll(
  bundle: Bundle,
  subjects: Iterable<Uint8Array>,
  { workers = 1, settings = {}, cache }: EvaluateOptions = {},
): AsyncGenerator<SubjectOutcomes> {
  const threads = Math.min(Math.max(1, Math.trunc(workers)), MAX_WORKERS);
  const judge = createJudge(bundle, settings, threads);
  const underWay: Promise<SubjectOutcomes[]>[] = [];
  try {
    for (const group of grouped(subjects)) {
      const answer = judged(judge, group, cache);
      answer.catch(() => undefined); // said when its turn comes; until then it is not unhandled
      underWay.push(answer);
      const oldest = underWay.length > threads * GROUPS_PER_WORKER ? underWay.shift() : undefined;
      for (const outcomes of (await oldest) ?? []) yield outcomes;
    }
    for (const answer of underWay) {
      for (const outcomes of await answer) yield outcomes;
    }
    cache?.commit();
  } finally {
    await judge.close();
  }
}

function* grouped(subjects: Iterable<Uint8Array>): Generator<Uint8Array[]> {
  let group: Uint8Array[] = [];
  for (const line of subjects) {
    group.push(line);
    if (group.length < GROUP_SUBJECTS) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

async function judged(
  judge: Judge,
  group: readonly Uint8Array[],
  cache: OutcomeCache | undefined,
): Promise<SubjectOutcomes[]> {
  const kept = group.map((line) => cache?.take(line));
  const missing = group.filter((_, index) => kept[index] === undefined);
  const fresh = missing.length === 0 ? [] : await judge.judge(missing);
  missing.forEach((line, index) => cache?.keep(line, fresh[index] ?? NOTHING));
  let used = 0;
  return kept.map((lines) =>
    lines === undefined ? { lines: fresh[used++] ?? NOTHING, cached: false } : { lines, cached: true },
  );
}
