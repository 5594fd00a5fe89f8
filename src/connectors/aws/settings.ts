import { Type, closed, type Static } from "../../schema/index.ts";
import { USAGE_SETTING } from "../ingested-log.ts";
import { Reference } from "../reference.ts";

const ROLE_ARN = "^arn:[a-z-]+:iam::[0-9]{12}:role/[\\w+=,.@/-]{1,512}$";

const RoleArn = Type.String({
  pattern: ROLE_ARN,
  description: "e.g. arn:aws:iam::111122223333:role/countersign",
});

const Region = Type.String({ pattern: "^[a-z]{2,5}(-[a-z]+)+-[0-9]+$", description: "e.g. eu-central-1" });

const AccountIds = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ pattern: "^[0-9]{12}$" }), { uniqueItems: true, maxItems: 10_000, description }),
  );

/** Partitions, with the Region that is asked first and that names the place of services without a Region. */
const HOMES = {
  aws: "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-eusc": "eusc-de-east-1",
  "aws-iso": "us-iso-east-1",
  "aws-iso-b": "us-isob-east-1",
  "aws-iso-e": "eu-isoe-west-1",
  "aws-iso-f": "us-isof-south-1",
  "aws-us-gov": "us-gov-west-1",
} as const;

const literal = <const T extends string>(value: T) => Type.Literal(value);

/** Services that the settings can leave out, by the prefix of their IAM actions. */
export const EXCLUDABLE = [
  "acm",
  "acm-pca",
  "cloudtrail",
  "cloudwatch",
  "ec2",
  "events",
  "guardduty",
  "iam",
  "kms",
  "organizations",
  "s3",
  "secretsmanager",
  "securityhub",
  "ssm",
] as const;

const Limit = (most: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: most, description }));

/** Most of one run, of all accounts and Regions of the source together. */
export const LOG_LIMITS = {
  max_files: 5000,
  max_bytes: 512 * 1024 * 1024,
  max_events: 1_000_000,
  max_minutes: 60,
} as const;

const LOG_TERMS = {
  days: Limit(3650, "how many days the first reading goes back; default: 90"),
  max_files: Limit(10_000_000, `files, or pages of answers, of one run; default: ${LOG_LIMITS.max_files}`),
  max_bytes: Limit(2 ** 50, `bytes of records of one run, uncompressed; default: ${LOG_LIMITS.max_bytes}`),
  max_events: Limit(1_000_000_000, `events of one run; default: ${LOG_LIMITS.max_events}`),
  max_minutes: Limit(10_000, `minutes of answering of one run; default: ${LOG_LIMITS.max_minutes}`),
};

const AuditLogSettings = Type.Union(
  [
    closed({
      from: Type.Union((["auto", "lookup_events", "none", "s3"] as const).map(literal), {
        description:
          "s3: a trail's files; lookup_events: 90 days of management events; auto: files where they can be read, else lookup_events",
      }),
      trail: Type.Optional(
        Type.String({
          pattern: "^arn:[a-z-]+:cloudtrail:[a-z0-9-]+:[0-9]{12}:trail/[\\w.-]{3,128}$",
          description: "the trail whose files are read; default: one that takes the calls of all Regions",
        }),
      ),
      organization_id: Type.Optional(
        Type.String({
          pattern: "^o-[a-z0-9]{10,32}$",
          description:
            "part of the names of an organisation trail's files; default: as the organisation says",
        }),
      ),
      ...LOG_TERMS,
    }),
    closed({
      from: Type.Literal("lake", { description: "queries to an event data store, which AWS bills" }),
      data_store: Type.String({
        pattern: "^arn:[a-z-]+:cloudtrail:[a-z0-9-]+:[0-9]{12}:eventdatastore/[0-9a-f-]{36}$",
        description: "the event data store's ARN",
      }),
      ...LOG_TERMS,
    }),
  ],
  { description: "which records of CloudTrail are fetched; default: none" },
);

export type AuditLogSettings = Static<typeof AuditLogSettings>;

/** Settings of a source with `connector: aws`. Where they say nothing, the SDK's default chain finds the credentials. */
export const AwsSettings = closed({
  /** There is one AWS, and it has no address of ours. */
  address: Type.Literal("aws"),
  partition: Type.Optional(
    Type.Union((Object.keys(HOMES) as (keyof typeof HOMES)[]).map(literal), {
      description: "default: aws. The credentials must be of it",
    }),
  ),
  home_region: Type.Optional({
    ...Region,
    description: "the Region that is asked which ones there are; default: the partition's first",
  }),
  regions: Type.Optional(
    Type.Array(Region, {
      minItems: 1,
      maxItems: 100,
      uniqueItems: true,
      description: "read only these Regions; other enabled ones are said as gaps; default: all enabled ones",
    }),
  ),
  credentials: Type.Optional(
    Type.Union(
      [
        closed({
          access_key_id: Reference("access key id"),
          secret_access_key: Reference("secret access key"),
          session_token: Type.Optional(Reference("session token")),
        }),
        closed({
          web_identity: closed({
            role_arn: RoleArn,
            token_file: Type.String({
              minLength: 1,
              description: "file with the signed token of e.g. a CI job; read anew at each use",
            }),
          }),
        }),
      ],
      { description: "default: the SDK's default chain (AWS_* variables, profile, workload's role)" },
    ),
  ),
  assume_role: Type.Optional(
    closed({ role_arn: RoleArn, external_id: Type.Optional(Reference("external id")) }),
  ),
  accounts: Type.Optional(
    closed({
      role_name: Type.String({
        pattern: "^[\\w+=,.@/-]{1,512}$",
        description:
          "role that is assumed in every account of the organisation but the own one, with its path",
      }),
      external_id: Type.Optional(Reference("external id")),
      include: AccountIds("read only these accounts; the others are said as gaps"),
      exclude: AccountIds("leave these accounts out; they are said as gaps"),
      log_buckets: Type.Optional(
        Type.Array(
          closed({
            bucket: Type.String({ pattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$" }),
            account: Type.String({ pattern: "^[0-9]{12}$" }),
          }),
          {
            uniqueItems: true,
            maxItems: 1000,
            description: "accounts that buckets belong to, where trails of other accounts write there",
          },
        ),
      ),
    }),
  ),
  endpoint: Type.Optional(
    Type.String({
      pattern: "^(https://[^/\\s@]+|http://(127\\.0\\.0\\.1|\\[::1\\]|localhost)(:[0-9]+)?)/?$",
      description: "another address for all services, http only on loopback; default: each service's own",
    }),
  ),
  audit_log: Type.Optional(AuditLogSettings),
  usage: USAGE_SETTING,
  exclude: Type.Optional(
    Type.Array(Type.Union(EXCLUDABLE.map(literal)), {
      uniqueItems: true,
      description: "leave these services out; they are said as gaps",
    }),
  ),
});

export type AwsSettings = Static<typeof AwsSettings>;

export function partitionOf({ partition = "aws" }: Pick<AwsSettings, "partition">): keyof typeof HOMES {
  return partition;
}

export function homeRegionOf(settings: Pick<AwsSettings, "home_region" | "partition">): string {
  return settings.home_region ?? HOMES[partitionOf(settings)];
}

/** What of the settings decides which questions are put, and who is asked: nothing of a credential. */
export function selectionOf(settings: AwsSettings): Omit<AwsSettings, "address"> {
  const { partition, regions, accounts, audit_log, endpoint, exclude } = settings;
  return {
    ...(partition === undefined ? {} : { partition }),
    ...(regions === undefined ? {} : { regions }),
    ...(accounts === undefined ? {} : { accounts: withoutExternalId(accounts) }),
    ...(audit_log === undefined ? {} : { audit_log }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

function withoutExternalId({
  role_name,
  include,
  exclude,
  log_buckets,
}: NonNullable<AwsSettings["accounts"]>) {
  return {
    role_name,
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(log_buckets === undefined ? {} : { log_buckets }),
  };
}
