export {
  AccessLog,
  accessLogNames,
  readAccessLog,
  type AccessEvent,
  type AccessLogContent,
} from "./access-log.ts";
export { AnchorFiles, type Anchor, type AnchorPlace } from "./anchor.ts";
export { MAX_BACKUP_BYTES, openBackup, restoreFiles, sealBackup } from "./backup.ts";
export type { PutOptions } from "./changes.ts";
export { type Holder } from "./holders.ts";
export { KekFailure, type KekCapabilities, type KekFailureReason, type KekProvider } from "./kek.ts";
export { LedgerAnchor, type CommitLedger } from "./ledger-anchor.ts";
export { ENTRY_NAME_PATTERN, entryName } from "./names.ts";
export { passphraseProvider, DEFAULT_KDF, type PassphraseKdf } from "./providers/passphrase.ts";
export { rawKeyProvider } from "./providers/raw-key.ts";
export { SecretBytes } from "./secret-bytes.ts";
export type { VaultTerms } from "./terms.ts";
export { Vault, type VaultSummary } from "./vault.ts";
