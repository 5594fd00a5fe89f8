import {
  Count,
  InstantText,
  Labels,
  Seconds,
  Span,
  Text,
  Texts,
  Type,
  closed,
  literals,
} from "../schema/index.ts";
import { LOCATED, fact, optional } from "./kind-schema.ts";

const SPANS = Type.Array(Span, { maxItems: 10_000 });

/**
 * What clouds tell beside their secrets: how an organisation is built, whose word counts, where calls are logged and who
 * watches. One kind an operation, so that either can be a gap on its own. `resource` and `…_id` of a fact are fact ids.
 */
export const CLOUD_KIND_SCHEMAS = {
  /** An account of a cloud that the source reads, or that its organisation names. */
  account: fact("account", {
    account_id: Text,
    partition: optional(Text),
    name: optional(Text),
    /** As the organisation says, e.g. `ACTIVE`, `SUSPENDED`. */
    status: optional(Text),
    /** The unit of the organisation that it is in. */
    parent_id: optional(Text),
    /** Whether the collector's own identity lives there. */
    collector: optional(Type.Boolean()),
  }),
  /** The organisation that accounts belong to. */
  organization: fact("organization", {
    organization_id: Text,
    management_account_id: Text,
    /** All features, or billing alone: without them no policy of the organisation binds anyone. */
    feature_set: Text,
  }),
  /** A root or unit of an organisation. A root has no parent. */
  organization_unit: fact("organization_unit", {
    unit_id: Text,
    unit_type: literals(["root", "unit"]),
    name: Text,
    parent_id: optional(Text),
    /** Kinds of policies that are switched on, of a root, e.g. `SERVICE_CONTROL_POLICY`. */
    enabled_policy_types: optional(Texts),
  }),
  /** Policies of one type that hang on a root, a unit or an account; none is said by an empty list. */
  policy_attachment: fact("policy_attachment", {
    /** The unit's or account's id as the provider writes it. */
    target: Text,
    policy_type: Text,
    /** The policies' ids as the provider writes them, in code-unit order. */
    policies: Texts,
    /** Whether this page is not the last: the next holds more. */
    further: optional(Type.Boolean()),
  }),
  /** A resource's own policy, which says who else may use it. Without `text` it was looked at, and there is none. */
  resource_policy: fact("resource_policy", {
    resource: Text,
    text: optional(Type.String({ maxLength: 1_048_576 })),
  }),
  /** Tags of a thing, where they take a question of their own. */
  resource_labels: fact("resource_labels", { resource: Text, labels: Labels }),
  /** How a user proves who they are, and since when. */
  login_credential: fact("login_credential", {
    principal: Text,
    password_enabled: optional(Type.Boolean()),
    password_changed_at: optional(InstantText),
    password_used_at: optional(InstantText),
    mfa_enabled: Type.Boolean(),
    /** Two at most, by their place. */
    access_keys: Type.Array(
      closed({
        active: Type.Boolean(),
        rotated_at: optional(InstantText),
        used_at: optional(InstantText),
        used_region: optional(Text),
        used_service: optional(Text),
      }),
      { maxItems: 8 },
    ),
    certificate_count: optional(Count),
  }),
  /** A long-lived key of a user, by its id; never the key. */
  access_key: fact("access_key", {
    principal: Text,
    access_key_id: Text,
    active: Type.Boolean(),
    /** Absent of one that is declared and not made yet. */
    created_at: optional(InstantText),
  }),
  /** When a long-lived key was last used. Without `used_at`: never, as far as the provider knows. */
  access_key_use: fact("access_key_use", {
    principal: Text,
    access_key_id: Text,
    used_at: optional(InstantText),
    used_region: optional(Text),
    used_service: optional(Text),
  }),
  /** Services that a principal may use and when it last did. */
  service_use: fact("service_use", {
    principal: Text,
    services: Type.Array(closed({ service: Text, used_at: optional(InstantText) }), { maxItems: 2000 }),
  }),
  /** Somebody else whose word an account takes for who a caller is. */
  identity_provider: fact("identity_provider", {
    name: Text,
    provider_type: literals(["oidc", "saml"]),
    url: optional(Text),
    client_ids: optional(Texts),
    created_at: optional(InstantText),
    valid_until_at: optional(InstantText),
  }),
  /** A second name of a key, to which another key can be put. */
  key_alias: fact("key_alias", { ...LOCATED, key: optional(Text) }),
  /** A grant on a key: a way to use it beside its policy. */
  key_grant: fact("key_grant", {
    key: Text,
    grant_id: Text,
    grantee: Text,
    operations: Texts,
    retiring_principal: optional(Text),
    issuing_account: optional(Text),
    created_at: optional(InstantText),
    encryption_context_equals: optional(Labels),
    encryption_context_subset: optional(Labels),
  }),
  /**
   * That the calls of a store (`mount`) go to a sink, which may be kept elsewhere: a trail of another Region, of the
   * organisation. One for each sink that a store names.
   */
  sink_reach: fact("sink_reach", {
    ...LOCATED,
    /** Fact id that the sink has where it is kept, whether or not that place was read. */
    sink: Text,
    every_region: optional(Type.Boolean()),
    every_account: optional(Type.Boolean()),
  }),
  /**
   * Of which time the records of an audit log are kept: of one store (`mount`), by one way of reading. What is outside of
   * `observed` nobody has looked at; a store without such a fact has no time of which anything is known.
   */
  audit_log_coverage: fact("audit_log_coverage", {
    ...LOCATED,
    /** E.g. `s3`. One store's log may be read by several ways. */
    way: literals(["lake", "lookup_events", "s3"]),
    /** Beginning and end of what was looked at, holes aside; absent: nothing was. */
    observed_from: optional(InstantText),
    observed_until: optional(InstantText),
    /** Disjoint, ascending. Between them, and in the gaps of the same resource, nothing is known. */
    observed: SPANS,
    hole_count: Count,
    /** Kept bodies: files, or pages of answers. */
    body_count: Count,
    event_count: Count,
    redaction_count: Count,
    /** Days that the way reaches back at most, where it has an end. */
    reach_days: optional(Count),
    /** Whether the way never shows calls on data, whatever the log holds. */
    management_only: Type.Boolean(),
  }),
  /** Whether a log of calls is on, and whether it reaches its place. */
  sink_status: fact("sink_status", {
    sink: Text,
    logging: Type.Boolean(),
    started_at: optional(InstantText),
    stopped_at: optional(InstantText),
    delivered_at: optional(InstantText),
    delivery_error: optional(Text),
    digest_delivered_at: optional(InstantText),
    digest_delivery_error: optional(Text),
  }),
  /** Which calls a log of calls takes. */
  sink_selection: fact("sink_selection", {
    sink: Text,
    management_reads: Type.Boolean(),
    management_writes: Type.Boolean(),
    /** Sources of management events that are left out, e.g. `kms.amazonaws.com`. */
    excluded_sources: Texts,
    /** Whether selectors were met that these fields cannot tell whole. */
    narrowed: Type.Boolean(),
  }),
  /** Whether a bucket's policy and access lists can make it public. */
  bucket_public_access: fact("bucket_public_access", {
    bucket: Text,
    block_public_acls: Type.Boolean(),
    ignore_public_acls: Type.Boolean(),
    block_public_policy: Type.Boolean(),
    restrict_public_buckets: Type.Boolean(),
  }),
  /** As `bucket_public_access`, of every bucket of the account of its scope at once: what either blocks is blocked. */
  account_public_access: fact("account_public_access", {
    block_public_acls: Type.Boolean(),
    ignore_public_acls: Type.Boolean(),
    block_public_policy: Type.Boolean(),
    restrict_public_buckets: Type.Boolean(),
  }),
  bucket_versioning: fact("bucket_versioning", {
    bucket: Text,
    enabled: Type.Boolean(),
    mfa_delete: Type.Boolean(),
  }),
  bucket_encryption: fact("bucket_encryption", {
    bucket: Text,
    algorithm: optional(Text),
    key_id: optional(Text),
  }),
  /** Whether objects of a bucket cannot be changed for a time. */
  bucket_lock: fact("bucket_lock", {
    bucket: Text,
    enabled: Type.Boolean(),
    mode: optional(Text),
    retention_s: optional(Seconds),
  }),
  /** A private network. */
  network: fact("network", { ...LOCATED, default_network: Type.Boolean(), labels: Labels }),
  /** A way from a private network to a service that leaves the internet out. */
  network_endpoint: fact("network_endpoint", {
    ...LOCATED,
    network: Text,
    /** E.g. `secretsmanager`. */
    service: Text,
    endpoint_type: Text,
    state: Text,
    private_dns: optional(Type.Boolean()),
    policy_text: optional(Type.String({ maxLength: 1_048_576 })),
  }),
  /** Something that looks at events or states and tells somebody, or could. */
  watch: fact("watch", {
    ...LOCATED,
    watch_type: literals(["alarm", "event_rule", "guardduty", "security_hub"]),
    enabled: Type.Boolean(),
    /** What it looks for, as the provider writes it. */
    pattern: optional(Text),
    /** How many places it tells. Absent: that took another question. */
    target_count: optional(Count),
  }),
};
