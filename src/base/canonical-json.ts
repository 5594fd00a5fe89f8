import canonicalize from "canonicalize";
import { CountersignError, invariant, messageOf } from "./errors.ts";

/**
 * JSON by RFC 8785: keys in UTF-16 order, no white space, numbers as ECMAScript prints them.
 * Values that JSON cannot hold (undefined at the top, functions, non-finite numbers, half of a surrogate pair) are our
 * own bug: what comes from outside is made well-formed where it enters. E_INTERNAL.
 */
export function canonicalJson(value: unknown): string {
  const text = canonical(value);
  invariant(text !== undefined, "expected a JSON value to canonicalise");
  return text;
}

function canonical(value: unknown): string | undefined {
  try {
    return canonicalize(value);
  } catch (cause) {
    const message = `expected a JSON value to canonicalise, got: ${messageOf(cause)}`;
    throw new CountersignError("E_INTERNAL", message, { cause });
  }
}
