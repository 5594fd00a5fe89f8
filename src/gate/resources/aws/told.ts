import type { FactKind } from "../../../facts/index.ts";
import type { DerivedKind } from "../../../policy/index.ts";

/**
 * What the AWS resources of an input tell whole of what it declares. Who may use a thing is never whole: others are allowed elsewhere, so
 * grants are in no list; nor is which accounts and identities there are beside. Kinds that AWS has none of are told by that. An organisation
 * is told as if there were none: a file is judged by what it allows, and what an organisation denies beside is no reason to allow it.
 */
export const AWS_TOLD: readonly (DerivedKind | FactKind)[] = [
  "auth_config",
  "auth_method",
  "auth_role",
  "bucket_public_access",
  "cloud_metadata",
  "group",
  "identity_provider",
  "key",
  "key_alias",
  "key_grant",
  "key_rotation",
  "mount",
  "network_endpoint",
  "organization",
  "policy_document",
  "resource_labels",
  "resource_policy",
  "secret",
  "secret_engine_config",
  "secret_metadata",
  "secret_rotation",
  "sink",
  "sink_selection",
  "sink_status",
  "store",
];
