import { sha256 } from "../../../src/base/index.ts";
import {
  NO_AUDIT_LOGS,
  NO_EVENT_RECORDS,
  NO_OWN_RECORDS,
  NO_REVIEW_RECORDS,
} from "../../../src/collect/index.ts";
import {
  CallFailure,
  isGap,
  questionKey,
  recordDigest,
  type Answer,
  type Call,
  type CollectIo,
  type Connector,
  type ConnectorContext,
  type Fact,
  type Gap,
  type RawRecord,
} from "../../../src/facts/index.ts";

const MAX_BYTES = 8 * 1024 * 1024;

export interface PlainIo extends CollectIo {
  readonly calls: Call[];
  readonly callers: string[];
}

export interface PlainIoSettings {
  /** The instant of a question, by its number; default: one second apart. */
  readonly at?: (call: number) => Date;
  readonly timeoutMs?: number;
}

/** The least that a connector needs: one attempt, pointers redacted, eight at once. The product's own is `src/collect`. */
export function plainIo({ at, timeoutMs = 10_000 }: PlainIoSettings = {}): PlainIo {
  const calls: Call[] = [];
  const callers: string[] = [];
  const instant = at ?? ((call: number) => new Date(Date.UTC(2026, 10, 23, 18) + call * 1000));
  return {
    calls,
    callers,
    identify: (caller) => void callers.push(caller),
    async each(items, work) {
      const results: Awaited<ReturnType<typeof work>>[] = [];
      for (let from = 0; from < items.length; from += 8) {
        results.push(...(await Promise.all(items.slice(from, from + 8).map(work))));
      }
      return results;
    },
    async call(call, send) {
      const requested = instant(calls.length);
      calls.push(call);
      const record = (answer: Answer) => recordOf(call, answer, requested, callers.at(-1) ?? "nobody");
      try {
        return record(await send({ signal: AbortSignal.timeout(timeoutMs), maxBytes: MAX_BYTES }));
      } catch (thrown) {
        if (!(thrown instanceof CallFailure)) throw thrown;
        return gapOf(call, thrown, thrown.answer === undefined ? undefined : record(thrown.answer));
      }
    },
  };
}

/** The record that an answer to a question leaves. */
export function recordOf(
  call: Pick<Call, "operation" | "scope" | "params" | "redact">,
  answer: Answer,
  requested: Date,
  caller: string,
): RawRecord {
  const text = redacted(Buffer.from(answer.body).toString("utf8"), call.redact ?? []);
  return {
    key: questionKey(call),
    connector: "hashicorp",
    revision: 1,
    store_id: call.scope.split("/")[0]!,
    scope: call.scope,
    operation: call.operation,
    params: { ...call.params },
    caller,
    requested_at: requested.toISOString(),
    elapsed_ms: 1.5,
    status: answer.status,
    media_type: answer.media_type,
    body_sha256: sha256(text),
    body_bytes: Buffer.byteLength(text),
    redactions: [],
    body: { text },
  };
}

function redacted(text: string, pointers: readonly string[]): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  for (const pointer of pointers) {
    const keys = pointer.split("/").slice(1);
    let here = value as Record<string, unknown> | undefined;
    for (const key of keys.slice(0, -1)) here = here?.[key] as Record<string, unknown> | undefined;
    const last = keys.at(-1)!;
    if (here?.[last] !== undefined) here[last] = "[redacted]";
  }
  return JSON.stringify(value);
}

function gapOf(call: Call, failure: CallFailure, record: RawRecord | undefined): Gap {
  return {
    store_id: call.scope.split("/")[0]!,
    scope: call.scope,
    ...(call.resource === undefined ? {} : { resource: call.resource }),
    operation: call.operation,
    reason: failure.reason,
    hides: [...call.hides],
    detail: failure.message,
    ...(failure.fix === undefined ? {} : { fix: failure.fix }),
    ...(record === undefined ? {} : { record: recordDigest(record) }),
  };
}

export interface Collected {
  readonly records: RawRecord[];
  readonly gaps: Gap[];
  readonly facts: Fact[];
}

/** Runs a connector to its end and normalises what it recorded. */
export async function collectAll<S>(
  connector: Connector<S>,
  settings: S,
  context: ConnectorContext,
  io: CollectIo,
): Promise<Collected> {
  const collected: Collected = { records: [], gaps: [], facts: [] };
  for await (const outcome of connector.collect(settings, context, io)) {
    if (isGap(outcome)) collected.gaps.push(outcome);
    else collected.records.push(outcome);
  }
  for (const record of collected.records) {
    for (const found of connector.normalise(record)) {
      if (isGap(found)) collected.gaps.push(found);
      else collected.facts.push(found);
    }
  }
  return collected;
}

export function contextOf(
  credentials: Readonly<Record<string, string>>,
  source = "payments-vault",
): ConnectorContext {
  return {
    source,
    own: NO_OWN_RECORDS,
    logs: NO_AUDIT_LOGS,
    events: NO_EVENT_RECORDS,
    reviews: NO_REVIEW_RECORDS,
    credentials: {
      read: (reference) => {
        const value = credentials[reference];
        return value === undefined
          ? Promise.reject(new Error(`no credential behind ${reference}`))
          : Promise.resolve(value);
      },
    },
  };
}
