import type { Fact } from "../../../facts/index.ts";
import {
  count,
  flag,
  isObject,
  objectAt,
  optionalCount,
  optionalFlag,
  optionalInstant,
  positiveSeconds,
  text,
} from "../json.ts";
import { fact, type Answered, type Family } from "../operation.ts";
import { listRow, readRow } from "../rows.ts";

function key(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "", name = "" } = answered.params;
  const latest = count(data, "latest_version");
  const period = positiveSeconds(data, "auto_rotate_period");
  const id = `${mount}keys/${name}`;
  return [
    fact(answered, "key", id, {
      mount,
      name,
      key_type: text(data, "type"),
      latest_version: latest,
      min_decryption_version: optionalCount(data, "min_decryption_version"),
      min_encryption_version: optionalCount(data, "min_encryption_version"),
      exportable: flag(data, "exportable"),
      deletion_allowed: optionalFlag(data, "deletion_allowed"),
      plaintext_backup_allowed: optionalFlag(data, "allow_plaintext_backup"),
      imported: optionalFlag(data, "imported_key"),
      latest_version_created_at: versionCreatedAt(answered, String(latest)),
      created_at: versionCreatedAt(answered, "1"),
    }),
    fact(answered, "key_rotation", id, { mount, name, enabled: period !== undefined, period_s: period }),
  ];
}

/** Symmetric keys give seconds since 1970 a version, asymmetric ones an object; old versions may be trimmed. */
function versionCreatedAt(answered: Answered, version: string): string | undefined {
  const versions = objectAt(answered.data, "keys");
  const value = versions[version];
  return isObject(value) ? optionalInstant(value, "creation_time") : optionalInstant(versions, version);
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
