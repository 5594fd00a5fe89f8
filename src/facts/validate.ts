import type { TSchema } from "@sinclair/typebox";
import { CountersignError } from "../base/index.ts";
import { compileSchema, type CompiledSchema } from "../schema/index.ts";
import { Gap } from "./gap.ts";
import { FACT_KINDS, factSchema, type Fact, type FactKind } from "./kinds.ts";
import { RawRecord } from "./record.ts";

const guards = new Map<FactKind, CompiledSchema<Fact>>(
  FACT_KINDS.map((kind) => [kind, compileSchema<TSchema, Fact>(factSchema(kind))]),
);

/** Passes a fact that fits its kind's schema; a misfit is our own connector's bug, said with the field. E_INTERNAL. */
export function validFact(fact: Fact): Fact {
  const complaint = factComplaint(fact);
  if (complaint === undefined) return fact;
  throw new CountersignError(
    "E_INTERNAL",
    `expected a valid ${fact.kind} fact, got ${fact.id}: ${complaint}`,
  );
}

/** Why something is no fact; undefined when it is one. */
export function factComplaint(value: unknown): string | undefined {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  const guard = guards.get(kind as FactKind);
  if (guard === undefined) return "no such kind";
  return guard.fits(value) ? undefined : guard.complaint();
}

/** The shapes of gaps and records, for whoever reads them back. */
export const gapGuard = compileSchema(Gap);
export const recordGuard = compileSchema(RawRecord);

/** Passes a gap that fits its schema; a misfit is our own connector's bug. E_INTERNAL. */
export function validGap(gap: Gap): Gap {
  if (gapGuard.fits(gap)) return gap;
  throw new CountersignError("E_INTERNAL", `expected a valid gap, got ${gapGuard.complaint()}`);
}

/** Passes a record that fits its schema; a misfit is our own connector's bug. E_INTERNAL. */
export function validRecord(record: RawRecord): RawRecord {
  if (recordGuard.fits(record)) return record;
  throw new CountersignError("E_INTERNAL", `expected a valid record, got ${recordGuard.complaint()}`);
}

export function isFactKind(text: string): text is FactKind {
  return (FACT_KINDS as readonly string[]).includes(text);
}
