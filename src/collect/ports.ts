import type { Clock } from "../base/index.ts";
import {
  CallFailure,
  type Answer,
  type AuditLogs,
  type Call,
  type EventRecords,
  type OwnRecords,
  type ReviewRecords,
} from "../facts/index.ts";

/** What a collection takes from the world besides the stores; the command line passes the system's. */
export interface CollectPorts {
  readonly clock: Clock;
  /** Uniform in [0, 1): spreads retries, names runs. */
  readonly random: () => number;
  /** Waits between attempts; ends early when `signal` aborts, by resolving or rejecting. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Stands between the runner and the provider: tests inject faults here. `attempt` counts from 1. */
  readonly intercept?: (call: Call, attempt: number, send: () => Promise<Answer>) => Promise<Answer>;
}

/** How far one source is; each number only grows. */
export interface SourceProgress {
  readonly source: string;
  /** Questions put by the connector, repeated ones not counted. */
  readonly asked: number;
  /** Usable answers, replayed ones included. */
  readonly answered: number;
  /** Answers that an interrupted run had already kept. */
  readonly replayed: number;
  readonly retries: number;
  readonly gaps: number;
}

/** Told on every change: whoever draws decides how often. */
export interface Progress {
  advanced(progress: SourceProgress): void;
  /** One sentence that a person should read, e.g. that a run is resumed. */
  noted(note: string): void;
}

export const SILENT: Progress = { advanced: () => undefined, noted: () => undefined };

/** Stands in where there is no embedded vault to ask, as in a replay. */
export const NO_OWN_RECORDS: OwnRecords = {
  ask: () =>
    Promise.reject(new CallFailure("unsupported", "expected an embedded vault to ask, got none here")),
};

/** Stands in where no access review can be asked about, as in a replay. */
export const NO_REVIEW_RECORDS: ReviewRecords = {
  ask: () => Promise.reject(new CallFailure("unsupported", "expected access reviews to ask, got none here")),
};

const noLogs = (): Promise<never> =>
  Promise.reject(new CallFailure("unsupported", "expected a place to keep audit logs in, got none here"));

/** Stands in where no audit log can be kept, as in a replay. */
export const NO_AUDIT_LOGS: AuditLogs = { state: noLogs, keep: noLogs, add: noLogs, pause: noLogs };

/** Stands in where no audit log was ingested, as in a replay. */
export const NO_EVENT_RECORDS: EventRecords = {
  ask: () =>
    Promise.reject(new CallFailure("unsupported", "expected a table of events to ask, got none here")),
};
