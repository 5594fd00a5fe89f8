import { LOG_WAYS } from "./audit-log/operations.ts";
import { FAMILIES } from "./operations/index.ts";

/** Whose policy it is. */
export interface AwsCollectorScope {
  /** The role that the collector assumes in every other account of the organisation; absent: it reads one account. */
  readonly roleName?: string;
  readonly partition?: string;
  /** Of that role itself: it reads its own account, and neither the organisation nor another one. */
  readonly member?: boolean;
  /** How the records of CloudTrail are read; absent: they are not. */
  readonly auditLog?: AuditLogScope;
}

/** What the way that is set takes, and nothing of the others. */
export interface AuditLogScope {
  readonly from: "auto" | "lake" | "lookup_events" | "s3";
  /** Buckets that trails write to, by name: of `auto` and `s3`. */
  readonly buckets?: readonly string[];
  /** ARNs of the keys that encrypt the trails' files, where they have one of their own. */
  readonly keys?: readonly string[];
  /** ARN of the event data store: of `lake`. */
  readonly dataStore?: string;
}

/**
 * Actions that hand out what a secret holds. The collector has no way to ask for them, and its policy denies them,
 * so that no other policy of the same identity gives them either.
 */
export const FORBIDDEN_ACTIONS = [
  "acm:ExportCertificate",
  "secretsmanager:BatchGetSecretValue",
  "secretsmanager:GetSecretValue",
  "ssm:GetParameter",
  "ssm:GetParameterHistory",
  "ssm:GetParameters",
  "ssm:GetParametersByPath",
] as const;

/**
 * The least policy, as JSON, that the collector runs on, made from the table of operations: one statement a service. Every
 * action is on `*`, since what there is to read is known only when it has been listed.
 */
export function awsCollectorPolicy(scope: AwsCollectorScope = {}): string {
  const { roleName, partition = "aws", member = false, auditLog } = scope;
  const log = auditLog === undefined ? NO_LOG : logStatements(auditLog, partition);
  const families = FAMILIES.filter(({ ownAccountOnly }) => !member || ownAccountOnly !== true);
  const byService = Map.groupBy(
    new Set(families.flatMap(({ operations }) => operations.flatMap(({ needs }) => needs))),
    (action) => action.slice(0, action.indexOf(":")),
  );
  const services = [...byService]
    .filter(([service]) => service !== "sts")
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const document = {
    Version: "2012-10-17",
    Statement: [
      ...services.map(([service, actions]) => ({
        Sid: `Read${sidOf(service)}`,
        Effect: "Allow",
        Action: [...actions].sort(),
        Resource: "*",
      })),
      ...(roleName === undefined || member
        ? []
        : [
            {
              Sid: "AssumeTheCollectorsRoles",
              Effect: "Allow",
              Action: "sts:AssumeRole",
              Resource: `arn:${partition}:iam::*:role/${roleName}`,
            },
          ]),
      ...log.allow,
      { Sid: "NeverReadValues", Effect: "Deny", Action: FORBIDDEN_ACTIONS, Resource: "*" },
      ...log.deny,
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

interface LogStatements {
  readonly allow: readonly object[];
  readonly deny: readonly object[];
}

const NO_LOG: LogStatements = { allow: [], deny: [] };

/** Statements of the chosen way. `auto` reads files, else events: both. */
function logStatements(scope: AuditLogScope, partition: string): LogStatements {
  const { from, dataStore = `arn:${partition}:cloudtrail:*:*:eventdatastore/*` } = scope;
  const files = from === "auto" || from === "s3";
  const { allow, deny } = files ? fileStatements(scope, partition) : NO_LOG;
  return {
    allow: [
      ...(from === "auto" || from === "lookup_events"
        ? [allowed("LookUpEvents", needsOf("lookup_events"), "*")]
        : []),
      ...(from === "lake" ? [allowed("QueryTheEventDataStore", needsOf("lake"), dataStore)] : []),
      ...allow,
    ],
    deny,
  };
}

/**
 * Only what lies where trails write. What is encrypted under a key of the trail's own takes `kms:Decrypt`, the very action
 * that opens secrets: it is allowed on these keys, through S3, for what CloudTrail encrypted, and denied for all else, whoever
 * else allows it.
 */
function fileStatements({ buckets = [], keys = [] }: AuditLogScope, partition: string): LogStatements {
  const arns = buckets.map((name) => `arn:${partition}:s3:::${name}`);
  const viaS3 = { "kms:ViaService": "s3.*.amazonaws.com*" };
  const [listing = [], getting = []] = LOG_WAYS.s3.map(({ needs }) => needs);
  return {
    allow: [
      allowed("ListTheTrailsFiles", listing, arns, { StringLike: { "s3:prefix": "*AWSLogs/*/CloudTrail*" } }),
      allowed(
        "ReadTheTrailsFiles",
        getting,
        arns.map((arn) => `${arn}/*AWSLogs/*/CloudTrail/*`),
      ),
      ...(keys.length === 0
        ? []
        : [
            allowed("OpenTheTrailsFiles", ["kms:Decrypt"], keys, {
              StringLike: viaS3,
              // As in the key's policy that CloudTrail writes: nothing else is encrypted with this context.
              Null: { "kms:EncryptionContext:aws:cloudtrail:arn": "false" },
            }),
          ]),
    ],
    deny:
      keys.length === 0
        ? []
        : [
            { Sid: "NeverOpenOtherThings", Effect: "Deny", Action: "kms:Decrypt", NotResource: keys },
            {
              Sid: "NeverOpenInOtherWays",
              Effect: "Deny",
              Action: "kms:Decrypt",
              Resource: "*",
              Condition: { StringNotLike: viaS3 },
            },
          ],
  };
}

function needsOf(way: keyof typeof LOG_WAYS): string[] {
  return LOG_WAYS[way].flatMap(({ needs }) => needs).sort();
}

function allowed(
  Sid: string,
  Action: readonly string[],
  Resource: string | readonly string[],
  Condition?: object,
): object {
  return { Sid, Effect: "Allow", Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}

/** Letters and digits alone may stand in a statement's name. */
function sidOf(service: string): string {
  return service
    .split("-")
    .map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`)
    .join("");
}
