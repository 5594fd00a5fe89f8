import { randomBytes } from "node:crypto";
import type { VaultApi } from "../counterparties/vault-api.ts";
import { PEOPLE, SERVICES, leadOf, mailOf, type Service, type Team } from "./company.ts";
import { seedOf, seeded, type Random } from "./random.ts";

interface KvMount {
  readonly path: string;
  readonly version: 1 | 2;
  readonly description: string;
  /** Engine-wide settings, of version 2 only. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Fault: `unauth` shows the mount to anybody who asks the login page. */
  readonly listingVisibility?: "unauth";
}

const KV_MOUNTS: readonly KvMount[] = [
  { path: "apps", version: 2, description: "Secrets of services, by team and environment" },
  // prettier-ignore
  { path: "cards", version: 2, description: "Cardholder data environment", config: { max_versions: 10, cas_required: true } },
  // prettier-ignore
  { path: "warehouse", version: 2, description: "Data platform", config: { max_versions: 5, delete_version_after: "8760h" } },
  { path: "partners", version: 2, description: "Credentials that banks and acquirers gave us" },
  { path: "personal", version: 2, description: "One folder a person" },
  { path: "scratch", version: 2, description: "temp, ask Olle", listingVisibility: "unauth" },
  { path: "legacy", version: 1, description: "Before 2021. Do not add." },
];

/** One secret, and how old it is to look in the recorded example. */
export interface SecretSpec {
  readonly mount: string;
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly versions: number;
  readonly deleted: readonly number[];
  readonly destroyed: readonly number[];
  /** From the day of filling, for the label `expires_at`; negative: over. */
  readonly expiresInDays?: number;
  readonly createdDaysAgo: number;
  /** When the latest version was written. */
  readonly changedDaysAgo: number;
}

type Tier = "critical" | "high" | "standard" | "low";

/** What the company's own standard asks; the label on each secret repeats it. */
const ROTATION_DAYS: Readonly<Record<Tier, number>> = { critical: 30, high: 90, standard: 180, low: 365 };

const OLDEST_DAYS = 720;

const SERVICE_SECRETS: readonly (readonly [name: string, tier: Tier])[] = [
  ["database", "high"],
  ["message-queue", "standard"],
  ["session-signing-key", "high"],
  ["object-storage", "standard"],
  ["error-tracker-dsn", "low"],
];

const CARD_SECRETS = [
  "hsm/operator-pin",
  "hsm/partition-a",
  "hsm/partition-b",
  "pan-encryption/current",
  "pan-encryption/previous",
  "tokenisation/master",
  "tokenisation/salt",
  "acquirer/northern-bank",
  "acquirer/meridian",
  "acquirer/coastal-trust",
  "scheme/three-ds-server",
  "scheme/network-token",
  "emv/test-keys",
];

const PARTNERS = [
  "northern-bank",
  "meridian",
  "coastal-trust",
  "ledgerline",
  "paperplane-mail",
  "signalpost-sms",
];

const WAREHOUSE = [
  "loader/source-replica",
  "loader/object-storage",
  "loader/stream",
  "reports/read-only",
  "reports/finance",
  "reports/regulator-portal",
  "notebooks/shared",
  "notebooks/experiments",
  "exports/auditor-sftp",
  "exports/tax-office",
  "feature-store/online",
  "feature-store/offline",
  "lineage/api",
  "catalogue/admin",
];

const LEGACY = [
  "invoicing/database",
  "invoicing/smtp",
  "invoicing/printer",
  "old-gateway/api",
  "old-gateway/tls-passphrase",
  "intranet/admin",
  "ftp/bank-files",
  "ftp/payroll",
  "monitoring/snmp",
  "backup/tape-key",
];

const SCRATCH = ["olle-test", "demo-friday", "copy-of-prod-db", "todo-move-me", "smtp-relay", "load-test"];

/** Every secret of the company, always the same. */
export function secretSpecs(): readonly SecretSpec[] {
  return [
    ...SERVICES.flatMap(serviceSecrets),
    ...CARD_SECRETS.map((path) => spec("cards", path, "critical", "payments", "production")),
    ...PARTNERS.flatMap((name, index) => [
      {
        ...spec("partners", `${name}/api-key`, "high", "payments", "production"),
        // Fault: one ends in the year 2099.
        expiresInDays: name === "ledgerline" ? 26_500 : 41 * index - 34,
      },
      spec("partners", `${name}/webhook-secret`, "standard", "payments", "production"),
      spec("partners", `${name}/sandbox-api-key`, "low", "payments", "test"),
    ]),
    ...WAREHOUSE.map((path) => spec("warehouse", path, "standard", "data", "production")),
    ...PEOPLE.filter((who) => seedOf(who.login) % 3 === 0).map((who) =>
      spec("personal", `${who.login}/notes`, "low", who.team, "personal"),
    ),
    ...SCRATCH.map((path) => ({
      ...spec("scratch", path, "low", "platform", "test"),
      labels: {},
      settings: {},
    })),
    ...LEGACY.map((path) => spec("legacy", path, "standard", "ledger", "production")),
  ];
}

function serviceSecrets(service: Service): SecretSpec[] {
  const root = `${service.team}/${service.name}`;
  const count = 3 + (seedOf(service.name) % 3);
  return SERVICE_SECRETS.slice(0, count).flatMap(([name, tier]) => [
    spec("apps", `${root}/production/${name}`, tier, service.team, "production"),
    ...(seedOf(root + name) % 3 === 0
      ? [spec("apps", `${root}/staging/${name}`, "low", service.team, "staging")]
      : []),
  ]);
}

function spec(mount: string, path: string, tier: Tier, team: Team, environment: string): SecretSpec {
  const random = seeded(seedOf(`${mount}/${path}`));
  const { createdDaysAgo, changedDaysAgo, versions } = history(random, ROTATION_DAYS[tier]);
  // One in twelve has lost its latest version.
  const lost = random.chance(1 / 12) && versions > 1;
  return {
    mount,
    path,
    labels: labels(random, tier, team, environment),
    settings: settings(random, mount),
    versions,
    deleted: lost ? [versions] : [],
    // Not the oldest: an engine that keeps few versions drops it by itself.
    destroyed: versions > 3 && random.chance(1 / 4) ? [versions - 1] : [],
    createdDaysAgo,
    changedDaysAgo,
  };
}

/** Two in three are rotated in time, the others are late by anything up to years. */
function history(random: Random, limitDays: number) {
  const late = random.chance(1 / 3);
  const changedDaysAgo = late
    ? Math.min(OLDEST_DAYS - 10, limitDays + random.between(3, 400))
    : random.between(1, limitDays - 2);
  const createdDaysAgo = Math.min(OLDEST_DAYS, changedDaysAgo + random.between(0, 500));
  const versions = createdDaysAgo === changedDaysAgo ? 1 : random.between(2, 7);
  return { createdDaysAgo, changedDaysAgo: versions === 1 ? createdDaysAgo : changedDaysAgo, versions };
}

/** Some secrets lack an owner, some a tier, a few everything. */
function labels(random: Random, tier: Tier, team: Team, environment: string): Record<string, string> {
  if (random.chance(1 / 20)) return {};
  return {
    ...(random.chance(1 / 8) ? {} : { owner: mailOf(leadOf(team)), team }),
    ...(random.chance(1 / 10) ? {} : { tier }),
    environment,
    ...(random.chance(1 / 4) ? {} : { rotation_days: String(ROTATION_DAYS[tier]) }),
  };
}

function settings(random: Random, mount: string): SecretSpec["settings"] {
  if (mount === "cards") return {};
  return {
    ...(random.chance(1 / 6) ? { cas_required: true } : {}),
    ...(random.chance(1 / 6) ? { max_versions: random.pick([1, 3, 20]) } : {}),
    ...(random.chance(1 / 25) ? { delete_version_after: "2160h" } : {}),
  };
}

/** How many requests go out at once. */
const PARALLEL = 8;

/** Mounts the engines and writes every secret. The values are random and thrown away at once. */
export async function fillSecrets(api: VaultApi, specs: readonly SecretSpec[]): Promise<void> {
  for (const mount of KV_MOUNTS) {
    await api.ok("POST", `sys/mounts/${mount.path}`, {
      type: "kv",
      description: mount.description,
      options: { version: String(mount.version) },
      config: mount.listingVisibility === undefined ? {} : { listing_visibility: mount.listingVisibility },
    });
    if (mount.config !== undefined) await api.ok("POST", `${mount.path}/config`, mount.config);
  }
  const version1 = new Set(KV_MOUNTS.filter(({ version }) => version === 1).map(({ path }) => path));
  const queue = specs.values();
  const worker = async () => {
    for (const secret of queue) {
      if (version1.has(secret.mount)) await api.ok("POST", `${secret.mount}/${secret.path}`, value());
      else await writeVersioned(api, secret);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

async function writeVersioned(api: VaultApi, secret: SecretSpec): Promise<void> {
  const at = (part: string) => `${secret.mount}/${part}/${secret.path}`;
  // A version 2 engine is upgraded in the background after it was mounted and refuses writes until then.
  await untilReady(() => write(api, at("data"), 0));
  for (let version = 1; version < secret.versions; version += 1) await write(api, at("data"), version);
  if (secret.deleted.length > 0) await api.ok("POST", at("delete"), { versions: secret.deleted });
  if (secret.destroyed.length > 0) await api.ok("PUT", at("destroy"), { versions: secret.destroyed });
  const labels = { ...secret.labels, ...expiry(secret.expiresInDays) };
  if (Object.keys(secret.settings).length + Object.keys(labels).length > 0) {
    await api.ok("POST", at("metadata"), { ...secret.settings, custom_metadata: labels });
  }
}

function expiry(days: number | undefined): { expires_at?: string } {
  if (days === undefined) return {};
  return { expires_at: `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z` };
}

async function write(api: VaultApi, path: string, currentVersion: number): Promise<void> {
  await api.ok("POST", path, { data: value(), options: { cas: currentVersion } });
}

/** Stands in every secret value, so that a test can look for it where it must not be. */
export const VALUE_MARK = "never-to-be-recorded";

function value(): Record<string, string> {
  return { value: `${VALUE_MARK}-${randomBytes(24).toString("base64url")}` };
}

const READY_ATTEMPTS = 50;

async function untilReady(attempt: () => Promise<void>): Promise<void> {
  for (let left = READY_ATTEMPTS; ; left -= 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (left === 0 || !String(error).includes("Upgrading")) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
