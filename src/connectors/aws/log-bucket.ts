import { CountersignError, invariant, type ErrorCode } from "../../base/index.ts";
import { CallFailure, type Answer, type ConnectorContext, type GapReason } from "../../facts/index.ts";
import { Misshapen, isObject, nonEmptyText, optionalFlag, type Json } from "../shape.ts";
import { listed } from "./audit-log/files.ts";
import { LOG_OPERATIONS } from "./audit-log/operations.ts";
import { Session } from "./session.ts";
import type { AwsSettings } from "./settings.ts";

/** An object of a bucket; `etag` is another where its content is. */
export interface BucketObject {
  readonly key: string;
  readonly etag: string;
}

/** What an object holds. `signature`: that of a digest of CloudTrail, in hexadecimal, which lies beside it as metadata. */
export interface ObjectContent {
  readonly body: Uint8Array;
  readonly signature?: string;
}

export interface BucketTerms {
  readonly credentials: ConnectorContext["credentials"];
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Largest object, as it lies in the bucket. */
const MAX_OBJECT_BYTES = 128 * 1024 * 1024;
/** Largest page of a listing, of a thousand names. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** Pages of one listing. */
const MAX_PAGES = 10_000;
/** Times that a question is put, and how long is waited before the second; twice as long before each further one. */
const MAX_TRIES = 5;
const BACKOFF_MS = 500;
/** Longest wait that S3 may ask for. */
const MAX_WAIT_MS = 60_000;

/** What S3 is asked for. */
interface Question extends Json {
  readonly Bucket: string;
  readonly Key?: string;
  readonly Prefix?: string;
}

const PASSING: ReadonlySet<GapReason> = new Set(["throttled", "timeout", "unavailable"]);

const CODES: Partial<Record<GapReason, ErrorCode>> = { denied: "E_DENIED", malformed: "E_MALFORMED" };

/** Logs that lie in a bucket, read as a source's collector. Throws E_DENIED, E_UNREACHABLE, E_MALFORMED, E_REFERENCE, E_RUNTIME. */
export class LogBucket {
  readonly #session: Session;
  readonly #terms: BucketTerms;

  constructor(settings: AwsSettings, terms: BucketTerms) {
    this.#session = new Session(settings, terms);
    this.#terms = terms;
  }

  /** The objects below a prefix, in order of their keys; what only names a folder is none. */
  async *list(bucket: string, prefix: string): AsyncGenerator<BucketObject> {
    let token: string | undefined;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const input = {
        Bucket: bucket,
        Prefix: prefix,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      };
      const answer = await this.#ask("s3.log_files", input, MAX_PAGE_BYTES);
      const { objects, next } = pageOf(answer, bucket);
      yield* objects.filter(({ key }) => !key.endsWith("/"));
      if (next === undefined) return;
      token = next;
    }
    throw new CountersignError("E_INPUT", `expected at most ${MAX_PAGES} pages of s3://${bucket}, got more`, {
      fix: "Name a longer prefix: what was read is kept.",
    });
  }

  async read(bucket: string, key: string): Promise<ObjectContent> {
    return await this.#ask("s3.log_file", { Bucket: bucket, Key: key }, MAX_OBJECT_BYTES);
  }

  async end(): Promise<void> {
    await this.#session.end();
  }

  async #ask(id: string, input: Question, maxBytes: number): Promise<Answer & ObjectContent> {
    const operation = LOG_OPERATIONS.get(id);
    invariant(operation !== undefined, `an operation ${id}`);
    const { signal, sleep } = this.#terms;
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await this.#session.ask(operation, {}, input, { signal, maxBytes });
        if (answer.status < 300) return answer;
        throw new CallFailure("unavailable", `expected ${input.Bucket}, got status ${answer.status}`);
      } catch (thrown) {
        if (signal.aborted) throw interrupted(thrown);
        if (!(thrown instanceof CallFailure)) throw thrown;
        const waitMs = (thrown.retryAfterMs ?? 0) + BACKOFF_MS * 2 ** (tries - 1);
        if (tries >= MAX_TRIES || !PASSING.has(thrown.reason) || waitMs > MAX_WAIT_MS)
          throw told(thrown, input);
        await sleep(waitMs, signal);
      }
    }
  }
}

function pageOf(answer: Answer, bucket: string): { objects: BucketObject[]; next: string | undefined } {
  try {
    const body: unknown = JSON.parse(Buffer.from(answer.body).toString("utf8"));
    if (!isObject(body)) throw new Misshapen("the answer", "an object", body);
    const more = optionalFlag(body, "IsTruncated") === true;
    return { objects: listed(body), next: more ? nonEmptyText(body, "NextContinuationToken") : undefined };
  } catch (thrown) {
    if (!(thrown instanceof Misshapen)) throw thrown;
    throw new CountersignError("E_MALFORMED", `s3://${bucket}: ${thrown.message}`, { cause: thrown });
  }
}

function told(failure: CallFailure, { Bucket, Key, Prefix }: Question): CountersignError {
  const where = `s3://${Bucket}/${Key ?? Prefix ?? ""}`;
  return new CountersignError(CODES[failure.reason] ?? "E_UNREACHABLE", `${where}: ${failure.message}`, {
    cause: failure,
    ...(failure.fix === undefined ? {} : { fix: failure.fix }),
  });
}

function interrupted(cause: unknown): CountersignError {
  return new CountersignError("E_INTERRUPTED", "expected to end, got an interruption", { cause });
}
