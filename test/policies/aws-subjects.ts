import type { SubjectKind, SubjectOf } from "../../src/subjects/index.ts";

type AnySubject = { readonly [K in SubjectKind]: SubjectOf<K> }[SubjectKind];

function common<K extends SubjectKind>(kind: K, id: string) {
  return { kind, id: `shop-aws:${id}`, store_id: "shop-aws", name: id, labels: {}, gaps: [], records: [] };
}

/** As the connector `aws` says of an account's Region. */
const AWS: SubjectOf<"secret">["store"] = {
  absent_features: ["high_availability", "listener", "login", "raw_storage", "seal_shares"],
  own_records: [],
  product: "aws",
};

const STORE: SubjectOf<"store"> = {
  ...common("store", "111122223333/eu-central-1"),
  absent_features: AWS.absent_features,
  own_records: [],
  traits: ["in_cloud"],
  account: "111122223333",
  region: "eu-central-1",
  services: ["secretsmanager"],
  sinks: [
    {
      path: "all-calls",
      sink_type: "cloudtrail",
      logging: true,
      management_reads: true,
      management_writes: true,
      excluded_sources: [],
      narrowed: false,
    },
  ],
  sink_count: 1,
  root_token_count: 0,
  token_count: 0,
  quota_count: 0,
  login_mfa_count: 0,
  password_auth_methods: [],
  auth_methods: [],
  mounts: [],
  directories: [],
  connections: [],
  password_policies: [],
  connection_count: 0,
  connection_for_any_role_count: 0,
  connections_for_any_role: [],
  acme_count: 0,
  acme_bound_count: 0,
  acme_open_count: 0,
  acme_open: [],
  network_count: 1,
  networks: [{ network: "vpc-0a1b2c3d", services: ["secretsmanager"] }],
  network_endpoint_count: 1,
  network_endpoints: [{ endpoint: "vpce-0a1b2c3d", service: "secretsmanager", policy: "closed" }],
  watches: { active_count: 1, active: ["guardduty detector"], unclear_count: 0 },
  secret_count: 3,
  key_count: 1,
  certificate_count: 0,
  pasted_credential_count: 0,
  pasted_credentials: [],
};

const READERS = {
  count: 2,
  by_role_count: 0,
  possible_count: 0,
  emergency_count: 0,
  perhaps_count: 0,
  external: 0,
  public: 0,
  sample: [],
};

const SECRET: SubjectOf<"secret"> = {
  ...common("secret", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/db-AbCdEf"),
  traits: ["in_cloud", "reads_dated", "replicated"],
  tier: "critical",
  owner: "shop",
  secret_type: "aws_secret",
  mount: "111122223333/eu-central-1",
  value_removed: false,
  rotation_scheduled: true,
  expiry_set: false,
  created_age_days: 400,
  value_age_days: 12,
  encrypted: true,
  secret_marks: [],
  encryption_key: "alias/shop",
  customer_key: true,
  last_read_age_days: 1,
  replicas: { count: 1, in_step_count: 1, out_of_step: [] },
  policy: "closed",
  rotation: { enabled: true, source: "store", period_days: 30, schedule: "rate(30 days)", next_in_days: 18 },
  readers: READERS,
  reader_and_granter_count: 0,
  perhaps_reader_and_granter_count: 0,
  store: AWS,
};

const PARAMETER: SubjectOf<"secret"> = {
  ...common("secret", "arn:aws:ssm:eu-central-1:111122223333:parameter/shop/flags"),
  traits: ["configuration", "in_cloud", "plaintext"],
  secret_type: "aws_parameter",
  mount: "111122223333/eu-central-1",
  value_removed: false,
  rotation_scheduled: false,
  expiry_set: false,
  encrypted: false,
  secret_marks: [],
  readers: READERS,
  store: AWS,
};

const KEY: SubjectOf<"key"> = {
  ...common("key", "arn:aws:kms:eu-central-1:111122223333:key/0f3c1f0e-8a4b-4a51-9d3e-2b1c7f6a5d40"),
  traits: ["deletion_delayed", "in_cloud"],
  tier: "high",
  key_type: "SYMMETRIC_DEFAULT",
  mount: "111122223333/eu-central-1",
  exportable: false,
  plaintext_backup_allowed: false,
  created_age_days: 100,
  rotation: { enabled: true, period_days: 180 },
  state: "Enabled",
  secret_count: 1,
  secret_count_complete: true,
  secrets: ["shop/db"],
  policy: "closed",
  readers: READERS,
  store: AWS,
};

const TRAIL: SubjectOf<"sink"> = {
  ...common("sink", "arn:aws:cloudtrail:eu-central-1:111122223333:trail/all-calls"),
  traits: ["in_bucket", "in_cloud"],
  path: "all-calls",
  sink_type: "cloudtrail",
  destination: "shop-audit-logs",
  every_region: true,
  logging: true,
  validation: true,
  delivered_age_days: 0,
  bucket: { name: "shop-audit-logs", ignore_public_acls: true, restrict_public_buckets: true, policy: "closed", outsiders: [] },
};

const PRINCIPAL: SubjectOf<"principal"> = {
  ...common("principal", "arn:aws:iam::111122223333:user/ada"),
  traits: [],
  name: "ada",
  owner: "shop",
  principal_type: "iam_user",
  break_glass: false,
  collector: false,
  policies: ["shop-aws:arn:aws:iam::111122223333:policy/shop-reader"],
  bounds: [],
  takes_any: [],
  lookalikes: [],
  vouched_by: "other",
  held_token_count: 0,
  login: { password_enabled: true, mfa_enabled: true },
  access_keys: [{ key: "AKIAEXAMPLE00001", active: true, age_days: 20, unused_days: 1 }],
  service_uses: [
    { service: "kms", never_used: true, perhaps_used_age_days: 400 },
    { service: "secretsmanager", never_used: false, used_age_days: 1 },
  ],
  created_age_days: 30,
  access: {
    readable_secret_count: 1,
    own_readable_secret_count: 1,
    writable_secret_count: 0,
    usable_count: 1,
    administers: false,
    administers_itself: false,
    impersonated_count: 0,
    perhaps_administers: false,
    reads_and_administers: false,
    perhaps_reads_and_administers: false,
    sudo_rules: [],
    sudo_rule_count: 0,
    wildcard_rules: [],
    wildcard_rule_count: 0,
    perhaps_wildcard: false,
    certainty: "conditional",
  },
  store: AWS,
};

const ROOT: SubjectOf<"principal"> = {
  ...PRINCIPAL,
  ...common("principal", "arn:aws:iam::111122223333:root"),
  principal_type: "aws_root",
  break_glass: true,
  policies: [],
  login: { mfa_enabled: true, certificate_count: 0, password_used_age_days: 300 },
  access_keys: [{ active: false }, { active: false }],
};

const NO_GUESTS = {
  public: 0,
  external: 0,
  possible_public: 0,
  possible_external: 0,
  names: [],
  unasked: [],
  unasked_count: 0,
  opened_secret_count: 0,
  opened_itself_count: 0,
  reached_secret_count: 1,
  leads_to: [],
  leads_to_count: 0,
};

const SERVICE_ROLE: SubjectOf<"principal"> = {
  ...PRINCIPAL,
  access: { ...PRINCIPAL.access!, admits: NO_GUESTS },
  ...common("principal", "arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"),
  traits: ["provider_managed"],
  principal_type: "iam_role",
};

/** The account of somebody who takes care. */
export const CLEAN_AWS: readonly AnySubject[] = [
  STORE,
  SECRET,
  { ...SECRET, ...common("secret", "going"), traits: ["deletion_pending", "in_cloud"], last_read_age_days: 80, deletes_in_days: 7 },
  { ...SECRET, ...common("secret", "copy"), traits: ["copy", "in_cloud", "reads_dated"], last_read_age_days: 300 },
  PARAMETER,
  KEY,
  { ...KEY, ...common("key", "provider"), traits: ["deletion_delayed", "in_cloud", "provider_managed"], rotation: { enabled: false } },
  TRAIL,
  PRINCIPAL,
  ROOT,
  SERVICE_ROLE,
];

/** The same with every fault that only a cloud's account can have. */
export const FAULTY_AWS: readonly AnySubject[] = [
  {
    ...STORE,
    sinks: [{ path: "writes", sink_type: "cloudtrail", logging: true, management_reads: false, excluded_sources: [] }],
    networks: [{ network: "vpc-0a1b2c3d", services: [] }],
    network_endpoints: [{ endpoint: "vpce-0a1b2c3d", service: "ssm", policy: "open" }],
    watches: { active_count: 0, active: [], unclear_count: 0 },
  },
  { ...STORE, sinks: [], sink_count: 0 },
  {
    ...SECRET,
    customer_key: false,
    last_read_age_days: 300,
    traits: ["in_cloud", "reads_dated"],
    rotation: { enabled: true, source: "store", period_days: 30, next_in_days: -20 },
  },
  { ...SECRET, replicas: { count: 2, in_step_count: 1, out_of_step: ["us-east-1: Failed"] } },
  {
    ...SECRET,
    traits: ["deletion_pending", "in_cloud", "replicated"],
    deletes_in_days: 7,
    last_read_age_days: 2,
  },
  { ...PARAMETER, traits: ["in_cloud"], secret_marks: ["name: password"] },
  {
    ...KEY,
    traits: ["deletion_delayed", "deletion_pending", "in_cloud"],
    state: "PendingDeletion",
    policy: "open",
    readers: { ...READERS, public: 1, external: 1 },
  },
  { ...KEY, ...common("key", "first material"), created_age_days: 800, never_rotated: true },
  { ...KEY, state: "Disabled", policy: "possible", readers: { ...READERS, public: 1 } },
  {
    ...TRAIL,
    logging: false,
    validation: false,
    bucket: { name: "shop-audit-logs", ignore_public_acls: false, restrict_public_buckets: false, policy: "open" },
  },
  { ...TRAIL, delivery_error: "NoSuchBucket", digest_delivery_error: "AccessDenied" },
  { ...TRAIL, delivered_age_days: 9 },
  {
    ...PRINCIPAL,
    name: "gitlab-deploy",
    login: { password_enabled: true, mfa_enabled: false },
    access_keys: [{ key: "AKIAEXAMPLE00001", active: true, age_days: 700, unused_days: 300 }],
    created_age_days: 700,
    service_uses: [
      { service: "kms", never_used: true, perhaps_used_age_days: 300 },
      { service: "secretsmanager", never_used: false, used_age_days: 300 },
    ],
  },
  {
    ...SERVICE_ROLE,
    ...common("principal", "arn:aws:iam::111122223333:role/vendor"),
    traits: [],
    access: {
      ...PRINCIPAL.access!,
      admits: {
        ...NO_GUESTS,
        external: 1,
        names: ["arn:aws:iam::999988887777:root"],
        unasked: ["arn:aws:iam::999988887777:root"],
        unasked_count: 1,
        opened_secret_count: 1,
        opened_itself_count: 1,
      },
    },
  },
  {
    ...ROOT,
    login: { mfa_enabled: false, certificate_count: 1, password_used_age_days: 2 },
    access_keys: [{ active: true, age_days: 900 }],
  },
];
