import type { Fact } from "../../../facts/index.ts";
import {
  count,
  flag,
  instant,
  isObject,
  nonEmptyText,
  objectAt,
  optionalInstant,
  setSeconds,
  type Json,
} from "../json.ts";
import { fact, type Answered, type Family } from "../operation.ts";
import { listRow, readRow } from "../rows.ts";

function key(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "", name = "" } = answered.params;
  const type = nonEmptyText(data, "type");
  const latest = count(data, "latest_version");
  const period = setSeconds(data, "auto_rotate_period");
  const id = `${mount}keys/${name}`;
  return [
    fact(answered, "key", id, {
      mount,
      name,
      key_type: type,
      latest_version: latest,
      min_decryption_version: count(data, "min_decryption_version"),
      min_encryption_version: count(data, "min_encryption_version"),
      exportable: flag(data, "exportable"),
      deletion_allowed: flag(data, "deletion_allowed"),
      plaintext_backup_allowed: flag(data, "allow_plaintext_backup"),
      imported: flag(data, "imported_key"),
      latest_version_created_at: UNDATED.test(type)
        ? undefined
        : instant(...dateOf(answered, String(latest))),
      created_at: UNDATED.test(type) ? undefined : optionalInstant(...dateOf(answered, "1")),
    }),
    fact(answered, "key_rotation", id, { mount, name, enabled: period !== undefined, period_s: period }),
  ];
}

/** Types of which the server tells no versions (`formatKeyPolicy`): MACs, and keys that another store manages. */
const UNDATED = /^(hmac|aes\d+-cmac|managed_key)$/;

/**
 * Where the creation of a version stands. Symmetric keys give seconds since 1970 a version, asymmetric ones an object. The
 * latest version is always there, old ones may be trimmed.
 */
function dateOf(answered: Answered, version: string): [Json, string] {
  const versions = objectAt(answered.data, "keys");
  const value = versions[version];
  return isObject(value) ? [value, "creation_time"] : [versions, version];
}

/** Transit: metadata of keys; `export/` and `backup/` are never asked for. */
export const transit: Family = {
  id: "transit",
  operations: [
    listRow(
      { id: "transit.list", title: "Names of keys", path: "{mount}keys", hides: ["key", "key_rotation"] },
      ["transit.key"],
    ),
    readRow(
      {
        id: "transit.key",
        title: "Type, versions and rotation of a key",
        path: "{mount}keys/{name}",
        hides: ["key", "key_rotation"],
      },
      key,
    ),
  ],
  roots: ["transit.list"],
};
