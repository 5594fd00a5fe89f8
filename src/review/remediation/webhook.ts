import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { canonicalJson, CountersignError, isLoopback, type Clock } from "../../base/index.ts";
import type { NoticeKind } from "./notice.ts";
import type { RevocationTicket } from "./tickets.ts";

export interface Notice {
  readonly kind: NoticeKind;
  /** The same whenever it is sent, so that the other side takes it once, e.g. `<campaign>/<item>`. */
  readonly key: string;
  readonly body: object;
}

/** What the other side takes a notice once by. */
export function idempotencyKey({ kind, key }: Pick<Notice, "key" | "kind">): string {
  return `${kind}:${key}`;
}

/** What is posted of a notice. */
export function noticeDocument({ kind, key, body }: Notice): object {
  return { ...body, event: `countersign.${kind}`, version: 1, key };
}

export function ticketNotice(ticket: RevocationTicket): Notice {
  return { kind: "ticket", key: ticket.key, body: { ticket } };
}

/** Where notices go. */
export interface WebhookTerms {
  /** `https:`, or `http:` to this machine. */
  readonly url: string;
  /** Signs each notice; at least 16 bytes. Not kept, not printed. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly timeout_ms?: number;
  /** After the first attempt; 0 to 5. */
  readonly retries?: number;
  readonly signal?: AbortSignal;
  /** Of tests: how long to wait before an attempt. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/** What became of a notice. */
export interface Delivered {
  readonly kind: NoticeKind;
  readonly key: string;
  readonly delivered: boolean;
  readonly attempts: number;
  /** Of the last answer; absent where there was none. */
  readonly status?: number;
  /** Why not, in words; nothing of the secret, the address beyond its host, or the answer stands in it. */
  readonly why?: string;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_RETRIES = 3;
const MAX_RETRIES = 5;
const MIN_SECRET_BYTES = 16;
const MAX_WAIT_MS = 60_000;

/** Statuses after which another attempt may do better (RFC 9110, 15.5.9, 15.6; RFC 6585, 4). */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Posts notices one after the other. Each is signed: `Countersign-Signature: t=<seconds>,v1=<hex>`, HMAC-SHA256 of `<seconds>.<body>`;
 * `Idempotency-Key` is kind and key. Redirects are not followed. What cannot be delivered is told, not thrown; E_CONFIG for terms that
 * would send in the clear or unsigned.
 */
export async function deliver(notices: Iterable<Notice>, terms: WebhookTerms): Promise<Delivered[]> {
  const url = checkedUrl(terms);
  const agent = new Agent({ connect: { timeout: terms.timeout_ms ?? DEFAULT_TIMEOUT_MS }, connections: 1 });
  const told: Delivered[] = [];
  try {
    for (const notice of notices) told.push(await deliverOne(notice, url, agent, terms));
    return told;
  } finally {
    await agent.destroy();
  }
}

async function deliverOne(notice: Notice, url: URL, agent: Agent, terms: WebhookTerms): Promise<Delivered> {
  const { kind, key } = notice;
  const body = canonicalJson(noticeDocument(notice));
  const retries = Math.min(MAX_RETRIES, Math.max(0, terms.retries ?? DEFAULT_RETRIES));
  const wait =
    terms.wait ?? ((milliseconds: number) => sleep(milliseconds, undefined, { signal: terms.signal }));
  let last: { readonly status?: number; readonly why: string } = { why: "it was not tried" };
  for (let attempt = 1; ; attempt += 1) {
    if (terms.signal?.aborted === true)
      return { kind, key, delivered: false, attempts: attempt - 1, ...last };
    const answer = await post(notice, body, url, agent, terms);
    const { status, retryAfterMs = 0 } = answer;
    if (status !== undefined && status >= 200 && status < 300)
      return { kind, key, delivered: true, attempts: attempt, status };
    last = {
      ...(status === undefined ? {} : { status }),
      why: status === undefined ? `${url.host}: ${answer.why}` : `${url.host} answered ${status}`,
    };
    const hopeless = status !== undefined && !PASSING.has(status);
    if (hopeless || attempt > retries) return { kind, key, delivered: false, attempts: attempt, ...last };
    await wait(Math.min(MAX_WAIT_MS, Math.max(retryAfterMs, 500 * 2 ** (attempt - 1)))).catch(
      () => undefined,
    );
  }
}

interface Answer {
  readonly status?: number;
  readonly why: string;
  readonly retryAfterMs?: number;
}

async function post(
  notice: Notice,
  body: string,
  url: URL,
  agent: Agent,
  { secret, clock, signal, timeout_ms = DEFAULT_TIMEOUT_MS }: WebhookTerms,
): Promise<Answer> {
  const seconds = Math.floor(clock.now().getTime() / 1000);
  const timeout = AbortSignal.timeout(timeout_ms);
  try {
    const {
      statusCode,
      headers,
      body: answer,
    } = await request(url, {
      dispatcher: agent,
      method: "POST",
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      headersTimeout: timeout_ms,
      headers: {
        "content-type": "application/json",
        "user-agent": "countersign",
        "idempotency-key": idempotencyKey(notice),
        "countersign-signature": `t=${seconds},v1=${signatureOf(secret, seconds, body)}`,
      },
      body,
    });
    // What is answered says nothing to us; the connection is not kept for it.
    answer.on("error", () => undefined).destroy();
    const after = Number(headers["retry-after"]);
    return { status: statusCode, why: "", ...(Number.isFinite(after) ? { retryAfterMs: after * 1000 } : {}) };
  } catch (thrown) {
    if (timeout.aborted) return { why: `no answer within ${timeout_ms} ms` };
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "the request failed";
    return { why: code };
  }
}

/** What the other side computes to know that a notice is ours and new. */
export function signatureOf(secret: Uint8Array, seconds: number, body: string): string {
  return createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
}

/** Where notices may go: by TLS, or to this machine; without a user in the address. */
export function webhookUrl(url: string): URL {
  const parsed = URL.parse(url);
  const isHere = parsed?.protocol === "http:" && isLoopback(parsed.hostname);
  if (
    parsed === null ||
    (parsed.protocol !== "https:" && !isHere) ||
    parsed.username !== "" ||
    parsed.password !== ""
  ) {
    throw new CountersignError(
      "E_CONFIG",
      "expected an https address without a user for the webhook, got another",
      {
        fix: "Write it as https://host/path; http is for this machine alone. What proves who sends is the signature.",
      },
    );
  }
  return parsed;
}

function checkedUrl({ url, secret }: WebhookTerms): URL {
  const parsed = webhookUrl(url);
  checkWebhookSecret(secret);
  return parsed;
}

/** E_CONFIG for one that can be guessed. */
export function checkWebhookSecret(secret: Uint8Array): void {
  if (secret.length < MIN_SECRET_BYTES) {
    throw new CountersignError(
      "E_CONFIG",
      `expected a secret of at least ${MIN_SECRET_BYTES} bytes for the webhook, got fewer`,
      {
        fix: "Make one with `openssl rand -hex 32`, and give it to both sides.",
      },
    );
  }
}
