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
 * JSON string), `file`.
 */
export function recordsIn(
  files: readonly string[],
  format: Format,
  compression: Compression,
  valueBytes: number,
): string {
  const list = `[${files.map(textLiteral).join(", ")}]`;
  if (isByLine(format)) return linesIn(list, compression);
  const packed = compression === "none" ? "uncompressed" : compression;
  const reading = `format = 'unstructured', maximum_object_size = ${valueBytes}, compression = '${packed}', filename = true`;
  if (format === "cloudtrail") {
    // A value without the list is not passed over in silence: the file is then read record by record.
    return `SELECT coalesce(record, 'null') AS record, file FROM (
      SELECT unnest(CASE WHEN "Records" IS NULL THEN error('no list of Records') ELSE "Records" END) AS record, filename AS file
      FROM read_json(${list}, records = true, auto_detect = false, columns = {Records: 'JSON[]'}, ${reading}))`;
  }
  const envelope = `$.${ENVELOPES[format] ?? ""}`;
  const objects = `read_json_objects(${list}, ${reading})`;
  return `SELECT unnest(CASE
      WHEN json_type(json, '${envelope}') = 'ARRAY' THEN json_extract(json, '${envelope}[*]')
      WHEN json_type(json) = 'ARRAY' THEN json_extract(json, '$[*]')
      ELSE [json] END) AS record, filename AS file
    FROM ${objects}`;
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
