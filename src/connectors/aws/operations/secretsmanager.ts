import { isMasked, type Fact } from "../../../facts/index.ts";
import {
  Misshapen,
  count,
  nonEmptyText,
  objects,
  optional,
  optionalFlag,
  optionalObject,
  texts,
  type Json,
} from "../../shape.ts";
import { ext, fact, mountOf, type Answered, type Family } from "../operation.ts";
import { asksOf, optionalInstant, optionalText, rowsOf, sameAsAsked, tags } from "../rows.ts";

const DAY_S = 86_400;

const UNITS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: DAY_S };

function listed(answered: Answered): { arn: string; name: string; type: string }[] {
  return objects(answered.body, "SecretList").map((entry) => ({
    arn: nonEmptyText(entry, "ARN"),
    name: nonEmptyText(entry, "Name"),
    type: "aws_secret",
  }));
}

function metadata(answered: Answered): Fact[] {
  const { body, region } = answered;
  const arn = sameAsAsked(nonEmptyText(body, "ARN"), answered, "arn", "ARN");
  const located = { mount: mountOf(answered), name: nonEmptyText(body, "Name") };
  const primary = optionalText(body, "PrimaryRegion");
  return [
    fact(answered, "secret_metadata", arn, {
      ...located,
      // Replicas and secrets of other services are made without one.
      created_at: optionalInstant(body, "CreatedDate"),
      updated_at: optionalInstant(body, "LastChangedDate"),
      encryption_key: optionalText(body, "KmsKeyId"),
      encrypted: true,
      deletes_at: optionalInstant(body, "DeletedDate"),
      last_read_at: optionalInstant(body, "LastAccessedDate"),
      owning_service: optionalText(body, "OwningService"),
      primary_region: primary === region ? undefined : primary,
      replicas: body["ReplicationStatus"] === undefined ? undefined : replicas(body),
      labels: tags(body),
      ext: ext({
        secret_type: optionalText(body, "Type"),
        rotation_function: optionalText(body, "RotationLambdaARN"),
      }),
    }),
    rotation(answered, arn, located),
  ];
}

function replicas(body: Json) {
  return objects(body, "ReplicationStatus").map((replica) => {
    const encryption_key = optionalText(replica, "KmsKeyId");
    const error = optionalText(replica, "StatusMessage");
    return {
      region: nonEmptyText(replica, "Region"),
      status: nonEmptyText(replica, "Status"),
      ...(encryption_key === undefined ? {} : { encryption_key }),
      ...(error === undefined ? {} : { error }),
    };
  });
}

/** `RotationEnabled` is left out of a secret that was never set up for rotation (DescribeSecret, "Response Elements"). */
function rotation(answered: Answered, arn: string, located: { mount: string; name: string }): Fact {
  const { body } = answered;
  const rules = optionalObject(body, "RotationRules") ?? {};
  const days = optional(count)(rules, "AutomaticallyAfterDays");
  const schedule = optionalText(rules, "ScheduleExpression");
  return fact(answered, "secret_rotation", arn, {
    ...located,
    enabled: optionalFlag(body, "RotationEnabled") ?? false,
    period_s: days === undefined ? rateSeconds(schedule) : days * DAY_S,
    schedule,
    window_s: hours(optionalText(rules, "Duration")),
    last_rotated_at: optionalInstant(body, "LastRotatedDate"),
    next_rotation_at: optionalInstant(body, "NextRotationDate"),
    rotator: optionalText(body, "RotationLambdaARN"),
  });
}

/** The period of `rate(10 days)`; a cron expression has none that is fixed. */
function rateSeconds(schedule: string | undefined): number | undefined {
  const [, number, unit = ""] = /^rate\((\d{1,9}) (minute|hour|day)s?\)$/.exec(schedule ?? "") ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 0);
}

/** `3h`: how long a rotation window is open. */
function hours(duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const [, number] = /^(\d{1,4})h$/.exec(duration) ?? [];
  if (number === undefined) throw new Misshapen("RotationRules.Duration", "hours such as 3h", duration);
  return Number(number) * 3600;
}

function versions(answered: Answered): Fact[] {
  const { body, params } = answered;
  const { arn = "" } = params;
  const name = sameAsAsked(nonEmptyText(body, "Name"), answered, "name", "Name");
  return objects(body, "Versions").map((version) => {
    const id = nonEmptyText(version, "VersionId");
    return fact(answered, "secret_version", `${arn}#${id}`, {
      mount: mountOf(answered),
      name,
      version_ref: id,
      stages: version["VersionStages"] === undefined ? [] : [...texts(version, "VersionStages")].sort(),
      created_at: optionalInstant(version, "CreatedDate"),
      last_read_at: optionalInstant(version, "LastAccessedDate"),
    });
  });
}

/** Without a policy the answer has no `ResourcePolicy`, but still says whose it would be. */
function policy(answered: Answered): Fact[] {
  const { body, record } = answered;
  const arn = sameAsAsked(nonEmptyText(body, "ARN"), answered, "arn", "ARN");
  nonEmptyText(body, "Name");
  return [
    fact(answered, "resource_policy", `${arn}#policy`, {
      resource: `${record.store_id}:${arn}`,
      text: optional(nonEmptyText)(body, "ResourcePolicy"),
    }),
  ];
}

const ABOUT_ONE = ["secretsmanager.secret", "secretsmanager.versions", "secretsmanager.policy"];

const about = rowsOf("secretsmanager", "regional", "{arn}");

const BELOW = "arn:{partition}:secretsmanager:{region}:{account}:secret:";

/** AWS Secrets Manager, without `GetSecretValue` and `BatchGetSecretValue`. */
export const secretsManager: Family = {
  id: "secretsmanager",
  operations: [
    {
      ...about("secrets", "Names of secrets, those to be deleted included", "ListSecrets"),
      hides: ["resource_policy", "secret", "secret_metadata", "secret_rotation", "secret_version"],
      resource: BELOW,
      input: () => ({ IncludePlannedDeletion: true, MaxResults: 100 }),
      pages: { token: "NextToken", input: "NextToken" },
      entries: [{ list: "SecretList", id: (entry) => optionalText(entry, "ARN") ?? "" }],
      // Of an entry only ARN and name are read: the rest comes from the secret itself.
      unread: ["/SecretList/*/Description", "/SecretList/*/Tags"],
      facts: (answered) =>
        listed(answered)
          .filter(({ arn }) => !isMasked(arn))
          .map(({ arn, name, type }) =>
            fact(answered, "secret", arn, { mount: mountOf(answered), name, secret_type: type }),
          ),
      next: (answered) =>
        listed(answered).flatMap(({ arn, name }) => asksOf(answered, ABOUT_ONE, { arn, name })),
    },
    {
      ...about("secret", "Metadata, rotation and replicas of a secret", "DescribeSecret"),
      hides: ["secret_metadata", "secret_rotation"],
      input: ({ arn }) => ({ SecretId: arn }),
      unread: ["/Description"],
      facts: metadata,
    },
    {
      ...about(
        "versions",
        "Versions of a secret and their stages, never what they hold",
        "ListSecretVersionIds",
      ),
      hides: ["secret_version"],
      input: ({ arn }) => ({ SecretId: arn, IncludeDeprecated: true, MaxResults: 100 }),
      pages: { token: "NextToken", input: "NextToken" },
      facts: versions,
    },
    {
      ...about("policy", "Resource policy of a secret", "GetResourcePolicy"),
      hides: ["resource_policy"],
      input: ({ arn }) => ({ SecretId: arn }),
      facts: policy,
    },
  ],
  roots: ["secretsmanager.secrets"],
};
