import type { AwsKind } from "../../resources/aws/index.ts";

/** What a Terraform type is, and which of its attributes are called otherwise than `tellAws` calls them. */
export interface AwsType {
  readonly kind: AwsKind;
  readonly renamed?: Readonly<Record<string, string>>;
}

const NAMED = { bucket: "name", bucket_prefix: "name_prefix" };

/** Source: the AWS provider's documentation of each resource, version 6. */
export const AWS_TYPES: Readonly<Record<string, AwsType>> = {
  aws_cloudtrail: { kind: "trail" },
  aws_iam_access_key: { kind: "access_key" },
  aws_iam_group: { kind: "group" },
  aws_iam_group_membership: { kind: "group_membership", renamed: { group: "groups" } },
  aws_iam_group_policy: { kind: "identity_policy", renamed: { group: "groups" } },
  aws_iam_group_policy_attachment: { kind: "policy_attachment", renamed: { group: "groups" } },
  aws_iam_openid_connect_provider: { kind: "oidc_provider" },
  aws_iam_policy: { kind: "managed_policy" },
  aws_iam_policy_attachment: { kind: "policy_attachment" },
  aws_iam_role: { kind: "role" },
  aws_iam_role_policy: { kind: "identity_policy", renamed: { role: "roles" } },
  aws_iam_role_policy_attachment: { kind: "policy_attachment", renamed: { role: "roles" } },
  aws_iam_saml_provider: { kind: "saml_provider" },
  aws_iam_user: { kind: "user" },
  aws_iam_user_group_membership: { kind: "group_membership", renamed: { user: "users" } },
  aws_iam_user_policy: { kind: "identity_policy", renamed: { user: "users" } },
  aws_iam_user_policy_attachment: { kind: "policy_attachment", renamed: { user: "users" } },
  aws_kms_alias: { kind: "key_alias" },
  aws_kms_grant: { kind: "key_grant" },
  aws_kms_key: { kind: "key", renamed: { customer_master_key_spec: "key_spec" } },
  aws_kms_key_policy: { kind: "key_policy" },
  aws_s3_bucket: { kind: "bucket", renamed: NAMED },
  aws_s3_bucket_policy: { kind: "bucket_policy" },
  aws_s3_bucket_public_access_block: { kind: "bucket_public_access_block" },
  aws_secretsmanager_secret: { kind: "secret" },
  aws_secretsmanager_secret_policy: { kind: "secret_policy" },
  aws_secretsmanager_secret_rotation: { kind: "secret_rotation" },
  aws_secretsmanager_secret_version: { kind: "secret_value" },
  aws_ssm_parameter: { kind: "parameter" },
  aws_vpc_endpoint: { kind: "vpc_endpoint" },
};

/** Whose `id` is their name; a key's is its own, and any other's its ARN. */
export const NAMED_BY_ID: ReadonlySet<AwsKind> = new Set([
  "bucket",
  "group",
  "key_alias",
  "parameter",
  "role",
  "user",
]);
