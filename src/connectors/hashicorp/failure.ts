import { CallFailure, type Answer, type GapReason } from "../../facts/index.ts";
import { isObject } from "./json.ts";
import { isUsable } from "./normalise.ts";
import { ACTIVE_NODE, filled, hclList, rulePath, type Operation, type Params } from "./operation.ts";

/** Longest piece of a server's own words that a gap repeats. */
const MAX_QUOTE = 300;

/** What came back, with the one header that says when to try again. */
export interface Reply extends Answer {
  readonly retryAfterMs?: number;
}

/**
 * The answer when it tells what was asked; throws `CallFailure` otherwise. This is the only place that decides what a
 * status or a body means.
 */
export function usableAnswer(operation: Operation, params: Params, reply: Reply): Answer {
  const { retryAfterMs, ...answer } = reply;
  const body = jsonObject(answer);
  if (isUsable(operation, answer.status)) {
    if (body !== undefined && (answer.status < 300 || body["initialized"] !== undefined)) return answer;
    if (body === undefined && answer.status < 300) throw notJson(answer);
  }
  const errors = errorsOf(body);
  if (answer.status === 404 && body !== undefined) return emptyAnswer(operation, answer, errors);
  if (operation.nothingText?.test(errors) === true) return answer;
  throw failureOf(operation, params, answer, errors, retryAfterMs);
}

/** A 404 is Vault's word for an empty list, a thing that is not there, and a path that it does not know. */
function emptyAnswer(operation: Operation, answer: Answer, errors: string): Answer {
  const unknown = /unsupported path|no handler for route|enterprise-only/i.test(errors);
  if (unknown && operation.absent === "feature") return answer;
  if (unknown) {
    throw new CallFailure("unsupported", `the server does not know ${operation.path}: ${quoted(errors)}`, {
      answer,
    });
  }
  if (operation.absent === "gone") throw gone(operation, answer);
  return answer;
}

function gone(operation: Operation, answer: Answer): CallFailure {
  if (!/\{\w+\}$/.test(operation.resource)) {
    return new CallFailure("unsupported", "the server answered that there is nothing at this path", {
      answer,
    });
  }
  return new CallFailure("unsupported", "it was listed, and gone when it was read", {
    answer,
    fix: "Collect again; what was deleted meanwhile is then no longer listed.",
  });
}

function failureOf(
  operation: Operation,
  params: Params,
  answer: Answer,
  errors: string,
  retryAfterMs: number | undefined,
): CallFailure {
  const { status } = answer;
  const more = { answer, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const fail = (reason: GapReason, detail: string, fix?: string): CallFailure =>
    new CallFailure(reason, detail, fix === undefined ? more : { ...more, fix });
  if (status < 500 && status !== 429 && isHtml(answer)) return htmlFailure(answer);
  if (status === 403) return denied(operation, params, errors, more);
  if (/sealed/i.test(errors))
    return fail("unavailable", "the store is sealed", "Unseal it and collect again.");
  if (/not initialized/i.test(errors)) return fail("unavailable", "the store is not initialised");
  if (/HTTP request to an HTTPS server/i.test(textOf(answer))) {
    return fail(
      "unavailable",
      "the server speaks TLS, the address says http",
      "Write the address with https://.",
    );
  }
  if (status === 429) return fail("throttled", `the server asks to slow down (${status})`);
  if (status === 472) return fail("unavailable", "the node is a disaster-recovery secondary", ACTIVE_NODE);
  if (status === 473)
    return fail("unavailable", "the node is a performance standby that cannot answer this", ACTIVE_NODE);
  if (status >= 300 && status < 400) {
    return fail("unavailable", `the server redirects elsewhere (${status})`, ACTIVE_NODE);
  }
  if (status === 405 || status === 400 || status === 501) {
    return fail("unsupported", `the server does not accept this request (${status}): ${quoted(errors)}`);
  }
  return fail("unavailable", `the server failed (${status}): ${quoted(errors)}`);
}

function denied(operation: Operation, params: Params, errors: string, more: { answer: Answer }): CallFailure {
  if (/invalid token|bad token/i.test(errors)) {
    return new CallFailure("denied", "the store does not know the collector's token, or it has expired", {
      ...more,
      fix: "Give the source a valid token or another login.",
    });
  }
  const rule = `path "${rulePath(operation, params["mount"])}" { capabilities = ${hclList(operation.needs)} }`;
  return new CallFailure(
    "denied",
    `the collector may not ${operation.method} ${filled(operation.path, params)}`,
    {
      ...more,
      fix: `Grant ${rule}; \`countersign init\` prints the whole policy.`.slice(0, 1024),
    },
  );
}

function notJson(answer: Answer): CallFailure {
  if (isHtml(answer)) return htmlFailure(answer);
  return new CallFailure("malformed", "expected a JSON object, got a body that does not parse as one", {
    answer,
    fix: "Check for a proxy that cuts or rewrites answers.",
  });
}

function htmlFailure(answer: Answer): CallFailure {
  return new CallFailure("malformed", `expected the API's JSON, got an HTML page (${answer.status})`, {
    answer,
    fix: "Check the address: a proxy, a login page or another service answered.",
  });
}

function isHtml(answer: Answer): boolean {
  return /html/i.test(answer.media_type) || /^\s*<(!doctype|html)/i.test(textOf(answer));
}

/** The beginning of the body as text: enough for every message that is looked for. */
function textOf(answer: Answer): string {
  return Buffer.from(answer.body.subarray(0, 4096)).toString("utf8");
}

function jsonObject(answer: Answer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(answer.body).toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The server's own words: `errors` of the API, or `data.error` where an endpoint answers a 404 of its own making. */
function errorsOf(body: Readonly<Record<string, unknown>> | undefined): string {
  const errors = body?.["errors"];
  const list = Array.isArray(errors) ? errors.filter((item) => typeof item === "string") : [];
  const data = body?.["data"];
  const own = isObject(data) && typeof data["error"] === "string" ? [data["error"]] : [];
  return [...list, ...own].join("; ");
}

function quoted(errors: string): string {
  return errors === "" ? "no reason given" : errors.replace(/\s+/g, " ").trim().slice(0, MAX_QUOTE);
}
