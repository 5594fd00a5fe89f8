import { CountersignError, sortedBy } from "../base/index.ts";
import { Digest, Type, closed, compileSchema, literals, type Static } from "../schema/index.ts";
import type { GateFinding, Notice } from "./verdict.ts";

const Entry = closed({
  fingerprint: Digest,
  policy_id: Type.String({ maxLength: 512 }),
  outcome: literals(["undetermined", "violation"]),
  /** For people: what decides is the fingerprint. */
  subject: Type.String({ maxLength: 4096 }),
  file: Type.String({ maxLength: 4096 }),
});

/** A finding that is known: no line, and nothing of what the file says. */
export type BaselineEntry = Static<typeof Entry>;

const Baseline = closed({
  format: Type.Literal("countersign-baseline/1"),
  findings: Type.Array(Entry, { maxItems: 1_000_000 }),
});

const schema = compileSchema(Baseline);

/** Largest baseline, in bytes. */
export const MAX_BASELINE_BYTES = 64 * 1024 * 1024;

/** The findings that a baseline knows. E_INPUT. */
export function parseBaseline(text: string, file: string): readonly BaselineEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CountersignError("E_INPUT", "expected a baseline as JSON, got something else", {
      location: { file },
      cause,
      fix: "Write it with `countersign gate --write-baseline`.",
    });
  }
  if (schema.fits(value)) return value.findings;
  throw new CountersignError("E_INPUT", `expected a baseline, got: ${schema.complaint()}`, {
    location: { file },
    fix: "Write it with `countersign gate --write-baseline`.",
  });
}

/**
 * The baseline in which all findings are known that are not waived, one a line in order of their fingerprints, so that two that were
 * written apart merge. A policy's own failure and a change of what guards are never known.
 */
export function baselineText(findings: readonly GateFinding[]): string {
  const entries = new Map<string, BaselineEntry>();
  for (const { fingerprint, policy_id, outcome, subject, place, state, format } of findings) {
    if (outcome === "error" || state === "waived" || state === "excepted" || format === "guard") continue;
    entries.set(fingerprint, {
      fingerprint,
      policy_id,
      outcome,
      subject: subject.address.slice(0, 4096),
      file: place.file.slice(0, 4096),
    });
  }
  const lines = sortedBy(entries.values(), ({ fingerprint }) => fingerprint).map(
    (entry) => `    ${JSON.stringify(entry)}`,
  );
  const list = lines.length === 0 ? "[]" : `[\n${lines.join(",\n")}\n  ]`;
  return `{\n  "format": "countersign-baseline/1",\n  "findings": ${list}\n}\n`;
}

/**
 * Findings with those that are known said to be, and the entries that nothing was found for, of files that were looked at. What was
 * undetermined when the baseline was written is not known as a violation.
 */
export function known(
  findings: readonly GateFinding[],
  baseline: readonly BaselineEntry[],
  looked: (file: string) => boolean,
): { readonly findings: readonly GateFinding[]; readonly notices: readonly Notice[] } {
  const entries = new Map(baseline.map((entry) => [entry.fingerprint, entry]));
  const met = new Set<string>();
  const told = findings.map((finding): GateFinding => {
    const entry = entries.get(finding.fingerprint);
    if (entry === undefined || finding.outcome === "error" || finding.format === "guard") return finding;
    met.add(entry.fingerprint);
    const worse = entry.outcome === "undetermined" && finding.outcome === "violation";
    return finding.state !== "new" || worse ? finding : { ...finding, state: "baseline" };
  });
  const notices = baseline
    .filter(({ fingerprint, file }) => !met.has(fingerprint) && looked(file))
    .map(({ policy_id, subject, file }): Notice => {
      const message = `the baseline knows a finding of ${policy_id} about ${subject} in ${file}, and there is none: take it out`;
      return { kind: "baseline_unmatched", message };
    });
  return { findings: told, notices };
}
