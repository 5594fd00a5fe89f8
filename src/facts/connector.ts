import type { TSchema } from "@sinclair/typebox";
import type { Fact, FactKind } from "./kinds.ts";
import type { Span } from "../schema/index.ts";
import type { AuditLogs } from "./audit-log.ts";
import type { Gap, GapReason } from "./gap.ts";
import type { Question, RawRecord } from "./record.ts";

/** One question to a provider, and what its answer would have told. */
export interface Call extends Question {
  /** Fact kinds that stay hidden when no usable answer comes. */
  readonly hides: readonly FactKind[];
  /** Fact id of the thing asked for; an id prefix ending in `/` or `:` when everything below it is hidden. */
  readonly resource?: string;
  /** For logs: the time whose records stay hidden when no usable answer comes. */
  readonly span?: Span;
  /**
   * JSON pointers into the answer, `*` for any one segment, whose values are replaced before anything is kept, e.g. the caller's
   * own token.
   */
  readonly redact?: readonly string[];
  /**
   * By JSON pointer: what is kept of the value there in its place, which must be taken from a list of what may be kept. Without
   * a result the value is replaced as by `redact`.
   */
  readonly condense?: Readonly<Record<string, (value: unknown) => unknown>>;
  /**
   * JSON pointers, `*` for any one segment, at which the answer tells the id of an AWS access key, half of a credential that
   * is no secret, or what only its key's name makes look like one: the scan for pasted credentials would else take it out.
   */
  readonly identifiers?: readonly string[];
  /**
   * True when only an answer of now will do, e.g. that of a login whose token the later calls need, or of which store it
   * is: a resumed run sends it again instead of answering from what the interrupted run kept.
   */
  readonly fresh?: boolean;
}

/** What came back over the wire. */
export interface Answer {
  readonly status: number;
  readonly media_type: string;
  readonly body: Uint8Array;
}

/**
 * A `send` throws this when there is no usable answer. Anything else it throws is our own bug.
 * `answer` is kept as a record where the provider answered at all.
 */
export class CallFailure extends Error {
  override readonly name = "CallFailure";
  readonly reason: GapReason;
  readonly answer: Answer | undefined;
  /** The provider's own hint when to try again. */
  readonly retryAfterMs: number | undefined;
  readonly fix: string | undefined;

  constructor(
    reason: GapReason,
    detail: string,
    more: { answer?: Answer; retryAfterMs?: number; fix?: string; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.reason = reason;
    this.answer = more.answer;
    this.retryAfterMs = more.retryAfterMs;
    this.fix = more.fix;
  }
}

/** Bounds of one answer, handed to `send`, which must stop reading at `maxBytes` and when `signal` aborts. */
export interface SendLimits {
  readonly signal: AbortSignal;
  readonly maxBytes: number;
}

/**
 * The only door to a provider. Recording, replay, bounds on pages, bytes and time, concurrency, retry with the
 * provider's own hints, resumption, redaction and fault injection live behind it, once.
 */
export interface CollectIo {
  /** The record of the answer, or the gap that its absence leaves. Throws only E_INTERRUPTED, E_DISK and our own bugs. */
  call(call: Call, send: (limits: SendLimits) => Promise<Answer>): Promise<RawRecord | Gap>;
  /** Tells who the provider says we are; stands in every later record. */
  identify(caller: string): void;
  /** Runs `work` over `items` with the run's bounded concurrency; results come in the order of `items`. */
  each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]>;
}

export function isGap(value: RawRecord | Fact | Gap): value is Gap {
  return "hides" in value;
}

/** How a connector proves who it is: the credential itself stays behind `read`. */
export interface CredentialSource {
  /** The value behind a reference such as `env:VAULT_TOKEN` or `file:…`, read at the moment of use. E_REFERENCE. */
  read(reference: string): Promise<string>;
}

/** A question about Countersign's own embedded vault. None is answered with a value, a key or anything that opens one. */
export interface OwnQuestion {
  readonly about: "access_log" | "credentials" | "integrity" | "state" | "upkeep" | "uses";
  /** From 1, for what is told in pages: `credentials` and `uses`. */
  readonly page: number;
}

/** What Countersign keeps of its own: keys and files of the embedded vault stay behind `ask`. */
export interface OwnRecords {
  /** Canonical JSON. Throws `CallFailure` where there is no usable answer, as a provider's `send` does. */
  ask(question: OwnQuestion): Promise<Answer>;
}

/** A question about the access reviews that Countersign itself runs. */
export interface ReviewQuestion {
  readonly about: "campaigns" | "decisions" | "register" | "requests" | "reviewers" | "revocations";
  /** From 1, for what is told in pages: all but `register`. */
  readonly page: number;
}

/** The state of access reviews; the database and the journal stay behind `ask`. */
export interface ReviewRecords {
  /** Canonical JSON. Throws `CallFailure` where there is no usable answer, as a provider's `send` does. */
  ask(question: ReviewQuestion): Promise<Answer>;
}

/** A question about the ingested audit log of the source that asks. */
export interface EventQuestion {
  readonly about: "actors" | "detections" | "spans" | "usage";
  /** From 1, for what is told in pages: all but `spans`. */
  readonly page: number;
}

/** What was ingested of audit logs; the table, and how it is asked, stay behind `ask`. */
export interface EventRecords {
  /** Canonical JSON. Throws `CallFailure` where there is no usable answer, as a provider's `send` does. */
  ask(question: EventQuestion): Promise<Answer>;
}

/** What the command line hands to a connector besides its settings. */
export interface ConnectorContext {
  /** The source's name in `countersign.yaml`: becomes `store_id`. */
  readonly source: string;
  readonly credentials: CredentialSource;
  readonly own: OwnRecords;
  readonly logs: AuditLogs;
  readonly events: EventRecords;
  readonly reviews: ReviewRecords;
}

/** Reads one kind of secrets store. Never writes; never requests a secret value. */
export interface Connector<Settings> {
  /** E.g. `hashicorp`. */
  readonly id: string;
  /** Bumped when `normalise` changes meaning, or `collect` puts other questions; recorded in evidence. */
  readonly revision: number;
  /** JSON Schema of the settings under `sources.<name>` in `countersign.yaml`. */
  readonly settings: TSchema;
  /**
   * What of the settings decides which questions are put; kept in the snapshot, so that the questions can be put to its
   * records again. Nothing of a credential. Where a key is absent, its default stands.
   */
  selection(settings: Settings): Readonly<Record<string, unknown>>;
  /** Least privilege; the policy documents that users install are generated from this. */
  readonly permissions: readonly string[];
  readonly yields: readonly FactKind[];
  /**
   * Cheap questions that tell, before anything is collected, whether what is configured can be read: `always` to be put, as they
   * lead to places, or `once_in_place`, of which the first in a scope will do. Absent: what tells of the store itself will do.
   */
  probes?(call: Call): "always" | "once_in_place" | undefined;
  /** Provider responses as received, and a gap for anything unreadable. Throws only on our own bugs. */
  collect(settings: Settings, context: ConnectorContext, io: CollectIo): AsyncIterable<RawRecord | Gap>;
  /** Pure: no I/O, no clock. Same record, same facts. Malformed input becomes a gap. */
  normalise(record: RawRecord): readonly (Fact | Gap)[];
}
