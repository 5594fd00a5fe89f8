import { CountersignError, messageOf } from "../../base/index.ts";
import { CallFailure, type Answer, type GapReason } from "../../facts/index.ts";
import { isObject } from "../shape.ts";
import type { Operation } from "./operation.ts";

/** Longest piece of AWS's own words that a gap repeats. */
const MAX_QUOTE = 300;

/** What came over the wire, before anything read it. */
export interface Wire extends Answer {
  /** Of an object of S3: its metadata `signature`, which CloudTrail gives its digests. */
  readonly signature?: string;
  readonly retryAfterMs?: number;
}

/** Who asked for what, as a failure names it. */
export type Asked = Pick<Operation, "service" | "action" | "needs"> &
  Partial<Pick<Operation, "gone" | "orElse">>;

/**
 * Errors by name, as `Code`, `__type` or `x-amzn-errortype` give it. Sources: "Common Errors" of the services' API references,
 * "Error codes for the Amazon EC2 API", "Amazon S3 error responses" (`MethodNotAllowed`: asked by another account than the bucket's), and the list of throttling and clock-skew errors of the
 * SDK (`@smithy/core/retry`, service-error-classification).
 */
const EXPIRED = /^(ExpiredToken(Exception)?|TokenRefreshRequired)$/;
const SKEWED =
  /^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture|InvalidSignatureException|SignatureDoesNotMatch)$/;
const THROTTLED =
  /^(Throttl(ing|ed)\w*|TooManyRequests(Exception)?|RequestLimitExceeded|RequestThrottled(Exception)?|BandwidthLimitExceeded|SlowDown|ProvisionedThroughputExceededException|PriorRequestNotComplete|ConcurrentModificationException)$/;
const UNKNOWN_CALLER =
  /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|InvalidToken|AuthFailure|IncompleteSignature(Exception)?|MissingAuthenticationToken(Exception)?|NotSignedUp)$/;
const DENIED =
  /^(AccessDenied\w*|UnauthorizedOperation|UnauthorizedAccess\w*|NotAuthorized\w*|AuthorizationError\w*|Blocked|MethodNotAllowed)$/;
const NOT_OPTED_IN = /^(OptInRequired|SubscriptionRequiredException|RegionDisabledException)$/;
const GONE = /^(ResourceNotFoundException|NotFoundException|NoSuchEntity(Exception)?|ParameterNotFound)$/;
const UNAVAILABLE =
  /^(InternalFailure|InternalError|InternalServer\w*|InternalService\w*|ServiceFailure|ServiceException|ServiceUnavailable\w*|DependencyTimeoutException|KMSInternalException|RequestTimeout(Exception)?|Unavailable|CredentialReportNot\w+|ReportInProgress)$/;

/** What an error means, with the advice that fits whoever reads the gap. The only place that decides it. */
export function failureOf(thrown: unknown, asked: Asked, wire: Wire | undefined, aborted: boolean): Error {
  if (thrown instanceof CallFailure || thrown instanceof CountersignError) return thrown;
  if (aborted) return new CallFailure("timeout", "no answer in time", { cause: thrown });
  const name = thrown instanceof Error ? thrown.name : "";
  if (wire === undefined) return withoutAnswer(thrown, name);
  const { retryAfterMs, ...answer } = wire;
  const more = { answer, cause: thrown, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const fail = (reason: GapReason, detail: string, fix?: string): CallFailure =>
    new CallFailure(reason, detail, fix === undefined ? more : { ...more, fix });
  const words = `${name}: ${messageOf(thrown).replace(/\s+/g, " ").trim().slice(0, MAX_QUOTE)}`;
  const what = `${asked.service} ${asked.action}`;
  if (EXPIRED.test(name)) {
    return new ExpiredCredentials(`the collector's credentials have expired (${name})`, {
      ...more,
      fix: "Give the source credentials that outlive the collection, or a role that can be assumed anew.",
    });
  }
  if (SKEWED.test(name)) return skewed(thrown, words, fail);
  if (THROTTLED.test(name) || wire.status === 429 || isThrottling(thrown)) {
    return fail("throttled", `${what} asks to slow down (${name})`);
  }
  if (UNKNOWN_CALLER.test(name)) {
    return fail("denied", `AWS does not know the collector's credentials (${words})`, CREDENTIALS);
  }
  if (NOT_OPTED_IN.test(name)) {
    return fail(
      "denied",
      `the account may not use ${what} here (${words})`,
      "Opt in to the service or the Region, or leave it out of the source's settings.",
    );
  }
  if (DENIED.test(name))
    return fail("denied", `the collector may not call ${what} (${words})`, grantFix(asked));
  if (GONE.test(name) || asked.gone?.includes(name) === true) {
    return fail(
      "unsupported",
      `it was named, and gone when it was read (${name})`,
      "Collect again; what was deleted meanwhile is then no longer named.",
    );
  }
  if (isForeign(wire)) return foreign(wire, fail);
  if (UNAVAILABLE.test(name) || wire.status >= 500) {
    return fail("unavailable", `${what} failed (${wire.status}): ${words}`);
  }
  if (wire.status < 300 || isUnread(name)) {
    return fail(
      "malformed",
      `expected the API's answer to ${what}, got one that does not parse (${wire.status})`,
      PROXY,
    );
  }
  // An endpoint policy, a proxy or a permission boundary may refuse without a name that is known.
  if (wire.status === 401 || wire.status === 403) {
    return fail("denied", `the collector may not call ${what} (${words})`, grantFix(asked));
  }
  return fail("unsupported", `AWS does not accept ${what} (${wire.status}): ${words}`);
}

/** Credentials whose time is over: those who can make new ones do so, once. */
export class ExpiredCredentials extends CallFailure {
  constructor(detail: string, more: ConstructorParameters<typeof CallFailure>[2]) {
    super("denied", detail, more);
  }
}

/** A body that no API of AWS wrote, where its status is one of success: parsers of XML take a page for an empty answer. */
export function requireOwnWords(wire: Wire): void {
  if (isForeign(wire))
    throw foreign(wire, (reason, detail, fix) => new CallFailure(reason, detail, { answer: wire, fix }));
}

export function grantFix({ needs, orElse }: Pick<Asked, "needs" | "orElse">): string | undefined {
  if (needs.length === 0) return orElse;
  const allow =
    `Allow ${needs.join(" and ")} to the collector's identity, and see that no boundary, organisation's policy or ` +
    "endpoint's policy denies it; `countersign init --connector aws` prints the whole policy.";
  return orElse === undefined ? allow : `${allow} ${orElse}`;
}

/**
 * A clock that runs wrong. The SDK corrects its own by the answer's date and says so, so that the next attempt may pass;
 * what did not correct it is a signature that is wrong for another reason.
 */
function skewed(
  thrown: unknown,
  words: string,
  fail: (reason: GapReason, detail: string, fix: string) => CallFailure,
): CallFailure {
  const clock = "Set this machine's clock by NTP.";
  const corrected = metadataOf(thrown)["clockSkewCorrected"] === true;
  return corrected
    ? fail("unavailable", `this machine's clock and AWS's differ too much (${words})`, clock)
    : fail(
        "denied",
        `AWS does not take the request's signature (${words})`,
        `Check the secret access key. Where it is right: ${clock}`,
      );
}

function foreign(
  wire: Wire,
  fail: (reason: GapReason, detail: string, fix: string) => CallFailure,
): CallFailure {
  // What a load balancer says of what stands behind it may pass.
  const reason = [502, 503, 504].includes(wire.status) ? "unavailable" : "malformed";
  return fail(reason, `expected the API's own words, got an HTML page (${wire.status})`, PROXY);
}

const PROXY =
  "Check the endpoint, and what stands between: a proxy, a login page or another service answered.";

const CREDENTIALS = "Check the source's credentials, their partition, and that the access key is active.";

/** By its text alone: not every one that speaks these APIs names their media types. */
function isForeign({ body }: Wire): boolean {
  return /^\s*<(!doctype html|html)/i.test(Buffer.from(body.subarray(0, 512)).toString("utf8"));
}

function isUnread(name: string): boolean {
  return name === "SyntaxError" || name === "TypeError" || name === "Unknown" || name === "UnknownError";
}

function isThrottling(thrown: unknown): boolean {
  const retryable = isObject(thrown) ? thrown["$retryable"] : undefined;
  return isObject(retryable) && retryable["throttling"] === true;
}

function metadataOf(thrown: unknown): Readonly<Record<string, unknown>> {
  const metadata = isObject(thrown) ? thrown["$metadata"] : undefined;
  return isObject(metadata) ? metadata : {};
}

/** What a question that nobody answered means; an error that is none of the network's or of the credentials' is our own. */
function withoutAnswer(thrown: unknown, name: string): Error {
  const said = messageOf(thrown).replace(/\s+/g, " ").slice(0, MAX_QUOTE);
  if (name === "CredentialsProviderError" || name === "TokenProviderError") {
    return new CallFailure("denied", `no credentials were found (${said})`, {
      cause: thrown,
      fix: "Set the source's credentials, or what the SDK's default chain looks for (AWS_* variables, a profile, the workload's role).",
    });
  }
  const code = codeOf(thrown);
  if (name === "TimeoutError" || code === "ETIMEDOUT") {
    return new CallFailure("timeout", `no connection in time (${code})`, { cause: thrown });
  }
  if (/^(E[A-Z]+|CERT_\w+|ERR_(TLS|SSL|SOCKET)\w*|\w*SELF_SIGNED\w*|UNABLE_TO_\w+|HPE_\w+)$/.test(code)) {
    return new CallFailure("unavailable", `no answer from AWS (${code})`, {
      cause: thrown,
      fix: "Check the network, the host's authorities for TLS, and the endpoint, where one is set.",
    });
  }
  if (name === "EndpointError") {
    return new CallFailure("unsupported", `the service has no endpoint there (${said})`, { cause: thrown });
  }
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

function codeOf(thrown: unknown): string {
  const code = isObject(thrown) ? thrown["code"] : undefined;
  if (typeof code === "string") return code;
  // Addresses that were tried one after the other, each with its own failure.
  const [first] = thrown instanceof AggregateError ? (thrown.errors as unknown[]) : [];
  return isObject(first) && typeof first["code"] === "string" ? first["code"] : "";
}
