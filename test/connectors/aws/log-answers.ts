import { gzipSync } from "node:zlib";
import { EXCLUDABLE } from "../../../src/connectors/aws/settings.ts";
import type { AwsAnswer, AwsQuestion } from "../../fakes/aws.ts";
import { ACCOUNT, REGION } from "./answers.ts";
import { estate } from "./collecting.ts";

/** Of the services but those that logs take. */
export const exclude = EXCLUDABLE.filter((service) => service !== "cloudtrail" && service !== "s3");

/** A call as CloudTrail writes it; `id` tells it apart. */
export function record(id: string, at: string, more: object = {}): object {
  return {
    eventVersion: "1.11",
    userIdentity: { type: "AssumedRole", accountId: ACCOUNT, accessKeyId: "ASIAIOSFODNN7EXAMPL0" },
    eventTime: `${at.slice(0, 19)}Z`,
    eventSource: "secretsmanager.amazonaws.com",
    eventName: "GetSecretValue",
    awsRegion: REGION,
    requestParameters: { secretId: "payments/db" },
    responseElements: null,
    eventID: id,
    readOnly: true,
    recipientAccountId: ACCOUNT,
    ...more,
  };
}

export function logFile(...records: readonly object[]): Buffer {
  return gzipSync(JSON.stringify({ Records: records }));
}

export const FOLDER = `trails/AWSLogs/${ACCOUNT}/CloudTrail/${REGION}/`;
const DIGESTS = `trails/AWSLogs/${ACCOUNT}/CloudTrail-Digest/${REGION}/`;

const compact = (at: string): string => at.slice(0, 19).replace(/[-:]/g, "");
const dayOf = (at: string): string => at.slice(0, 10).replaceAll("-", "/");

/** Name of a file delivered then. */
export function keyOf(at: string, unique = "AbCdEfGhIjKlMnOp"): string {
  return `${FOLDER}${dayOf(at)}/${ACCOUNT}_CloudTrail_${REGION}_${compact(at).slice(0, 13)}Z_${unique}.json.gz`;
}

export function digestKeyOf(at: string): string {
  return `${DIGESTS}${dayOf(at)}/${ACCOUNT}_CloudTrail-Digest_${REGION}_all_${REGION}_${compact(at)}Z.json.gz`;
}

/** A bucket that lists and hands out what it holds, a few names a page. */
export class Bucket {
  readonly objects = new Map<string, Buffer>();
  /** Metadata `signature` of objects. */
  readonly signatures = new Map<string, string>();
  /** Names of files that are answered otherwise. */
  readonly otherwise = new Map<string, AwsAnswer>();
  pageSize = 1000;

  put(at: string, ...records: readonly object[]): string {
    const key = keyOf(at);
    this.objects.set(key, logFile(...(records.length > 0 ? records : [record(at, at)])));
    return key;
  }

  readonly answer = (question: AwsQuestion): AwsAnswer => {
    const { action, input } = question;
    if (action === "ListObjectsV2") return { text: this.#listed(input) };
    if (action !== "GetObject") return estate(question);
    const key = decodeURIComponent(String(input["path"])).split("/").slice(2).join("/");
    const bytes = this.objects.get(key);
    const signature = this.signatures.get(key);
    const headers = signature === undefined ? {} : { "x-amz-meta-signature": signature };
    return (
      this.otherwise.get(key) ??
      (bytes === undefined ? { error: "NoSuchKey", status: 404 } : { bytes, headers })
    );
  };

  #listed(input: AwsQuestion["input"]): string {
    const given = (name: string): string => {
      const value = input[name];
      return typeof value === "string" ? value : "";
    };
    const after = given("continuation-token") === "" ? given("start-after") : given("continuation-token");
    const names = [...this.objects.keys()]
      .filter((key) => key.startsWith(given("prefix")) && key > after)
      .sort();
    const page = names.slice(0, this.pageSize);
    const more = names.length > page.length;
    const contents = page.map((key) => `<Contents><Key>${key}</Key><ETag>"${key.length}"</ETag></Contents>`);
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    return `<ListBucketResult><KeyCount>${page.length}</KeyCount><IsTruncated>${more}</IsTruncated>${contents.join("")}${next}</ListBucketResult>`;
  }
}
