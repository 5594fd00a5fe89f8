import { at, type Json } from "../counterparties/json.ts";
import { PEOPLE, SERVICES } from "./company.ts";
import { STATIC_ROLES, TRANSIT_KEYS } from "./engines.ts";
import { seedOf, seeded } from "./random.ts";
import { secretSpecs } from "./secrets.ts";
import { TOKEN_AGES } from "./tokens.ts";

/**
 * A server filled a minute ago has no past, and none can be written into it. For the example, and for it alone, the
 * instants of some answers are moved back by whole days that the estate states for each thing; nothing else of an
 * answer is touched. `examples/README.md` says so to the reader, and the snapshot's own notice does.
 */

const DAY_MS = 86_400_000;

const SECRETS = new Map(secretSpecs().map((spec) => [`${spec.mount}/metadata/${spec.path}`, spec]));
const KEYS = new Map(TRANSIT_KEYS.map((key) => [`${key.mount}/keys/${key.name}`, key]));
const ROTATED = new Map(
  STATIC_ROLES.map(({ name, rotatedDaysAgo }) => [`database/static-roles/${name}`, rotatedDaysAgo]),
);
const IDENTITIES = new Map([
  ...PEOPLE.map(({ login, sinceDays }) => [login, sinceDays] as const),
  ...SERVICES.map(({ name, sinceDays }) => [name, sinceDays] as const),
]);

/** Secret ids that never end, by the path that looks them up. */
const SECRET_IDS = new Map([
  ["auth/approle/role/backup-agent/secret-id-accessor/lookup", 533],
  ["auth/approle-legacy/role/old-invoicing/secret-id-accessor/lookup", 700],
]);

/** The answer to a request for `path` (without `/v1/`), its instants moved back; the same object where none are. */
export function aged(path: string, body: Json): Json {
  const data = at(body, "data");
  if (!isObject(data)) return body;
  const moved = agedData(path, data);
  return moved === undefined ? body : { ...body, data: moved };
}

function agedData(path: string, data: Json): Json | undefined {
  const secret = SECRETS.get(path);
  if (secret !== undefined) return agedVersions(data, secret);
  const key = KEYS.get(path);
  if (key !== undefined) return { ...data, keys: agedKeyVersions(data["keys"], key) };
  const rotated = ROTATED.get(path);
  if (rotated !== undefined) return back(data, ["last_vault_rotation"], rotated);
  const issued = SECRET_IDS.get(path);
  if (issued !== undefined) return back(data, ["creation_time", "last_updated_time"], issued);
  if (path.startsWith("identity/entity/id/")) return agedIdentity(data, identityDays(data));
  if (path.startsWith("identity/group/id/")) return agedIdentity(data, groupDays(data));
  if (path === "auth/token/lookup-accessor") return agedToken(data);
  return undefined;
}

interface History {
  readonly versions: number;
  readonly createdDaysAgo: number;
  readonly changedDaysAgo: number;
}

/** Versions are spread evenly from the first to the latest. */
function versionDays(version: number, { versions, createdDaysAgo, changedDaysAgo }: History): number {
  if (versions === 1) return changedDaysAgo;
  const span = createdDaysAgo - changedDaysAgo;
  return createdDaysAgo - Math.round((span * (version - 1)) / (versions - 1));
}

function agedVersions(data: Json, spec: History): Json {
  const versions = Object.entries(isObject(data["versions"]) ? data["versions"] : {}).map(
    ([name, version]) => {
      const days = versionDays(Number(name), spec);
      return [
        name,
        isObject(version) ? back(version, ["created_time", "deletion_time"], days) : version,
      ] as const;
    },
  );
  return {
    ...back(back(data, ["created_time"], spec.createdDaysAgo), ["updated_time"], spec.changedDaysAgo),
    versions: Object.fromEntries(versions),
  };
}

/** Symmetric keys show seconds since 1970 for each version, the others an object with an instant. */
function agedKeyVersions(versions: unknown, key: (typeof TRANSIT_KEYS)[number]): Json {
  const history = { ...key, changedDaysAgo: key.rotatedDaysAgo };
  return Object.fromEntries(
    Object.entries(isObject(versions) ? versions : {}).map(([name, version]) => {
      const days = versionDays(Number(name), history);
      if (typeof version === "number") return [name, version - (days * DAY_MS) / 1000];
      return [name, isObject(version) ? back(version, ["creation_time"], days) : version];
    }),
  );
}

function agedIdentity(data: Json, days: number): Json {
  const moved = back(data, ["creation_time", "last_update_time"], days);
  const aliases = data["aliases"];
  if (!Array.isArray(aliases)) return moved;
  const older = aliases.map((alias: unknown) =>
    isObject(alias) ? back(alias, ["creation_time", "last_update_time"], days) : alias,
  );
  return { ...moved, aliases: older };
}

function identityDays(data: Json): number {
  return IDENTITIES.get(String(data["name"])) ?? 0;
}

function groupDays(data: Json): number {
  return seeded(seedOf(`group ${String(data["name"])}`)).between(60, 690);
}

/** A token whose whole life lies before it keeps the length of that life; one that would be over was renewed since. */
function agedToken(data: Json): Json | undefined {
  const days = TOKEN_AGES[String(data["display_name"])];
  if (days === undefined) return undefined;
  const seconds = (days * DAY_MS) / 1000;
  const moved = {
    ...back(data, ["issue_time"], days),
    creation_time: Number(data["creation_time"]) - seconds,
  };
  const left = Number(data["ttl"]) - seconds;
  const renewed = data["period"] !== undefined || data["expire_time"] === null || left <= 0;
  return renewed ? moved : { ...back(moved, ["expire_time"], days), ttl: left };
}

const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Moves the named instants back; what is empty or no instant stays. The fraction and the zone stay as they were. */
function back(object: Json, names: readonly string[], days: number): Json {
  const moved = names.flatMap((name) => {
    const parts = INSTANT.exec(String(object[name]));
    if (parts === null) return [];
    const [, seconds, fraction = "", zone = ""] = parts;
    const earlier = new Date(Date.parse(`${seconds!}Z`) - days * DAY_MS).toISOString().slice(0, 19);
    return [[name, `${earlier}${fraction}${zone}`] as const];
  });
  return { ...object, ...Object.fromEntries(moved) };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
