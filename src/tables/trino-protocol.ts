import { setTimeout as delay } from "node:timers/promises";
import type { Agent, Dispatcher } from "undici";
import { CountersignError, messageOf } from "../base/index.ts";

/** How to reach a coordinator. Credentials are the values themselves: whoever opens the engine has read them. */
export interface TrinoAddress {
  /** `https://host:port`, or `http://` where nothing secret is sent. */
  readonly address: string;
  readonly user: string;
  /** Sent as basic authentication with `user`. */
  readonly password?: string;
  /** A JSON web token, sent as bearer. */
  readonly token?: string;
  /** PEM texts: authorities to trust, and a certificate of our own with its key. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where a statement runs, and for how long at most. */
export interface StatementTerms {
  readonly catalog: string;
  readonly schema: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** A page of an answer; https://trino.io/docs/current/develop/client-protocol.html. */
export interface Page {
  readonly nextUri?: string;
  readonly columns?: readonly { readonly name: string; readonly type: string }[];
  readonly data?: readonly (readonly unknown[])[];
  readonly error?: {
    readonly message?: string;
    readonly errorName?: string;
    readonly errorType?: string;
  };
}

/** Pause before a gateway is asked again, as the protocol says. */
const RETRY_MS = 100;

/** A statement that is ended is told so within this time, and no longer. */
const CANCEL_MS = 5_000;

/** What gateways before a coordinator answer while it cannot. */
const BUSY = new Set([429, 502, 503, 504]);

/**
 * The pages of one statement, in order. When the caller stops early, when `signal` aborts or the time is over, the server
 * is told to end the statement. E_INTERRUPTED, E_LIMIT, E_UNREACHABLE, E_DENIED, E_MALFORMED; what the server says of the
 * statement itself stands in a page.
 */
export async function* pagesOf(
  agent: Agent,
  at: TrinoAddress,
  sql: string,
  terms: StatementTerms,
  interrupted: AbortSignal,
): AsyncGenerator<Page> {
  const overdue = AbortSignal.timeout(terms.timeoutMs);
  const exchange: Exchange = {
    agent,
    at,
    origin: new URL(at.address).origin,
    signal: AbortSignal.any([interrupted, overdue]),
    left: terms.maxBytes,
  };
  let next: string | undefined;
  try {
    let page = await pageOf(exchange, "POST", "/v1/statement", sessionHeaders(at, terms), sql);
    for (;;) {
      next = page.nextUri === undefined ? undefined : pathOf(exchange, page.nextUri);
      yield page;
      if (next === undefined) return;
      page = await pageOf(exchange, "GET", next, {});
    }
  } catch (thrown) {
    if (interrupted.aborted) {
      throw new CountersignError("E_INTERRUPTED", "expected an answer of Trino, got an interruption", {
        cause: thrown,
      });
    }
    if (overdue.aborted) {
      throw new CountersignError(
        "E_LIMIT",
        `expected an answer of Trino within ${terms.timeoutMs / 1000} s, got none`,
        { fix: "Ask for less at once, or raise `events.trino.timeout_s`.", cause: thrown },
      );
    }
    throw thrown instanceof CountersignError ? thrown : unreachable(exchange, thrown);
  } finally {
    if (next !== undefined) await cancel(exchange, next);
  }
}

interface Exchange {
  readonly agent: Agent;
  readonly at: TrinoAddress;
  readonly origin: string;
  readonly signal: AbortSignal;
  /** Bytes that may still come. */
  left: number;
}

function sessionHeaders(
  at: TrinoAddress,
  { catalog, schema, timeoutMs }: StatementTerms,
): Record<string, string> {
  return {
    "content-type": "text/plain; charset=utf-8",
    "x-trino-source": "countersign",
    "x-trino-catalog": encodeURIComponent(catalog),
    "x-trino-schema": encodeURIComponent(schema),
    "x-trino-time-zone": "UTC",
    // Instants come with all their digits.
    "x-trino-client-capabilities": "PARAMETRIC_DATETIME",
    // Where we are killed, nobody else ends it.
    "x-trino-session": `query_max_run_time=${Math.ceil(timeoutMs / 1000)}s`,
    "x-trino-user": at.user,
  };
}

function authorization({ user, password, token }: TrinoAddress): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (password === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}` };
}

async function pageOf(
  exchange: Exchange,
  method: "GET" | "POST",
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Page> {
  for (;;) {
    const response = await send(exchange, method, path, headers, body);
    if (!BUSY.has(response.statusCode)) return await readPage(exchange, response);
    await response.body.dump();
    await delay(RETRY_MS, undefined, { signal: exchange.signal });
  }
}

async function send(
  { agent, at, origin, signal }: Exchange,
  method: "DELETE" | "GET" | "POST",
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Dispatcher.ResponseData> {
  return await agent.request({
    origin,
    path,
    method,
    signal,
    headers: { accept: "application/json", "user-agent": "countersign", ...authorization(at), ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

async function readPage(exchange: Exchange, { statusCode, body }: Dispatcher.ResponseData): Promise<Page> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    exchange.left -= chunk.length;
    if (exchange.left < 0) {
      throw new CountersignError("E_LIMIT", "expected an answer of fewer bytes, got more than are taken", {
        fix: "Ask for fewer rows or columns.",
      });
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  if (statusCode === 401 || statusCode === 403) {
    throw new CountersignError(
      "E_DENIED",
      `expected Trino at ${exchange.origin} to let us in, got ${statusCode}`,
      {
        fix: "Check `events.trino.user`, and its password, token or client certificate.",
      },
    );
  }
  const page = statusCode === 200 ? pageIn(text) : undefined;
  if (page !== undefined) return page;
  throw new CountersignError(
    "E_MALFORMED",
    `expected Trino's client protocol at ${exchange.origin}, got status ${statusCode} with something else`,
    { fix: "Check `events.trino.address`: it is the coordinator's, or that of the gateway before it." },
  );
}

/** Digits in a row that a number may lose. */
const LONG_NUMBER = /\d{16}/;

function pageIn(text: string): Page | undefined {
  try {
    const page: unknown = LONG_NUMBER.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
    return isPage(page) ? page : undefined;
  } catch {
    return undefined;
  }
}

/** Whole numbers beyond 2^53 stay their digits. The third argument is of ES2026; Node has it. */
function exactly(
  this: unknown,
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? source : value;
}

function isPage(value: unknown): value is Page {
  if (typeof value !== "object" || value === null) return false;
  const { nextUri, columns, data, error } = value as Record<string, unknown>;
  return (
    typeof (value as Record<string, unknown>)["id"] === "string" &&
    (nextUri === undefined || typeof nextUri === "string") &&
    (columns === undefined || (Array.isArray(columns) && columns.every(isColumn))) &&
    (data === undefined || (Array.isArray(data) && data.every((row) => Array.isArray(row)))) &&
    (error === undefined || (typeof error === "object" && error !== null))
  );
}

function isColumn(value: unknown): boolean {
  const { name, type } = (value ?? {}) as Record<string, unknown>;
  return typeof name === "string" && typeof type === "string";
}

/** What of a link is asked for: the credential goes to the configured server and to no other. */
function pathOf({ origin }: Exchange, uri: string): string {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url?.origin === origin) return `${url.pathname}${url.search}`;
  throw new CountersignError(
    "E_MALFORMED",
    `expected Trino at ${origin} to lead on to itself, got ${url?.origin ?? "no address"}`,
    {
      fix: "Set `http-server.process-forwarded=true` on a coordinator behind a gateway, or write in `events.trino.address` what it calls itself.",
    },
  );
}

/** Best effort: a server that does not hear it ends what nobody fetches by itself. */
async function cancel(exchange: Exchange, path: string): Promise<void> {
  try {
    const signal = AbortSignal.timeout(CANCEL_MS);
    await (await send({ ...exchange, signal }, "DELETE", path, {})).body.dump();
  } catch {
    // What went wrong before is what is told.
  }
}

function unreachable({ origin }: Exchange, thrown: unknown): CountersignError {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  const what = typeof code === "string" ? code : messageOf(thrown).slice(0, 200);
  return new CountersignError("E_UNREACHABLE", `expected Trino to answer at ${origin}, got ${what}`, {
    fix: "Check `events.trino.address`, and `ca_cert_file` where its certificate is of an authority of your own.",
    cause: thrown,
  });
}
