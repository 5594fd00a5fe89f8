import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../../src/connectors/aws/operations/index.ts";
import { GOOD } from "./answers.ts";
import { recordOf, toldBy } from "./records.ts";

/**
 * What may be missing of an answer, by its place: what AWS documents as left out where there is nothing to say, and what
 * nothing that is judged is read from.
 */
const MAY_BE_MISSING: Readonly<Record<string, readonly RegExp[]>> = {
  "sts.caller": [/^UserId$/],
  "sts.member": [/^UserId$/],
  "ec2.regions": [/Endpoint$/],
  "secretsmanager.secrets": [/^SecretList\/\d+\/(Description|CreatedDate|Tags)/],
  // DescribeSecret leaves out what was never set; a secret has a name, an ARN, and the tags that it has.
  "secretsmanager.secret": [
    /^(KmsKeyId|Rotation\w+|LastRotatedDate|NextRotationDate|LastChangedDate|LastAccessedDate|CreatedDate|Tags|VersionIdsToStages|PrimaryRegion|ReplicationStatus|OwningService|DeletedDate)$/,
    /^(RotationRules\/|VersionIdsToStages\/)/,
    /^ReplicationStatus\/\d+\/(KmsKeyId|StatusMessage)$/,
  ],
  // The name says whose versions they are; a version without stages is deprecated.
  "secretsmanager.versions": [/^ARN$/, /^Versions\/\d+\/(VersionStages|CreatedDate|LastAccessedDate)$/],
  "secretsmanager.policy": [/^ResourcePolicy$/],
  "ssm.parameters": [
    /^Parameters\/\d+\/(ARN|KeyId|DataType|Policies)$/,
    /^Parameters\/\d+\/Policies\/\d+\/(PolicyText|PolicyStatus)$/,
  ],
  "ssm.policies": [/PolicyHash$/],
  "kms.key": [/^KeyMetadata\/(AWSAccountId|Enabled|Description|EncryptionAlgorithms|MultiRegion)/],
  "kms.rotation": [/^(KeyId|RotationPeriodInDays|NextRotationDate)$/],
  "kms.rotations": [/^Rotations\/\d+\/(KeyId|RotationType)$/],
  "kms.policy": [/^PolicyName$/],
  "kms.grants": [/^Grants\/\d+\/(KeyId|RetiringPrincipal|IssuingAccount|CreationDate|Constraints)/],
  // A name of AWS's own may stand before there is a key.
  "kms.aliases": [/TargetKeyId$/],
  "iam.authorization": [
    // IAM leaves out empty lists of one identity, not those of the answer.
    /^\w+List\/\d+\/(UserPolicyList|RolePolicyList|GroupPolicyList|GroupList|AttachedManagedPolicies|PermissionsBoundary|Tags|InstanceProfileList|RoleLastUsed)$/,
    /PermissionsBoundary\/\w+$/,
    /RoleLastUsed\/\w+$/,
    /AttachedManagedPolicies\/\d+\/PolicyName$/,
    /^Policies\/\d+\/(PolicyName|PolicyId|Path|DefaultVersionId)$/,
    /^Policies\/0\/PolicyVersionList\/1(\/(Document|VersionId))?$/,
    /PolicyVersionList\/\d+\/VersionId$/,
  ],
  "iam.report_made": [/^Description$/],
  "iam.report": [/^GeneratedTime$/],
  "iam.access_keys": [/^IsTruncated$/, /UserName$/],
  "iam.access_key_use": [/^UserName$/, /^AccessKeyLastUsed\/(LastUsedDate|Region)$/],
  "iam.oidc_provider": [/^(ClientIDList|ThumbprintList|CreateDate)/],
  "iam.saml_providers": [/CreateDate$/],
  "iam.saml_provider": [/^(CreateDate|ValidUntil)$/],
  "iam.use": [/^JobCreationDate$/, /(ServiceName|LastAuthenticated)$/],
  "organizations.organization": [/Arn$/],
  "organizations.roots": [/PolicyTypes$/],
  "organizations.accounts": [/(Name|Email)$/],
  "organizations.policies": [/(Name|AwsManaged)$/],
  "organizations.policy": [/PolicySummary\/Type$/],
  "organizations.attachments": [/Name$/],
  // DescribeTrails leaves out what a trail was not given.
  "cloudtrail.trails": [/(S3KeyPrefix|CloudWatchLogsLogGroupArn|KmsKeyId|HasCustomEventSelectors)$/],
  // Of a trail that never logged, or never failed.
  "cloudtrail.status": [/^(Latest\w+|StartLoggingTime)$/],
  "cloudtrail.selectors": [/DataResources$/],
  "cloudtrail.data_stores": [/Name$/],
  "cloudtrail.data_store": [
    /^(RetentionPeriod|TerminationProtectionEnabled|KmsKeyId|AdvancedEventSelectors\/\d+\/Name)$/,
  ],
  // Of a bucket that never had versions.
  "s3.versioning": [/^(Status|MFADelete)$/],
  "s3.encryption": [/(KMSMasterKeyID|BucketKeyEnabled)$/],
  // Without a rule each object has its own retention.
  "s3.lock": [/Rule$/, /DefaultRetention$/],
  "ec2.networks": [/(State|Tags)$/],
  // "If applicable": without a policy it is not known what the endpoint lets through.
  "ec2.endpoints": [/(PolicyDocument|OwnerId|CreationTimestamp)$/],
  "acm.certificates": [/DomainName$/],
  // An imported certificate may be for no domain; what was not asked of a certificate it does not say.
  "acm.certificate": [
    /(DomainName|SubjectAlternativeNames|IssuedAt|SignatureAlgorithm|InUseBy|KeyUsages)$/,
    /RenewalSummary/,
  ],
  "acm.tags": [/Value$/],
  "acm-pca.authorities": [
    /(OwnerAccount|CreatedAt|Serial|NotBefore|Subject|CommonName|UsageMode)$/,
    /(RevocationConfiguration|CrlConfiguration|OcspConfiguration)$/,
  ],
  "events.buses": [/Arn$/],
  "events.rules": [/EventBusName$/],
  "events.targets": [/(Id|Input)$/],
  // Not every Region knows alarms on logs.
  "cloudwatch.alarms": [/(StateValue|Id|LogAlarms)$/],
  "securityhub.hub": [/AutoEnableControls$/],
  "guardduty.detector": [/^(CreatedAt|Features)$/, /^Features\/1\/Name$/],
};

/** What an answer without a single member says. */
const EMPTY_IS_AN_ANSWER = new Set(["s3.versioning"]);

/** Every member of an object, at every depth; an entry of a list may always be one less. */
function places(value: unknown, at: readonly string[] = []): string[][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => places(item, [...at, String(index)]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [[...at, key], ...places(item, [...at, key])]);
}

function without(value: unknown, [key = "", ...rest]: readonly string[]): unknown {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) =>
      String(index) !== key ? [item] : rest.length === 0 ? [] : [without(item, rest)],
    );
  }
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([name, item]) =>
      name !== key ? [[name, item]] : rest.length === 0 ? [] : [[name, without(item, rest)]],
    ),
  );
}

describe("an answer that lacks what AWS always sends", () => {
  it("is known of every operation", () => {
    expect(Object.keys(GOOD).sort()).toEqual([...OPERATIONS.keys()].sort());
  });

  it.each(Object.keys(GOOD))("to %s is a gap, and one that lacks nothing is none", (operation) => {
    expect(toldBy(recordOf(operation)).gaps).toEqual([]);
    const silent = places(GOOD[operation]!.body)
      .filter((place) => {
        const body = without(GOOD[operation]!.body, place) as Record<string, unknown>;
        return toldBy(recordOf(operation, { body })).gaps.length === 0;
      })
      .map((place) => place.join("/"));
    const allowed = MAY_BE_MISSING[operation] ?? [];
    expect(silent.filter((place) => !allowed.some((pattern) => pattern.test(place)))).toEqual([]);
  });

  it.each(Object.keys(GOOD))("to %s is a gap where it is empty, or no answer at all", (operation) => {
    const bodies = EMPTY_IS_AN_ANSWER.has(operation) ? [] : [{}];
    for (const body of [...bodies, { none: "SomethingElse" }]) {
      expect(toldBy(recordOf(operation, { body })).gaps).toMatchObject([{ reason: "malformed" }]);
    }
    const record = recordOf(operation);
    const hides = [...OPERATIONS.get(operation)!.hides];
    for (const text of ["", "[]", "<html>", "null"]) {
      expect(toldBy({ ...record, body: { text } }).gaps).toMatchObject([{ reason: "malformed", hides }]);
    }
  });
});
