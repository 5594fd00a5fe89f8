import type { KMSClient, KMSClientConfig } from "@aws-sdk/client-kms";
import { messageOf, optionalPackage } from "../../base/index.ts";
import { Type, closed, type Static } from "../../schema/index.ts";
import {
  KekFailure,
  OutsideReference,
  SecretBytes,
  askKek,
  contextDigest,
  readOutsideText,
  slotKey,
  type KekFailureReason,
  type KekProvider,
  type SecretSource,
} from "../../vault/index.ts";

const PACKAGE = "@aws-sdk/client-kms";

/** Times that the SDK asks, throttling and faults of the network included. */
const MAX_ATTEMPTS = 3;

/** A symmetric key of AWS KMS. */
export const AwsKmsKey = closed({
  type: Type.Literal("aws-kms"),
  key_id: Type.String({
    pattern: "^(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/)?[A-Za-z0-9-]+$",
    maxLength: 256,
    description: "key id, or better the ARN, of a symmetric key; no alias, which could lead to another key",
  }),
  region: Type.String({ pattern: "^[a-z]{2}[a-z0-9-]+$", description: "e.g. eu-central-1" }),
  endpoint: Type.Optional(
    Type.String({
      pattern: "^(https://[^/\\s]+|http://(127\\.0\\.0\\.1|localhost)(:[0-9]+)?)/?$",
      description: "another address, e.g. of a VPC endpoint; default: that of the region",
    }),
  ),
  credentials: Type.Optional(
    closed({
      access_key_id: OutsideReference("access key id"),
      secret_access_key: OutsideReference("secret access key"),
      session_token: Type.Optional(OutsideReference("session token")),
    }),
  ),
});

export type AwsKmsKey = Static<typeof AwsKmsKey>;

/**
 * A key that stays in AWS KMS. What it wraps is KMS's own ciphertext, with the digest of the context as encryption context:
 * CloudTrail shows it, so it says nothing. Without `credentials` the SDK finds its own (environment, profile, role).
 */
export function awsKmsProvider(settings: AwsKmsKey, secrets: SecretSource): KekProvider {
  const { key_id: KeyId } = settings;
  const bound = (context: Uint8Array) => ({ "countersign:evlt": contextDigest(context).toString("hex") });
  const ask = async <T>(signal: AbortSignal, use: (kms: Kms, abortSignal: AbortSignal) => Promise<T>) =>
    await askKek(signal, awsFailure, async (limited) => {
      const sdk = await optionalPackage(PACKAGE, () => import("@aws-sdk/client-kms"));
      const client = new sdk.KMSClient(await clientConfig(settings, secrets));
      try {
        return await use({ sdk, client }, limited);
      } finally {
        client.destroy();
      }
    });

  return {
    type: "aws-kms",
    capabilities: { aad: true, authenticatedWrap: true, humanPresence: false },
    identity: () => Promise.resolve(KeyId),
    async wrap(key, context, signal) {
      return await ask(signal, async ({ sdk, client }, abortSignal) => {
        const command = new sdk.EncryptCommand({
          KeyId,
          Plaintext: key.expose(),
          EncryptionContext: bound(context),
        });
        const answer = await client.send(command, { abortSignal });
        requireKey(answer.KeyId, KeyId);
        return answer.CiphertextBlob ?? missing("CiphertextBlob");
      });
    },
    async unwrap(wrapped, context, signal) {
      return await ask(signal, async ({ sdk, client }, abortSignal) => {
        const command = new sdk.DecryptCommand({
          KeyId,
          CiphertextBlob: wrapped,
          EncryptionContext: bound(context),
        });
        const answer = await client.send(command, { abortSignal });
        const key = SecretBytes.take(answer.Plaintext ?? missing("Plaintext"));
        requireKey(answer.KeyId, KeyId);
        return slotKey(key);
      });
    },
  };
}

interface Kms {
  readonly sdk: typeof import("@aws-sdk/client-kms");
  readonly client: KMSClient;
}

async function clientConfig(
  { region, endpoint, credentials }: AwsKmsKey,
  secrets: SecretSource,
): Promise<KMSClientConfig> {
  const read = (reference: string) => readOutsideText(secrets, reference);
  const given =
    credentials === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: await read(credentials.access_key_id),
            secretAccessKey: await read(credentials.secret_access_key),
            ...(credentials.session_token === undefined
              ? {}
              : { sessionToken: await read(credentials.session_token) }),
          },
        };
  return { region, maxAttempts: MAX_ATTEMPTS, ...(endpoint === undefined ? {} : { endpoint }), ...given };
}

/** KMS answers with the ARN of the key that it used. */
function requireKey(used: string | undefined, wanted: string): void {
  if (used === wanted || used?.endsWith(`:key/${wanted}`) === true) return;
  throw new KekFailure("wrong_key", `expected KMS to use the key ${wanted}, got ${used ?? "no key named"}`);
}

function missing(field: string): never {
  throw new KekFailure("corrupt", `expected KMS's answer with a ${field}, got none`);
}

/**
 * What KMS's own errors mean, by name. Source: the "Errors" of the actions Encrypt and Decrypt in the AWS KMS API Reference,
 * and its "Common Errors".
 */
const REASONS: ReadonlyMap<string, KekFailureReason> = new Map([
  ["IncorrectKeyException", "wrong_key"],
  ["InvalidCiphertextException", "corrupt"],
  ["DependencyTimeoutException", "unavailable"],
  ["KMSInternalException", "unavailable"],
  ["KeyUnavailableException", "unavailable"],
  ["ThrottlingException", "unavailable"],
  ["LimitExceededException", "unavailable"],
  ["RequestTimeoutException", "unavailable"],
  ["ServiceUnavailable", "unavailable"],
  ["InternalFailure", "unavailable"],
  ["CredentialsProviderError", "denied"],
]);

function awsFailure(thrown: unknown): KekFailure {
  const name = thrown instanceof Error ? thrown.name : "";
  const { httpStatusCode: status, requestId } = metadataOf(thrown);
  // AWS numbers each answer: without that, the page of a proxy came, and that is an outage.
  const answered = typeof status === "number" && typeof requestId === "string";
  const refused = answered && status >= 400 && status < 500 && status !== 429 && status !== 408;
  const reason = REASONS.get(name) ?? (refused ? "denied" : "unavailable");
  return new KekFailure(reason, `AWS KMS: ${name}: ${messageOf(thrown).slice(0, 300)}`, {
    cause: thrown,
    fix: FIXES[reason],
  });
}

function metadataOf(thrown: unknown): { httpStatusCode?: unknown; requestId?: unknown } {
  if (typeof thrown !== "object" || thrown === null || !("$metadata" in thrown)) return {};
  const { $metadata } = thrown;
  return typeof $metadata === "object" && $metadata !== null ? $metadata : {};
}

const FIXES: Readonly<Record<KekFailureReason, string>> = {
  corrupt: "The slot was altered, or made for another slot: bring back the vault's own files.",
  denied:
    "Check credentials, key_id and region, that the key is enabled, and kms:Encrypt and kms:Decrypt on it.",
  unavailable: "Check the network and the endpoint, and try again.",
  wrong_key: "Give the key_id that the slot was made with.",
};
