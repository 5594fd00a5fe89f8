import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Collected } from "../../src/collect/index.ts";
import { collectorPolicy } from "../../src/connectors/index.ts";
import type { Fact, FactKind, Gap } from "../../src/facts/index.ts";
import { found } from "../counterparties/availability.ts";
import { ensurePostgres } from "../counterparties/postgres.ts";
import { ensureSlapd } from "../counterparties/slapd.ts";
import { ensureVault } from "../counterparties/vault.ts";
import type { Method } from "../counterparties/vault-api.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { collectFrom, contentOf, collectorToken, policyFor, untilSettled } from "../estate/collector.ts";
import { fillEstate } from "../estate/fill.ts";
import { STRICTEST_ASSUMED, outcomesOf } from "../estate/outcomes.ts";
import { rulePaths, withoutEachCapability, type Dropped } from "../estate/policy-rules.ts";
import { secretSpecs } from "../estate/secrets.ts";

const vault = await ensureVault();
const missing = [vault, ensurePostgres(), ensureSlapd()].some((each) => "missing" in each);

/** Some secrets of each mount: this suite reads the whole server some hundred times. */
const SPECS = secretSpecs().filter(({ mount }, index, all) => {
  return index % 10 === 0 || mount === "legacy" || all[index - 1]?.mount !== mount;
});

/** What differs between two readings of an unchanged server. */
const VOLATILE: readonly FactKind[] = ["health", "lease_count", "token", "token_count"];

/** How many readings go on at once. */
const PARALLEL = 3;

describe.skipIf(missing)("the policy that the collector runs on", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-policy-"));
  let cluster: VaultCluster;
  let policy: string;

  beforeAll(async () => {
    cluster = await startVaultCluster({ binary: found(vault), dir: join(dir, "cluster"), rawStorage: true });
    await fillEstate(cluster, dir, SPECS);
    await untilSettled(cluster.api());
    policy = await policyFor(cluster.api());
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  let readings = 0;
  const read = async (text: string): Promise<Collected> => {
    const name = `countersign-${(readings += 1)}`;
    const token = await collectorToken(cluster.api(), text, name);
    const collected = await collectFrom(cluster.connection, token, join(dir, name));
    // What a reading itself added to the server would be read by all that follow.
    await cluster.api(token).send("POST", "auth/token/revoke-self");
    await cluster.api().ok("DELETE", `sys/policies/acl/${name}`);
    return collected;
  };

  it.each([
    ["as printed for this server", () => policy],
    ["as printed before the server is known", () => collectorPolicy()],
  ])("%s, reads no secret value, makes no credential and changes nothing", async (_name, text) => {
    const token = await collectorToken(cluster.api(), text(), "countersign-refused");
    const api = cluster.api(token);
    const answers = await Promise.all(
      FORBIDDEN.map(
        async ([method, path]) => `${method} ${path}: ${(await api.send(method, path, body(method))).status}`,
      ),
    );
    expect(answers).toEqual(FORBIDDEN.map(([method, path]) => `${method} ${path}: 403`));
  });

  it("is enough to read everything but what version 1 does not keep", async () => {
    const { facts, errors, manifest } = await read(policy);
    expect(errors).toEqual([]);
    expect(facts.gaps.map(({ resource, reason }) => `${reason} ${resource ?? ""}`)).toEqual([
      "unsupported vault-production:legacy/",
    ]);
    expect(manifest.fact_counts["secret_metadata"]).toBe(
      SPECS.filter(({ mount }) => mount !== "legacy").length,
    );
  });

  it("leaves gaps, not less, where the server is not known yet", async () => {
    const [whole, generic] = [await read(policy), await read(collectorPolicy())];
    expect(generic.errors).toEqual([]);
    expect(lostSilently(whole, generic)).toEqual([]);
  });

  describe("without one capability of one rule, each in turn", () => {
    let whole: Collected;
    let before: Outcomes;
    const findings: { lost: string[]; cleared: string[]; accused: string[] } = {
      lost: [],
      cleared: [],
      accused: [],
    };

    beforeAll(async () => {
      whole = await read(policy);
      before = await outcomesOf(whole.facts, whole.manifest.taken_at);
      const drops = withoutEachCapability(policy);
      expect(drops.length).toBeGreaterThan(90);
      const queue = drops.values();
      const worker = async () => {
        for (const dropped of queue) await judge(dropped);
      };
      await Promise.all(Array.from({ length: PARALLEL }, worker));
    });

    const judge = async (dropped: Dropped) => {
      const reduced = await read(dropped.policy);
      const after = await outcomesOf(reduced.facts, reduced.manifest.taken_at);
      const where = `without ${dropped.capability} on ${dropped.path}`;
      const say = (texts: readonly string[]) => texts.map((text) => `${where}: ${text}`);
      findings.lost.push(...say(complaints(dropped, whole, reduced, rulePaths(policy))));
      const decided = decidedOtherwise(before, after);
      findings.cleared.push(...say(decided.filter((text) => !text.includes("is violation"))));
      findings.accused.push(...say(decided.filter((text) => text.includes("is violation"))));
    };

    it("leaves a gap over everything that is lost", () => {
      expect(findings.lost).toEqual([]);
    });

    it("turns nothing into a pass, or into not applicable", () => {
      expect(findings.cleared).toEqual([]);
    });

    it("finds no deviation in what it cannot see", () => {
      expect(findings.accused).toEqual([]);
    });
  });
});

/** Requests that would show a value, make a credential, or change the server. All must be refused. */
const FORBIDDEN: readonly (readonly [Method, string])[] = [
  ...SPECS.filter(({ mount }) => mount !== "legacy").flatMap(({ mount, path }) => [
    ["GET", `${mount}/data/${path}`] as const,
    ["GET", `${mount}/subkeys/${path}`] as const,
    ["POST", `${mount}/data/${path}`] as const,
    ["POST", `${mount}/undelete/${path}`] as const,
    ["POST", `${mount}/metadata/${path}`] as const,
    ["DELETE", `${mount}/metadata/${path}`] as const,
  ]),
  ...SPECS.filter(({ mount }) => mount === "legacy").flatMap(({ path }) => [
    ["GET", `legacy/${path}`] as const,
    ["POST", `legacy/${path}`] as const,
  ]),
  ["POST", "transit/decrypt/documents"],
  ["POST", "transit/datakey/plaintext/documents"],
  ["GET", "transit/export/encryption-key/partner-exchange"],
  ["GET", "transit/backup/partner-exchange"],
  ["POST", "transit/keys/documents/rotate"],
  ["DELETE", "transit/keys/old-invoicing"],
  ["POST", "transit-cards/decrypt/pan"],
  ["GET", "database/creds/ledger-read"],
  ["GET", "database/static-creds/ledger-reporting"],
  ["POST", "database/rotate-role/ledger-reporting"],
  ["POST", "database/config/ledger"],
  ["POST", "pki-int/issue/internal-service"],
  ["POST", "pki-int/revoke"],
  ["POST", "auth/approle/role/backup-agent/secret-id"],
  ["POST", "auth/approle/role/backup-agent"],
  ["POST", "auth/approle/role/backup-agent/role-id"],
  ["POST", "auth/approle/role/backup-agent/secret-id-accessor/destroy"],
  ["POST", "auth/userpass/users/ext-l.haas"],
  ["POST", "auth/userpass/users/ext-l.haas/password"],
  ["POST", "auth/ldap/config"],
  ["POST", "auth/token/create"],
  ["POST", "auth/token/create-orphan"],
  ["POST", "auth/token/lookup"],
  ["POST", "auth/token/revoke"],
  ["POST", "auth/token/revoke-accessor"],
  ["POST", "auth/token/tidy"],
  ["POST", "identity/entity"],
  ["POST", "identity/group"],
  ["POST", "identity/mfa/method/totp/admin-generate"],
  ["PUT", "sys/policies/acl/countersign-refused"],
  ["PUT", "sys/policies/password/database"],
  ["GET", "sys/policies/password/database/generate"],
  ["PUT", "sys/audit/another"],
  ["DELETE", "sys/audit/file"],
  ["POST", "sys/mounts/another"],
  ["POST", "sys/auth/another"],
  ["POST", "sys/config/cors"],
  ["POST", "sys/quotas/rate-limit/everything"],
  ["GET", "sys/raw/core/mounts"],
  ["LIST", "sys/raw/logical"],
  ["GET", "sys/storage/raft/snapshot"],
  ["PUT", "sys/seal"],
  ["PUT", "sys/step-down"],
  ["PUT", "sys/rotate"],
  ["PUT", "sys/leases/revoke-prefix/database"],
  ["PUT", "sys/leases/lookup"],
  ["GET", "cubbyhole/anything"],
];

function body(method: Method): Record<string, string> | undefined {
  return method === "POST" || method === "PUT" ? {} : undefined;
}

/** What is wrong with a reading that lacked one capability: nothing may be missing, or other, without a gap over it. */
function complaints(
  dropped: Dropped,
  whole: Collected,
  reduced: Collected,
  paths: readonly string[],
): string[] {
  const known = new Set(whole.facts.gaps.map(gapName));
  const unnoticed = !isIdle(dropped, paths) && reduced.facts.gaps.every((gap) => known.has(gapName(gap)));
  return [
    ...reduced.errors.map((error) => error.message),
    ...lostSilently(whole, reduced).map((fact) => `${fact} is lost or other, and no gap says so`),
    ...(unnoticed ? ["expected another gap, got none"] : []),
  ];
}

/**
 * With less to see, an outcome may become `undetermined`; nothing may be decided that was decided otherwise before. Where
 * the label that states the tier is hidden, the strictest limit is assumed, and said: that deviation is meant.
 */
function decidedOtherwise(whole: Outcomes, reduced: Outcomes): string[] {
  return [...reduced].flatMap(([name, outcome]) => {
    const before = whole.get(name);
    if (outcome === "undetermined" || outcome === before || isOwnSubject(name)) return [];
    if (outcome === STRICTEST_ASSUMED) return [];
    // Who is there only because something is hidden is new: that a policy is not about them claims nothing.
    if (before === undefined && outcome === "not_applicable") return [];
    return [`${name} is ${outcome}, but with everything seen it is ${before ?? "not there"}`];
  });
}

type Outcomes = Awaited<ReturnType<typeof outcomesOf>>;

/** Tokens of readings come and go. */
function isOwnSubject(name: string): boolean {
  return name.includes("/auth/token/accessor/") || name.includes(":auth/token/accessor/");
}

function gapName({ operation, resource, reason }: Gap): string {
  return `${reason} ${operation} ${resource ?? ""}`;
}

/** Rules that nothing is read by: for the collector's own token, and twins of others that another product needs. */
function isIdle({ path }: Dropped, paths: readonly string[]): boolean {
  const twin = path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
  return paths.includes(twin) || /^auth\/token\/re(new|voke)-self$/.test(path);
}

/** Facts of the one reading that the other lacks or tells otherwise, and that no gap of it covers. */
function lostSilently(whole: Collected, reduced: Collected): string[] {
  const kept = new Map([...reduced.facts.all()].map((fact) => [`${fact.kind} ${fact.id}`, contentOf(fact)]));
  return [...whole.facts.all()]
    .filter((fact) => !isOwn(fact))
    .filter((fact) => {
      const other = kept.get(`${fact.kind} ${fact.id}`);
      if (other === contentOf(fact) || (other !== undefined && VOLATILE.includes(fact.kind))) return false;
      return !reduced.facts.gaps.some((gap) => covers(gap, fact));
    })
    .map(({ kind, id }) => `${kind} ${id}`);
}

/** The token and the policy of the reading itself are gone when the next begins. */
function isOwn(fact: Fact): boolean {
  if (fact.kind === "policy_document") return /^countersign-\d+$/.test(fact.name);
  return fact.kind === "token" && fact.collector;
}

function covers({ hides, resource }: Gap, { kind, id }: Fact): boolean {
  if (!hides.includes(kind)) return false;
  // The version of a secret, `<secret>#<number>`, is hidden with the secret.
  if (resource === undefined || resource === id.replace(/#\d+$/, "")) return true;
  return /[/:]$/.test(resource) && id.startsWith(resource);
}
