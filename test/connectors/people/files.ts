import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { people } from "../../../src/connectors/index.ts";
import type { Fact, FactKind, FactOf, Gap } from "../../../src/facts/index.ts";
import { collectAll, contextOf, plainIo } from "../hashicorp/plain-io.ts";

export const SOURCE = "staff";

/** When every file of a test was last written. */
export const WRITTEN = new Date("2026-09-29T06:00:00Z");

export interface Listed {
  readonly facts: readonly Fact[];
  readonly gaps: readonly Gap[];
  readonly of: <K extends FactKind>(kind: K) => FactOf<K>[];
  /** `reason: detail` of each gap. */
  readonly told: readonly string[];
}

/** Collects files of these texts, each with its settings. */
export async function listed(
  files: Readonly<Record<string, string | Buffer>>,
  settings: {
    readonly rosters?: readonly Record<string, unknown>[];
    readonly requests?: readonly Record<string, unknown>[];
  },
): Promise<Listed> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-people-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text);
    await utimes(join(directory, name), WRITTEN, WRITTEN);
  }
  const placed = (list: readonly Record<string, unknown>[] = []) =>
    list.map((one) => ({ ...one, file: join(directory, String(one["file"])) }));
  const made = {
    address: "people",
    ...(settings.rosters === undefined ? {} : { rosters: placed(settings.rosters) }),
    ...(settings.requests === undefined ? {} : { requests: placed(settings.requests) }),
  };
  const { facts, gaps } = await collectAll(people, made, contextOf({}, SOURCE), plainIo());
  return {
    facts,
    gaps,
    of: (kind) => facts.filter((fact) => fact.kind === kind),
    told: gaps.map(({ reason, detail }) => `${reason}: ${detail}`),
  };
}

/** A roster of HR in CSV. */
export async function hr(text: string | Buffer, more: Record<string, unknown> = {}): Promise<Listed> {
  return await listed({ "hr.csv": text }, { rosters: [{ file: "hr.csv", kind: "hr", ...more }] });
}
