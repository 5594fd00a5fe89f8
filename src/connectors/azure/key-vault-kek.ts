import type { TokenCredential } from "@azure/identity";
import type { CryptographyClient, CryptographyClientOptions } from "@azure/keyvault-keys";
import { messageOf, optionalPackage } from "../../base/index.ts";
import { Type, closed, type Static } from "../../schema/index.ts";
import {
  KekFailure,
  OutsideReference,
  SecretBytes,
  askKek,
  readOutsideText,
  slotKey,
  type KekFailureReason,
  type KekProvider,
  type SecretSource,
} from "../../vault/index.ts";

const KEYS_PACKAGE = "@azure/keyvault-keys";
const IDENTITY_PACKAGE = "@azure/identity";

/** Wrapped bytes by algorithm: RSA of 2048, 3072 or 4096 bits; AES key wrap of 32 bytes (RFC 3394). */
const WRAPPED_BYTES = { "RSA-OAEP-256": [256, 384, 512], A256KW: [40] } as const;

const RETRIES = { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 };

/** A key of Azure Key Vault or Managed HSM. */
export const AzureKeyVaultKey = closed({
  type: Type.Literal("azure-key-vault"),
  key_id: Type.String({
    pattern: "^https://[^/\\s@]+/keys/[A-Za-z0-9-]{1,127}/[0-9a-f]{32}$",
    maxLength: 512,
    description: "identifier of one version of a key: a slot is opened by the version that wrapped it",
  }),
  algorithm: Type.Optional(
    Type.Union([Type.Literal("RSA-OAEP-256"), Type.Literal("A256KW")], {
      description: "A256KW for a symmetric key of a managed HSM; default: RSA-OAEP-256",
    }),
  ),
  login: Type.Optional(
    closed({
      tenant_id: Type.String({ pattern: "^[A-Za-z0-9.-]+$" }),
      client_id: Type.String({ pattern: "^[0-9A-Fa-f-]{36}$" }),
      client_secret: OutsideReference("client secret of the application"),
      authority: Type.Optional(
        Type.String({
          pattern: "^https://[^/\\s@]+/?$",
          description: "login address of a national cloud; default: that of the public one",
        }),
      ),
    }),
  ),
});

export type AzureKeyVaultKey = Static<typeof AzureKeyVaultKey>;

/**
 * A key that stays in Azure Key Vault or Managed HSM. What it wraps is the service's own bytes. Wrapping knows no additional
 * data, so the context is bound by the vault's own sealing alone; and with RSA anybody can wrap, so an anchor or a pin must
 * vouch for the vault. Without `login` the SDK finds an identity (managed, workload, environment, command line).
 *
 * `options` are the SDK's own, e.g. its trust in a private endpoint's name.
 */
export function azureKeyVaultProvider(
  settings: AzureKeyVaultKey,
  secrets: SecretSource,
  options: CryptographyClientOptions = {},
): KekProvider {
  const { key_id, algorithm = "RSA-OAEP-256" } = settings;
  const ask = async <T>(
    signal: AbortSignal,
    unwrapping: boolean,
    use: (client: CryptographyClient, abortSignal: AbortSignal) => Promise<T>,
  ) =>
    await askKek(
      signal,
      (thrown) => azureFailure(thrown, unwrapping),
      async (limited) => {
        const sdk = await optionalPackage(KEYS_PACKAGE, () => import("@azure/keyvault-keys"));
        const credential = await credentialOf(settings, secrets);
        const client = new sdk.CryptographyClient(key_id, credential, { retryOptions: RETRIES, ...options });
        return await use(client, limited);
      },
    );

  return {
    type: "azure-key-vault",
    capabilities: { aad: false, authenticatedWrap: algorithm === "A256KW", humanPresence: false },
    identity: () => Promise.resolve(key_id),
    async wrap(key, _context, signal) {
      return await ask(signal, false, async (client, abortSignal) => {
        const { result } = await client.wrapKey(algorithm, key.expose(), { abortSignal });
        return wrappedBytes(algorithm, result);
      });
    },
    async unwrap(wrapped, _context, signal) {
      wrappedBytes(algorithm, wrapped);
      return await ask(signal, true, async (client, abortSignal) => {
        const { result } = await client.unwrapKey(algorithm, wrapped, { abortSignal });
        return slotKey(SecretBytes.take(result));
      });
    },
  };
}

async function credentialOf({ login }: AzureKeyVaultKey, secrets: SecretSource): Promise<TokenCredential> {
  const sdk = await optionalPackage(IDENTITY_PACKAGE, () => import("@azure/identity"));
  if (login === undefined) return new sdk.DefaultAzureCredential();
  const { tenant_id, client_id, client_secret, authority } = login;
  return new sdk.ClientSecretCredential(
    tenant_id,
    client_id,
    await readOutsideText(secrets, client_secret),
    // An authority of one's own is not among those that the public cloud lists.
    authority === undefined ? {} : { authorityHost: authority, disableInstanceDiscovery: true },
  );
}

function wrappedBytes(algorithm: keyof typeof WRAPPED_BYTES, bytes: Uint8Array): Uint8Array {
  const lengths: readonly number[] = WRAPPED_BYTES[algorithm];
  if (lengths.includes(bytes.length)) return bytes;
  throw new KekFailure(
    "corrupt",
    `expected ${lengths.join(", ")} bytes wrapped by ${algorithm}, got ${bytes.length}`,
  );
}

/** Errors that the SDK throws before it asks: what the key's own attributes forbid. */
const FORBIDDEN_BY_KEY = /can't be used before|expired at|is not supported on key/;

/** The errors of a login. They come without a status, whether the login refused or could not be reached. */
const LOGIN_ERROR = /^(Aggregate)?(Authentication|AuthenticationRequired|CredentialUnavailable)Error$/;
const LOGIN_DOWN =
  /endpoints_resolution_error|openid_config_error|network_error|temporarily_unavailable|server_error|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT/;

/**
 * What an error of the SDK means. Source: "Authentication, requests and responses" of the Azure Key Vault REST reference
 * (401, 403, 404, 429, 5xx), and its error code BadParameter for bytes that do not unwrap.
 */
function azureFailure(thrown: unknown, unwrapping: boolean): KekFailure {
  const message = `Azure Key Vault: ${messageOf(thrown).slice(0, 300)}`;
  const reason = reasonOf(thrown, unwrapping);
  return new KekFailure(reason, message, { cause: thrown, fix: FIXES[reason] });
}

function reasonOf(thrown: unknown, unwrapping: boolean): Exclude<KekFailureReason, "corrupt"> {
  const status = statusOf(thrown);
  const message = messageOf(thrown);
  const refused = status !== undefined && status >= 400 && status < 500 && status !== 429 && status !== 408;
  if (thrown instanceof Error && LOGIN_ERROR.test(thrown.name)) {
    const down = LOGIN_DOWN.test(message) || (status !== undefined && !refused);
    return down ? "unavailable" : "denied";
  }
  // The service names its errors; the page of a proxy does not, and is an outage.
  const named =
    typeof thrown === "object" && thrown !== null && "code" in thrown && thrown.code !== undefined;
  if (status === 400 && unwrapping && named) return "wrong_key";
  return (refused && named) || FORBIDDEN_BY_KEY.test(message) ? "denied" : "unavailable";
}

const FIXES = {
  denied: "Check login and key_id, that the key is enabled, and wrapKey and unwrapKey on it.",
  unavailable: "Check the network, and try again.",
  wrong_key: "Give the key_id, with its version, and the algorithm that the slot was made with.",
};

function statusOf(thrown: unknown): number | undefined {
  const status: unknown =
    typeof thrown === "object" && thrown !== null && "statusCode" in thrown ? thrown.statusCode : undefined;
  return typeof status === "number" ? status : undefined;
}
