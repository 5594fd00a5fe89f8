import { CountersignError, type ErrorCode } from "../base/index.ts";

/** A request that is not served: what its page says. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  /** A word for the audit log, e.g. `form_token`. */
  readonly reason: string;
  readonly fix: string | undefined;

  constructor(status: number, reason: string, message: string, fix?: string) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.fix = fix;
  }
}

/** Where the code is missing it is a bug or the machine's trouble: 500. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  E_NOT_FOUND: 404,
  E_FORBIDDEN: 403,
  E_CONFLICT: 409,
  E_REVIEW: 422,
  E_INPUT: 422,
  E_AMBIGUOUS: 422,
  E_LIMIT: 503,
  E_DISK: 503,
  E_STATE_LOCKED: 503,
  E_UNREACHABLE: 503,
};

export function statusOf(error: CountersignError): number {
  return STATUS[error.code] ?? 500;
}

/** Errors that the person who filled in a form can mend: shown beside the form, which keeps what was typed. */
export function isMendable(error: unknown): error is CountersignError {
  return error instanceof CountersignError && [409, 422].includes(statusOf(error));
}

/** What somebody may not do: of a form in which they named somebody else, shown beside it. */
export function isForbidden(error: unknown): error is CountersignError {
  return error instanceof CountersignError && error.code === "E_FORBIDDEN";
}

interface FromFastify {
  readonly statusCode?: unknown;
  readonly code?: unknown;
  readonly validation?: readonly { readonly instancePath?: string; readonly message?: string }[];
  readonly validationContext?: string;
}

/** What is said of whatever was thrown; 500 and no detail where it was none of ours. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof CountersignError) {
    const status = statusOf(thrown);
    return status === 500 ? broken() : new Refusal(status, thrown.code, thrown.message, thrown.fix);
  }
  const { statusCode, code, validation } = (thrown ?? {}) as FromFastify;
  if (validation !== undefined) return new Refusal(400, "input", malformed(validation));
  if (statusCode === 413) return new Refusal(413, "too_large", "More was sent than is taken.");
  if (statusCode === 415)
    return new Refusal(415, "media_type", "The form was sent in a way that is not understood.");
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500)
    return new Refusal(
      statusCode,
      typeof code === "string" ? code : "request",
      "The request was not understood.",
    );
  return broken();
}

/** The answer to a path that no route has. */
export function nothingHere(): Refusal {
  return new Refusal(404, "not_found", "There is nothing here.");
}

function broken(): Refusal {
  return new Refusal(
    500,
    "error",
    "Something went wrong here. What you sent may or may not have been recorded: look before you send it again.",
  );
}

function malformed(validation: NonNullable<FromFastify["validation"]>): string {
  const [first] = validation;
  const field = (first?.instancePath ?? "").slice(1).split("/")[0] ?? "";
  return field === ""
    ? `The form is not complete: ${first?.message ?? "something is missing"}.`
    : `“${field.replaceAll("_", " ")}” is not what was expected: it ${first?.message ?? "is not valid"}.`;
}
