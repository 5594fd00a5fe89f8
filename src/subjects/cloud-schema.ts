import { Count, InstantText, Text, Texts, Type, closed, literals } from "../facts/index.ts";
import { Days, Readers, optional } from "./schema-parts.ts";

/** Whether a policy document lets anyone in; see `openness`. */
const OpennessName = literals(["closed", "open", "possible"]);

export const SECRET_CLOUD = {
  /** False: the value lies in the store as it is. */
  encrypted: optional(Type.Boolean()),
  /** What of name, labels and tier says that it is a secret, e.g. `name: password`. */
  secret_marks: optional(Texts),
  /** The key that the value is encrypted under, as the store names it; absent: the store's own, or not known. */
  encryption_key: optional(Text),
  /** Whether that key is the customer's. Absent: not known. */
  customer_key: optional(Type.Boolean()),
  deletes_in_days: optional(Days),
  /** When the store will delete it, where that is set. */
  deletes_at: optional(InstantText),
  last_read_age_days: optional(Days),
  /** Versions without a stage: nothing names them any more. */
  deprecated_version_count: optional(Count),
  owning_service: optional(Text),
  primary_region: optional(Text),
  replicas: optional(
    closed({
      count: Count,
      in_step_count: Count,
      /** Those that are not in step, as `<Region>: <status>`. */
      out_of_step: Type.Array(Text, { maxItems: 100 }),
    }),
  ),
  /** Whether the secret's own policy lets anyone in. Absent: not known. */
  policy: optional(OpennessName),
};

export const SINK_STATE = {
  /** Whether it takes calls now. Absent: not known. */
  logging: optional(Type.Boolean()),
  management_reads: optional(Type.Boolean()),
  management_writes: optional(Type.Boolean()),
  /** Sources of events that are left out. */
  excluded_sources: optional(Texts),
  /** True: it selects in ways of which these fields do not tell all. */
  narrowed: optional(Type.Boolean()),
};

export const STORE_CLOUD = {
  account: optional(Text),
  region: optional(Text),
  /** Services that the store's secrets are read from, e.g. `secretsmanager`. */
  services: optional(Texts),
  /** Private networks but for those that the provider made. 0 also where that is not known. */
  network_count: Count,
  networks: optional(
    Type.Array(
      closed({
        network: Text,
        /** Services that have an endpoint of its own there, in use. */
        services: Texts,
      }),
      { maxItems: 64 },
    ),
  ),
  /** Endpoints in all networks by which the store or its keys are reached. 0 also where that is not known. */
  network_endpoint_count: Count,
  network_endpoints: optional(
    Type.Array(
      closed({
        endpoint: Text,
        service: Text,
        /** Whether its policy takes every action of anyone. Absent: not known. */
        policy: optional(OpennessName),
      }),
      { maxItems: 64 },
    ),
  ),
  watches: optional(
    closed({
      /** Detectors that are on, and rules and alarms about the store's calls that tell somebody. */
      active_count: Count,
      active: Type.Array(Text, { maxItems: 16 }),
      /** Alarms that tell somebody and of which it is not known whether they are about the store. */
      unclear_count: Count,
    }),
  ),
};

export const KEY_CLOUD = {
  state: optional(Text),
  usage: optional(Text),
  origin: optional(Text),
  multi_region: optional(Type.Boolean()),
  deletes_in_days: optional(Days),
  /** When the store will delete it, where that is set. */
  deletes_at: optional(InstantText),
  /** Secrets of the same source that are known to be encrypted under it. */
  secret_count: optional(Count),
  /** Whether it is known of every secret of the source which key it is under. */
  secret_count_complete: optional(Type.Boolean()),
  /** The first of them. */
  secrets: optional(Type.Array(Text, { maxItems: 16 })),
  /** Whether the key's own policy lets anyone in. Absent: not known. */
  policy: optional(OpennessName),
  /** Who may decrypt by it, where effective access was computed for keys. */
  readers: optional(Readers),
};

export const SINK_CLOUD = {
  ...SINK_STATE,
  every_region: optional(Type.Boolean()),
  every_account: optional(Type.Boolean()),
  /** Whether it signs what it wrote. */
  validation: optional(Type.Boolean()),
  encryption_key: optional(Text),
  stopped_age_days: optional(Days),
  delivered_age_days: optional(Days),
  /** The provider's word for what went wrong; absent: nothing did, or it is not known. */
  delivery_error: optional(Text),
  digest_delivered_age_days: optional(Days),
  digest_delivery_error: optional(Text),
  bucket: optional(
    closed({
      name: Text,
      ignore_public_acls: optional(Type.Boolean()),
      block_public_acls: optional(Type.Boolean()),
      block_public_policy: optional(Type.Boolean()),
      restrict_public_buckets: optional(Type.Boolean()),
      /** Whether the bucket's policy lets anyone in. Absent: not known. */
      policy: optional(OpennessName),
      /** Accounts and organisations outside that its policy lets read, write, delete or change something. Absent: not known. */
      outsiders: optional(Texts),
      versioning: optional(Type.Boolean()),
      mfa_delete: optional(Type.Boolean()),
      encryption_key: optional(Text),
      locked: optional(Type.Boolean()),
      retention_days: optional(Type.Number({ minimum: 0 })),
    }),
  ),
};

export const PRINCIPAL_CLOUD = {
  /** How it proves who it is by itself. Absent: not known, or it does not. */
  login: optional(
    closed({
      password_enabled: optional(Type.Boolean()),
      password_age_days: optional(Days),
      password_used_age_days: optional(Days),
      mfa_enabled: Type.Boolean(),
      certificate_count: optional(Count),
    }),
  ),
  /** Long-lived keys. Absent: not known. */
  access_keys: optional(
    Type.Array(
      closed({
        /** By its id; absent where only its place is known. */
        key: optional(Text),
        active: Type.Boolean(),
        age_days: optional(Days),
        /** Since it was last used, or made where it never was. Absent: not known. */
        unused_days: optional(Days),
        used_service: optional(Text),
      }),
      { maxItems: 8 },
    ),
  ),
  /** Since it was last used, as the provider knows. */
  last_used_age_days: optional(Days),
  /** Whether a boundary limits what its policies give. Absent: not known. */
  bounded: optional(Type.Boolean()),
  /** Services of secrets and keys that its own policies and those of its groups allow, and when it last used each. */
  service_uses: optional(
    Type.Array(
      closed({
        service: Text,
        /** The provider knows of no use in the time that it keeps. */
        never_used: Type.Boolean(),
        /** Absent also where the time of its use cannot be believed. */
        used_age_days: optional(Days),
        /** Of keys: since it last used any other service, which may have used keys on its behalf. */
        perhaps_used_age_days: optional(Days),
      }),
      { maxItems: 8 },
    ),
  ),
};
