import { CountersignError, invariant, printable } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import { createJudge, type Judge } from "./judge.ts";
import type { SubjectOutcomes } from "./outcome.ts";
import type { OutcomeCache } from "./outcome-cache.ts";
import { Overruns } from "./overruns.ts";
import type { ParamSettings } from "./params.ts";

/** Subjects are judged in groups, so that messages between threads do not cost more than the work. */
const GROUP_JUDGED = 128;

/** A group ends with so many subjects even where few of them are to be judged; their outcomes wait in memory. */
const GROUP_SUBJECTS = 1024;

/** Groups under way for each worker: the bound of what waits in memory. */
const GROUPS_PER_WORKER = 4;

const MAX_WORKERS = 64;

export interface EvaluateOptions {
  /** Threads; 1, the default, evaluates in this thread, but for a bundle with policies of one's own. At most 64. */
  readonly workers?: number;
  readonly settings?: ParamSettings;
  /** Committed after the last subject; closed by whoever opened it. */
  readonly cache?: OutcomeCache;
  /** What is known of policies that take too long; the evaluations of one command share it. */
  readonly overruns?: Overruns;
}

/**
 * Evaluates some subjects after others with the same threads and instances, which cost as much to start as some hundred subjects:
 * for who has many small groups.
 */
export interface Evaluation {
  /** As `evaluateAll`; one call at a time. */
  evaluate(documents: Iterable<Uint8Array>): AsyncGenerator<Evaluated>;
  close(): Promise<void>;
}

/** E_CONFIG where a setting does not fit. Closed by whoever began it. */
export function beginEvaluation(bundle: Bundle, options: Omit<EvaluateOptions, "cache"> = {}): Evaluation {
  return begun(bundle, options);
}

function begun(
  bundle: Bundle,
  { workers = 1, settings = {}, cache, overruns = new Overruns() }: EvaluateOptions,
): Evaluation {
  const threads = Math.min(Math.max(1, Math.trunc(workers)), MAX_WORKERS);
  const judge = createJudge(bundle, { settings, workers: threads, overruns });
  const waiting = threads === 1 ? 0 : threads * GROUPS_PER_WORKER; // this thread alone gains nothing by looking ahead
  return {
    evaluate: (documents) => evaluated({ judge, overruns, cache }, documents, waiting),
    close: () => judge.close(),
  };
}

/** The outcomes of one subject, as they are written. */
export interface Evaluated {
  /**
   * A `SubjectOutcomes` as canonical JSON with a line end. Valid until the next subject's are asked for: with a cache, later
   * outcomes come into the same memory.
   */
  readonly line: Uint8Array;
  /** Taken from the cache. */
  readonly cached: boolean;
}

export function parseOutcomes({ line }: Pick<Evaluated, "line">): SubjectOutcomes {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString("utf8");
  return JSON.parse(text) as SubjectOutcomes;
}

/**
 * Evaluates every subject against the bundle, from their documents, and gives the outcomes in the same order. Memory is bounded
 * by a few groups a worker. E_INPUT, E_CONFIG.
 */
export async function* evaluateAll(
  bundle: Bundle,
  documents: Iterable<Uint8Array>,
  options: EvaluateOptions = {},
): AsyncGenerator<Evaluated> {
  const evaluation = begun(bundle, options);
  try {
    yield* evaluation.evaluate(documents);
  } finally {
    await evaluation.close();
  }
}

async function* evaluated(
  sources: Sources,
  documents: Iterable<Uint8Array>,
  waiting: number,
): AsyncGenerator<Evaluated> {
  const { judge, overruns, cache } = sources;
  for (const { kept, fresh, letGo } of delayed(started(sources, documents), waiting)) {
    const judged = await fresh;
    let used = 0;
    for (const line of kept) {
      yield line === undefined ? { line: answerAt(judged, used++), cached: false } : { line, cached: true };
    }
    letGo?.();
  }
  if (cache !== undefined) await compareSample({ judge, overruns, cache });
  cache?.commit();
}

/**
 * Evaluates a sample of what was taken from the cache again. Where a call had to be ended, answers may differ for that, and
 * nothing is compared. E_INTEGRITY, and nothing of the cache stays.
 */
async function compareSample({ judge, overruns, cache }: Sources & { cache: OutcomeCache }): Promise<void> {
  const sampled = cache.sampled();
  if (sampled.length === 0) return;
  const fresh = await judge.judge(sampled.map(({ document }) => document));
  if (!overruns.none) return;
  const other = sampled.find(({ outcomes }, at) => Buffer.compare(outcomes, answerAt(fresh, at)) !== 0);
  if (other === undefined) return;
  cache.discard();
  const { id } = JSON.parse(Buffer.from(other.document).toString("utf8")) as { readonly id: string };
  throw new CountersignError(
    "E_INTEGRITY",
    `expected kept outcomes as these policies give them, got others for ${printable(id)}`,
    {
      fix: "Nothing was reported, and what was kept is removed. Find out who can write to the state directory, and judge earlier snapshots again with `countersign report --from`; the next run evaluates everything.",
    },
  );
}

/** A group under way, in the order of the subjects. */
interface Group {
  /** What the cache has of each. */
  readonly kept: readonly (Uint8Array | undefined)[];
  /** The outcomes of those that it does not have. */
  readonly fresh: Promise<readonly Uint8Array[]>;
  /** Nothing of `kept` is needed any more. */
  readonly letGo: (() => void) | undefined;
}

/** What gives the outcomes of subjects. */
interface Sources {
  readonly judge: Judge;
  readonly overruns: Overruns;
  readonly cache: OutcomeCache | undefined;
}

function* started(sources: Sources, documents: Iterable<Uint8Array>): Generator<Group> {
  const { cache } = sources;
  let kept: (Uint8Array | undefined)[] = [];
  let missing: Uint8Array[] = [];
  const group = (): Group => {
    const fresh = judged(sources, missing);
    fresh.catch(() => undefined); // said when its turn comes; until then it is not unhandled
    return { kept, fresh, letGo: cache?.endGroup() };
  };
  for (const document of documents) {
    const line = cache?.take(document);
    kept.push(line);
    if (line === undefined) missing.push(document);
    if (missing.length < GROUP_JUDGED && kept.length < GROUP_SUBJECTS) continue;
    yield group();
    kept = [];
    missing = [];
  }
  if (kept.length > 0) yield group();
}

async function judged(
  { judge, overruns, cache }: Sources,
  missing: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  if (missing.length === 0) return [];
  const fresh = await judge.judge(missing);
  // An answer that came too late is no property of the subject: the next run asks again.
  if (overruns.none) missing.forEach((document, index) => cache?.keep(document, answerAt(fresh, index)));
  return fresh;
}

function answerAt(answers: readonly Uint8Array[], place: number): Uint8Array {
  const answer = answers[place];
  invariant(answer !== undefined, "expected outcomes for each subject, got fewer");
  return answer;
}

/** The same items, each handed on when so many more have been drawn. */
function* delayed<T>(items: Iterable<T>, by: number): Generator<T> {
  const waiting: T[] = [];
  for (const item of items) {
    waiting.push(item);
    const oldest = waiting.length > by ? waiting.shift() : undefined;
    if (oldest !== undefined) yield oldest;
  }
  yield* waiting;
}
