import { hash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";

/** Lower-case hex SHA-256, 64 characters. */
export type Sha256 = string;

export function sha256(bytes: Uint8Array | string): Sha256 {
  return hash("sha256", bytes, "hex");
}

/** Digest of a value's canonical JSON: equal values have equal digests whatever their key order. */
export function digestOf(value: unknown): Sha256 {
  return sha256(canonicalJson(value));
}
