import type { Fact } from "../../../facts/index.ts";
import { Misshapen, count, flag, nonEmptyText, objectAt, objects, optional } from "../../shape.ts";
import { fact, filled, type Answered, type Family, type Operation } from "../operation.ts";
import { objectOrNone, optionalText, rowsOf } from "../rows.ts";

const DAY_S = 86_400;

const YEAR_S = 365 * DAY_S;

/** What is asked of a bucket that a trail writes to. */
export const ABOUT_BUCKET = [
  "s3.policy",
  "s3.public_access",
  "s3.versioning",
  "s3.encryption",
  "s3.lock",
] as const;

export const BUCKET_KINDS = [
  "bucket_encryption",
  "bucket_lock",
  "bucket_public_access",
  "bucket_versioning",
  "resource_policy",
] as const;

const ARN = "arn:{partition}:s3:::{bucket}";

type BucketKind = (typeof BUCKET_KINDS)[number];

function arnOf({ params }: Pick<Answered, "params">): string {
  return filled(ARN, {}, params);
}

const bucketOf = (answered: Answered): { bucket: string } => ({
  bucket: `${answered.record.store_id}:${arnOf(answered)}`,
});

function policy(answered: Answered, written: string | undefined): Fact {
  const arn = arnOf(answered);
  return fact(answered, "resource_policy", `${arn}#policy`, {
    resource: `${answered.record.store_id}:${arn}`,
    text: written,
  });
}

const BLOCKS = {
  block_public_acls: "BlockPublicAcls",
  ignore_public_acls: "IgnorePublicAcls",
  block_public_policy: "BlockPublicPolicy",
  restrict_public_buckets: "RestrictPublicBuckets",
} as const;

type Blocked = (field: string) => boolean;

const blocks = (blocked: Blocked) => ({
  block_public_acls: blocked(BLOCKS.block_public_acls),
  ignore_public_acls: blocked(BLOCKS.ignore_public_acls),
  block_public_policy: blocked(BLOCKS.block_public_policy),
  restrict_public_buckets: blocked(BLOCKS.restrict_public_buckets),
});

/** What an answer says is blocked. */
function toldBlocks({ body }: Answered): Blocked {
  const own = objectAt(body, "PublicAccessBlockConfiguration");
  return (field) => flag(own, field);
}

const NOTHING_BLOCKED: Blocked = () => false;

function publicAccess(answered: Answered, blocked: Blocked): Fact {
  return fact(answered, "bucket_public_access", arnOf(answered), {
    ...bucketOf(answered),
    ...blocks(blocked),
  });
}

function accountAccess(answered: Answered, blocked: Blocked): Fact {
  return fact(answered, "account_public_access", `${answered.account}#public-access`, blocks(blocked));
}

/** Of a bucket that never had versions neither member is there. Source: GetBucketVersioning, "Response Elements". */
function versioning(answered: Answered): Fact[] {
  const { body } = answered;
  return [
    fact(answered, "bucket_versioning", arnOf(answered), {
      ...bucketOf(answered),
      enabled: switchedOn(optionalText(body, "Status"), "Status"),
      mfa_delete: switchedOn(optionalText(body, "MFADelete"), "MFADelete"),
    }),
  ];
}

function switchedOn(value: string | undefined, field: string): boolean {
  if (value === "Enabled") return true;
  if (value === undefined || value === "Disabled" || value === "Suspended") return false;
  throw new Misshapen(field, "Enabled or another state that is documented", value);
}

/** A bucket has one rule of encryption. */
function encryption(answered: Answered): Fact[] {
  const [rule] = objects(objectAt(answered.body, "ServerSideEncryptionConfiguration"), "Rules");
  if (rule === undefined) throw new Misshapen("Rules", "a rule of encryption", []);
  const own = objectAt(rule, "ApplyServerSideEncryptionByDefault");
  return [
    fact(answered, "bucket_encryption", arnOf(answered), {
      ...bucketOf(answered),
      algorithm: nonEmptyText(own, "SSEAlgorithm"),
      key_id: optionalText(own, "KMSMasterKeyID"),
    }),
  ];
}

function lock(answered: Answered): Fact[] {
  const own = objectAt(answered.body, "ObjectLockConfiguration");
  const state = nonEmptyText(own, "ObjectLockEnabled");
  if (state !== "Enabled") throw new Misshapen("ObjectLockEnabled", "Enabled", state);
  const retention = objectOrNone(objectOrNone(own, "Rule"), "DefaultRetention");
  const days = optional(count)(retention, "Days");
  const years = optional(count)(retention, "Years");
  // Without a rule of the bucket each object says for itself how long it stays.
  const seconds = years === undefined ? (days === undefined ? undefined : days * DAY_S) : years * YEAR_S;
  const mode = optionalText(retention, "Mode");
  if ((mode === undefined) !== (seconds === undefined))
    throw new Misshapen("DefaultRetention", "a mode with days or years", retention);
  return [
    fact(answered, "bucket_lock", arnOf(answered), {
      ...bucketOf(answered),
      enabled: true,
      mode,
      retention_s: seconds,
    }),
  ];
}

const row = rowsOf("s3", "global", ARN);

const ACCOUNT_BLOCK = "{account}#public-access";

const EXCLUDED = { reason: "excluded", detail: "excluded by configuration (exclude)" } as const;

/** One question about a bucket; the IAM actions are not all called as the API's. */
function about(name: string, title: string, action: string, kind: BucketKind, permission = action) {
  return {
    ...row(name, title, action),
    needs: [`s3:${permission}`],
    hides: [kind],
    input: ({ bucket }) => ({ Bucket: bucket }),
    gone: ["NoSuchBucket"],
    orElse:
      "Where the bucket belongs to another account, S3 answers that one alone: name it (accounts: log_buckets).",
    instead: ({ operation, account, params }, context) =>
      context.asks("s3")
        ? undefined
        : [
            {
              ...(account === undefined ? {} : { account }),
              operation,
              resource: filled(ARN, {}, params),
              hides: [kind],
              ...EXCLUDED,
            },
          ],
  } satisfies Partial<Operation>;
}

/** Amazon S3, of the buckets that trails write to and their accounts alone, and no object in them. */
export const s3: Family = {
  id: "s3",
  operations: [
    {
      ...about("policy", "Policy of a bucket that a trail writes to", "GetBucketPolicy", "resource_policy"),
      // "The bucket policy does not exist": "Error responses", Amazon S3 API Reference.
      none: ["NoSuchBucketPolicy"],
      facts: (answered) => [policy(answered, nonEmptyText(answered.body, "Policy"))],
      factsOfNone: (answered) => [policy(answered, undefined)],
    },
    {
      ...about(
        "public_access",
        "Whether the bucket can be made public",
        "GetPublicAccessBlock",
        "bucket_public_access",
        "GetBucketPublicAccessBlock",
      ),
      // Of a bucket from which the configuration was removed: "Blocking public access to your Amazon S3 storage".
      none: ["NoSuchPublicAccessBlockConfiguration"],
      facts: (answered) => [publicAccess(answered, toldBlocks(answered))],
      factsOfNone: (answered) => [publicAccess(answered, NOTHING_BLOCKED)],
    },
    {
      ...row("public_access", "Whether any bucket of the account can be made public", "GetPublicAccessBlock"),
      id: "s3-control.public_access",
      service: "s3-control",
      needs: ["s3:GetAccountPublicAccessBlock"],
      resource: ACCOUNT_BLOCK,
      hides: ["account_public_access"],
      input: ({ account }) => ({ AccountId: account }),
      instead: ({ operation, account }, context) =>
        context.asks("s3")
          ? undefined
          : [
              {
                ...EXCLUDED,
                operation,
                ...(account === undefined ? {} : { account }),
                resource: filled(ACCOUNT_BLOCK, account === undefined ? {} : { account }, {}),
                hides: ["account_public_access"],
              },
            ],
      // Of an account for which none was ever set: "GetPublicAccessBlock", Amazon S3 Control API.
      none: ["NoSuchPublicAccessBlockConfiguration"],
      facts: (answered) => [accountAccess(answered, toldBlocks(answered))],
      factsOfNone: (answered) => [accountAccess(answered, NOTHING_BLOCKED)],
    },
    {
      ...about(
        "versioning",
        "Whether the bucket keeps what is overwritten",
        "GetBucketVersioning",
        "bucket_versioning",
      ),
      facts: versioning,
    },
    {
      ...about(
        "encryption",
        "What the bucket's objects are encrypted under",
        "GetBucketEncryption",
        "bucket_encryption",
        "GetEncryptionConfiguration",
      ),
      // Of a bucket older than 2023 that was never set up: "Error responses", Amazon S3 API Reference.
      none: ["ServerSideEncryptionConfigurationNotFoundError"],
      facts: encryption,
      factsOfNone: (answered) => [fact(answered, "bucket_encryption", arnOf(answered), bucketOf(answered))],
    },
    {
      ...about(
        "lock",
        "Whether the bucket's objects cannot be changed for a time",
        "GetObjectLockConfiguration",
        "bucket_lock",
        "GetBucketObjectLockConfiguration",
      ),
      // "Object Lock configuration does not exist for this bucket".
      none: ["ObjectLockConfigurationNotFoundError"],
      facts: lock,
      factsOfNone: (answered) => [
        fact(answered, "bucket_lock", arnOf(answered), { ...bucketOf(answered), enabled: false }),
      ],
    },
  ],
  roots: [],
};
