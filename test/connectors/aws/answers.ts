/** One good answer of each operation: the SDK's output as a record holds it, made after the API references' examples. */

import { AROUND } from "./answers-around.ts";
import { ACCOUNT, AT, REGION, document, partition, regional, type Good } from "./answers-parts.ts";

export { ACCOUNT, REGION, type Good } from "./answers-parts.ts";

const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:payments/db-AbCdEf`;
const PARAMETER = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/payments/api`;
const KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab";
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KEY_ID}`;
const USER = `arn:aws:iam::${ACCOUNT}:user/people/anna`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/payments-api`;
const POLICY = `arn:aws:iam::${ACCOUNT}:policy/read-payments`;
const OIDC = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.example.com`;
const SAML = `arn:aws:iam::${ACCOUNT}:saml-provider/idp`;

const encoded = (statement: object): string => encodeURIComponent(document(statement));

const REPORT_HEAD =
  "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active," +
  "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region," +
  "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date," +
  "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active," +
  "cert_2_last_rotated";

export const REPORT = [
  REPORT_HEAD,
  `<root_account>,arn:aws:iam::${ACCOUNT}:root,2020-01-01T00:00:00+00:00,not_supported,2026-01-05T10:00:00+00:00,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A`,
  `anna,${USER},2024-03-01T00:00:00+00:00,true,no_information,2026-02-01T00:00:00+00:00,N/A,false,true,2025-05-01T00:00:00+00:00,2026-08-30T00:00:00+00:00,eu-central-1,secretsmanager,false,N/A,N/A,N/A,N/A,true,2025-01-01T00:00:00+00:00,false,N/A`,
].join("\n");

export const GOOD: Readonly<Record<string, Good>> = {
  ...AROUND,
  "sts.caller": {
    params: {},
    body: {
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/countersign/countersign`,
      UserId: "AROA123DEFGHIJKLMNOPQ:countersign",
    },
  },
  "sts.member": {
    params: { partition },
    body: {
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/countersign/countersign`,
      UserId: "AROA123DEFGHIJKLMNOPQ:countersign",
    },
  },
  "ec2.regions": {
    params: { partition },
    body: {
      Regions: [
        {
          RegionName: REGION,
          Endpoint: `ec2.${REGION}.amazonaws.com`,
          OptInStatus: "opt-in-not-required",
        },
        { RegionName: "af-south-1", Endpoint: "ec2.af-south-1.amazonaws.com", OptInStatus: "not-opted-in" },
      ],
    },
  },
  "secretsmanager.secrets": regional(
    { partition },
    {
      SecretList: [
        { ARN: SECRET, Name: "payments/db", Description: "the database", CreatedDate: AT, Tags: [] },
      ],
    },
  ),
  "secretsmanager.secret": regional(
    { arn: SECRET, name: "payments/db" },
    {
      ARN: SECRET,
      Name: "payments/db",
      KmsKeyId: KEY,
      RotationEnabled: true,
      RotationLambdaARN: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:rotate`,
      RotationRules: { ScheduleExpression: "rate(10 days)", Duration: "3h" },
      LastRotatedDate: AT,
      NextRotationDate: "2026-09-11T08:00:00.000Z",
      LastChangedDate: AT,
      LastAccessedDate: "2026-09-01T00:00:00.000Z",
      CreatedDate: "2024-01-01T00:00:00.000Z",
      Tags: [{ Key: "owner", Value: "payments" }],
      VersionIdsToStages: { "EXAMPLE1-90ab-cdef-fedc-ba987SECRET1": ["AWSCURRENT"] },
      PrimaryRegion: "eu-west-1",
      ReplicationStatus: [{ Region: REGION, KmsKeyId: KEY, Status: "Failed", StatusMessage: "no key" }],
      OwningService: "rds",
      DeletedDate: "2026-10-01T00:00:00.000Z",
    },
  ),
  "secretsmanager.versions": regional(
    { arn: SECRET, name: "payments/db" },
    {
      ARN: SECRET,
      Name: "payments/db",
      Versions: [
        { VersionId: "v-2", VersionStages: ["AWSCURRENT"], CreatedDate: AT, LastAccessedDate: AT },
        { VersionId: "v-1", CreatedDate: AT },
      ],
    },
  ),
  "secretsmanager.policy": regional(
    { arn: SECRET, name: "payments/db" },
    {
      ARN: SECRET,
      Name: "payments/db",
      ResourcePolicy: document({ Principal: "*", Action: "*", Resource: "*" }),
    },
  ),
  "ssm.parameters": regional(
    { partition },
    {
      Parameters: [
        {
          ARN: PARAMETER,
          Name: "/payments/api",
          Type: "SecureString",
          KeyId: "alias/aws/ssm",
          LastModifiedDate: AT,
          Version: 3,
          Tier: "Advanced",
          DataType: "text",
          Policies: [
            {
              PolicyText: JSON.stringify({
                Type: "Expiration",
                Version: "1.0",
                Attributes: { Timestamp: "2027-12-02T21:34:33.000Z" },
              }),
              PolicyType: "Expiration",
              PolicyStatus: "Pending",
            },
          ],
        },
        {
          Name: "plain",
          Type: "String",
          LastModifiedDate: AT,
          Version: 1,
          Tier: "Standard",
          DataType: "text",
        },
      ],
    },
  ),
  "ssm.tags": regional(
    { arn: PARAMETER, name: "/payments/api" },
    { TagList: [{ Key: "owner", Value: "payments" }] },
  ),
  "ssm.policies": regional(
    { arn: PARAMETER, name: "/payments/api" },
    {
      Policies: [{ PolicyId: "p-1", PolicyHash: "h", Policy: document({ Principal: "*", Action: "ssm:*" }) }],
    },
  ),
  "kms.keys": regional({ partition }, { Keys: [{ KeyArn: KEY, KeyId: KEY_ID }], Truncated: false }),
  "kms.key": regional(
    { arn: KEY, name: KEY_ID },
    {
      KeyMetadata: {
        AWSAccountId: ACCOUNT,
        KeyId: KEY_ID,
        Arn: KEY,
        CreationDate: AT,
        Enabled: true,
        Description: "",
        KeyUsage: "ENCRYPT_DECRYPT",
        KeyState: "Enabled",
        Origin: "AWS_KMS",
        KeyManager: "CUSTOMER",
        KeySpec: "SYMMETRIC_DEFAULT",
        EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
        MultiRegion: false,
      },
    },
  ),
  "kms.rotation": regional(
    { arn: KEY, name: KEY_ID },
    { KeyId: KEY, KeyRotationEnabled: true, RotationPeriodInDays: 365, NextRotationDate: AT },
  ),
  "kms.rotations": regional(
    { arn: KEY, name: KEY_ID },
    {
      Rotations: [
        { KeyId: KEY, RotationDate: "2026-03-05T11:00:00.000Z", RotationType: "ON_DEMAND" },
        { KeyId: KEY, RotationDate: "2025-09-01T11:00:00.000Z", RotationType: "AUTOMATIC" },
      ],
      Truncated: false,
    },
  ),
  "kms.policy": regional(
    { arn: KEY, name: KEY_ID },
    { Policy: document({ Principal: "*", Action: "kms:*" }), PolicyName: "default" },
  ),
  "kms.grants": regional(
    { arn: KEY, name: KEY_ID },
    {
      Grants: [
        {
          KeyId: KEY,
          GrantId: "g-1",
          GranteePrincipal: ROLE,
          RetiringPrincipal: USER,
          IssuingAccount: `arn:aws:iam::${ACCOUNT}:root`,
          CreationDate: AT,
          Operations: ["Encrypt", "Decrypt"],
          Constraints: { EncryptionContextSubset: { app: "payments" } },
        },
      ],
      Truncated: false,
    },
  ),
  "kms.tags": regional(
    { arn: KEY, name: KEY_ID },
    { Tags: [{ TagKey: "owner", TagValue: "payments" }], Truncated: false },
  ),
  "kms.aliases": regional(
    { partition },
    {
      Aliases: [
        {
          AliasName: "alias/payments",
          AliasArn: `arn:aws:kms:${REGION}:${ACCOUNT}:alias/payments`,
          TargetKeyId: KEY_ID,
        },
      ],
      Truncated: false,
    },
  ),
  "iam.authorization": {
    params: { partition },
    body: {
      UserDetailList: [
        {
          Path: "/people/",
          UserName: "anna",
          UserId: "AIDA123DEFGHIJKLMNOPQ",
          Arn: USER,
          CreateDate: AT,
          UserPolicyList: [{ PolicyName: "own", PolicyDocument: encoded({ Action: "*", Resource: "*" }) }],
          GroupList: ["operators"],
          AttachedManagedPolicies: [{ PolicyName: "read-payments", PolicyArn: POLICY }],
          PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: POLICY },
          Tags: [{ Key: "team", Value: "payments" }],
        },
      ],
      GroupDetailList: [
        {
          Path: "/people/",
          GroupName: "operators",
          GroupId: "AGPA123DEFGHIJKLMNOPQ",
          Arn: `arn:aws:iam::${ACCOUNT}:group/people/operators`,
          CreateDate: AT,
          GroupPolicyList: [],
          AttachedManagedPolicies: [],
        },
      ],
      RoleDetailList: [
        {
          Path: "/",
          RoleName: "payments-api",
          RoleId: "AROA123DEFGHIJKLMNOPQ",
          Arn: ROLE,
          CreateDate: AT,
          AssumeRolePolicyDocument: encoded({
            Principal: { Service: "ecs-tasks.amazonaws.com" },
            Action: "sts:AssumeRole",
          }),
          InstanceProfileList: [{ Arn: `arn:aws:iam::${ACCOUNT}:instance-profile/payments` }],
          RolePolicyList: [
            { PolicyName: "own", PolicyDocument: encoded({ Action: "kms:Decrypt", Resource: "*" }) },
          ],
          AttachedManagedPolicies: [
            { PolicyName: "ReadOnlyAccess", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
          ],
          Tags: [],
          RoleLastUsed: { LastUsedDate: AT, Region: REGION },
        },
      ],
      Policies: [
        {
          PolicyName: "read-payments",
          PolicyId: "ANPA123DEFGHIJKLMNOPQ",
          Arn: POLICY,
          Path: "/",
          DefaultVersionId: "v2",
          PolicyVersionList: [
            { Document: encoded({ Action: "s3:*", Resource: "*" }), VersionId: "v2", IsDefaultVersion: true },
            { Document: encoded({ Action: "*", Resource: "*" }), VersionId: "v1", IsDefaultVersion: false },
          ],
        },
      ],
      IsTruncated: false,
    },
  },
  "iam.report_made": { params: { partition }, body: { State: "COMPLETE", Description: "" } },
  "iam.report": {
    params: { partition },
    body: { Content: REPORT, ReportFormat: "text/csv", GeneratedTime: AT },
  },
  "iam.access_keys": {
    params: { arn: USER, name: "anna" },
    body: {
      AccessKeyMetadata: [
        { UserName: "anna", AccessKeyId: "AKIAIOSFODNN7EXAMPLE", Status: "Active", CreateDate: AT },
      ],
      IsTruncated: false,
    },
  },
  "iam.access_key_use": {
    params: { arn: USER, key: "AKIAIOSFODNN7EXAMPLE" },
    body: { UserName: "anna", AccessKeyLastUsed: { LastUsedDate: AT, ServiceName: "s3", Region: REGION } },
  },
  "iam.oidc_providers": { params: { partition }, body: { OpenIDConnectProviderList: [{ Arn: OIDC }] } },
  "iam.oidc_provider": {
    params: { arn: OIDC },
    body: {
      Url: "token.example.com",
      ClientIDList: ["sts.amazonaws.com"],
      ThumbprintList: ["00"],
      CreateDate: AT,
    },
  },
  "iam.saml_providers": {
    params: { partition },
    body: { SAMLProviderList: [{ Arn: SAML, CreateDate: AT }] },
  },
  "iam.saml_provider": {
    params: { arn: SAML },
    body: {
      SAMLMetadataDocument: "<EntityDescriptor/>",
      CreateDate: AT,
      ValidUntil: "2030-01-01T00:00:00.000Z",
    },
  },
  "iam.use_job": { params: { arn: ROLE }, body: { JobId: "job-1" } },
  "iam.use": {
    params: { arn: ROLE, job: "job-1" },
    body: {
      JobStatus: "COMPLETED",
      JobCreationDate: AT,
      IsTruncated: false,
      ServicesLastAccessed: [
        { ServiceName: "AWS KMS", ServiceNamespace: "kms", LastAuthenticated: AT },
        { ServiceName: "AWS Secrets Manager", ServiceNamespace: "secretsmanager" },
      ],
    },
  },
  "organizations.organization": {
    params: { partition },
    body: {
      Organization: {
        Id: "o-exampleorgid",
        Arn: `arn:aws:organizations::${ACCOUNT}:organization/o-exampleorgid`,
        FeatureSet: "ALL",
        MasterAccountId: ACCOUNT,
      },
    },
  },
  "organizations.roots": {
    params: { partition },
    body: {
      Roots: [
        { Id: "r-abcd", Name: "Root", PolicyTypes: [{ Type: "SERVICE_CONTROL_POLICY", Status: "ENABLED" }] },
      ],
    },
  },
  "organizations.units": {
    params: { partition, unit: "r-abcd" },
    body: { OrganizationalUnits: [{ Id: "ou-abcd-11111111", Name: "workloads" }] },
  },
  "organizations.accounts": {
    params: { partition, unit: "r-abcd" },
    body: { Accounts: [{ Id: "444455556666", Name: "payments", Status: "ACTIVE", Email: "a@example.com" }] },
  },
  "organizations.policies": {
    params: { type: "scp" },
    body: { Policies: [{ Id: "p-FullAWSAccess", Name: "FullAWSAccess", AwsManaged: true }] },
  },
  "organizations.policy": {
    params: { type: "scp", policy: "p-FullAWSAccess" },
    body: {
      Policy: {
        PolicySummary: { Id: "p-FullAWSAccess", Name: "FullAWSAccess", Type: "SERVICE_CONTROL_POLICY" },
        Content: document({ Action: "*", Resource: "*" }),
      },
    },
  },
  "organizations.attachments": {
    params: { type: "scp", target: "444455556666" },
    body: { Policies: [{ Id: "p-FullAWSAccess", Name: "FullAWSAccess" }] },
  },
};
