import type { ExitCode } from "../base/index.ts";
import type { Severity } from "../policy/index.ts";
import type { FormatId, PlacedChange } from "./declared.ts";
import type { Place } from "./text/source-text.ts";

export const FINDING_OUTCOMES = ["violation", "undetermined", "error"] as const;

/** One thing that is wrong, or that could not be decided, with where it stands. */
export interface GateFinding {
  /** SHA-256 of what is wrong with what, without lines: the same when code moves. */
  readonly fingerprint: string;
  readonly policy_id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly outcome: (typeof FINDING_OUTCOMES)[number];
  readonly subject: { readonly kind: string; readonly address: string; readonly name: string };
  /** In a sentence; untrusted names in it are not escaped for any output. */
  readonly message: string;
  readonly actual?: unknown;
  readonly expected?: unknown;
  /** What a person does about it. */
  readonly remediation: string;
  readonly place: Place;
  readonly format: PlacedChange["format"];
  /** `new` decides; the other two are told and do not. */
  readonly state: FindingState;
  /** Why a waiver holds, and until which day. */
  readonly waiver?: { readonly reason: string; readonly until: string; readonly place: Place };
}

export type FindingState = "baseline" | "new" | "waived";

/** What could not be read. */
export interface UnreadPart {
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
  readonly format?: FormatId;
  readonly reason: string;
  readonly detail: string;
}

/** How many files and things of one format were judged. */
export interface InputCount {
  readonly format: FormatId;
  readonly file_count: number;
  readonly subject_count: number;
}

/** What the gate says of a change. */
export interface Verdict {
  readonly schema: "countersign-gate/1";
  readonly product_version: string;
  readonly policy_bundle: string;
  readonly judged_at: string;
  readonly fail_on: Severity;
  readonly undetermined_fails: boolean;
  /** Files that were looked at, of whatever kind. */
  readonly file_count: number;
  readonly inputs: readonly InputCount[];
  /** Judgements of a policy about a subject that came to each outcome, out of reach apart. */
  readonly outcomes: Readonly<Record<"compliant" | "error" | "undetermined" | "violation", number>>;
  /** Policies of which no input tells enough to say that there is nothing wrong: judged, and told only where something is. */
  readonly out_of_reach: readonly string[];
  /** In order of place, then of policy. */
  readonly findings: readonly GateFinding[];
  readonly unread: readonly UnreadPart[];
  readonly exit: ExitCode;
  readonly exits: readonly ExitCode[];
}
