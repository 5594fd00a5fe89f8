import { Count, InstantText, Labels, Seconds, Text, Texts, Type, closed } from "../schema/index.ts";
import { LOCATED, fact, optional } from "./kind-schema.ts";

/** Limits that a role, a user or a token puts on the tokens it stands for. 0 means "not limited here". */
const TOKEN_BOUNDS = {
  token_ttl_s: optional(Seconds),
  token_max_ttl_s: optional(Seconds),
  token_explicit_max_ttl_s: optional(Seconds),
  token_period_s: optional(Seconds),
  token_num_uses: optional(Count),
  token_type: optional(Text),
  token_bound_cidrs: optional(Texts),
  token_no_default_policy: optional(Type.Boolean()),
};

/** Who comes in, how, and what they hold then. */
export const IDENTITY_KIND_SCHEMAS = {
  /** A mounted auth method. */
  auth_method: fact("auth_method", {
    path: Text,
    method: Text,
    accessor: optional(Text),
    description: optional(Text),
    default_ttl_s: optional(Seconds),
    max_ttl_s: optional(Seconds),
    token_type: optional(Text),
    listing_visibility: optional(Text),
    /** As of a mount. */
    unhashed_keys: optional(Texts),
    local: optional(Type.Boolean()),
  }),
  /** The configuration of an auth method, e.g. its directory server or token issuer; never its credentials. */
  auth_config: fact("auth_config", {
    mount: Text,
    method: Text,
    settings: Type.Record(Type.String(), Type.Unknown()),
  }),
  /** MFA that a login must pass. */
  login_mfa: fact("login_mfa", {
    name: Text,
    mfa_method_ids: Texts,
    auth_method_accessors: Texts,
    auth_method_types: Texts,
    identity_group_ids: Texts,
    identity_entity_ids: Texts,
  }),
  /** A second factor that login enforcements name. */
  mfa_method: fact("mfa_method", { method_id: Text, method: Text, name: optional(Text) }),
  /** A role or user of an auth method: whoever meets its bounds gets a token with its policies. */
  auth_role: fact("auth_role", {
    ...LOCATED,
    method: Text,
    role_type: Type.Union([
      Type.Literal("role"),
      Type.Literal("user"),
      Type.Literal("group"),
      Type.Literal("token_role"),
    ]),
    policies: Texts,
    ...TOKEN_BOUNDS,
    /** What else a caller must show to pass: claim, service account, certificate name … as text. */
    bounds: Type.Record(Type.String(), Texts),
    /** Of a role by certificate: one that it trusts is an authority's, so that whatever this signs may come in. */
    trusts_authority: optional(Type.Boolean()),
    /** True when nothing but knowing the role's name (or nothing at all) lets a caller in. */
    unauthenticated: optional(Type.Boolean()),
    secret_id_num_uses: optional(Count),
    secret_id_ttl_s: optional(Seconds),
    secret_id_bound_cidrs: optional(Texts),
    /** The name by which identity aliases know whoever comes through this role, where it is fixed. */
    alias_name: optional(Text),
    /** Groups of the method whose policies a user gets as well. */
    groups: optional(Texts),
    orphan: optional(Type.Boolean()),
    renewable: optional(Type.Boolean()),
    allowed_policies: optional(Texts),
    disallowed_policies: optional(Texts),
    allowed_policies_glob: optional(Texts),
    disallowed_policies_glob: optional(Texts),
  }),
  /** The name that identity aliases know an auth role by, where it takes a read of its own: an AppRole's role id. */
  auth_role_alias: fact("auth_role_alias", { ...LOCATED, alias_name: Text }),
  /** A credential that an auth role has handed out, by its accessor: an AppRole's secret id; never the credential. */
  auth_credential: fact("auth_credential", {
    ...LOCATED,
    accessor: Text,
    created_at: InstantText,
    updated_at: optional(InstantText),
    expires_at: optional(InstantText),
    /** Uses left; 0: not limited. */
    num_uses: Count,
    bound_cidrs: Texts,
    labels: Labels,
  }),
  principal: fact("principal", {
    name: Text,
    principal_type: Text,
    native_id: Text,
    policies: Texts,
    disabled: Type.Boolean(),
    created_at: optional(InstantText),
    updated_at: optional(InstantText),
    labels: Labels,
    aliases: Type.Array(
      closed({
        alias_id: Text,
        name: Text,
        mount_accessor: Text,
        mount_path: optional(Text),
        mount_type: optional(Text),
        labels: Labels,
        custom_labels: optional(Labels),
      }),
      { maxItems: 1000 },
    ),
    direct_group_ids: Texts,
    inherited_group_ids: Texts,
  }),
  group: fact("group", {
    name: Text,
    native_id: Text,
    group_type: Text,
    policies: Texts,
    member_entity_ids: Texts,
    member_group_ids: Texts,
    parent_group_ids: Texts,
    alias_name: optional(Text),
    alias_mount_accessor: optional(Text),
    labels: Labels,
    created_at: optional(InstantText),
  }),
  /** A live token, by its accessor; never the token itself. */
  token: fact("token", {
    accessor: Text,
    display_name: Text,
    path: Text,
    policies: Texts,
    identity_policies: Texts,
    entity_id: optional(Text),
    root: Type.Boolean(),
    orphan: Type.Boolean(),
    token_type: Text,
    created_at: InstantText,
    expires_at: optional(InstantText),
    ttl_s: Seconds,
    explicit_max_ttl_s: optional(Seconds),
    period_s: optional(Seconds),
    renewable: optional(Type.Boolean()),
    num_uses: Count,
    bound_cidrs: optional(Texts),
    labels: Labels,
    /** True for the token that the collector itself used. */
    collector: Type.Boolean(),
  }),
  token_count: fact("token_count", { token_count: Count }),
};
