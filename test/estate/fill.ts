import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePostgres, startPostgres } from "../counterparties/postgres.ts";
import { found } from "../counterparties/availability.ts";
import { ensureSlapd, startSlapd } from "../counterparties/slapd.ts";
import type { VaultCluster } from "../counterparties/vault-cluster.ts";
import type { VaultApi } from "../counterparties/vault-api.ts";
import { LDAP_URL, configureLdap, fillAuth, mountAuth } from "./auth.ts";
import { LDAP_SUFFIX, PEOPLE, directoryLdif } from "./company.ts";
import { fillDatabase, fillPki, fillTransit } from "./engines.ts";
import { fillEntities, fillGroups, fillLoginMfa } from "./identity.ts";
import { fillPolicies, policyTexts } from "./policies.ts";
import { fillSecrets, secretSpecs, type SecretSpec } from "./secrets.ts";
import { fillPasswordPolicies, fillServer } from "./server.ts";
import { fillTokens } from "./tokens.ts";

export interface Estate {
  /** Accessor of each auth mount, by its path without the slash. */
  readonly accessors: ReadonlyMap<string, string>;
  readonly entities: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, string>;
  readonly secretCount: number;
}

/** Staff whose directory login leaves a live token behind. */
const LDAP_LOGINS = ["b.okafor", "o.karlsson", "c.iwu"];

/**
 * Fills a fresh cluster with the company's estate: real mounts, logins, identities, policies, tokens, leases. The
 * directory and the database run beside it for as long as this takes. `dir` is scratch space; `specs` are the secrets to
 * write where all of them would take too long.
 */
export async function fillEstate(
  cluster: VaultCluster,
  dir: string,
  specs: readonly SecretSpec[] = secretSpecs(),
): Promise<Estate> {
  const api = cluster.api();
  const passwords = new Map(PEOPLE.map(({ login }) => [login, randomBytes(18).toString("base64url")]));
  const accessors = await mountAuth(api);
  await fillPasswordPolicies(api);
  await fillSecrets(api, specs);
  await fillPki(api);
  await fillTransit(api);
  await withPostgres((postgres) => fillDatabase(api, postgres));
  const { jwtKey } = await fillAuth(api, { clientCa: pem(cluster.authority.caCertPath), passwords });
  const entities = await fillEntities(api, accessors);
  await fillLoginMfa(api, entities);
  const groups = await fillGroups(api, entities, accessors.get("ldap")!);
  const context = {
    ldapAccessor: accessors.get("ldap")!,
    securityGroupId: groups.get("directory-security")!,
  };
  await fillPolicies(api, policyTexts(context));
  await fillServer(api);
  const { certPath, keyPath } = cluster.authority.issue("pos-gateway", "client");
  const client = { cert: pem(certPath), key: pem(keyPath) };
  await withDirectory(cluster, api, dir, passwords, async () => {
    await fillTokens(api, {
      jwtKey,
      connection: cluster.connection,
      passwords,
      client,
      ldapLogins: LDAP_LOGINS,
    });
  });
  return { accessors, entities, groups, secretCount: specs.length };
}

async function withPostgres(work: (server: Awaited<ReturnType<typeof startPostgres>>) => Promise<void>) {
  const superuser = { name: "store_admin", password: randomBytes(18).toString("base64url") };
  const server = await startPostgres({ binaries: found(ensurePostgres()), superuser });
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

/** Points the directory login at a running server while `work` runs, and back at the company's afterwards. */
async function withDirectory(
  cluster: VaultCluster,
  api: VaultApi,
  dir: string,
  passwords: ReadonlyMap<string, string>,
  work: () => Promise<void>,
): Promise<void> {
  const admin = { dn: `cn=admin,${LDAP_SUFFIX}`, password: randomBytes(18).toString("base64url") };
  const server = await startSlapd({
    binary: found(ensureSlapd()),
    dir: join(dir, "directory"),
    authority: cluster.authority,
    suffix: LDAP_SUFFIX,
    admin,
    ldif: directoryLdif(passwords),
  });
  const binding = { binddn: admin.dn, bindpass: admin.password };
  try {
    const certificate = pem(cluster.authority.caCertPath);
    await configureLdap(api, { ...binding, url: server.url, starttls: true, certificate });
    await work();
  } finally {
    // Fault: the directory's certificate ended, and since then nobody checks it.
    await configureLdap(api, { ...binding, url: LDAP_URL, starttls: false, insecure_tls: true });
    await server.stop();
  }
}

function pem(path: string): string {
  return readFileSync(path, "utf8");
}
