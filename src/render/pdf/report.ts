import type { EvidenceHead, EvidencePackage, FrameworkResult } from "../../evidence/index.ts";
import type { Chart } from "../charts/index.ts";
import type { ReportDefinition, SectionName } from "../definition.ts";
import type { NumberedGaps, Register } from "../register.ts";
import type { StatusWord, Tone } from "../words.ts";
import type { Document } from "./document.ts";
import { para, type Cell } from "./blocks.ts";
import type { Span } from "./text.ts";
import type { Colour } from "./theme.ts";

/** Everything that the sections print. */
export interface Report {
  readonly source: EvidencePackage;
  readonly head: EvidenceHead;
  readonly register: Register;
  readonly definition: ReportDefinition;
  readonly charts: readonly Chart[];
}

/** Prints one part of the report. */
export type Section = (document: Document, report: Report) => void;

export const TONES: Record<Tone, { readonly ink: Colour; readonly tint: Colour }> = {
  bad: { ink: "bad", tint: "badTint" },
  unknown: { ink: "unknown", tint: "unknownTint" },
  good: { ink: "good", tint: "goodTint" },
  quiet: { ink: "quiet", tint: "quietTint" },
};

/** A status as shape and word, in its colour. */
export function statusText({ glyph, word, tone }: StatusWord): Span {
  return { text: `${glyph} ${word}`, face: "strong", colour: TONES[tone].ink };
}

/** What is said where the configuration or the store says nothing. */
export const NOT_STATED: Span = { text: "Not stated", colour: "quiet" };

export function stated(text: string | undefined): Cell {
  return text === undefined || text === "" ? NOT_STATED : text;
}

/** Digests and other machine names that must be copied exactly. */
export function digest(text: string): Cell {
  return para("code", text);
}

/** A count; more than nothing of what must not be overlooked is in its colour. */
export function count(value: number, tone: Tone = "quiet"): Span {
  const text = String(value).replace(/\B(?=(\d{3})+$)/g, ",");
  return value > 0 && tone !== "quiet" ? { text, face: "strong", colour: TONES[tone].ink } : { text };
}

export function controlAnchor(framework: string, controlId: string): string {
  return `control-${framework}-${controlId}`;
}

export const policyAnchor = (policyId: string): string => `policy-${policyId}`;

export const findingAnchor = (number: string): string => `finding-${number}`;

/** The row in which all gaps of a group stand. */
export const gapAnchor = ([{ number }]: NumberedGaps): string => `gap-${number}`;

export const frameworkAnchor = ({ framework }: Pick<FrameworkResult, "framework">): string =>
  `framework-${framework}`;

/** A link to a policy as it was applied. */
export function policyLink(report: Report, policyId: string): Span {
  const applied = report.head.policies.some(({ policy }) => policy.policy_id === policyId);
  return applied ? reference(report, "policies", policyId, policyAnchor(policyId)) : { text: policyId };
}

/** A link into another section, or plain text where the report leaves that section out. */
export function reference({ definition }: Report, section: SectionName, text: string, anchor: string): Span {
  return definition.sections.includes(section) ? { text, to: anchor } : { text };
}
