import { Count, Text, Texts, Type, closed, literals } from "../facts/index.ts";
import { PRINCIPAL_CLOUD } from "./cloud-schema.ts";
import { PrincipalDetections } from "./detection-schema.ts";
import { PersonBehind, PrincipalRequests } from "./people-schema.ts";
import { PrincipalReview } from "./review-schema.ts";
import { PrincipalUsage } from "./usage-schema.ts";
import { COMMON, Days, StoreProjection, optional } from "./schema-parts.ts";

const HeldTokens = closed({
  /** Periodic, or without any end, so that they may live for ever: no explicit end binds them. */
  endless_count: Count,
  /** Longest life not known, since what limits it could not be read. */
  unknown_life_count: Count,
  /** Longest that any of the others may live, renewals included. */
  longest_life_s: optional(Count),
  /** The worst by accessor: those without end first, then by length, then by age. The counts are over all. */
  sample: Type.Array(
    closed({
      accessor: Text,
      path: Text,
      created_age_days: optional(Days),
      /** 0: without end. */
      life_s: optional(Count),
      period_s: optional(Count),
    }),
    { maxItems: 8 },
  ),
});

/** Whoever may hold access: an identity, a role or user of an auth method, a live token. */
export const PrincipalSubject = closed({
  kind: Type.Literal("principal"),
  ...COMMON,
  principal_type: Type.Union([
    Type.Literal("entity"),
    Type.Literal("auth_role"),
    Type.Literal("auth_user"),
    Type.Literal("auth_group"),
    Type.Literal("key_slot"),
    Type.Literal("token_role"),
    Type.Literal("token"),
    Type.Literal("anyone"),
    /** Another account, whose own policies say who of it. */
    Type.Literal("aws_account"),
    Type.Literal("aws_root"),
    /** Of Kubernetes: whoever its authentication says is in the group, or is the user. */
    Type.Literal("cluster_group"),
    Type.Literal("cluster_user"),
    Type.Literal("federated"),
    Type.Literal("iam_role"),
    Type.Literal("iam_user"),
    Type.Literal("service"),
    Type.Literal("service_account"),
  ]),
  /** Auth method, for roles, users and groups. */
  method: optional(Text),
  mount: optional(Text),
  disabled: optional(Type.Boolean()),
  break_glass: Type.Boolean(),
  /** True for the identity that the collector itself uses. */
  collector: Type.Boolean(),
  created_age_days: optional(Days),
  policies: Texts,
  /** Longest time a token of this principal lives, after mounts and server limits; 0 or absent: unlimited or unknown. */
  token_max_ttl_s: optional(Count),
  token_ttl_s: optional(Count),
  /** End that no renewal passes; the only one that binds a periodic token. 0: none. */
  token_explicit_max_ttl_s: optional(Count),
  /**
   * Where the limit comes from: `token`, `role` (for LDAP the settings of the method), `mount`, `server`. Absent beside a
   * limit: it is the role's, and another that could not be read may be lower.
   */
  token_max_ttl_source: optional(Text),
  token_period_s: optional(Count),
  token_num_uses: optional(Count),
  token_bound_cidrs: optional(Texts),
  /**
   * Of roles, users and settings for every login: whether these keep anyone out. All of them together that cover half of the
   * address space, or of what is routed of IPv6, do not, nor does a list with what is no network. Absent where they are.
   */
  token_networks_bound: optional(Type.Boolean()),
  secret_id_num_uses: optional(Count),
  secret_id_ttl_s: optional(Count),
  secret_id_bound_cidrs: optional(Texts),
  /** The same of these. */
  secret_id_networks_bound: optional(Type.Boolean()),
  /** True when nothing, or nothing but a name, is needed to come in. */
  unauthenticated: optional(Type.Boolean()),
  /**
   * Names of what a caller must show, e.g. `bound_claims.aud`; `bind_secret_id` where AppRole asks for one. A bound that
   * takes any value, such as a service account of `*`, is none.
   */
  bounds: Texts,
  /**
   * Who vouches for a role's callers: the `issuer` of a signed token, the Kubernetes `cluster`, the `authority` that
   * signed a certificate, the cloud's `provider` for whoever has an account of it. `other`: the store checks a credential itself or by a directory, or this is no role.
   */
  vouched_by: Type.Union([
    Type.Literal("authority"),
    Type.Literal("cluster"),
    Type.Literal("issuer"),
    Type.Literal("other"),
    Type.Literal("provider"),
  ]),
  /**
   * What of a vouched caller the role leaves open: `namespace`, `service_account_name`, `subject`, `certificate`. Empty also
   * where that is not known.
   */
  takes_any: Texts,
  /**
   * Patterns of claims that fit the name of an owner which strangers can register with the issuer, such as `repo:pine*`, where
   * nothing else says who comes in.
   */
  lookalikes: Texts,
  /** True when everyone who is vouched for comes in. Absent where nobody vouches, or it is not known. */
  any_caller: optional(Type.Boolean()),
  /** For tokens. */
  root: optional(Type.Boolean()),
  orphan: optional(Type.Boolean()),
  token_type: optional(Text),
  expires_in_days: optional(Days),
  /** What effective access shows. */
  access: optional(
    closed({
      readable_secret_count: Count,
      /** Of these: as itself, without assuming a cloud's role or letting itself in. */
      own_readable_secret_count: Count,
      writable_secret_count: Count,
      /** Secrets, keys, roles that issue certificates and roles that make accounts, on which it may do anything but list them. */
      usable_count: Count,
      /** May grant itself or others more: policies, auth roles, identities, mounts, root. */
      administers: Type.Boolean(),
      /** The same, without a login by a role or group that perhaps is not its own to come in by. */
      administers_itself: Type.Boolean(),
      /** Others' roles and users whose credential it may mint (secret id, password, token), and by it read or administer. */
      impersonated_count: Count,
      /** Either, also by a login or a credential that perhaps is not its own; not where the role or group is judged itself. */
      perhaps_administers: Type.Boolean(),
      /** Both, without a login by a role or group that perhaps is not its own to come in by. */
      reads_and_administers: Type.Boolean(),
      /** Both with such logins too, but for those where the role or group does both and is judged itself. */
      perhaps_reads_and_administers: Type.Boolean(),
      /** Policy lines with `sudo`, as `<policy>:<line> <path> [<capability>,…]` with all that may be done there; at most 20. */
      sudo_rules: Type.Array(Text, { maxItems: 20 }),
      sudo_rule_count: Count,
      /** Policy lines that reach all values of a mount or more, or of an engine that is not read the whole mount; at most 20. */
      wildcard_rules: Type.Array(Text, { maxItems: 20 }),
      wildcard_rule_count: Count,
      /** Any of these, or a template that could become one by who logs in. */
      perhaps_wildcard: Type.Boolean(),
      /** Certainty of the weakest link: `certain`, `conditional`, `possible`. */
      certainty: Text,
      /** Of a cloud's role: whom its trust policy lets in from outside, and to how many secrets. */
      admits: optional(
        closed({
          public: Count,
          external: Count,
          /** What is not known decides whether they come in. */
          possible_public: Count,
          possible_external: Count,
          names: Type.Array(Text, { maxItems: 8 }),
          /** Of the external ones: those of which no external id is asked. */
          unasked: Type.Array(Text, { maxItems: 8 }),
          unasked_count: Count,
          /** Secrets that they come to by the role, and those that the role comes to. */
          opened_secret_count: Count,
          /** Of the opened ones: those that it comes to by itself. */
          opened_itself_count: Count,
          reached_secret_count: Count,
          /** Roles and users as which it comes to the opened ones, where it does not by itself. */
          leads_to: Type.Array(Text, { maxItems: 8 }),
          leads_to_count: Count,
        }),
      ),
    }),
  ),
  /** For whoever holds the key of a slot: what key that is. */
  key_slot: optional(
    closed({
      slot_type: Text,
      purpose: literals(["daily", "recovery"]),
      /** What keeps the key. Absent: not known. */
      custody: optional(Text),
      /** Whether a wrapped key proves that who wrapped it holds the key. Absent: not known. */
      authenticated_wrap: optional(Type.Boolean()),
      fingerprint_pinned: Type.Boolean(),
    }),
  ),
  usage: optional(PrincipalUsage),
  detections: optional(PrincipalDetections),
  person: optional(PersonBehind),
  /** Absent where no register was read, or where more grants would have to be looked at than are. */
  requests: optional(PrincipalRequests),
  review: optional(PrincipalReview),
  ...PRINCIPAL_CLOUD,
  store: StoreProjection,
  /** Live tokens of this principal. Absent for an identity without one where any of the store's could not be read. */
  live_token_count: optional(Count),
  /**
   * Of a disabled identity: policies of the users and roles that are it at every login, of the groups which these name, and of settings
   * that hold for every login of the method. Empty: all of it was read; absent where some could not be and no policy was seen.
   */
  login_policies: optional(Texts),
  /** Of a disabled identity: policies of the groups that it is in, itself or through others. Likewise. */
  group_policies: optional(Texts),
  /** Live tokens of an identity that are judged with it: all but those that are principals themselves, such as root's. */
  held_token_count: Count,
  /** Of an identity: how long these live. */
  held_tokens: optional(HeldTokens),
  /**
   * Whether anyone ever came in through this role or user: an identity alias bears its fixed alias name, or a live token
   * came from it. Absent where the method fixes no alias name and no token lives.
   */
  login_seen: optional(Type.Boolean()),
});
