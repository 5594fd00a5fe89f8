import { CountersignError, canonicalJson } from "../base/index.ts";
import type { CompiledSchema } from "./compile.ts";

/**
 * A value of a JSON document of our own making. The bytes must be the canonical form (RFC 8785) of a value that fits
 * `schema`: that leaves no room for duplicate keys, other spellings or anything that two readers read differently.
 * E_INTEGRITY names `what`.
 */
export function strictJson<T>(bytes: Uint8Array, schema: CompiledSchema<T>, what: string): T {
  const text = Buffer.from(bytes).toString("utf8");
  const value = parsed(text);
  if (!schema.fits(value))
    throw malformed(what, value === undefined ? "no JSON" : `other content (${schema.complaint().trim()})`);
  if (canonicalJson(value) !== text || !Buffer.from(text, "utf8").equals(bytes)) {
    throw malformed(what, "JSON that is not canonical");
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function malformed(what: string, got: string): CountersignError {
  return new CountersignError("E_INTEGRITY", `expected ${what} as this version writes it, got ${got}`);
}
