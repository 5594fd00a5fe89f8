import type { Compression, Format } from "./formats.ts";

/** How much of a file, uncompressed, is looked at to know its format. */
export const HEAD_BYTES = 256 * 1024;

export function compressionOf(bytes: Uint8Array): Compression {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "gzip";
  if (bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd) return "zstd";
  return "none";
}

/**
 * A member of the document itself, only plain ones before it: deeper down, names are whatever somebody called a field of a secret, and
 * their log would pass for a file without records.
 */
const DIGEST =
  /^\s*\{(?:\s*"\w+"\s*:\s*(?:"[^"\\]*"|[\w.+-]+)\s*,)*\s*"(?:digestStartTime|digestSignatureAlgorithm)"\s*:/;

/** What tells a format from the others, in the order in which they are tried. */
const SIGNS: readonly (readonly [Format | "cloudtrail-digest", RegExp])[] = [
  ["cloudtrail-digest", DIGEST],
  ["gcp", /"protoPayload"\s*:/],
  [
    "cloudtrail",
    /"eventSource"\s*:[^]*"eventName"\s*:|"eventName"\s*:[^]*"eventSource"\s*:|^\s*\{\s*"Records"\s*:/,
  ],
  [
    "azure",
    /"category"\s*:\s*"AuditEvent"|"AZKVAuditLogs"|"AzureDiagnostics"|"operationName"\s*:[^]*"resourceId"\s*:|"OperationName"\s*:[^]*"_ResourceId"\s*:/i,
  ],
  ["hashicorp", /"type"\s*:\s*"(?:request|response)"/],
];

/** The format of which a file's beginning has the signs; undefined where it has none's. */
export function recognise(head: string): Format | "cloudtrail-digest" | undefined {
  return SIGNS.find(([, sign]) => sign.test(head))?.[0];
}
