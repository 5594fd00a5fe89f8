import { findExecutable, missing, type Availability } from "./availability.ts";

/** The `age` program, an independent reader and writer of its format. */
export function ensureAge(): Availability<string> {
  const binary = findExecutable("age");
  return binary === undefined ? missing("no age tool (Debian: age)") : { found: binary };
}
