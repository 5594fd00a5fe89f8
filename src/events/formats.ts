import { readFileSync } from "node:fs";
import { textLiteral } from "../tables/index.ts";

/** Formats of audit logs. */
export const FORMATS = ["cloudtrail", "hashicorp", "azure", "gcp"] as const;

export type Format = (typeof FORMATS)[number];

export const COMPRESSIONS = ["none", "gzip", "zstd"] as const;

export type Compression = (typeof COMPRESSIONS)[number];

/**
 * Largest JSON value of a file, uncompressed: a file of CloudTrail is one. The engine takes several times as much memory for
 * each of its threads, so that it is told the usual value first.
 */
export const MAX_VALUE_BYTES = 64 * 1024 * 1024;
export const USUAL_VALUE_BYTES = 12 * 1024 * 1024;

/** Longest line of a log that is written by the line. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** The key of the list that holds the records. Of what is written by the line there is none. */
const ENVELOPES: Readonly<Record<Format, string | undefined>> = {
  cloudtrail: "Records",
  hashicorp: undefined,
  azure: "records",
  gcp: "entries",
};

export function envelopeOf(format: Format): string | undefined {
  return ENVELOPES[format];
}

/** Whether a file of this format is a line a record, and may still grow. */
export function isByLine(format: Format): boolean {
  return ENVELOPES[format] === undefined;
}

/**
 * SQL of the records in files of one format and compression: `record` (JSON text; of a line that is none, that line as a
 * JSON string), `file`, and of CloudTrail's the columns of {@link TRAIL_FIELDS}.
 */
export function recordsIn(
  files: readonly string[],
  format: Format,
  compression: Compression,
  valueBytes: number,
): string {
  const list = `[${files.map(textLiteral).join(", ")}]`;
  if (isByLine(format)) return linesIn(list, compression);
  const reading = wholeFiles(compression, valueBytes);
  if (format === "cloudtrail") {
    return trailColumns(`SELECT coalesce(record, 'null') AS record, file FROM (
      ${trailRecords(list, reading, "JSON")})`);
  }
  const envelope = `$.${ENVELOPES[format] ?? ""}`;
  const objects = `read_json_objects(${list}, ${reading})`;
  return `SELECT unnest(CASE
      WHEN json_type(json, '${envelope}') = 'ARRAY' THEN json_extract(json, '${envelope}[*]')
      WHEN json_type(json) = 'ARRAY' THEN json_extract(json, '$[*]')
      ELSE [json] END) AS record, filename AS file
    FROM ${objects}`;
}

function wholeFiles(compression: Compression, valueBytes: number): string {
  const packed = compression === "none" ? "uncompressed" : compression;
  return `format = 'unstructured', maximum_object_size = ${valueBytes}, compression = '${packed}', filename = true`;
}

/** A value without the list is not passed over in silence: the file is then read record by record. */
function trailRecords(list: string, reading: string, type: string): string {
  return `SELECT unnest(CASE WHEN "Records" IS NULL THEN error('no list of Records') ELSE "Records" END) AS record, filename AS file
      FROM read_json(${list}, records = true, auto_detect = false, columns = {Records: '${type}[]'}, ${reading})`;
}

/** Where the columns that `formats/cloudtrail.sql` reads stand in a record: a field of it, or one of a document in it. */
const TRAIL_FIELDS: Readonly<Record<string, string>> = {
  event_id: "eventID",
  event_time: "eventTime",
  event_source: "eventSource",
  event_name: "eventName",
  region: "awsRegion",
  recipient_account: "recipientAccountId",
  source_ip: "sourceIPAddress",
  user_agent: "userAgent",
  error_code: "errorCode",
  request_id: "requestID",
  read_only: "readOnly",
  identity_type: "userIdentity.type",
  identity_arn: "userIdentity.arn",
  identity_principal: "userIdentity.principalId",
  identity_account: "userIdentity.accountId",
  identity_user: "userIdentity.userName",
  identity_center_user: "userIdentity.onBehalfOf.userId",
  issuer_arn: "userIdentity.sessionContext.sessionIssuer.arn",
  issuer_name: "userIdentity.sessionContext.sessionIssuer.userName",
  invoked_by: "userIdentity.invokedBy",
  access_key: "userIdentity.accessKeyId",
  asked_secret: "requestParameters.secretId",
  asked_name: "requestParameters.name",
  asked_path: "requestParameters.path",
  asked_version: "requestParameters.versionId",
  asked_stage: "requestParameters.versionStage",
  asked_key: "requestParameters.keyId",
  asked_role_arn: "requestParameters.roleArn",
  asked_policy: "requestParameters.policyArn",
  asked_role: "requestParameters.roleName",
  asked_user: "requestParameters.userName",
  asked_trail: "requestParameters.trailName",
  asked_secrets: "requestParameters.secretIdList",
  asked_names: "requestParameters.names",
  console_login: "responseElements.ConsoleLogin",
  given_version: "responseElements.versionId",
  given_arn: "responseElements.aRN",
  given_arn_upper: "responseElements.ARN",
  given_arn_lower: "responseElements.arn",
  resource_arn: "resources[0].ARN",
  rotated_secret: "additionalEventData.SecretId",
};

/** The columns of a list of texts. */
function listed(list: string, names: readonly string[]): string[] {
  return names.map((name, index) => `${list}[${index + 1}] AS ${name}`);
}

function paths(fields: readonly string[]): string {
  return `[${fields.map((field) => `'$${field}'`).join(", ")}]`;
}

/** SQL that adds to records of CloudTrail their fields, a column each: whatever a record is, of what it has not NULL. */
export function trailColumns(records: string): string {
  const all = paths(Object.values(TRAIL_FIELDS).map((field) => `.${field}`));
  return `SELECT record, file, ${listed("texts", Object.keys(TRAIL_FIELDS)).join(", ")}
    FROM (SELECT record, file, json_extract_string(record, ${all}) AS texts FROM (${records}))`;
}

/**
 * The same as {@link recordsIn} of CloudTrail's files with less work, since each record is parsed once; `record` is NULL.
 * Fails where one is no object, or names a field twice.
 */
export function plainTrailRecords(
  files: readonly string[],
  compression: Compression,
  valueBytes: number,
): string {
  const fields = Object.entries(TRAIL_FIELDS).map(([name, field]) => {
    const [, top = "", below = ""] = /^(\w+)(.*)$/.exec(field) ?? [];
    return { name, top, below };
  });
  const byTop = [...Map.groupBy(fields, ({ top }) => top)];
  const plain = byTop.filter(([, [first]]) => first?.below === "");
  const documents = byTop.filter(([, [first]]) => first?.below !== "");
  const types = [...plain.map(([top]) => `${top} VARCHAR`), ...documents.map(([top]) => `${top} JSON`)];
  const list = `[${files.map(textLiteral).join(", ")}]`;
  const records = trailRecords(list, wholeFiles(compression, valueBytes), `STRUCT(${types.join(", ")})`);
  const texts = documents.map(
    ([top, of]) =>
      `json_extract_string(record.${top}, ${paths(of.map(({ below }) => below))}) AS ${top}_texts`,
  );
  const columns = [
    ...plain.flatMap(([top, of]) => of.map(({ name }) => `record.${top} AS ${name}`)),
    ...documents.flatMap(([top, of]) =>
      listed(
        `${top}_texts`,
        of.map(({ name }) => name),
      ),
    ),
  ];
  return `SELECT NULL AS record, file, ${columns.join(", ")}
    FROM (SELECT record, file, ${texts.join(", ")} FROM (${records}))`;
}

function linesIn(list: string, compression: Compression): string {
  return `SELECT CASE WHEN json_valid(line) THEN line ELSE CAST(to_json(line) AS VARCHAR) END AS record, filename AS file
    FROM read_csv(${list}, columns = {line: 'VARCHAR'}, header = false, auto_detect = false, delim = '\x1e', quote = '',
      escape = '', max_line_size = ${MAX_LINE_BYTES}, compression = '${compression}', filename = true)
    WHERE trim(line) <> ''`;
}

/** SQL that maps `received` to events, and one `problem` where a record is none. */
export function mappingOf(format: Format): string {
  return readFileSync(new URL(`./formats/${format}.sql`, import.meta.url), "utf8");
}
