import { TIERS } from "../policy/index.ts";
import { Count, Digest, Labels, StoreFeature, Text, Texts, Type, closed, literals } from "../facts/index.ts";

/** What rules assign to a subject. */
export const CLASSIFICATIONS = ["break_glass", "environment", "owner", "tier"] as const;

export const optional = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Optional(schema);

/** How much harm a subject's loss does; rules in `countersign.yaml` assign it. Strictest first. */
export const TierName = Type.Union(TIERS.map((tier) => Type.Literal(tier)));

/** Whole days, counted to the snapshot's `taken_at`. Negative: still to come. */
export const Days = Type.Integer({ description: "days, counted to the snapshot's taken_at" });

const HIDDEN_KIND = {
  fact_kind: Type.String({ description: "fact kind, or `grant` for effective access" }),
  reason: Type.String(),
  /** How many gaps of this kind there are. */
  gap_count: Count,
};

const MAX_HIDDEN_KINDS = 100;

/** Fact kinds, and what is derived from them, that could not be read for this subject; `gap` names the first gap by digest. */
const HiddenKinds = Type.Array(closed({ ...HIDDEN_KIND, gap: Digest }), { maxItems: MAX_HIDDEN_KINDS });

/** The same as policies are given it: gaps have other digests in each collection. */
export const JudgedGaps = Type.Array(closed(HIDDEN_KIND), { maxItems: MAX_HIDDEN_KINDS });

/** What policies ask of a subject to decide whether they apply. */
export const TRAITS = [
  /** Of a secret: its value lies in the store as it is, and nothing marks it as a secret. */
  "configuration",
  /** Of a secret: it is a copy, kept and rotated in another Region. */
  "copy",
  /** Of a secret or key: the store will delete it, and lets nobody use it meanwhile. */
  "deletion_pending",
  /** Of a key: nobody can delete it at once, since the store waits for some days. */
  "deletion_delayed",
  /** Of a store: its audit log was ingested. Of a principal: so was one of its store, which names whoever is as it is. */
  "events_logged",
  /** Of a sink: it writes to a bucket, which others may reach. */
  "in_bucket",
  /** Of a store, and of what is in it: a cloud's provider runs it, in an account and Region. */
  "in_cloud",
  /** Of a role or user: whoever comes in by it is one identity for certain, which is judged itself. */
  "login_of_identity",
  /** Of a role or user: perhaps `login_of_identity`, since what would tell could not be read. */
  "perhaps_login_of_identity",
  /** Of a principal: rosters of people were read, and somebody of them is behind it, perhaps is, or must be as people log in as it. */
  "person_expected",
  /** Of a principal: rosters of people were read. */
  "people_rostered",
  /** Of a secret: its value lies in the store as it is, under no key. */
  "plaintext",
  /** Of a key or principal: the cloud's provider made it for its own services, and nobody else can change it. */
  "provider_managed",
  /** Of a secret: the store knows on which day it was last read. */
  "reads_dated",
  /** Of a secret: an audit log of its source was read, which names what is read of it. Of a principal: it may read such secrets. */
  "reads_logged",
  /** Of a secret: `reads_logged`, and it has versions. */
  "versions_logged",
  /** Of a principal: a register of requests for access was read. */
  "requests_registered",
  /** Of a secret: it has copies in other Regions. */
  "replicated",
] as const;

export type Trait = (typeof TRAITS)[number];

export const COMMON = {
  id: Type.String({ minLength: 1, maxLength: 2048 }),
  store_id: Type.String({ minLength: 1 }),
  name: Text,
  /** Absent: no rule assigned one. The strictest that may hold where `undecided` names it. */
  tier: optional(TierName),
  owner: optional(Text),
  environment: optional(Text),
  /**
   * What of tier, owner, environment and break-glass marking could not be decided, because a label or name that a rule
   * asks for could not be read; `gaps` say why. Absent: all of it was decided.
   */
  undecided: optional(Type.Array(literals(CLASSIFICATIONS), { maxItems: CLASSIFICATIONS.length })),
  /** Labels for owner, tier and a secret's end that state none, where nothing else does. */
  unusable_labels: optional(
    closed({ expires_at: optional(Text), owner: optional(Text), tier: optional(Text) }),
  ),
  /** What is not known is not in the list: its gap turns "does not apply" into unknown. */
  traits: Type.Array(literals(TRAITS), { uniqueItems: true, maxItems: TRAITS.length }),
  labels: Labels,
  gaps: HiddenKinds,
  /** Digests of the records that the subject's own facts come from. */
  records: Type.Array(Digest, { maxItems: 64 }),
};

const Reader = closed({
  principal_id: Type.String(),
  principal_type: Text,
  actions: Texts,
  certainty: Type.Union([Type.Literal("certain"), Type.Literal("conditional"), Type.Literal("possible")]),
});

const Ways = closed({
  /** Roles whose trust policies let them, by name; the count is over all. */
  roles: Type.Array(Text, { maxItems: 8 }),
  role_count: Count,
  /** Strangers who come to it by themselves, likewise. */
  strangers: Type.Array(Text, { maxItems: 8 }),
  stranger_count: Count,
});

/** Who may read a value: counts over all, and at most 50 by name. */
export const Readers = closed({
  /** Certain and conditional readers. */
  count: Count,
  /** Not of `count`: by nothing but roles of a cloud that they may assume, and that count themselves. */
  by_role_count: Count,
  /** Principals of which it is only possible that they read. */
  possible_count: Count,
  /** Of `count`: break-glass identities and root tokens. They reach everything and are judged by themselves. */
  emergency_count: Count,
  /** Of the others of `count`: only by a login through a role or group which perhaps is not theirs to take. */
  perhaps_count: Count,
  external: Count,
  public: Count,
  /** How the public and the external ones come in; absent where there are none. */
  ways_in: optional(closed({ public: optional(Ways), external: optional(Ways) })),
  /** Strangers whom the thing's own policy lets read and its key alone keeps out; absent where there are none. */
  kept_out: optional(
    closed({
      external: Count,
      public: Count,
      names: Type.Array(Text, { maxItems: 8 }),
      name_count: Count,
      /** As the store names it. */
      key: Text,
    }),
  ),
  sample: Type.Array(Reader, { maxItems: 50 }),
});

/** What a store may tell of itself: kinds of facts that only some stores have. */
export const OWN_RECORDS = ["access_log", "integrity_check", "key_slot", "upkeep"] as const;

export const STORE_KIND = {
  /**
   * What the store does not have by design, so that a policy about it does not apply. Empty where nobody said so, also
   * where the store could not be asked what it is: policies apply then, and the gap of the `store` fact holds them open.
   */
  absent_features: Type.Array(StoreFeature),
  /** What the store tells of itself and could be read. A kind that is hidden is missing here, and its gap says so. */
  own_records: Type.Array(literals(OWN_RECORDS)),
};

/** The part of the store that its secrets, keys and principals are judged with. */
export const StoreProjection = closed({
  ...STORE_KIND,
  product: optional(Text),
  version: optional(Text),
  sink_count: optional(Count),
  tls_everywhere: optional(Type.Boolean()),
});

/** How a store issues certificates by ACME. */
export const ACME = {
  /** Certificate authorities that issue by ACME, whose clients show no token. */
  acme_count: Count,
  /** Of these, those that need an external account of whoever asks, or where nobody has anything to ask for. */
  acme_bound_count: Count,
  /** Of these, those that issue to whoever reaches the server and answers a challenge. */
  acme_open_count: Count,
  /** The first of these by path. */
  acme_open: Type.Array(Text, { maxItems: 8 }),
};
