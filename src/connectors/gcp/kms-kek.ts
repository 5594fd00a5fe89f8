import type { KeyManagementServiceClient } from "@google-cloud/kms";
import type { JWT } from "google-auth-library";
import { messageOf, optionalPackage } from "../../base/index.ts";
import { Type, closed, type Static } from "../../schema/index.ts";
import {
  KEK_CALL_LIMIT_MS,
  KekFailure,
  OutsideReference,
  SecretBytes,
  askKek,
  readOutsideText,
  slotKey,
  type KekProvider,
  type SecretSource,
} from "../../vault/index.ts";
import { crc32c } from "./crc32c.ts";

const PACKAGE = "@google-cloud/kms";
const AUTH_PACKAGE = "google-auth-library";

/** OAuth scope of a service account's token. */
const SCOPE = "https://www.googleapis.com/auth/cloudkms";

/** A symmetric key of Google Cloud KMS. */
export const GcpKmsKey = closed({
  type: Type.Literal("gcp-kms"),
  key: Type.String({
    pattern: "^projects/[^/\\s]+/locations/[^/\\s]+/keyRings/[^/\\s]+/cryptoKeys/[^/\\s]+$",
    maxLength: 512,
    description: "resource name of a key for symmetric encryption, without a version",
  }),
  endpoint: Type.Optional(
    Type.String({
      pattern: "^[A-Za-z0-9.-]+(:[0-9]{1,5})?$",
      description: "another host, e.g. cloudkms.europe-west3.rep.googleapis.com; default: the global one",
    }),
  ),
  credentials: Type.Optional(
    OutsideReference("service account key, as JSON; default: application default credentials"),
  ),
});

export type GcpKmsKey = Static<typeof GcpKmsKey>;

type Client = KeyManagementServiceClient;
type ClientOptions = NonNullable<ConstructorParameters<typeof KeyManagementServiceClient>[0]>;
type Checksum = { readonly value?: unknown } | null | undefined;

/**
 * A key that stays in Google Cloud KMS. What it wraps is KMS's own ciphertext, with the context as additional authenticated
 * data. Plaintext, data and ciphertext carry a CRC-32C in both directions, and each is checked.
 *
 * `options` are the SDK's own, e.g. its channel.
 */
export function gcpKmsProvider(
  settings: GcpKmsKey,
  secrets: SecretSource,
  options: ClientOptions = {},
): KekProvider {
  const { key: name } = settings;
  const ask = async <T>(signal: AbortSignal, use: (client: Client) => Promise<T>) =>
    await askKek(signal, googleFailure, async () => {
      const sdk = await optionalPackage(PACKAGE, () => import("@google-cloud/kms"));
      const client = new sdk.KeyManagementServiceClient({
        ...(await clientOptions(settings, secrets)),
        ...options,
      });
      try {
        // Calls do this too, but let its failure go unhandled, which would end the process.
        await client.initialize();
        return await use(client);
      } finally {
        await client.close();
      }
    });

  return {
    type: "gcp-kms",
    capabilities: { aad: true, authenticatedWrap: true, humanPresence: false },
    identity: () => Promise.resolve(name),
    async wrap(key, context, signal) {
      const plaintext = key.expose();
      return await ask(signal, async (client) => {
        const [answer] = await client.encrypt(
          { name, plaintext, plaintextCrc32c: checksum(plaintext), ...bound(context) },
          CALL_OPTIONS,
        );
        if (
          answer.verifiedPlaintextCrc32c !== true ||
          answer.verifiedAdditionalAuthenticatedDataCrc32c !== true
        ) {
          throw damagedOnTheWay("KMS did not confirm the checksums of what it was sent");
        }
        if (answer.name?.startsWith(`${name}/cryptoKeyVersions/`) !== true) {
          throw new KekFailure("wrong_key", `expected KMS to use the key ${name}, got another`);
        }
        return intact(answer.ciphertext, answer.ciphertextCrc32c, "ciphertext");
      });
    },
    async unwrap(wrapped, context, signal) {
      return await ask(signal, async (client) => {
        const [answer] = await client.decrypt(
          { name, ciphertext: wrapped, ciphertextCrc32c: checksum(wrapped), ...bound(context) },
          CALL_OPTIONS,
        );
        const key = SecretBytes.take(intact(answer.plaintext, answer.plaintextCrc32c, "plaintext"));
        return slotKey(key);
      });
    },
  };
}

/** One try: the SDK's own would go on for ten minutes. */
const CALL_OPTIONS = { timeout: KEK_CALL_LIMIT_MS, retry: null };

async function clientOptions(
  { endpoint, credentials }: GcpKmsKey,
  secrets: SecretSource,
): Promise<ClientOptions> {
  const [host, port] = endpoint?.split(":") ?? [];
  return {
    ...(host === undefined ? {} : { apiEndpoint: host }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(credentials === undefined ? {} : { authClient: await login(credentials, secrets) }),
  };
}

async function login(reference: string, secrets: SecretSource): Promise<JWT> {
  const { JWT } = await optionalPackage(AUTH_PACKAGE, () => import("google-auth-library"));
  const { client_email, private_key } = serviceAccount(await readOutsideText(secrets, reference), reference);
  return new JWT({ email: client_email, key: private_key, scopes: [SCOPE] });
}

function serviceAccount(json: string, reference: string): { client_email: string; private_key: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // The parser's message would quote the key.
    parsed = undefined;
  }
  const { client_email, private_key } = (parsed ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof client_email === "string" && typeof private_key === "string")
    return { client_email, private_key };
  throw new KekFailure("denied", `expected ${reference} to hold a service account key, got something else`, {
    fix: "Give the JSON file that Google Cloud makes for a service account key.",
  });
}

function bound(context: Uint8Array) {
  return {
    additionalAuthenticatedData: context,
    additionalAuthenticatedDataCrc32c: checksum(context),
  };
}

function checksum(bytes: Uint8Array): { value: number } {
  return { value: crc32c(bytes) };
}

/** The bytes of an answer, where their checksum says that they are those that KMS sent. */
function intact(bytes: Uint8Array | string | null | undefined, sum: Checksum, field: string): Uint8Array {
  const stated = sum?.value;
  if (bytes instanceof Uint8Array && isNumberLike(stated) && String(stated) === String(crc32c(bytes)))
    return bytes;
  if (bytes instanceof Uint8Array) bytes.fill(0);
  throw damagedOnTheWay(`the ${field} of KMS's answer does not fit its checksum`);
}

/** An `int64` comes as a number, as text, or as an object that prints as one. */
function isNumberLike(value: unknown): value is { toString(): string } {
  return value !== undefined && value !== null;
}

function damagedOnTheWay(message: string): KekFailure {
  return new KekFailure("corrupt", message, {
    fix: "Something between here and Google Cloud alters data: try again, and check proxies.",
  });
}

/** Canonical codes of gRPC. Source: google/rpc/code.proto. */
const CODE = { invalidArgument: 3, notFound: 5, denied: 7, precondition: 9, unauthenticated: 16 } as const;
const REFUSALS: readonly unknown[] = Object.values(CODE);

/** KMS has one answer for a ciphertext of another key, for another context, and for a damaged one. */
const NOT_OURS = /decryption failed/i;

function googleFailure(thrown: unknown): KekFailure {
  const code: unknown =
    typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : undefined;
  const message = `Google Cloud KMS: ${messageOf(thrown).slice(0, 300)}`;
  if (code === CODE.invalidArgument && NOT_OURS.test(message)) {
    return new KekFailure("wrong_key", message, {
      cause: thrown,
      fix: "Give the key that the slot was made with.",
    });
  }
  if (code === CODE.invalidArgument && /crc32c/i.test(message)) return damagedOnTheWay(message);
  if (REFUSALS.includes(code) || /could not load the default credentials/i.test(message)) {
    return new KekFailure("denied", message, {
      cause: thrown,
      fix: "Check credentials and key, that its version is enabled, and cloudkms.cryptoKeyVersions.useToEncrypt and useToDecrypt.",
    });
  }
  return new KekFailure("unavailable", message, { cause: thrown, fix: "Check the network, and try again." });
}
