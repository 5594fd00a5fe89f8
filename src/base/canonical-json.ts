import canonicalize from "canonicalize";
import { CountersignError, invariant, messageOf } from "./errors.ts";
import { compareStrings } from "./order.ts";

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
    return textOf(value);
  } catch (cause) {
    const message = `expected a JSON value to canonicalise, got: ${messageOf(cause)}`;
    throw new CountersignError("E_INTERNAL", message, { cause });
  }
}

/** Puts keys in order where they are not; of what is in order already, ECMAScript's own JSON is the canonical one, ten times as fast. */
function textOf(value: unknown): string | undefined {
  if (isOrdered(value)) return JSON.stringify(value);
  if (Array.isArray(value) && !("toJSON" in value))
    return `[${Array.from(value, (item) => textOf(item ?? null)).join(",")}]`;
  if (!isPlain(value)) return canonicalize(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const texts = members
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([key, member]) => {
      return `${canonicalize(key) ?? ""}:${textOf(member) ?? ""}`;
    });
  return `{${texts.join(",")}}`;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || "toJSON" in value) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

function isOrdered(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "boolean" || value === null) return true;
  if (Array.isArray(value)) return !("toJSON" in value) && value.every(isOrdered);
  if (!isPlain(value)) return false;
  let before: string | undefined;
  for (const [key, member] of Object.entries(value)) {
    if ((before !== undefined && key <= before) || !key.isWellFormed() || !isOrdered(member)) return false;
    before = key;
  }
  return true;
}
