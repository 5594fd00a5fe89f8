import { optionalTexts, type Json } from "./json.ts";

/**
 * Each list is written where it names something: no mount has any by itself (`synthesizedConfigCache` of `vault/mount.go`). An
 * empty name is what `vault secrets tune -audit-non-hmac-request-keys=""` leaves: no key.
 */
export function unhashedKeys(config: Json): string[] | undefined {
  const lists = ["audit_non_hmac_request_keys", "audit_non_hmac_response_keys"];
  const found = new Set(lists.flatMap((list) => optionalTexts(config, list) ?? []));
  found.delete("");
  return found.size === 0 ? undefined : [...found].sort();
}
