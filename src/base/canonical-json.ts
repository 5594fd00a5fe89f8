import canonicalize from "canonicalize";
import { invariant } from "./errors.ts";

/**
 * JSON by RFC 8785: keys in UTF-16 order, no white space, numbers as ECMAScript prints them.
 * Values that JSON cannot hold (undefined at the top, functions, non-finite numbers) are our own bug.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  invariant(text !== undefined, "expected a JSON value to canonicalise");
  return text;
}
