import { invariant } from "../base/index.ts";

/** Every bound of a collection, named. `README.md` prints this table and a test keeps the two equal. */
const BOUNDS = {
  concurrency: [8, "calls in flight per source", "the next call waits"],
  sources: [4, "sources read at once", "the next source waits"],
  calls: [1_000_000, "questions of one source, pages and repeated ones included", "gap `limit`, not asked"],
  answerBytes: [8 * 1024 * 1024, "bytes of one answer", "gap `limit`, the answer is not kept"],
  totalBytes: [512 * 1024 * 1024, "bytes of all answers kept in one run", "gap `limit`, not asked"],
  callMs: [30_000, "milliseconds of one attempt", "cancelled and retried, at last gap `timeout`"],
  runMs: [7_200_000, "milliseconds of one run", "gap `limit`, not asked"],
  attempts: [5, "attempts at one question", "the gap of the last attempt"],
  retries: [2_000, "retries of one source in a run", "no further retry"],
  backoffMs: [250, "milliseconds before the first retry, doubled by each further one", ""],
  backoffMaxMs: [30_000, "milliseconds that doubling may reach", ""],
  retryAfterMaxMs: [120_000, "milliseconds that a server may ask us to wait", "no further retry"],
  silences: [
    20,
    "questions in a row without any answer",
    "the source's later questions: gap `unavailable`, not asked",
  ],
  resumeAgeMs: [86_400_000, "milliseconds since the start of a run that may still be resumed", "a new run"],
  syncRecords: [64, "answers that a power cut can cost (a killed process: none)", "fsync"],
  syncBytes: [4 * 1024 * 1024, "bytes that a power cut can cost", "fsync"],
} as const satisfies Record<string, readonly [number, string, string]>;

export type CollectLimits = Readonly<Record<keyof typeof BOUNDS, number>>;

const NAMES = Object.keys(BOUNDS) as (keyof typeof BOUNDS)[];

export const DEFAULT_LIMITS = Object.fromEntries(
  NAMES.map((name) => [name, BOUNDS[name][0]]),
) as CollectLimits;

/** What a configuration may raise a bound to: a record must fit a snapshot's line, a timer 31 bits. */
const CEILINGS: Partial<CollectLimits> = {
  answerBytes: 10 * 1024 * 1024,
  callMs: 2 ** 31 - 1,
  runMs: 2 ** 30,
};

/** The defaults with `overrides`; a bound that is no positive whole number within its ceiling is a bug of the caller. */
export function limitsWith(overrides: Partial<CollectLimits> = {}): CollectLimits {
  const limits = { ...DEFAULT_LIMITS, ...overrides };
  for (const name of NAMES) {
    const value = limits[name];
    const ceiling = CEILINGS[name] ?? Number.MAX_SAFE_INTEGER;
    invariant(
      Number.isSafeInteger(value) && value > 0 && value <= ceiling,
      `expected the limit ${name} from 1 to ${ceiling}, got ${value}`,
    );
  }
  return limits;
}

/** The bounds as a Markdown table. */
export function limitsTable(): string {
  const rows = NAMES.map((name) => {
    const [value, meaning, beyond] = BOUNDS[name];
    return `| \`${name}\` | ${value.toLocaleString("en-US")} | ${meaning} | ${beyond} |`;
  });
  return ["| limit | default | bounds | beyond it |", "|---|---|---|---|", ...rows].join("\n");
}
