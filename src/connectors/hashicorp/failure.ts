import { CallFailure, type Answer, type GapReason } from "../../facts/index.ts";
import { isObject } from "./json.ts";
import { ACTIVE_NODE, filled, hclList, looksUp, rulePath, type Operation, type Params } from "./operation.ts";

/** Longest piece of a server's own words that a gap repeats. */
const MAX_QUOTE = 300;

/** What came back, with the one header that says when to try again. */
export interface Reply extends Answer {
  readonly retryAfterMs?: number;
}

type Body = Readonly<Record<string, unknown>>;

/**
 * What an answer is, by its status and its body: it tells what was asked, it says that there is nothing, or neither. This
 * file alone decides what a status or a body means.
 */
export type Meaning = "answer" | "nothing" | "failure";

export function meaningOf(operation: Operation, status: number, body: Body | undefined): Meaning {
  if (status === 204) return operation.noContent === true ? "nothing" : "failure";
  if (body === undefined) return "failure";
  if (status === 200) return "answer";
  if (operation.answers?.includes(status) === true && body["initialized"] !== undefined) return "answer";
  const errors = errorsOf(body);
  if (!isApiError(body)) return "failure";
  if (operation.nothingText?.test(errors) === true) return "nothing";
  return status === 404 && saysNothing(operation, errors) ? "nothing" : "failure";
}

/** A 404 without a word is an empty list, or a thing that is not there; with one, mostly a path that is not known. */
function saysNothing({ absent, method }: Operation, errors: string): boolean {
  if (absent === "nothing") return errors === "";
  return absent === "feature" && (UNKNOWN_PATH.test(errors) || (errors === "" && method === "LIST"));
}

const UNKNOWN_PATH = /unsupported path|no handler for route|enterprise-only/i;

/** The two shapes in which this API says what went wrong: a list of errors, or an answer whose data is the error. */
function isApiError(body: Body): boolean {
  const { errors, data, request_id } = body;
  if (Array.isArray(errors)) return errors.every((item) => typeof item === "string");
  return typeof request_id === "string" && isObject(data) && typeof data["error"] === "string";
}

/** The answer, where it means something; throws `CallFailure` otherwise. */
export function usableAnswer(operation: Operation, params: Params, reply: Reply): Answer {
  const { retryAfterMs, ...answer } = reply;
  const body = jsonObject(answer);
  if (meaningOf(operation, answer.status, body) !== "failure") return answer;
  if (answer.status === 200) throw notJson(answer);
  const errors = errorsOf(body);
  if (answer.status === 404 && body !== undefined) throw notFound(operation, answer, body, errors);
  throw failureOf(operation, params, answer, errors, retryAfterMs);
}

function notFound(operation: Operation, answer: Answer, body: Body, errors: string): CallFailure {
  if (!isApiError(body)) {
    return new CallFailure("malformed", "expected the API's own words for a 404, got another service's", {
      answer,
      fix: "Check the address: a proxy or another service answered.",
    });
  }
  if (errors !== "") {
    const what = UNKNOWN_PATH.test(errors) ? "does not know" : "has nothing at";
    return new CallFailure("unsupported", `the server ${what} ${operation.path}: ${quoted(errors)}`, {
      answer,
    });
  }
  if (!looksUp(operation)) {
    return new CallFailure("unsupported", "the server answered that there is nothing at this path", {
      answer,
    });
  }
  return new CallFailure("unsupported", "it was named, and gone when it was read", {
    answer,
    fix: "Collect again; what was deleted meanwhile is then no longer named.",
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
  if (status < 300) {
    return fail("malformed", `expected a whole answer (200), got a part of one or none (${status})`, PROXY);
  }
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

const PROXY = "Check for a proxy that cuts or rewrites answers.";

function notJson(answer: Answer): CallFailure {
  if (isHtml(answer)) return htmlFailure(answer);
  return new CallFailure("malformed", "expected a JSON object, got a body that does not parse as one", {
    answer,
    fix: PROXY,
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

/** The body, where it is a JSON object. */
export function jsonObject(answer: Pick<Answer, "body">): Body | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(answer.body).toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The server's own words: `errors` of the API, or `data.error` where an endpoint answers a 404 of its own making. */
export function errorsOf(body: Body | undefined): string {
  const errors = body?.["errors"];
  const list = Array.isArray(errors) ? errors.filter((item) => typeof item === "string") : [];
  const data = body?.["data"];
  const own = isObject(data) && typeof data["error"] === "string" ? [data["error"]] : [];
  return [...list, ...own].join("; ");
}

export function quoted(errors: string): string {
  return errors === "" ? "no reason given" : errors.replace(/\s+/g, " ").trim().slice(0, MAX_QUOTE);
}
