import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { CallFailure, type LogEntry } from "../../../facts/index.ts";
import { isObject } from "../../shape.ts";

/** Bytes of one log file, uncompressed. CloudTrail's own are some MB; what grows beyond is none of them. */
export const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

const unzip = promisify(gunzip);

/**
 * Places of a record where the scan for pasted credentials would take an identifier for one: ids of access keys, which are no
 * secret, and the name of the secret that was read.
 */
export const IDENTIFIERS: readonly string[] = [
  "userIdentity/accessKeyId",
  "requestParameters/accessKeyId",
  "requestParameters/secretId",
  "requestParameters/secretIdList/*",
  "responseElements/accessKey/accessKeyId",
  "responseElements/credentials/accessKeyId",
].map((place) => `/Records/*/${place}`);

type Told = Pick<LogEntry, "event_count" | "first_at" | "last_at">;

/** A log file as CloudTrail wrote it. Throws `CallFailure`: `limit` where it grows too large, else `malformed`. */
export async function unpacked(bytes: Uint8Array): Promise<Buffer> {
  try {
    return await unzip(bytes, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new CallFailure("limit", `expected a log file of at most ${MAX_INFLATED_BYTES} bytes, got more`, {
        cause: thrown,
      });
    }
    throw malformed("a whole gzip file", thrown);
  }
}

/** The records' texts, one behind the other, in the form of a log file: nothing is parsed and written again. */
export function asLogFile(records: readonly string[]): Buffer {
  for (const record of records) requireRecord(parsed(record));
  return Buffer.from(`{"Records":[${records.join(",")}]}`, "utf8");
}

/** What a log file holds. Throws `CallFailure` `malformed`. */
export function toldBy(file: Uint8Array): Told {
  const value = parsed(textOf(file));
  const records = isObject(value) ? value["Records"] : undefined;
  if (!Array.isArray(records)) throw malformed("a log file with Records");
  const instants = records.map(requireRecord).sort();
  const [first_at] = instants;
  const last_at = instants.at(-1);
  return {
    event_count: instants.length,
    ...(first_at === undefined ? {} : { first_at }),
    ...(last_at === undefined ? {} : { last_at }),
  };
}

/** The instant of a record: what every one has, beside its id. Source: CloudTrail record contents. */
function requireRecord(value: unknown): string {
  const { eventID: id, eventTime: at } = isObject(value) ? value : {};
  if (typeof id !== "string" || id === "") throw malformed("a record with eventID");
  if (
    typeof at !== "string" ||
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(at) ||
    Number.isNaN(Date.parse(at))
  ) {
    throw malformed("a record with eventTime");
  }
  return new Date(at).toISOString();
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw malformed("text in UTF-8", thrown);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    // The engine's message quotes the record.
    throw malformed("JSON", thrown);
  }
}

function malformed(expected: string, cause?: unknown): CallFailure {
  return new CallFailure("malformed", `expected ${expected}, got something else`, {
    fix: "See the file at its place: it is damaged, or is none of CloudTrail's.",
    ...(cause === undefined ? {} : { cause }),
  });
}
