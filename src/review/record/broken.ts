import { CountersignError } from "../../base/index.ts";

/** That tables and journal say different things. E_INTEGRITY. */
export function broken(expected: string, got = "another"): CountersignError {
  return new CountersignError("E_INTEGRITY", `expected ${expected}, got ${got}`, {
    fix: "Somebody changed the database by hand: restore it, `leaves/` and `cas/` from one backup.",
  });
}
