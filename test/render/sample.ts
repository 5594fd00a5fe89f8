import { digestOf } from "../../src/base/index.ts";
import type { OutcomeCounts, OwnControl } from "../../src/controls/index.ts";
import type { AccessRow, EvidenceHead, Finding, GrantLine, PastFinding } from "../../src/evidence/index.ts";
import { gapDigest, type Fact, type Gap, type Part } from "../../src/facts/index.ts";
import type { CatalogueEntry, Severity } from "../../src/policy/index.ts";
import type { Subject, SubjectOf } from "../../src/subjects/index.ts";

/** Names that break careless printing: long, right to left, beyond the fonts, invisible, a formula, markup. */
export const HOSTILE_NAMES = [
  "a".repeat(300),
  "kv/payments/מפתח-ראשי/عربي",
  "kv/emoji/🔑🔥/token",
  "kv/control/\u0007bell\u001b[31m\u0000end",
  "kv/reversed/\u202etxt.exe",
  '=HYPERLINK("http://example.invalid","pay")',
  "@SUM(1+1)*cmd|' /C calc'!A0",
  "<b>&amp;</b> ]]> (unbalanced \\ ) %PDF",
  "kv/漢字/秘密",
  "kv/Ελληνικά/Žluťoučký/Подпись",
  "  leading and trailing  ",
  'line one\nline two\r\n"quoted",comma',
] as const;

export const AS_OF = "2026-09-30T06:00:00.000Z";
export const STORE = "vault-prod";

export const digest = (text: string): string => digestOf(text);

export const part = (file: string, count: number): Part => ({
  file,
  sha256: digest(file),
  count,
  bytes: count * 512,
});

export const counts = (given: Partial<OutcomeCounts>): OutcomeCounts => {
  const all = {
    population: 0,
    compliant: 0,
    deviation: 0,
    waived: 0,
    undetermined: 0,
    not_applicable: 0,
    error: 0,
    ...given,
  };
  return {
    ...all,
    population: all.compliant + all.deviation + all.waived + all.undetermined + all.not_applicable,
  };
};

function policy(
  policy_id: string,
  subject: CatalogueEntry["subject"],
  severity: Severity,
  title: string,
  params: CatalogueEntry["params"] = {},
): CatalogueEntry {
  return {
    policy_id,
    subject,
    title,
    severity,
    rationale: `A person who should not have the value may have it. ${title}: the longer this stands, the more people and logs know the value, and the less an owner can say who they are.`,
    needs: subject === "secret" ? ["secret", "secret_metadata"] : ["sink"],
    rests_on_absence: subject === "sink",
    params,
    remediation: {
      hashicorp: "Rotate the value: `vault kv put <path> value=@new`. Then destroy the old version.",
    },
    sources: ["NIST SP 800-57 part 1 rev. 5, 5.3.6", "HashiCorp Vault documentation, KV version 2"],
    families: ["rot_age"],
    location: { file: `secret/${policy_id}/${policy_id}.rego`, line: 1 },
  };
}

export const LIMITS = { critical: 30, high: 90, standard: 90, low: 365 } as const;

export const POLICIES = [
  policy("rotation_overdue", "secret", "high", "Secret value is older than its limit", {
    limit_days: {
      type: "integer",
      description: "Greatest age of a value.",
      unit: "day",
      by_tier: LIMITS,
      strictest: "min",
    },
  }),
  policy("audit_sink_missing", "store", "critical", "Store writes no audit log, or to one place only"),
  policy("owner_or_tier_missing", "secret", "medium", "Secret has no owner or no tier"),
  policy("key_exportable", "key", "low", "Encryption key may be exported"),
  policy("policy_faulty", "principal", "info", "Principal has an unlimited token"),
];

const gap = (given: Partial<Gap> & Pick<Gap, "operation" | "reason" | "hides">): Gap & { gap: string } => {
  const made: Gap = { store_id: STORE, scope: STORE, detail: "The store answered 403.", ...given };
  return { ...made, gap: gapDigest(made) };
};

export const GAPS = [
  gap({
    operation: "GET sys/audit",
    reason: "denied",
    hides: ["sink"],
    fix: "Give the collector's policy `read` and `sudo` on sys/audit.",
    record: digest("record audit"),
  }),
  gap({
    operation: "LIST kv/metadata/legacy/",
    reason: "timeout",
    resource: `${STORE}:secret:kv/legacy/`,
    hides: ["secret", "secret_metadata"],
    detail: "No answer within 30 s, after 3 attempts.",
  }),
  gap({ operation: "GET sys/seal-status", reason: "unsupported", hides: ["store"], detail: "" }),
];

export function secret(name: string, index: number): SubjectOf<"secret"> {
  const tier = (["critical", "high", "standard", "low", undefined] as const)[index % 5];
  const unknown = index % 7 === 3;
  return {
    kind: "secret",
    id: `${STORE}:secret:kv/${name}`,
    store_id: STORE,
    name,
    ...(tier === undefined ? {} : { tier }),
    ...(index % 3 === 0 ? {} : { owner: `team-${index % 4}@example.com` }),
    environment: "prod",
    traits: [],
    labels: { app: "payments" },
    gaps: unknown
      ? [{ fact_kind: "secret_metadata", reason: "denied", gap: GAPS[1]?.gap ?? "", gap_count: 1 }]
      : [],
    records: [digest(`list ${index}`), digest(`metadata ${index}`)],
    secret_type: "kv-v2",
    mount: "kv/",
    value_removed: false,
    rotation_scheduled: false,
    expiry_set: false,
    ...(unknown ? {} : { value_age_days: (index * 37) % 420, created_age_days: 420, version_count: 3 }),
    readers: {
      count: 4 + (index % 9),
      by_role_count: 0,
      possible_count: 0,
      emergency_count: 0,
      perhaps_count: 0,
      external: 0,
      public: 0,
      sample: [],
    },
    store: {
      absent_features: [],
      own_records: [],
      product: "Vault",
      version: "1.21.2",
      sink_count: 1,
      tls_everywhere: true,
    },
  };
}

export function finding(
  subject: Subject,
  entry: CatalogueEntry,
  status: Finding["status"],
  index: number,
): Finding {
  return {
    finding_id: digestOf([entry.policy_id, subject.id, index]),
    status,
    severity: entry.severity,
    policy_id: entry.policy_id,
    title: entry.title,
    subject_kind: subject.kind,
    subject_id: subject.id,
    subject_name: subject.name,
    store_id: subject.store_id,
    ...(subject.tier === undefined ? { tier_assumed: "strictest" as const } : { tier: subject.tier }),
    ...(subject.owner === undefined ? {} : { owner: subject.owner }),
    ...(subject.environment === undefined ? {} : { environment: subject.environment }),
    actual: status === "violation" ? `${120 + (index % 200)} days` : "",
    expected: status === "error" ? "" : "at most 90 days",
    message:
      status === "violation"
        ? `The value is ${120 + (index % 200)} days old; tier high allows 90.`
        : "Its age could not be read.",
    ...(status === "undetermined" ? { unknown_because: "timeout: LIST kv/metadata/legacy/" } : {}),
    remediation: entry.remediation.hashicorp ?? "",
    controls: ["soc2-2017 CC6.1", "iso27001-2022 A.8.5"],
    records: status === "undetermined" ? [] : [...subject.records],
    gaps: status === "undetermined" ? [GAPS[1]?.gap ?? ""] : [],
    ...(index % 2 === 0 ? { first_seen_bad_at: "2026-08-01T06:00:00.000Z" } : {}),
    as_of: AS_OF,
  };
}

export const EXTRACTS: readonly Fact[] = [
  {
    kind: "policy_document",
    id: `${STORE}:policy:payments-read`,
    store_id: STORE,
    scope: STORE,
    record: digest("policy"),
    name: "payments-read",
    policy_type: "acl",
    text: `# Read access of the payments service.\npath "kv/data/payments/*" {\n\tcapabilities = ["read"]\n}\n\npath "kv/data/${"deep/".repeat(60)}*" {\n  capabilities = ["read", "list"] # \u202e reversed\n}\n`,
  },
  {
    kind: "sink",
    id: `${STORE}:sink:file/`,
    store_id: STORE,
    scope: STORE,
    record: digest("sink"),
    path: "file/",
    sink_type: "file",
    raw_values_logged: false,
    destination: "/var/log/vault/audit.log",
    options: { mode: "0600" },
  },
  {
    kind: "auth_role",
    id: `${STORE}:auth_role:auth/approle/ci`,
    store_id: STORE,
    scope: STORE,
    record: digest("role"),
    mount: "approle/",
    name: "ci",
    method: "approle",
    role_type: "role",
    policies: ["default", "payments-read"],
    bounds: { secret_id: ["required"] },
    token_max_ttl_s: 0,
    token_ttl_s: 3600,
  },
  {
    kind: "store",
    id: STORE,
    store_id: STORE,
    scope: STORE,
    record: digest("store"),
    product: "Vault",
    version: "1.21.2",
    initialized: true,
    sealed: false,
    auto_unseal: false,
    seal_type: "shamir",
    key_shares: 5,
    key_threshold: 3,
  },
];

export const ACCESS: readonly AccessRow[] = [
  {
    principal_id: `${STORE}:principal:1`,
    principal_name: "=cmd|' /C calc'!A0",
    principal_type: "entity",
    principal: {},
    secret_id: `${STORE}:secret:kv/payments/api`,
    store_id: STORE,
    secret: { environment: "prod", tier: "critical", undecided: ["tier", "owner"] },
    certain: ["read", "list"],
    conditional: ["write"],
    possible: [],
    path_count: 2,
    path: "approle/ci, policy payments-read:2",
    conditions: [],
    grant_ids: [digest("grant")],
  },
];

export const GRANTS: readonly GrantLine[] = [
  {
    id: digest("grant"),
    store_id: STORE,
    principal_id: `${STORE}:principal:1`,
    actions: ["read", "list"],
    certainty: "certain",
    conditions: [],
    path: [
      {
        actions: ["read", "list"],
        through: [{ kind: "auth_role", name: "approle/ci" }],
        policy: "payments-read",
        rule: "kv/data/payments/*",
        line: 2,
      },
    ],
    records: [digest("record")],
    target_count: 7,
  },
];

/** One that is stated in full, and one of which only the id is. */
export const OWN_CONTROLS: OwnControl[] = [
  {
    id: "LAC-04",
    title: "Least privilege",
    wording: "Access to secrets is granted by role; no wider than the work asks for.",
    owner: "Head of platform",
    frequency: "quarterly",
    nature: "manual",
    purpose: "detective",
    answers: ["soc2-2017:CC6.1", "iso27001-2022:A.5.15"],
  },
  { id: "KEY-02", answers: ["soc2-2017:CC6.1"] },
];

export const HISTORY: NonNullable<EvidenceHead["history"]> = {
  rules_sha256: digest("rules"),
  snapshots: ["2026-08-01T06:00:00.000Z", "2026-09-01T06:00:00.000Z"].map((taken_at) => ({
    snapshot_id: `${taken_at.replace(/[-:]|\.\d+/g, "")}-0123456789ab`,
    taken_at,
    manifest_sha256: digest(taken_at),
  })),
  not_read: [{ snapshot_id: "20260815T060000Z-0123456789ab", reason: "E_INTEGRITY" }],
  older_count: 3,
  rule_changes: [
    {
      snapshot_id: "20260901T060000Z-0123456789ab",
      taken_at: "2026-09-01T06:00:00.000Z",
      changed: ["parameters", "policy_bundle"],
    },
  ],
  source_changes: [
    {
      snapshot_id: "20260901T060000Z-0123456789ab",
      taken_at: "2026-09-01T06:00:00.000Z",
      store_id: STORE,
      changed: ["selection"],
    },
  ],
  stores_not_looked_at: [
    {
      store_id: "vault-us",
      connector: "hashicorp",
      address: "https://vault.us.example.com:8200",
      snapshot_id: "20260801T060000Z-0123456789ab",
      last_looked_at: "2026-08-01T06:00:00.000Z",
      open_finding_count: 1,
    },
  ],
};

function past(
  name: string,
  own: Pick<PastFinding, "now" | "fixed_at" | "ended_at"> & Partial<PastFinding>,
): PastFinding {
  return {
    finding_id: digestOf(["rotation_overdue", name, 0]),
    policy_id: "rotation_overdue",
    title: "Secret value is older than its limit",
    severity: "high",
    subject_kind: "secret",
    subject_id: `${STORE}:secret:kv/${name}`,
    subject_name: name,
    store_id: STORE,
    first_seen_bad_at: "2026-08-01T06:00:00.000Z",
    last_seen_bad_at: "2026-08-01T06:00:00.000Z",
    unjudged_count: 0,
    ...own,
  };
}

export const PAST: readonly PastFinding[] = [
  past("was-old", { now: "fixed", fixed_at: "2026-09-01T06:00:00.000Z" }),
  past("was-deleted", { now: "no_longer_there", ended_at: "2026-09-01T06:00:00.000Z" }),
  past("is-hidden", { now: "not_seen" }),
  past("is-elsewhere", { now: "not_comparable" }),
  past("is-left-out", {
    now: "not_looked_at",
    store_id: "vault-us",
    subject_id: "vault-us:secret:kv/left-out",
  }),
];
