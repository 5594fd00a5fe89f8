import { ACCOUNT, AT, REGION, document, regional, partition, type Good } from "./answers-parts.ts";

/** Good answers about what stands around secrets: logs, buckets, networks, certificates and watches. */

export const TRAIL = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/all`;
export const BUCKET = "shop-audit-logs";
const LAKE = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:eventdatastore/6a6eb2c0-0a5a-4a8d-9a4f-000000000001`;
const CERTIFICATE = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`;
const AUTHORITY = `arn:aws:acm-pca:${REGION}:${ACCOUNT}:certificate-authority/12345678-1234-1234-1234-123456789012`;
const RULE = `arn:aws:events:${REGION}:${ACCOUNT}:rule/secrets-read`;
const DETECTOR = "12abc34d567e8fa901bc2d34e56789f0";
const PATTERN = JSON.stringify({ source: ["aws.secretsmanager"] });

const ofBucket = (body: Good["body"]): Good => ({ params: { partition, bucket: BUCKET }, body });

export const AROUND: Readonly<Record<string, Good>> = {
  "cloudtrail.trails": regional(
    { partition },
    {
      trailList: [
        {
          Name: "all",
          S3BucketName: BUCKET,
          S3KeyPrefix: "trails",
          IncludeGlobalServiceEvents: true,
          IsMultiRegionTrail: true,
          HomeRegion: REGION,
          TrailARN: TRAIL,
          LogFileValidationEnabled: true,
          CloudWatchLogsLogGroupArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:trails:*`,
          KmsKeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:key/logs`,
          HasCustomEventSelectors: true,
          IsOrganizationTrail: false,
        },
      ],
    },
  ),
  "cloudtrail.status": regional(
    { arn: TRAIL },
    {
      IsLogging: true,
      LatestDeliveryTime: AT,
      LatestDeliveryError: "NoSuchBucket",
      StartLoggingTime: AT,
      LatestDigestDeliveryTime: AT,
    },
  ),
  "cloudtrail.selectors": regional(
    { arn: TRAIL },
    {
      TrailARN: TRAIL,
      EventSelectors: [
        {
          ReadWriteType: "All",
          IncludeManagementEvents: true,
          DataResources: [],
          ExcludeManagementEventSources: ["kms.amazonaws.com"],
        },
      ],
    },
  ),
  "cloudtrail.data_stores": regional(
    { partition },
    { EventDataStores: [{ EventDataStoreArn: LAKE, Name: "lake" }] },
  ),
  "cloudtrail.data_store": regional(
    { arn: LAKE },
    {
      EventDataStoreArn: LAKE,
      Name: "lake",
      Status: "ENABLED",
      AdvancedEventSelectors: [
        { Name: "all", FieldSelectors: [{ Field: "eventCategory", Equals: ["Management"] }] },
      ],
      MultiRegionEnabled: true,
      OrganizationEnabled: false,
      RetentionPeriod: 2557,
      TerminationProtectionEnabled: true,
      CreatedTimestamp: AT,
      KmsKeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:key/logs`,
    },
  ),
  "s3.policy": ofBucket({ Policy: document({ Principal: "*", Action: "s3:*", Resource: "*" }) }),
  "s3.public_access": ofBucket({
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: false,
    },
  }),
  "s3-control.public_access": {
    params: { account: ACCOUNT },
    body: {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: false,
        IgnorePublicAcls: false,
        BlockPublicPolicy: false,
        RestrictPublicBuckets: false,
      },
    },
  },
  "s3.versioning": ofBucket({ Status: "Enabled", MFADelete: "Disabled" }),
  "s3.encryption": ofBucket({
    ServerSideEncryptionConfiguration: {
      Rules: [
        {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "alias/logs" },
          BucketKeyEnabled: true,
        },
      ],
    },
  }),
  "s3.lock": ofBucket({
    ObjectLockConfiguration: {
      ObjectLockEnabled: "Enabled",
      Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 365 } },
    },
  }),
  "ec2.networks": regional(
    { partition },
    {
      Vpcs: [
        {
          VpcId: "vpc-0a1b2c3d",
          OwnerId: ACCOUNT,
          State: "available",
          IsDefault: false,
          Tags: [{ Key: "owner", Value: "payments" }],
        },
      ],
    },
  ),
  "ec2.endpoints": regional(
    { partition },
    {
      VpcEndpoints: [
        {
          VpcEndpointId: "vpce-0a1b2c3d",
          VpcEndpointType: "Interface",
          VpcId: "vpc-0a1b2c3d",
          ServiceName: `com.amazonaws.${REGION}.secretsmanager`,
          State: "available",
          PolicyDocument: document({ Principal: "*", Action: "*", Resource: "*" }),
          PrivateDnsEnabled: true,
          OwnerId: ACCOUNT,
          CreationTimestamp: AT,
        },
      ],
    },
  ),
  "acm.certificates": regional(
    { partition },
    { CertificateSummaryList: [{ CertificateArn: CERTIFICATE, DomainName: "shop.example.com" }] },
  ),
  "acm.certificate": regional(
    { arn: CERTIFICATE },
    {
      Certificate: {
        CertificateArn: CERTIFICATE,
        DomainName: "shop.example.com",
        SubjectAlternativeNames: ["shop.example.com", "pay.example.com"],
        Serial: "08:18:bb:3f:00:00:00:00",
        Subject: "CN=shop.example.com",
        Issuer: "Amazon",
        IssuedAt: AT,
        Status: "ISSUED",
        NotBefore: "2026-01-01T00:00:00.000Z",
        NotAfter: "2027-01-30T00:00:00.000Z",
        KeyAlgorithm: "EC-prime256v1",
        SignatureAlgorithm: "SHA256WITHRSA",
        InUseBy: [`arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/app/shop/1`],
        Type: "AMAZON_ISSUED",
        KeyUsages: [{ Name: "DIGITAL_SIGNATURE" }],
        RenewalEligibility: "ELIGIBLE",
        RenewalSummary: { RenewalStatus: "FAILED", UpdatedAt: AT },
      },
    },
  ),
  "acm.tags": regional(
    { arn: CERTIFICATE },
    { Tags: [{ Key: "owner", Value: "payments" }, { Key: "public" }] },
  ),
  "acm-pca.authorities": regional(
    { partition },
    {
      CertificateAuthorities: [
        {
          Arn: AUTHORITY,
          OwnerAccount: ACCOUNT,
          CreatedAt: AT,
          Type: "SUBORDINATE",
          Serial: "4109",
          Status: "ACTIVE",
          NotBefore: AT,
          NotAfter: "2030-01-01T00:00:00.000Z",
          CertificateAuthorityConfiguration: {
            KeyAlgorithm: "RSA_2048",
            SigningAlgorithm: "SHA256WITHRSA",
            Subject: { CommonName: "Shop issuing CA" },
          },
          RevocationConfiguration: {
            CrlConfiguration: { Enabled: true, S3BucketName: "shop-crl" },
            OcspConfiguration: { Enabled: true },
          },
          UsageMode: "GENERAL_PURPOSE",
        },
      ],
    },
  ),
  "acm-pca.policy": regional(
    { arn: AUTHORITY },
    { Policy: document({ Principal: "*", Action: "acm-pca:*" }) },
  ),
  "events.buses": regional({ partition }, { EventBuses: [{ Name: "default", Arn: "arn:bus" }] }),
  "events.rules": regional(
    { partition, bus: "default" },
    {
      Rules: [
        { Name: "secrets-read", Arn: RULE, State: "ENABLED", EventPattern: PATTERN, EventBusName: "default" },
        {
          Name: "nightly",
          Arn: `arn:aws:events:${REGION}:${ACCOUNT}:rule/nightly`,
          State: "ENABLED",
          ScheduleExpression: "rate(1 day)",
        },
      ],
    },
  ),
  "events.targets": regional(
    { arn: RULE, name: "secrets-read", bus: "default", state: "ENABLED", pattern: PATTERN },
    { Targets: [{ Id: "1", Arn: `arn:aws:sns:${REGION}:${ACCOUNT}:on-call`, Input: "{}" }] },
  ),
  "cloudwatch.alarms": regional(
    { partition },
    {
      MetricAlarms: [
        {
          AlarmName: "secret-reads",
          AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:secret-reads`,
          ActionsEnabled: true,
          AlarmActions: [`arn:aws:sns:${REGION}:${ACCOUNT}:on-call`],
          MetricName: "GetSecretValueCount",
          Namespace: "CloudTrailMetrics",
          StateValue: "OK",
        },
        {
          AlarmName: "ratio",
          AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:ratio`,
          ActionsEnabled: false,
          AlarmActions: [],
          Metrics: [
            { Id: "e", Expression: "m / 2" },
            { Id: "m", MetricStat: { Metric: { Namespace: "AWS/KMS", MetricName: "Errors" } } },
          ],
        },
      ],
      CompositeAlarms: [
        {
          AlarmName: "any",
          AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:any`,
          ActionsEnabled: true,
          AlarmActions: [],
          AlarmRule: "ALARM(secret-reads)",
        },
      ],
      LogAlarms: [
        {
          AlarmName: "log",
          AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:log`,
          ActionsEnabled: true,
          AlarmActions: [],
          ScheduledQueryConfiguration: { QueryString: "filter eventSource like /kms/" },
        },
      ],
    },
  ),
  "securityhub.hub": regional(
    { partition },
    {
      HubArn: `arn:aws:securityhub:${REGION}:${ACCOUNT}:hub/default`,
      SubscribedAt: AT,
      AutoEnableControls: true,
    },
  ),
  "guardduty.detectors": regional({ partition }, { DetectorIds: [DETECTOR] }),
  "guardduty.detector": regional(
    { partition, detector: DETECTOR },
    {
      CreatedAt: "2026-01-01T00:00:00Z",
      Status: "ENABLED",
      Features: [
        { Name: "CLOUD_TRAIL", Status: "ENABLED" },
        { Name: "S3_DATA_EVENTS", Status: "DISABLED" },
      ],
    },
  ),
};
