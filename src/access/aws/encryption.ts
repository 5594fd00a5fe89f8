import { parseArn, serviceOf } from "./arn.ts";
import { parseDocument, type PolicyDocument } from "./document.ts";
import type { RequestContext } from "./context.ts";
import type { Policy } from "./evaluate.ts";

/**
 * What a call on an encrypted resource asks of its key (Secrets Manager User Guide, "Secret encryption and decryption"; Systems
 * Manager User Guide, "How Parameter Store uses KMS"; for parameters: with decryption, in the standard tier).
 */
const KEY_ACTIONS: Readonly<Record<string, string>> = {
  "secretsmanager:getsecretvalue": "kms:Decrypt",
  "secretsmanager:putsecretvalue": "kms:GenerateDataKey",
  "ssm:getparameter": "kms:Decrypt",
  "ssm:getparameters": "kms:Decrypt",
  "ssm:getparameterhistory": "kms:Decrypt",
  "ssm:getparametersbypath": "kms:Decrypt",
  "ssm:putparameter": "kms:Encrypt",
};

/** The action on the key that a call needs besides; undefined where it needs none. */
export function keyAction(action: string): string | undefined {
  return KEY_ACTIONS[action.toLowerCase()];
}

/** ARN of a key from how a resource names it: key ARN, key id, or alias of an AWS managed key. */
export function keyArn(key: string, resource: string): string {
  if (key.startsWith("arn:")) return key;
  const { partition, region, account } = parseArn(resource) ?? { partition: "aws", region: "", account: "" };
  return `arn:${partition}:kms:${region}:${account}:${key.includes("/") ? key : `key/${key}`}`;
}

export function isAwsManaged(key: string): boolean {
  return /(?:^|:)alias\/aws\//.test(key);
}

/** Stands in the name of the key, whose id nobody chooses. */
export function managedKeyArn(resource: string): string {
  return keyArn("key/aws-managed", resource);
}

/** Policies of AWS managed keys that are kept, by account and service. */
const MAX_KEPT = 4_096;

const kept = new Map<string, Policy>();

/** The policy of AWS managed keys: everyone of the account, through the service (Secrets Manager User Guide, same page). */
export function managedKeyPolicy(resource: string): Policy {
  const account = parseArn(resource)?.account ?? "";
  const service = viaService(resource);
  const known = kept.get(`${account} ${service}`) ?? {
    label: "resource",
    document: managed(account, service),
  };
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(`${account} ${service}`, known);
  return known;
}

function managed(account: string, service: string): PolicyDocument {
  return parseDocument(
    {
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: "*",
        Action: [
          "kms:Encrypt",
          "kms:Decrypt",
          "kms:ReEncrypt*",
          "kms:GenerateDataKey*",
          "kms:CreateGrant",
          "kms:DescribeKey",
        ],
        Resource: "*",
        Condition: { StringEquals: { "kms:CallerAccount": account, "kms:ViaService": service } },
      },
    },
    "resource",
  );
}

function viaService(resource: string): string {
  const { service = "", region = "", partition } = parseArn(resource) ?? {};
  return `${service}.${region}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}`;
}

const CONTEXT = "kms:EncryptionContext:";

/**
 * What a call to KMS carries that a service makes in a caller's name, beside the caller's account. What the context states already wins; the version of a
 * secret is the caller's choice and so not known.
 */
export function keyContext(context: RequestContext, resource: string): void {
  const state = (key: string, value: string | readonly string[]): void => {
    if (!context.has(key)) context.set(key, value);
  };
  context.set("aws:ViaAWSService", "true");
  state("kms:ViaService", viaService(resource));
  state("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
  const isParameter = serviceOf(parseArn(resource)?.service.concat(":") ?? "") === "ssm";
  const names = isParameter ? ["PARAMETER_ARN"] : ["SecretARN", "SecretVersionId"];
  state("kms:EncryptionContextKeys", names);
  state(`${CONTEXT}${isParameter ? "PARAMETER_ARN" : "SecretARN"}`, resource);
  context.setAbsentPrefix(CONTEXT);
  for (const key of [
    "kms:ResourceAliases",
    "kms:RequestAlias",
    ...(isParameter ? [] : [`${CONTEXT}SecretVersionId`]),
  ]) {
    if (!context.has(key)) context.setUnknown(key, { certainty: "conditional", why: `${key} is not known` });
  }
}
