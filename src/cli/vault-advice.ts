import type { VaultFinding } from "../vault/index.ts";

/** What kept a part from being looked at, which says neither that it is damaged nor that it is not. */
export const UNCHECKED: readonly VaultFinding["code"][] = ["locked", "unreadable"];

/** What a person does who hears of damage. */
export const FSCK = "Run `countersign vault fsck`: it tells all that is wrong, and docs/vault.md what to do.";
