import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** What a test set-up found: the counterparty, or the reason why it is not to be had on this machine. */
export type Availability<T> = { readonly found: T } | { readonly missing: string };

/**
 * A missing counterparty skips its tests with a printed reason, except in CI, where a skipped test would look like a
 * passed one.
 */
export function missing(reason: string): { readonly missing: string } {
  if (process.env["CI"] === "true") throw new Error(`CI=true and a counterparty is missing: ${reason}`);
  console.warn(`skipped: ${reason}`);
  return { missing: reason };
}

/** What was found; a test asks only after `skipIf("missing" in …)`. */
export function found<T>(availability: Availability<T>): T {
  if ("missing" in availability) throw new Error(`expected a counterparty, but ${availability.missing}`);
  return availability.found;
}

/** The first executable called `name` on the PATH or in one of `folders`. */
export function findExecutable(name: string, folders: readonly string[] = []): string | undefined {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...path, ...folders].map((folder) => join(folder, name)).find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
