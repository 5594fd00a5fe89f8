import { CountersignError, type ErrorCode } from "../../base/index.ts";

/** A rule of the review that was broken, and what to do. */
export function refusal(
  expected: string,
  got: string,
  fix: string,
  code: ErrorCode = "E_REVIEW",
): CountersignError {
  return new CountersignError(code, `expected ${expected}, got ${got}`, { fix });
}

/** Somebody who may not do that. */
export function forbidden(expected: string, got: string, fix: string): CountersignError {
  return refusal(expected, got, fix, "E_FORBIDDEN");
}
