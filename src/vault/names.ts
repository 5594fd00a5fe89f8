import { CountersignError } from "../base/index.ts";

const SEGMENT = "[a-z0-9][a-z0-9._-]{0,62}";

/** One to eight segments of lower-case letters, digits, dots, underscores and hyphens, e.g. `vault/payments/approle`. */
export const ENTRY_NAME_PATTERN = `^${SEGMENT}(/${SEGMENT}){0,7}$`;

/** Longest name, in characters: eight segments, and what is between them. */
export const MAX_ENTRY_NAME_CHARS = 8 * 63 + 7;

const ENTRY_NAME = new RegExp(ENTRY_NAME_PATTERN);

/** The name itself where it is one; names never become part of a path on disk. E_INPUT. */
export function entryName(name: string): string {
  if (ENTRY_NAME.test(name)) return name;
  throw new CountersignError(
    "E_INPUT",
    `expected a name of a credential, got ${JSON.stringify(name.slice(0, 200))}`,
    {
      fix: "Use lower-case letters, digits, . _ and -, in at most eight parts separated by /.",
    },
  );
}
