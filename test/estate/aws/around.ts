import { ACMClient, AddTagsToCertificateCommand, RequestCertificateCommand } from "@aws-sdk/client-acm";
import { ACMPCAClient, CreateCertificateAuthorityCommand } from "@aws-sdk/client-acm-pca";
import {
  CloudTrailClient,
  CreateTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
} from "@aws-sdk/client-cloudtrail";
import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { CreateVpcCommand, CreateVpcEndpointCommand, EC2Client } from "@aws-sdk/client-ec2";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateDetectorCommand, GuardDutyClient } from "@aws-sdk/client-guardduty";
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { EnableSecurityHubCommand, SecurityHubClient } from "@aws-sdk/client-securityhub";
import { HOME, OWN_ACCOUNT, OWN_CREDENTIALS, type Terms } from "./terms.ts";

/** One bucket that is set up, and one that is as S3 makes it. */
export const BUCKETS = ["harbourpine-audit-logs", "harbourpine-plain-logs"] as const;
export const PATTERN = JSON.stringify({ source: ["aws.secretsmanager"] });

const TOPIC = `arn:aws:sns:${HOME}:${OWN_ACCOUNT}:on-call`;

/** What stands around the secrets of an account that answers at the endpoint. */
export async function fillAround(endpoint: string): Promise<void> {
  const terms: Terms = { endpoint, region: HOME, credentials: OWN_CREDENTIALS };
  await buckets(new S3Client({ ...terms, forcePathStyle: true }));
  await trails(new CloudTrailClient(terms));
  await networks(new EC2Client(terms));
  await certificates(new ACMClient(terms));
  await authority(new ACMPCAClient(terms));
  await watches(terms);
}

async function buckets(s3: S3Client): Promise<void> {
  for (const Bucket of BUCKETS) {
    await s3.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: HOME } }),
    );
  }
  const [Bucket] = BUCKETS;
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "cloudtrail.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: "*",
      },
    ],
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await s3.send(
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    }),
  );
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [
          { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "alias/logs" } },
        ],
      },
    }),
  );
}

/** A trail of an account's own, of every Region and every call, into a bucket of its own. */
export async function fillTrail(name: string, terms: Terms): Promise<void> {
  const Bucket = `harbourpine-${name}-trail`;
  const s3 = new S3Client({ ...terms, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: HOME } }));
  const cloudtrail = new CloudTrailClient(terms);
  await cloudtrail.send(new CreateTrailCommand({ Name: name, S3BucketName: Bucket, ...EVERY_REGION }));
  await cloudtrail.send(new StartLoggingCommand({ Name: name }));
}

const EVERY_REGION = {
  IsMultiRegionTrail: true,
  EnableLogFileValidation: true,
  IncludeGlobalServiceEvents: true,
};

async function trails(cloudtrail: CloudTrailClient): Promise<void> {
  const [all, plain] = BUCKETS;
  await cloudtrail.send(new CreateTrailCommand({ Name: "all", S3BucketName: all, ...EVERY_REGION }));
  await cloudtrail.send(new StartLoggingCommand({ Name: "all" }));
  await cloudtrail.send(
    new PutEventSelectorsCommand({
      TrailName: "all",
      EventSelectors: [
        {
          ReadWriteType: "All",
          IncludeManagementEvents: true,
          ExcludeManagementEventSources: ["kms.amazonaws.com"],
        },
      ],
    }),
  );
  await cloudtrail.send(new CreateTrailCommand({ Name: "off", S3BucketName: plain }));
  await cloudtrail.send(
    new PutEventSelectorsCommand({
      TrailName: "off",
      AdvancedEventSelectors: [
        {
          Name: "writes",
          FieldSelectors: [
            { Field: "eventCategory", Equals: ["Management"] },
            { Field: "readOnly", Equals: ["false"] },
          ],
        },
      ],
    }),
  );
}

async function networks(ec2: EC2Client): Promise<void> {
  const { Vpc } = await ec2.send(
    new CreateVpcCommand({
      CidrBlock: "10.0.0.0/16",
      TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "owner", Value: "payments" }] }],
    }),
  );
  await ec2.send(
    new CreateVpcEndpointCommand({
      VpcId: Vpc!.VpcId,
      VpcEndpointType: "Interface",
      ServiceName: `com.amazonaws.${HOME}.secretsmanager`,
      PrivateDnsEnabled: true,
    }),
  );
}

async function certificates(acm: ACMClient): Promise<void> {
  const made = await acm.send(
    new RequestCertificateCommand({ DomainName: "shop.harbourpine.example", KeyAlgorithm: "EC_prime256v1" }),
  );
  await acm.send(
    new AddTagsToCertificateCommand({
      CertificateArn: made.CertificateArn,
      Tags: [{ Key: "owner", Value: "payments" }],
    }),
  );
}

/** One that waits for its own certificate: until then nobody can give it a policy. */
async function authority(pca: ACMPCAClient): Promise<void> {
  await pca.send(
    new CreateCertificateAuthorityCommand({
      CertificateAuthorityType: "ROOT",
      CertificateAuthorityConfiguration: {
        KeyAlgorithm: "RSA_2048",
        SigningAlgorithm: "SHA256WITHRSA",
        Subject: { CommonName: "Harbour and Pine root" },
      },
    }),
  );
}

async function watches(terms: Terms): Promise<void> {
  const events = new EventBridgeClient(terms);
  await events.send(new PutRuleCommand({ Name: "secrets-read", EventPattern: PATTERN }));
  await events.send(
    new PutTargetsCommand({
      Rule: "secrets-read",
      Targets: [
        { Id: "1", Arn: TOPIC },
        { Id: "2", Arn: TOPIC },
      ],
    }),
  );
  await events.send(new PutRuleCommand({ Name: "nightly", ScheduleExpression: "rate(1 day)" }));
  await new CloudWatchClient(terms).send(
    new PutMetricAlarmCommand({
      AlarmName: "secret-reads",
      Namespace: "CloudTrailMetrics",
      MetricName: "GetSecretValueCount",
      ComparisonOperator: "GreaterThanThreshold",
      EvaluationPeriods: 1,
      Threshold: 1,
      Period: 60,
      Statistic: "Sum",
      AlarmActions: [TOPIC],
    }),
  );
  await new GuardDutyClient(terms).send(new CreateDetectorCommand({ Enable: true }));
  await new SecurityHubClient(terms).send(new EnableSecurityHubCommand({}));
}
