/**
 * One evaluation in a process of its own, as a user's run is one: reads a bundle and NDJSON of subjects, then measures
 * from the first subject to the last outcome, cache opened, written and closed included. Prints a `Cost` as JSON.
 */
import { readFileSync } from "node:fs";
import { evaluateAll, loadBundle, openOutcomeCache } from "../../src/policy/index.ts";
import { measured } from "./run-cost.ts";

export interface RunRequest {
  readonly bundleFile: string;
  readonly subjectsFile: string;
  readonly workers: number;
  /** Where outcomes of earlier runs are kept; without it nothing is. */
  readonly cacheDirectory?: string;
}

const request = JSON.parse(process.argv[2] ?? "{}") as RunRequest;
const bundle = loadBundle(readFileSync(request.bundleFile));
const subjects = linesOf(readFileSync(request.subjectsFile));

const cost = await measured(async () => {
  const cache =
    request.cacheDirectory === undefined
      ? undefined
      : await openOutcomeCache(request.cacheDirectory, bundle, { random: Math.random });
  const options = { workers: request.workers, ...(cache === undefined ? {} : { cache }) };
  let bytes = 0;
  for await (const { line } of evaluateAll(bundle, subjects, options)) bytes += line.length;
  cache?.close();
  if (bytes === 0) throw new Error("expected outcomes, got none");
});
process.stdout.write(JSON.stringify(cost));

function linesOf(text: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0, end: number; (end = text.indexOf("\n", start)) !== -1; start = end + 1) {
    lines.push(text.subarray(start, end));
  }
  return lines;
}
