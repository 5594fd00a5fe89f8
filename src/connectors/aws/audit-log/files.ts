import { Misshapen, nonEmptyText, objects, optionalFlag, type Json } from "../../shape.ts";

/** A trail that writes files, and where. */
export interface FileTrail {
  readonly arn: string;
  readonly name: string;
  readonly homeAccount: string;
  readonly homeRegion: string;
  readonly bucket: string;
  /** Ends in `/` where there is one. */
  readonly prefix: string;
  readonly everyRegion: boolean;
  readonly organization: boolean;
  readonly key: string | undefined;
}

/** An object of a bucket, as a listing names it. */
export interface Listed {
  readonly key: string;
  readonly etag: string;
}

/** What a page of ListObjectsV2 names; `Contents` is left out where there is nothing. */
export function listed(body: Json): Listed[] {
  if (body["Contents"] === undefined) {
    // Neither a list nor a count: not an answer of S3's.
    if (body["KeyCount"] === undefined && optionalFlag(body, "IsTruncated") === undefined)
      throw new Misshapen("KeyCount", "a number", undefined);
    return [];
  }
  return objects(body, "Contents").map((each) => ({
    key: nonEmptyText(each, "Key"),
    etag: nonEmptyText(each, "ETag"),
  }));
}

/** Where the log files of one account's Region lie. Source: "Finding your CloudTrail log files". */
export function folderOf(
  { prefix, organization }: FileTrail,
  organizationId: string | undefined,
  { account, region }: { readonly account: string; readonly region: string },
  kind: "CloudTrail" | "CloudTrail-Digest",
): string {
  const whose = organization && organizationId !== undefined ? `${organizationId}/` : "";
  return `${prefix}AWSLogs/${whose}${account}/${kind}/${region}/`;
}

/** What stands before every file that was delivered at this minute or later, and behind every earlier one. */
export function keyAt(folder: string, account: string, region: string, at: string): string {
  const [year = "", month = "", day = ""] = at.slice(0, 10).split("-");
  const minute = `${at.slice(11, 13)}${at.slice(14, 16)}`;
  return `${folder}${year}/${month}/${day}/${account}_CloudTrail_${region}_${year}${month}${day}T${minute}Z`;
}

const LOG_FILE = /_CloudTrail_[a-z0-9-]+_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[^/]*\.json\.gz$/;
const DIGEST_FILE = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:_backfill)?\.json\.gz$/;

/** When a log file was delivered, to the minute; undefined for what is no log file. Source: "CloudTrail log file name format". */
export function deliveredAt(key: string): string | undefined {
  return instantOf(LOG_FILE.exec(key));
}

/** The end of the hour of which a digest file tells. Source: "Digest file location". */
export function digestEndsAt(key: string): string | undefined {
  return instantOf(DIGEST_FILE.exec(key));
}

function instantOf(match: RegExpExecArray | null): string | undefined {
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = "00"] = match;
  const at = new Date(
    `${year}-${month}-${day}T${hour}:${minute}:${second.length === 2 ? second : "00"}.000Z`,
  );
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
