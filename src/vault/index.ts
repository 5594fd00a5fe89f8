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
export { fsck, type FsckReport, type FsckTerms, type VaultFinding } from "./fsck.ts";
export { type Holder } from "./holders.ts";
export { KekFailure, type KekCapabilities, type KekFailureReason, type KekProvider } from "./kek.ts";
export { KEK_CALL_LIMIT_MS, askKek, contextDigest, slotKey } from "./kek-call.ts";
export { LedgerAnchor, type CommitLedger } from "./ledger-anchor.ts";
export { ENTRY_NAME_PATTERN, entryName } from "./names.ts";
export { AgeKey, ageProvider } from "./providers/age.ts";
export { passphraseProvider, DEFAULT_KDF, type PassphraseKdf } from "./providers/passphrase.ts";
export { Pkcs11Key, pkcs11Provider } from "./providers/pkcs11.ts";
export { rawKeyProvider } from "./providers/raw-key.ts";
export { OutsideReference, readOutsideText, type SecretSource } from "./secret-source.ts";
export { SecretBytes } from "./secret-bytes.ts";
export type { VaultTerms } from "./terms.ts";
export { Vault, type VaultSummary } from "./vault.ts";
