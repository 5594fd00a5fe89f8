import type { AwsCollectorScope } from "../connectors/index.ts";
import { REVIEW_LINES } from "./config-template-review.ts";

interface Trust {
  /** A PEM file, where one is set. */
  readonly authority?: string | undefined;
  readonly insecureHttp?: boolean;
}

/** A commented `countersign.yaml` for Vault. Every key is there, the optional ones as comments. */
export function configTemplate(address: string, { authority, insecureHttp = false }: Trust = {}): string {
  const trust = trustLine(authority);
  return templateWith(`  main-vault:
    connector: hashicorp # Vault and OpenBao
    address: ${address}
    ${insecureHttp ? "" : "# "}insecure_http: true # credentials go unencrypted to another host; refused otherwise
    # namespace: team-a
    ${trust}
    auth:
      method: token
      token: env:VAULT_TOKEN
    # auth:
    #   method: approle
    #   role_id: env:COUNTERSIGN_ROLE_ID
    #   secret_id: file:/run/credentials/countersign-secret-id
    # auth: { method: userpass, username: countersign, password: "file:/run/credentials/password" }
    # auth: { method: jwt, role: countersign, jwt: "env:CI_JOB_JWT" }
    # auth: { method: cert }        # with client_cert_file and client_key_file
    # Of a cluster of several nodes: each one's own configuration file, by raft node id, or without raft storage by the
    # hostname that sys/ha-status tells. Without them it stays undetermined what the others
    # listen on and whether they open the raw storage, since no API tells it.
    # node_config_files: { node-1: /etc/countersign/vault-1.hcl, node-2: /etc/countersign/vault-2.hcl }
    # mounts: { exclude: [scratch/] }   # what is left out is said in the report
    # audit_log: { files: [/var/log/vault/audit.log] }   # read by events ingest
`);
}

/** The same for AWS. */
export function awsConfigTemplate({ roleName, partition, auditLog }: AwsCollectorScope = {}): string {
  const accounts =
    roleName === undefined
      ? "# accounts: { role_name: countersign }"
      : `accounts: { role_name: ${JSON.stringify(roleName)} }`;
  return templateWith(`  main-aws:
    connector: aws # Secrets Manager, Parameter Store, KMS, IAM, Organizations
    ${partition === undefined ? "# partition: aws" : `partition: ${partition}`}
    # home_region: us-east-1          # asked which Regions there are
    # regions: [eu-central-1]         # default: all that are enabled; of the others nothing is known, which the report says as gaps
    # Without credentials here the SDK looks for them: AWS_* variables, a profile, the role of the workload.
    # credentials: { access_key_id: "env:KEY_ID", secret_access_key: "vault:aws-collector", session_token: "env:SESSION" }
    # credentials: { web_identity: { role_arn: "arn:aws:iam::111122223333:role/countersign", token_file: /run/oidc/token } }
    # assume_role: { role_arn: "arn:aws:iam::111122223333:role/countersign", external_id: "env:EXTERNAL_ID" }
    # Every account of the organisation, by one role of the same name in each; include or exclude accounts by their ids.
    ${accounts}
    # Records of CloudTrail: a trail's files, else 90 days of management events; or queries to an event data store (lake).
    ${auditLogLine(auditLog)}
    # endpoint: https://aws.proxy.example # another address for all services, e.g. a proxy; http on loopback only; the report names it
    # exclude: [organizations]        # services; what is left out is said in the report
`);
}

function auditLogLine(scope: AwsCollectorScope["auditLog"]): string {
  if (scope === undefined) return "# audit_log: { from: auto, days: 90 }";
  const { from, dataStore } = scope;
  return from === "lake"
    ? `audit_log: { from: lake, data_store: ${JSON.stringify(dataStore)} }`
    : `audit_log: { from: ${from}, days: 90 }`;
}

function templateWith(source: string): string {
  return `# Countersign: what to read, how to judge it, who owns what. No credential stands here, only references:
# env:NAME or \${env:NAME} (an environment variable), file:/path (a file that holds only the credential).
version: 1

entity:
  name: Your organisation
  # boundary: The systems that the audit is about
  # request_id: PBC-17
  # prepared_by: Who makes the report
  # reviewed_by: Who has looked at it

# The stores to read, by a name of your choice: it becomes part of every id.
sources:
${source}
  # The vault of the collectors' own credentials is judged like any other store (\`countersign vault init\` makes one):
  # own-vault: { connector: embedded }
  # staff: { connector: people, rosters: [{ file: hr.csv, kind: hr }], requests: [{ file: access-requests.csv }] }
  # The access reviews of this installation, so that they are judged as well:
  # reviews: { connector: review }

# Which frameworks to report on; default: all that there are mappings for.
# frameworks: [soc2-2017, iso27001-2022, hipaa-security-rule, nist-800-53-r5]

# Your own policies beside ours: bundles of \`countersign policy build\`, or directories of Rego.
# policies: [my-policies.tar.gz]

# Your own controls, which controls of frameworks each answers, and which policies (policies: [{ id, strength }]) test it. Nature: automated or manual; purpose: preventive or
# detective. The report puts them beside the results, and says what is not stated.
controls: []
#  - { id: LAC-04, title: Least privilege, wording: "…", owner: Head of platform, frequency: daily, nature: automated, purpose: detective, answers: ["soc2-2017:CC6.3", "iso27001-2022:A.5.15"] }

# Labels (custom metadata) that state a thing directly. These are the defaults.
# labels:
#   owner: [owner, team]
#   tier: [tier, risk_tier]
#   environment: [environment, env]
#   expires_at: [expires_at, expiry]
#   rotation_period_days: [rotation_period_days, rotation_days]

# Where no label says it, the first rule that fits does. \`*\` stands for any text.
# A subject without a tier is judged by the strictest limits, and the report says so.
tiers: []
#  - { tier: critical, when: { path: "kv/payments/*" } }
#  - { tier: standard, when: { kind: secret } }
owners: []
#  - { owner: payments-team, when: { path: "kv/payments/*" } }
environments: []
#  - { environment: production, when: { store: main-vault } }

# Identities for emergencies: \`sudo\` and wildcards are expected of them, and of nobody else.
break_glass: []
#  - { kind: principal, name: "break-glass-*" }

${PEOPLE_LINES}${REVIEW_LINES}# Limits other than the policies' own: policy id, parameter, one value or one for each tier.
# \`countersign policy list --json\` shows them all.
# parameters:
#   rotation_overdue:
#     limit_days: { critical: 30, high: 60, standard: 90, low: 365 }

${EVENT_LINES}# gate:
#   max_waiver_days: 180 # within which a waiver of \`countersign gate\` has to end

# limits:
#   concurrency: 8
#   call_timeout_s: 30
`;
}

/** Audit logs, and what is looked for in them. */
const EVENT_LINES = `# What \`countersign events detect\` knows of your organisation. docs/detections has every detection and parameter.
# events:
#   business_hours:
#     time_zone: Europe/Berlin
#     rules: [{ when: { name: "*@example.com" }, from: 7, to: 19 }]
#   workloads: [{ name: "svc-*" }]
#   detections: { bulk_read: { threshold: 50 } }
#   suppressions: [{ detection: new_reader, principal: "name:backup", reason: Nightly backup, until: 2027-06-30 }]
#   acknowledgements: [{ detection: break_glass_used, principal: "name:root", by: Ada, on: 2027-03-02, reason: Drill of 1 March }]
#   engine: trino # a cluster answers, from what \`countersign events publish\` brought there: docs/trino.md; default: duckdb
#   trino:
#     address: https://trino.example.com:8443
#     catalog: hive
#     schema: countersign
#     user: countersign
#     password: env:TRINO_PASSWORD
#     files: { directory: /mnt/events, location: "s3://shop-events/countersign" }

`;

/** How principals are matched with the people of rosters. */
const PEOPLE_LINES = `# Who is behind a principal, by rosters of people: docs/people.md.
# people:
#   match: [email, username, "label:person", "label:owner_email"]
#   map: { "auth/userpass/users/al*": ada.lindqvist@example.com }

`;

function trustLine(authority: string | undefined): string {
  return authority === undefined
    ? "# ca_cert_file: /etc/ssl/vault-ca.pem"
    : `ca_cert_file: ${JSON.stringify(authority)}`;
}
