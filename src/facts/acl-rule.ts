import { Type, closed, type Static } from "../schema/index.ts";

/** What a Vault or OpenBao policy rule can give. `deny` stands alone. */
export const ACL_CAPABILITIES = [
  "create",
  "delete",
  "deny",
  "list",
  "patch",
  "read",
  "recover",
  "scan",
  "subscribe",
  "sudo",
  "update",
] as const;

export type AclCapability = (typeof ACL_CAPABILITIES)[number];

const Values = Type.Record(Type.String(), Type.Array(Type.Unknown()));
const Names = Type.Array(Type.String());
const Line = Type.Integer({ minimum: 1 });

/** Approvals that a request must have beforehand. */
const ControlGroup = closed({
  ttl_s: Type.Optional(Type.Number()),
  factors: Type.Array(
    closed({ name: Type.String(), approvals: Type.Integer(), group_names: Names, group_ids: Names }),
  ),
});

/**
 * One `path` rule of an ACL policy, as written: the path keeps its leading slash, `*`, `+` and `{{…}}`. Policy facts
 * carry their rules under `ext.hashicorp.rules`. Durations may have fractions (`"1500ms"`).
 */
export const AclRule = closed({
  /** Place among the policy's rules, from 0. */
  index: Type.Integer({ minimum: 0 }),
  path: Type.String(),
  /** In code-unit order; old-style `policy = "…"` is written out. Empty: the rule gives nothing. */
  capabilities: Type.Array(Type.Union(ACL_CAPABILITIES.map((name) => Type.Literal(name)))),
  /** Parameter names in lower case; an empty list means any value. */
  allowed_parameters: Type.Optional(Values),
  denied_parameters: Type.Optional(Values),
  required_parameters: Type.Optional(Names),
  min_wrapping_ttl_s: Type.Optional(Type.Number()),
  max_wrapping_ttl_s: Type.Optional(Type.Number()),
  mfa_methods: Type.Optional(Names),
  control_group: Type.Optional(ControlGroup),
  subscribe_event_types: Type.Optional(Names),
  /** OpenBao: the rule counts only before this instant; RFC 3339 or seconds since 1970, as written. */
  expiration: Type.Optional(Type.String()),
  /** OpenBao: entries in one answer to a LIST or SCAN at most. */
  pagination_limit: Type.Optional(Type.Integer()),
  /** OpenBao: a LIST answers only keys whose path, by this template, the caller may read. */
  list_scan_response_keys_filter_path: Type.Optional(Type.String()),
  line: Line,
  column: Line,
  end_line: Line,
  end_column: Line,
});

export type AclRule = Static<typeof AclRule>;
