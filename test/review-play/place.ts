import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OidcProvider } from "../counterparties/oidc.ts";
import type { VaultCluster } from "../counterparties/vault-cluster.ts";
import { AUDITOR, emailOf, writeRosters } from "./company.ts";

const STORE = "main-vault";

/** Writes the configuration and the lists of a play. */
export function writePlace(
  dir: string,
  {
    cluster,
    provider,
    port,
  }: { readonly cluster: VaultCluster; readonly provider: OidcProvider; readonly port: number },
): void {
  writeRosters(dir);
  const { issuer, client_id, ca_file } = provider;
  const config = {
    version: 1,
    entity: { name: "Larkspur Mills" },
    sources: {
      [STORE]: {
        connector: "hashicorp",
        address: cluster.address,
        ca_cert_file: cluster.caCertPath,
        auth: { method: "token", token: "env:VAULT_TOKEN" },
        audit_log: { files: [join(dir, "vault", "node-1", "audit-file.log")] },
      },
      staff: {
        connector: "people",
        rosters: [
          { file: "hr.csv", kind: "hr" },
          { file: "idp-users.json", kind: "idp" },
        ],
        requests: [{ file: "access-requests.csv" }],
      },
    },
    tiers: [{ tier: "critical", when: { kind: "key", path: "transit/*" } }],
    owners: [
      { owner: "platform", when: { kind: "key", path: "transit/*" } },
      { owner: "platform", when: { kind: "principal", name: ["service-*", "*break-glass-*"] } },
      { owner: "platform", when: { kind: "principal", path: "auth/approle/*" } },
    ],
    break_glass: [{ kind: "principal", name: "*break-glass-*" }],
    review: {
      roles: {
        admin: { groups: ["management"] },
        compliance: { groups: ["compliance"] },
        security: { people: [emailOf("sam"), emailOf("ines")] },
        auditor: { people: [AUDITOR] },
      },
      owners: { platform: [emailOf("omar")], payments: [emailOf("mia")], web: [emailOf("mia")] },
      fallback: [emailOf("omar"), emailOf("mia")],
      campaigns: {
        quarterly: { title: "Quarterly access review", every: "quarter", due_days: 21, remediation_days: 14 },
      },
    },
    serve: {
      port,
      oidc: { issuer, client_id, client_secret: "env:OIDC_SECRET", groups_claim: "groups", ca_file },
    },
  };
  // JSON is YAML.
  writeFileSync(join(dir, "countersign.yaml"), JSON.stringify(config, undefined, 2));
}
