import { Readable } from "node:stream";
import { canonicalJson } from "../../base/index.ts";
import { CallFailure, type Answer, type SendLimits } from "../../facts/index.ts";
import type { Json } from "../shape.ts";
import { failureOf, requireOwnWords, type Asked, type Wire } from "./failure.ts";
import type { Operation } from "./operation.ts";
import type { Sdk, SdkClient } from "./services.ts";

/** The part of the SDK's own response type that is read. */
interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body?: unknown;
}

interface Seen {
  wire?: Wire;
  readonly raw?: true;
}

type Next = (args: unknown) => Promise<{ readonly response: HttpResponse }>;

/** Levels that an answer may nest. */
const MAX_DEPTH = 64;

/**
 * Puts one question. The answer is the SDK's output as canonical JSON, dates as RFC 3339: IAM, STS and EC2 speak XML, which
 * only the SDK should parse. Throws `CallFailure`.
 */
export async function ask(
  { sdk, client }: { readonly sdk: Sdk; readonly client: SdkClient },
  asked: Asked & Pick<Operation, "none" | "raw" | "unready">,
  input: Json,
  limits: SendLimits,
): Promise<Answer & Pick<Wire, "signature">> {
  const seen: Seen = asked.raw === true ? { raw: true } : {};
  try {
    const output = await outputOf(sdk, client, asked.action, input, limits, seen);
    const { wire } = seen;
    if (wire !== undefined) requireOwnWords(wire);
    if (asked.raw === true && wire !== undefined) return wire;
    if (asked.unready?.(withoutMetadata(output)) === true) {
      throw new CallFailure("unavailable", `${asked.service} ${asked.action} was not ready in time`);
    }
    return answerOf(wire?.status ?? 200, jsonForm(withoutMetadata(output)));
  } catch (thrown) {
    const name = thrown instanceof Error ? thrown.name : "";
    if (seen.wire !== undefined && asked.none?.includes(name) === true) {
      return answerOf(seen.wire.status, { none: name });
    }
    throw failureOf(thrown, asked, seen.wire, limits.signal.aborted);
  }
}

/** The SDK's own output, of a question whose answer is never kept, e.g. one that hands out credentials. Throws `CallFailure`. */
export async function askUnkept(
  { sdk, client }: { readonly sdk: Sdk; readonly client: SdkClient },
  asked: Asked,
  input: Json,
  limits: SendLimits,
): Promise<Json> {
  const seen: Seen = {};
  try {
    return withoutMetadata(await outputOf(sdk, client, asked.action, input, limits, seen));
  } catch (thrown) {
    throw failureOf(thrown, asked, seen.wire, limits.signal.aborted);
  }
}

async function outputOf(
  sdk: Sdk,
  client: SdkClient,
  action: string,
  input: Json,
  limits: SendLimits,
  seen: Seen,
): Promise<object> {
  const command = sdk.command(action, input);
  command.middlewareStack.add(boundedBody(limits, seen), {
    step: "deserialize",
    // Nearest to the wire: before anything parses.
    priority: "low",
    name: "boundedBody",
  });
  return await client.send(command, { abortSignal: limits.signal });
}

function answerOf(status: number, value: unknown): Answer {
  return { status, media_type: "application/json", body: Buffer.from(canonicalJson(value), "utf8") };
}

/** Reads the body up to the limit, and keeps what came for whoever has to say why it could not be used. */
function boundedBody(limits: SendLimits, seen: Seen) {
  return (next: Next) => async (args: unknown) => {
    const result = await next(args);
    const { response } = result;
    const body = await bytesOf(response.body, limits);
    const retryAfterMs = retryAfter(response.headers["retry-after"]);
    const signature = response.headers["x-amz-meta-signature"];
    seen.wire = {
      status: response.statusCode,
      media_type: response.headers["content-type"] ?? "",
      body,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(signature === undefined ? {} : { signature }),
    };
    // A file's body is handed on by the SDK as a stream.
    response.body = seen.raw === true && response.statusCode < 300 ? Readable.from([body]) : body;
    return result;
  };
}

async function bytesOf(body: unknown, { maxBytes, signal }: SendLimits): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array();
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > maxBytes) {
        throw new CallFailure("limit", `expected an answer of at most ${maxBytes} bytes, got more`);
      }
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (thrown instanceof CallFailure || signal.aborted) throw thrown;
    throw new CallFailure("malformed", `expected a whole body, got ${length} bytes of a longer one`, {
      fix: "Check for a proxy that cuts answers.",
      cause: thrown,
    });
  }
  return Buffer.concat(chunks);
}

/** Seconds; the other form, a date, would need a clock. */
function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

function withoutMetadata(output: object): Json {
  return Object.fromEntries(Object.entries(output).filter(([key]) => key !== "$metadata"));
}

/** Plain JSON of what the SDK parsed: instants as RFC 3339, bytes as their text or in base64, nothing for undefined. */
export function jsonForm(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw misread(`at most ${MAX_DEPTH} levels`, "more");
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw misread("an instant", "none");
    return value.toISOString();
  }
  if (value instanceof Uint8Array) return textOrBase64(value);
  if (Array.isArray(value)) return value.map((item) => jsonForm(item ?? null, depth + 1));
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) throw misread("a finite number", "another");
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, jsonForm(item, depth + 1)]),
  );
}

function misread(expected: string, got: string): CallFailure {
  return new CallFailure("malformed", `expected ${expected} in the answer, got ${got}`);
}

function textOrBase64(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString("base64");
  }
}
