import type { Attributes, AwsKind } from "../../resources/aws/index.ts";
import { at, entriesOf, type Entry, type Node } from "../../text/node.ts";

/** How a type of resource is told. */
export interface TypeMapping {
  readonly kind: AwsKind;
  /** Properties by the neutral name of the attribute. */
  readonly properties: Readonly<Record<string, string>>;
  /** The name that CloudFormation makes up; absent: of what has no name, or must be given one. */
  readonly generated?: (logicalId: string) => string;
  /** The attribute that names what it is about; where both hang on one condition, they are there together. */
  readonly about?: string;
  /** The attribute without which it says nothing: not known where it is not known whether the resource will be there. */
  readonly says?: string;
  /** What `Ref` comes to; absent: nothing that is known before it is there. */
  readonly ref?: "arn" | "id" | "name";
}

/** Characters that are made up at the end of a name: in a policy `*` matches them. */
const ENDED = (logicalId: string): string => `${logicalId}-????????????`;

/** Names of identities have no `?`, since policies that name them would not parse. */
const OF_STACK = (logicalId: string): string => `stack-${logicalId}-made-by-cloudformation`;

const IDENTITY = { path: "Path", managed_policy_arns: "ManagedPolicyArns", inline_policy: "Policies" };

const HOLDERS = { roles: "Roles", users: "Users", groups: "Groups" };

const POLICY = { kind: "identity_policy", says: "policy" } as const;

/** Source: "AWS resource and property types reference", AWS CloudFormation Template Reference Guide. */
export const TYPES: Readonly<Record<string, TypeMapping>> = {
  "AWS::SecretsManager::Secret": {
    kind: "secret",
    properties: { name: "Name", kms_key_id: "KmsKeyId", tags: "Tags" },
    generated: ENDED,
    ref: "arn",
  },
  "AWS::SecretsManager::RotationSchedule": {
    kind: "secret_rotation",
    properties: {
      secret_id: "SecretId",
      rotation_lambda_arn: "RotationLambdaARN",
      rotation_rules: "RotationRules",
    },
    about: "secret_id",
    says: "rotation_rules",
  },
  "AWS::SecretsManager::ResourcePolicy": {
    kind: "secret_policy",
    properties: { secret_arn: "SecretId", policy: "ResourcePolicy" },
    about: "secret_arn",
    says: "policy",
  },
  "AWS::SSM::Parameter": {
    kind: "parameter",
    properties: { name: "Name", type: "Type", value: "Value", tier: "Tier", tags: "Tags" },
    generated: (logicalId) => `CFN-${logicalId}-????????????`,
    ref: "name",
  },
  "AWS::KMS::Key": {
    kind: "key",
    properties: {
      policy: "KeyPolicy",
      enable_key_rotation: "EnableKeyRotation",
      rotation_period_in_days: "RotationPeriodInDays",
      key_spec: "KeySpec",
      key_usage: "KeyUsage",
      origin: "Origin",
      is_enabled: "Enabled",
      multi_region: "MultiRegion",
      tags: "Tags",
    },
    ref: "id",
  },
  "AWS::KMS::Alias": {
    kind: "key_alias",
    properties: { name: "AliasName", target_key_id: "TargetKeyId" },
    says: "target_key_id",
    ref: "name",
  },
  "AWS::IAM::Role": {
    kind: "role",
    properties: {
      ...IDENTITY,
      name: "RoleName",
      assume_role_policy: "AssumeRolePolicyDocument",
      permissions_boundary: "PermissionsBoundary",
      tags: "Tags",
    },
    generated: OF_STACK,
    ref: "name",
  },
  "AWS::IAM::User": {
    kind: "user",
    properties: {
      ...IDENTITY,
      name: "UserName",
      groups: "Groups",
      permissions_boundary: "PermissionsBoundary",
      tags: "Tags",
    },
    generated: OF_STACK,
    ref: "name",
  },
  "AWS::IAM::Group": {
    kind: "group",
    properties: { ...IDENTITY, name: "GroupName" },
    generated: OF_STACK,
    ref: "name",
  },
  "AWS::IAM::ManagedPolicy": {
    kind: "managed_policy",
    properties: { ...HOLDERS, name: "ManagedPolicyName", path: "Path", policy: "PolicyDocument" },
    generated: OF_STACK,
    says: "policy",
    ref: "arn",
  },
  "AWS::IAM::Policy": { ...POLICY, properties: { ...HOLDERS, name: "PolicyName", policy: "PolicyDocument" } },
  "AWS::IAM::RolePolicy": {
    ...POLICY,
    properties: { roles: "RoleName", name: "PolicyName", policy: "PolicyDocument" },
  },
  "AWS::IAM::UserPolicy": {
    ...POLICY,
    properties: { users: "UserName", name: "PolicyName", policy: "PolicyDocument" },
  },
  "AWS::IAM::GroupPolicy": {
    ...POLICY,
    properties: { groups: "GroupName", name: "PolicyName", policy: "PolicyDocument" },
  },
  "AWS::IAM::UserToGroupAddition": {
    kind: "group_membership",
    properties: { groups: "GroupName", users: "Users" },
    says: "users",
  },
  "AWS::IAM::AccessKey": { kind: "access_key", properties: { user: "UserName", status: "Status" } },
  "AWS::IAM::OIDCProvider": {
    kind: "oidc_provider",
    properties: { url: "Url", client_id_list: "ClientIdList" },
    ref: "arn",
  },
  "AWS::IAM::SAMLProvider": {
    kind: "saml_provider",
    properties: { name: "Name" },
    generated: OF_STACK,
    ref: "arn",
  },
  "AWS::CloudTrail::Trail": {
    kind: "trail",
    properties: {
      name: "TrailName",
      s3_bucket_name: "S3BucketName",
      kms_key_id: "KMSKeyId",
      enable_logging: "IsLogging",
      enable_log_file_validation: "EnableLogFileValidation",
      is_multi_region_trail: "IsMultiRegionTrail",
      is_organization_trail: "IsOrganizationTrail",
      event_selector: "EventSelectors",
      advanced_event_selector: "AdvancedEventSelectors",
    },
    generated: OF_STACK,
    ref: "name",
  },
  "AWS::S3::Bucket": {
    kind: "bucket",
    properties: { name: "BucketName" },
    generated: OF_STACK,
    ref: "name",
  },
  "AWS::S3::BucketPolicy": {
    kind: "bucket_policy",
    properties: { bucket: "Bucket", policy: "PolicyDocument" },
    about: "bucket",
    says: "policy",
  },
  "AWS::EC2::VPCEndpoint": {
    kind: "vpc_endpoint",
    properties: {
      vpc_id: "VpcId",
      service_name: "ServiceName",
      vpc_endpoint_type: "VpcEndpointType",
      policy: "PolicyDocument",
    },
    ref: "id",
  },
};

/** By attribute, how the members of its structures are called on the neutral side. */
const MEMBERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  rotation_rules: {
    AutomaticallyAfterDays: "automatically_after_days",
    Duration: "duration",
    ScheduleExpression: "schedule_expression",
  },
  inline_policy: { PolicyName: "name", PolicyDocument: "policy" },
};

/** Attributes of a resource of a type from its properties, functions worked out. */
export function attributesOf(mapping: TypeMapping, properties: Node | undefined): Attributes {
  return Object.fromEntries(
    Object.entries(mapping.properties).map(([name, property]) => {
      const value = at(properties, property);
      const members = MEMBERS[name];
      return [name, value === undefined || members === undefined ? value : renamed(value, members)];
    }),
  );
}

function renamed(node: Node, members: Readonly<Record<string, string>>): Node {
  if (node.kind === "list") return { ...node, items: node.items.map((item) => renamed(item, members)) };
  if (node.kind !== "map") return node;
  const entries = entriesOf(node).map(([key, entry]): [string, Entry] => [members[key] ?? key, entry]);
  return { ...node, entries: new Map(entries) };
}
