import type { VaultApi } from "../counterparties/vault-api.ts";
import { SERVICES, TEAMS } from "./company.ts";

/**
 * ACL policies of the company: sound ones, and the mistakes that pile up in years. The comments in the texts are the
 * company's own, as its people wrote them.
 */
export interface PolicyContext {
  /** Accessor of the directory's auth mount, for templated paths. */
  readonly ldapAccessor: string;
  /** Id of a group that a templated path names. */
  readonly securityGroupId: string;
}

export function policyTexts(context: PolicyContext): ReadonlyMap<string, string> {
  return new Map([
    ...SERVICES.map(({ name, team }) => [`svc-${name}`, servicePolicy(team, name)] as const),
    ...TEAMS.map((team) => [`team-${team}`, teamPolicy(team)] as const),
    ...Object.entries(COMMON),
    ...Object.entries(POWERFUL),
    ...Object.entries(FAULTY),
    ["personal-folder", personalFolder(context.ldapAccessor)],
    ["security-group-notes", securityNotes(context.securityGroupId)],
  ]);
}

export async function fillPolicies(api: VaultApi, texts: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, policy] of texts) await api.ok("PUT", `sys/policies/acl/${name}`, { policy });
}

function servicePolicy(team: string, name: string): string {
  return `# Service ${name}, owned by team ${team}
path "apps/data/${team}/${name}/production/*" {
  capabilities = ["read"]
}
path "apps/metadata/${team}/${name}/production/*" {
  capabilities = ["list"]
}
`;
}

function teamPolicy(team: string): string {
  return `# Everybody of team ${team}
path "apps/data/${team}/+/staging/*" {
  capabilities = ["create", "read", "update", "delete"]
}
path "apps/data/${team}/+/production/*" {
  # written through the pipeline, never read by people
  capabilities = ["create", "update"]
}
path "apps/metadata/${team}/*" {
  capabilities = ["read", "list"]
}
path "apps/metadata/" { capabilities = ["list"] }
`;
}

function personalFolder(accessor: string): string {
  return `path "personal/data/{{identity.entity.aliases.${accessor}.name}}/*" {
  capabilities = ["create", "read", "update", "patch", "delete"]
}
path "personal/metadata/{{identity.entity.aliases.${accessor}.name}}/*" {
  capabilities = ["list", "read", "delete"]
}
path "personal/metadata/" { capabilities = ["list"] }
`;
}

function securityNotes(groupId: string): string {
  return `path "apps/data/{{identity.groups.ids.${groupId}.name}}/*" {
  capabilities = ["read"]
}
# resolves only for people whose identity names a team
path "apps/metadata/{{identity.entity.metadata.team}}/*" {
  capabilities = ["list"]
}
`;
}

const COMMON: Readonly<Record<string, string>> = {
  "card-vault-crypto": `path "transit-cards/encrypt/pan" { capabilities = ["update"] }
path "transit-cards/decrypt/pan" { capabilities = ["update"] }
path "cards/data/pan-encryption/*" { capabilities = ["read"] }
path "cards/data/tokenisation/*" { capabilities = ["read"] }
`,
  "cards-deny": `# Cardholder data stays with the card vault
path "cards/*" { capabilities = ["deny"] }
path "transit-cards/*" { capabilities = ["deny"] }
`,
  "partner-keys": `path "partners/data/+/api-key" { capabilities = ["read"] }
path "partners/data/+/webhook-secret" { capabilities = ["read"] }
path "partners/metadata/*" { capabilities = ["list"] }
`,
  "partner-keys-write": `path "partners/data/*" {
  capabilities = ["create", "update"]
  required_parameters = ["data"]
  min_wrapping_ttl = "30s"
  max_wrapping_ttl = "10m"
}
`,
  "warehouse-read": `path "warehouse/data/*" { capabilities = ["read"] }
path "warehouse/metadata/*" { capabilities = ["list"] }
# except what goes to the tax office
path "warehouse/data/exports/tax-office" { capabilities = ["deny"] }
`,
  "warehouse-reports": `path "warehouse/data/reports/*" { capabilities = ["read"] }
path "database/creds/ledger-read" { capabilities = ["read"] }
`,
  "ledger-database": `path "database/creds/ledger-read" { capabilities = ["read"] }
path "database/static-creds/ledger-reporting" { capabilities = ["read"] }
`,
  "internal-certificates": `path "pki-int/issue/internal-service" {
  capabilities = ["create", "update"]
  denied_parameters = {
    "uri_sans" = []
  }
}
`,
  "on-call": `# Platform, while on call
path "sys/leases/revoke" { capabilities = ["update"] }
path "sys/leases/lookup/*" { capabilities = ["list", "sudo"] }
path "apps/data/+/+/production/database" { capabilities = ["read"] }
`,
  "compliance-reader": `{"path": {
  "sys/policies/acl/*": {"capabilities": ["read", "list"]},
  "sys/auth": {"capabilities": ["read"]},
  "sys/mounts": {"capabilities": ["read"]},
  "identity/*": {"capabilities": ["read", "list"]},
  "apps/metadata/*": {"capabilities": ["read", "list"]},
  "cards/metadata/*": {"capabilities": ["read", "list"]}
}}
`,
  "deploy-pipeline": `# Hands a fresh secret id to each deployment
path "auth/approle/role/+/secret-id" {
  capabilities = ["update"]
  min_wrapping_ttl = "1m"
  max_wrapping_ttl = "5m"
}
path "auth/approle/role/+/role-id" { capabilities = ["read"] }
path "apps/data/+/+/production/*" { capabilities = ["create", "update"] }
`,
  "own-identity": `path "identity/entity/id/{{identity.entity.id}}" { capabilities = ["read"] }
`,
  "release-signing": `path "transit/sign/release/*" { capabilities = ["update"] }
path "transit/verify/release" { capabilities = ["update"] }
`,
};

const POWERFUL: Readonly<Record<string, string>> = {
  "break-glass": `# Two envelopes, two safes. Every use is a call to the head of security.
path "*" {
  capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"]
}
`,
  "platform-admin": `path "sys/*" {
  capabilities = ["create", "read", "update", "delete", "list", "sudo"]
}
path "auth/*" {
  capabilities = ["create", "read", "update", "delete", "list", "sudo"]
}
path "identity/*" { capabilities = ["create", "read", "update", "delete", "list"] }
# TODO(n.mbeki): narrow this down after the migration
path "apps/*" { capabilities = ["create", "read", "update", "delete", "list"] }
`,
  "security-admin": `path "sys/policies/acl/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "sys/audit*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }
path "identity/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "+/metadata/*" { capabilities = ["read", "list"] }
path "cards/metadata/*" { capabilities = ["read", "list"] }
`,
  "terraform-state": `path "sys/policies/acl/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "auth/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "sys/auth/*" { capabilities = ["create", "read", "update", "delete", "sudo"] }
path "sys/mounts/*" { capabilities = ["create", "read", "update", "delete"] }
path "database/*" { capabilities = ["create", "read", "update", "delete", "list"] }
`,
};

/** Each of these is a mistake; the name of the constant is not part of the estate. */
const FAULTY: Readonly<Record<string, string>> = {
  // Reads production values and may rewrite the policies that let it.
  "delivery-lead": `path "apps/data/*" { capabilities = ["read", "list"] }
path "sys/policies/acl/*" { capabilities = ["read", "update", "list"] }
`,
  // The deny loses: a longer rule beats it for most paths below.
  "backup-everything": `path "apps/*" { capabilities = ["read", "list"] }
path "cards/*" { capabilities = ["read", "list"] }
path "warehouse/*" { capabilities = ["read", "list"] }
path "partners/*" { capabilities = ["read", "list"] }
path "personal/*" { capabilities = ["deny"] }
path "personal/data/+/notes" { capabilities = ["read"] }
path "legacy/*" { capabilities = ["read", "list"] }
`,
  // An exact rule that takes away what the prefix gave, by accident.
  "risk-models": `path "apps/data/risk/*" { capabilities = ["read", "update"] }
path "apps/data/risk/fraud-scoring/production/database" { capabilities = ["update"] }
path "warehouse/data/feature-store/*" { capabilities = ["read"] }
`,
  // Old one-word form, still accepted.
  "legacy-read": `path "legacy/*" { policy = "read" }
path "legacy/payroll*" { policy = "deny" }
`,
  "old-invoicing": `path "legacy/invoicing/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "*" { capabilities = ["list"] }
`,
  // Nobody has it.
  "migration-2023": `path "apps/*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }
path "legacy/*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }
`,
  "scratch-anyone": `path "scratch/*" { capabilities = ["create", "read", "update", "patch", "delete", "list"] }
`,
  // Names an identity field that nobody has, so that the rule never holds.
  "cost-centre-folder": `path "apps/data/{{identity.entity.metadata.cost_centre}}/*" { capabilities = ["read"] }
`,
  "support-tools": `path "apps/data/support/*" { capabilities = ["read"] }
path "auth/userpass/users/+" { capabilities = ["create", "update", "read"] }
path "auth/userpass/users/+/password" { capabilities = ["update"] }
`,
  "nomad-server": `path "auth/token/create/nomad-cluster" { capabilities = ["update"] }
path "auth/token/roles/nomad-cluster" { capabilities = ["read"] }
path "auth/token/lookup" { capabilities = ["update"] }
path "auth/token/revoke-accessor" { capabilities = ["update"] }
`,
};
