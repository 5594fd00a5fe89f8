import { CountersignError, compareStrings, sha256 } from "../base/index.ts";
import type { TargetSet } from "./rows.ts";

/**
 * A list of ids under its digest: that of all ids, sorted, each once, a line each that ends with a line feed. E_INPUT for an
 * id with a line feed in it, with which two lists could have one digest.
 */
export function targetSet(ids: Iterable<string>): TargetSet {
  const members = [...new Set(ids)].sort(compareStrings);
  if (members.some((id) => id.includes("\n"))) {
    throw new CountersignError("E_INPUT", "expected ids without line breaks, got one with a line break");
  }
  return { set_sha256: sha256(linesOf(members)), members };
}

export function linesOf(members: readonly string[]): string {
  return members.map((id) => `${id}\n`).join("");
}

export function membersOf(lines: string): string[] {
  return lines.split("\n").slice(0, -1);
}
