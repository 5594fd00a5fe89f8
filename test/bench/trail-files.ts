import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { seeded, type Random } from "../estate/random.ts";

/** Records of one file: some 8 MB of JSON, a busy Region's five minutes. */
const RECORDS_A_FILE = 5000;
const ACCOUNT = "111122223333";
const REGION = "eu-central-1";
/** Files that are packed at once, while the next are made. */
const PACKING = 4;

/** What calls are, by their share in a hundred. */
const CALLS = [
  { name: "GetSecretValue", service: "secretsmanager", share: 55 },
  { name: "Decrypt", service: "kms", share: 25 },
  { name: "AssumeRole", service: "sts", share: 10 },
  { name: "DescribeSecret", service: "secretsmanager", share: 6 },
  { name: "PutSecretValue", service: "secretsmanager", share: 4 },
] as const;

const LOTS = CALLS.flatMap((call) => Array.from({ length: call.share }, () => call));

export interface TrailFiles {
  readonly paths: readonly string[];
  readonly events: number;
  readonly json_bytes: number;
  readonly packed_bytes: number;
}

/** Files such as CloudTrail puts into a bucket: `events` records over `days` days, always the same. Source: CloudTrail record contents. */
export async function writeTrailFiles(directory: string, events: number, days: number): Promise<TrailFiles> {
  mkdirSync(directory, { recursive: true });
  const random = seeded(20261127);
  const paths: string[] = [];
  const packing = new Set<Promise<number>>();
  let json = 0;
  let packed = 0;
  for (let first = 0; first < events; first += RECORDS_A_FILE) {
    const begin = Date.UTC(2026, 8, 1) + (first / events) * days * 86_400_000;
    const end = Date.UTC(2026, 8, 1) + ((first + RECORDS_A_FILE) / events) * days * 86_400_000;
    const count = Math.min(RECORDS_A_FILE, events - first);
    const records = Array.from({ length: count }, (_, index) =>
      record(new Date(begin + ((end - begin) * index) / count), random),
    );
    const text = `{"Records":[${records.join(",")}]}`;
    const stamp = new Date(end).toISOString().slice(0, 16).replaceAll(/[-:]/g, "");
    const path = join(directory, `${ACCOUNT}_CloudTrail_${REGION}_${stamp}Z_${hex(random, 16)}.json.gz`);
    const work = packedTo(path, text);
    packing.add(work);
    void work.then((bytes) => {
      packed += bytes;
      packing.delete(work);
    });
    if (packing.size >= PACKING) await Promise.race(packing);
    json += text.length;
    paths.push(path);
  }
  await Promise.all(packing);
  return { paths, events, json_bytes: json, packed_bytes: packed };
}

async function packedTo(path: string, text: string): Promise<number> {
  const bytes = await promisify(gzip)(text);
  writeFileSync(path, bytes);
  return bytes.length;
}

function record(at: Date, random: Random): string {
  const call = random.pick(LOTS);
  const role = random.between(0, 399);
  const time = `${at.toISOString().slice(0, 19)}Z`;
  const session = `i-${hex(random, 17)}`;
  const begun = `${new Date(at.getTime() - random.between(0, 3600) * 1000).toISOString().slice(0, 19)}Z`;
  const isRefused = random.chance(0.004);
  return JSON.stringify({
    eventVersion: "1.11",
    userIdentity: {
      type: "AssumedRole",
      principalId: `AROAEXAMPLE${String(role).padStart(9, "0")}:${session}`,
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/service-${role}/${session}`,
      accountId: ACCOUNT,
      accessKeyId: `ASIAEXAMPLE${hex(random, 9).toUpperCase()}`,
      sessionContext: {
        sessionIssuer: {
          type: "Role",
          principalId: `AROAEXAMPLE${String(role).padStart(9, "0")}`,
          arn: `arn:aws:iam::${ACCOUNT}:role/services/service-${role}`,
          accountId: ACCOUNT,
          userName: `service-${role}`,
        },
        attributes: { creationDate: begun, mfaAuthenticated: "false" },
        ec2RoleDelivery: "2.0",
      },
    },
    eventTime: time,
    eventSource: `${call.service}.amazonaws.com`,
    eventName: call.name,
    awsRegion: REGION,
    sourceIPAddress: `10.${role % 16}.${random.between(0, 15)}.${random.between(1, 254)}`,
    userAgent:
      "aws-sdk-java/2.25.11 Linux/6.1.84-99.169.amzn2023.x86_64 OpenJDK_64-Bit_Server_VM/17.0.11+9-LTS",
    ...(isRefused ? { errorCode: "AccessDenied", errorMessage: "User is not authorized" } : {}),
    ...parametersOf(call.name, role, random),
    requestID: uuid(random),
    eventID: uuid(random),
    readOnly: call.name !== "PutSecretValue",
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    eventCategory: "Management",
    tlsDetails: {
      tlsVersion: "TLSv1.3",
      cipherSuite: "TLS_AES_128_GCM_SHA256",
      clientProvidedHostHeader: `${call.service}.${REGION}.amazonaws.com`,
    },
  });
}

function parametersOf(name: (typeof CALLS)[number]["name"], role: number, random: Random): object {
  const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:service-${role}/credential-${random.between(0, 11)}-AbCdEf`;
  const key = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-${String(role).padStart(12, "0")}`;
  switch (name) {
    case "GetSecretValue":
    case "DescribeSecret":
      return { requestParameters: { secretId: secret }, responseElements: null };
    case "PutSecretValue":
      return {
        requestParameters: { secretId: secret, clientRequestToken: uuid(random) },
        responseElements: { arn: secret, versionId: uuid(random), versionStages: ["AWSCURRENT"] },
      };
    case "Decrypt":
      return {
        requestParameters: {
          encryptionContext: { SecretARN: secret, SecretVersionId: uuid(random) },
          encryptionAlgorithm: "SYMMETRIC_DEFAULT",
        },
        responseElements: null,
        resources: [{ accountId: ACCOUNT, type: "AWS::KMS::Key", ARN: key }],
      };
    case "AssumeRole":
      return {
        requestParameters: {
          roleArn: `arn:aws:iam::${ACCOUNT}:role/services/service-${role}`,
          roleSessionName: `i-${hex(random, 17)}`,
          durationSeconds: 3600,
        },
        responseElements: {
          assumedRoleUser: {
            assumedRoleId: `AROAEXAMPLE${String(role).padStart(9, "0")}:session`,
            arn: `arn:aws:sts::${ACCOUNT}:assumed-role/service-${role}/session`,
          },
        },
      };
  }
}

function hex(random: Random, digits: number): string {
  let text = "";
  while (text.length < digits)
    text += Math.floor(random.next() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  return text.slice(0, digits);
}

function uuid(random: Random): string {
  const text = hex(random, 32);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    "-",
  );
}
