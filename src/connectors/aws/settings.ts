import { Type, closed, type Static } from "../../schema/index.ts";
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
    }),
  ),
  endpoint: Type.Optional(
    Type.String({
      pattern: "^(https://[^/\\s@]+|http://(127\\.0\\.0\\.1|\\[::1\\]|localhost)(:[0-9]+)?)/?$",
      description: "another address for all services, http only on loopback; default: each service's own",
    }),
  ),
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
  const { partition, regions, accounts, endpoint, exclude } = settings;
  return {
    ...(partition === undefined ? {} : { partition }),
    ...(regions === undefined ? {} : { regions }),
    ...(accounts === undefined ? {} : { accounts: withoutExternalId(accounts) }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

function withoutExternalId({ role_name, include, exclude }: NonNullable<AwsSettings["accounts"]>) {
  return {
    role_name,
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}
