import { counted } from "../base/index.ts";
import { join } from "node:path";
import { accessLogNames, readAccessLog, type AccessEvent } from "./access-log.ts";
import type { Findings } from "./findings.ts";
import { logDirectory, type VaultTerms } from "./terms.ts";

const LOG_NAME = /^\d{8}T\d{9}Z-[0-9a-f]{12}\.jsonl$/;

/** The head of an access log, as a leaf of the ledger has it. */
export interface LogHead {
  readonly log: string;
  readonly events: number;
  readonly sha256: string;
  /** Number of the leaf. */
  readonly leaf: number;
}

interface LogTerms extends Pick<VaultTerms, "directory" | "files"> {
  readonly heads: readonly LogHead[];
  /**
   * The last declared restore, by its leaf, which is 0 where there was none, and the generation that it declared. It may
   * have taken back what heads before it tell of.
   */
  readonly adopted: { readonly leaf: number; readonly generation: number };
  /** The newest generation; 0 where it is not known. */
  readonly newest: number;
}

/** Compares every access log with itself and with its heads in the ledger; says how many there are, and their events. */
export async function checkLogs(
  terms: LogTerms,
  findings: Findings,
): Promise<{ access_logs: number; events: number }> {
  const directory = logDirectory(terms);
  for (const name of await findings.namesIn(directory, terms.files)) {
    if (!LOG_NAME.test(name)) findings.addForeign(join(directory, name), "expected access logs alone");
  }
  const names = await findings.attempt(directory, async () => await accessLogNames(directory, terms.files));
  const there = new Set(names);
  const heads = Map.groupBy(terms.heads, ({ log }) => log);
  for (const [name, known] of heads) {
    if (there.has(name)) continue;
    const code = known.every((head) => isGivenUp(head, terms)) ? "lost" : "missing";
    findings.add(code, join(directory, name), "expected the access log that the ledger tells of, got none");
  }
  const counts = { access_logs: 0, events: 0 };
  const events: AccessEvent[] = [];
  for (const name of there) {
    const found = await checkLog(name, heads.get(name) ?? [], terms, findings);
    if (found === undefined) continue;
    counts.access_logs += 1;
    counts.events += found.length;
    for (const event of found) events.push(event);
  }
  // Where a log or the ledger was not read, what they tell is not known.
  if (names === undefined || counts.access_logs < there.size || terms.adopted.leaf === 0) return counts;
  const untold = untoldGenerations(events, terms.adopted.generation, terms.newest);
  if (untold.length > 0) {
    const message = `expected an event of every change, got none of ${generationsText(untold)}: its process died, or is still at it, or the event was taken away`;
    findings.add("untold", directory, message);
  }
  return counts;
}

/**
 * The generations after `adopted` up to `newest` of which no event tells, ascending. The adopted one was made before, by
 * another machine or by `init`, which logs nothing.
 */
export function untoldGenerations(events: readonly AccessEvent[], adopted: number, newest: number): number[] {
  const told = new Set(events.map(({ generation }) => generation));
  const untold: number[] = [];
  for (let n = adopted + 1; n <= newest; n += 1) if (!told.has(n)) untold.push(n);
  return untold;
}

/** Most generations that are named in one sentence. */
const MAX_NAMED = 8;

export function generationsText(numbers: readonly number[]): string {
  const more = numbers.length - MAX_NAMED;
  const named = numbers.slice(0, MAX_NAMED).join(", ");
  return `${numbers.length === 1 ? "generation" : "generations"} ${named}${more > 0 ? ` and ${more} more` : ""}`;
}

async function checkLog(
  name: string,
  heads: readonly LogHead[],
  terms: LogTerms,
  findings: Findings,
): Promise<readonly AccessEvent[] | undefined> {
  const directory = logDirectory(terms);
  const path = join(directory, name);
  const log = await findings.attempt(path, async () => await readAccessLog(directory, name, terms.files));
  if (log === undefined) return undefined;
  const { digests, events, torn } = log;
  if (torn) findings.add("torn", path, "expected a whole last line, got a part of one");
  const wrong = heads.filter((head) => digests[head.events - 1] !== head.sha256);
  const given = (head: LogHead): boolean => head.events > events.length && isGivenUp(head, terms);
  const [worst] = [...wrong.filter((head) => !given(head)), ...wrong];
  if (worst !== undefined) {
    const message = `expected ${counted(worst.events, "event")} as the ledger has them, got others or fewer`;
    findings.add(given(worst) ? "lost" : "altered", path, message);
  }
  const known = Math.max(0, ...heads.map((head) => head.events));
  if (events.length > known) {
    const got = `expected the ledger to know all ${counted(events.length, "event")}, got ${known}`;
    findings.add("unledgered", path, got);
  } else if (events.length === 0 && heads.length === 0) {
    findings.add("leftover", path, "an access log in which nothing stands");
  }
  return events;
}

function isGivenUp({ leaf }: LogHead, { adopted }: LogTerms): boolean {
  return leaf < adopted.leaf;
}
