import type { Fact } from "../../../facts/index.ts";
import {
  Misshapen,
  count,
  flag,
  instant,
  labels,
  objectAt,
  objectOf,
  setInstant,
  setSeconds,
  type Json,
} from "../json.ts";
import {
  ext,
  fact,
  listedKeys,
  type Answered,
  type Ask,
  type Family,
  type Omission,
  type Operation,
} from "../operation.ts";

/** Folders within folders; a deeper tree is cut with a gap. */
export const MAX_FOLDER_DEPTH = 64;

/** The secrets of a folder; its subfolders are listings of their own. */
function secrets(answered: Answered): Fact[] {
  const { mount = "", path = "" } = answered.params;
  return listedKeys(answered)
    .filter((key) => !key.endsWith("/"))
    .map((key) =>
      fact(answered, "secret", `${mount}${path}${key}`, { mount, name: path + key, secret_type: "kv" }),
    );
}

function folders(operation: string, hides: Operation["hides"], leaf?: string) {
  return (answered: Answered): (Ask | Omission)[] => {
    const { mount = "", path = "" } = answered.params;
    const depth = path.split("/").length;
    return listedKeys(answered).flatMap((key): (Ask | Omission)[] => {
      if (!key.endsWith("/"))
        return leaf === undefined ? [] : [{ operation: leaf, params: { mount, path: path + key } }];
      if (depth < MAX_FOLDER_DEPTH) return [{ operation, params: { mount, path: path + key } }];
      const detail = `expected folders at most ${MAX_FOLDER_DEPTH} deep, got more`;
      return [{ resource: `${mount}${path}${key}`, hides, reason: "limit", detail }];
    });
  };
}

function metadata(answered: Answered): Fact[] {
  const { data, record } = answered;
  const { mount = "", path: name = "" } = answered.params;
  const current = count(data, "current_version");
  const oldest = count(data, "oldest_version");
  const versions = Object.entries(objectAt(data, "versions")).map(([number, value]) =>
    versionOf(Number(number), objectOf(value, `versions.${number}`), record.requested_at),
  );
  wholeVersions(versions, oldest, current);
  // Deleting the current version leaves those before it to whoever asks for them by number.
  const readable = versions
    .filter(({ destroyed, deletedAt }) => !destroyed && deletedAt === undefined)
    .toSorted((a, b) => a.version - b.version)
    .at(-1);
  return [
    fact(answered, "secret_metadata", `${mount}${name}`, {
      mount,
      name,
      created_at: instant(data, "created_time"),
      updated_at: instant(data, "updated_time"),
      current_version: current,
      oldest_version: oldest,
      version_count: versions.length,
      value_set_at: readable?.createdAt,
      value_deletes_at: readable?.deletesAt,
      deleted_version_count: versions.filter((version) => version.deletedAt !== undefined).length,
      destroyed_version_count: versions.filter((version) => version.destroyed).length,
      max_versions: count(data, "max_versions"),
      cas_required: flag(data, "cas_required"),
      delete_version_after_s: setSeconds(data, "delete_version_after"),
      labels: labels(data, "custom_metadata"),
      ext: ext({ last_updated_by: updater(data) }),
    }),
    ...versions.map((version) =>
      fact(answered, "secret_version", `${mount}${name}#${version.version}`, {
        mount,
        name,
        version: version.version,
        created_at: version.createdAt,
        deleted_at: version.deletedAt,
        destroyed: version.destroyed,
      }),
    ),
  ];
}

/** Only newer Vault tells who wrote, and null of secrets that are older than that. */
function updater(data: Json): Json | undefined {
  const updatedBy = data["last_updated_by"] ?? undefined;
  return updatedBy === undefined ? undefined : objectOf(updatedBy, "last_updated_by");
}

/**
 * No version between the oldest and the current one is ever missing: a deleted or destroyed one stays in the table, a pruned
 * one moves the oldest on (`AddVersion`). Both are 0 of a secret that has metadata alone. There is none after the current one.
 */
function wholeVersions(versions: readonly Version[], oldest: number, current: number): void {
  const first = Math.max(1, oldest);
  const kept = versions.filter(({ version }) => version >= first && version <= current).length;
  const later = versions.some(({ version }) => version > current);
  if (!later && kept === Math.max(0, current - first + 1)) return;
  throw new Misshapen("versions", "a table of every version from the oldest to the current one", {});
}

interface Version {
  readonly version: number;
  readonly createdAt: string;
  readonly deletedAt: string | undefined;
  readonly deletesAt: string | undefined;
  readonly destroyed: boolean;
}

/** `deletion_time` may lie ahead: then `delete_version_after` has planned it and the value can still be read. */
function versionOf(version: number, json: Json, askedAt: string): Version {
  const deletion = setInstant(json, "deletion_time");
  const past = deletion !== undefined && Date.parse(deletion) <= Date.parse(askedAt);
  return {
    version: count({ version }, "version"),
    createdAt: instant(json, "created_time"),
    deletedAt: past ? deletion : undefined,
    deletesAt: past ? undefined : deletion,
    destroyed: flag(json, "destroyed"),
  };
}

function engineConfig(answered: Answered): Fact[] {
  const { data, params } = answered;
  const { mount = "" } = params;
  return [
    fact(answered, "secret_engine_config", `${mount}config`, {
      mount,
      max_versions: count(data, "max_versions"),
      cas_required: flag(data, "cas_required"),
      delete_version_after_s: setSeconds(data, "delete_version_after"),
    }),
  ];
}

const SECRET_KINDS = ["secret", "secret_metadata", "secret_version"] as const;

/** KV version 2: `metadata/` and the engine's own settings; `data/` is never asked for. */
export const kv2: Family = {
  id: "kv2",
  operations: [
    {
      id: "kv2.list",
      title: "Names of secrets",
      method: "LIST",
      path: "{mount}metadata/{path}",
      needs: ["list"],
      hides: SECRET_KINDS,
      resource: "{mount}{path}",
      absent: "nothing",
      facts: secrets,
      next: folders("kv2.list", SECRET_KINDS, "kv2.metadata"),
    },
    {
      id: "kv2.metadata",
      title: "Versions and metadata of a secret",
      method: "GET",
      path: "{mount}metadata/{path}",
      needs: ["read"],
      hides: ["secret_metadata", "secret_version"],
      resource: "{mount}{path}",
      absent: "gone",
      facts: metadata,
    },
    {
      id: "kv2.config",
      title: "Settings that all secrets of a mount inherit",
      method: "GET",
      path: "{mount}config",
      needs: ["read"],
      hides: ["secret_engine_config"],
      resource: "{mount}config",
      // Where nothing was set the server answers with its defaults.
      absent: "gone",
      facts: engineConfig,
    },
  ],
  roots: ["kv2.config", "kv2.list"],
};

/** KV version 1 keeps no metadata: reading anything but names would read values. */
export const kv1: Family = {
  id: "kv1",
  operations: [
    {
      id: "kv1.list",
      title: "Names of secrets",
      method: "LIST",
      path: "{mount}{path}",
      needs: ["list"],
      hides: ["secret"],
      resource: "{mount}{path}",
      absent: "nothing",
      facts: secrets,
      next: folders("kv1.list", ["secret"]),
    },
  ],
  roots: ["kv1.list"],
};
