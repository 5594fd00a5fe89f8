import { messageOf } from "../../base/index.ts";
import { CallFailure, type SendLimits } from "../../facts/index.ts";
import { Type, closed, type Static } from "../../schema/index.ts";
import {
  KekFailure,
  OutsideReference,
  SecretBytes,
  askKek,
  readOutsideText,
  slotKey,
  type KekProvider,
  type SecretSource,
} from "../../vault/index.ts";
import { errorsOf, jsonObject, quoted, type Reply } from "./failure.ts";
import { isObject } from "./json.ts";
import { Session } from "./session.ts";
import { connectionWith } from "./settings.ts";
import { openTransport } from "./transport.ts";

/** An answer of transit is a line of text. */
const MAX_ANSWER_BYTES = 64 * 1024;

const DEFAULT_MOUNT = "transit";

/** A key of the transit secrets engine of HashiCorp Vault or OpenBao. */
export const TransitKey = closed({
  type: Type.Literal("vault-transit"),
  ...connectionWith(OutsideReference),
  namespace: Type.Optional(
    Type.String({
      pattern: "^[^/].*[^/]$",
      description: "namespace of engine and login; default: the root namespace",
    }),
  ),
  mount: Type.Optional(
    Type.String({
      pattern: "^[^/]+(/[^/]+)*$",
      maxLength: 256,
      description: `where the engine is mounted; default: ${DEFAULT_MOUNT}`,
    }),
  ),
  key: Type.String({
    pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
    maxLength: 128,
    description: "name of a key of type aes256-gcm96, which takes associated data",
  }),
});

export type TransitKey = Static<typeof TransitKey>;

type Operation = "decrypt" | "encrypt";

/**
 * A key that stays in another vault's transit engine. What it wraps is transit's own text (`vault:v1:…`), with the context
 * as `associated_data`; `rewrap` is never called, since it would drop that. Each use logs in, asks once, and ends the
 * token that its login minted.
 */
export function transitProvider(settings: TransitKey, secrets: SecretSource): KekProvider {
  const { address, namespace = "", mount = DEFAULT_MOUNT, key } = settings;
  const path = (operation: Operation): string =>
    [...mount.split("/"), operation, key].map(encodeURIComponent).join("/");
  const identity = `${address.replace(/\/$/, "")}/v1/${namespace === "" ? "" : `${namespace}/`}${mount}/keys/${key}`;
  const credentials = { read: (reference: string) => readOutsideText(secrets, reference) };

  const ask = async (operation: Operation, body: Record<string, string>, signal: AbortSignal) =>
    await askKek(signal, networkFailure, async (limited) => {
      const transport = openTransport(settings);
      const session = new Session(settings, { credentials }, transport);
      try {
        const limits: SendLimits = { signal: limited, maxBytes: MAX_ANSWER_BYTES };
        const token = await session.token(limits);
        const request = { method: "POST" as const, path: path(operation), namespace, token, body };
        return answerOf(operation, await transport.send(request, limits));
      } finally {
        await session.end();
        await transport.close();
      }
    });

  return {
    type: "vault-transit",
    capabilities: { aad: true, authenticatedWrap: true, humanPresence: false },
    identity: () => Promise.resolve(identity),
    async wrap(held, context, signal) {
      const plaintext = held.expose().toString("base64");
      return Buffer.from(
        await ask("encrypt", { plaintext, associated_data: base64(context) }, signal),
        "utf8",
      );
    },
    async unwrap(wrapped, context, signal) {
      const ciphertext = Buffer.from(wrapped).toString("utf8");
      const text = await ask("decrypt", { ciphertext, associated_data: base64(context) }, signal);
      return slotKey(SecretBytes.take(Buffer.from(text, "base64")));
    },
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

const ANSWER_FIELDS = { decrypt: "plaintext", encrypt: "ciphertext" } as const;

/** The one field that was asked for. Throws `KekFailure`. */
function answerOf(operation: Operation, reply: Reply): string {
  const body = jsonObject(reply);
  // Only the API's own words are a refusal: a page of a proxy is an outage, whatever its status.
  if (body === undefined) throw stranger(reply.status);
  if (reply.status !== 200) throw refusal(operation, reply.status, errorsOf(body));
  const { data } = body;
  const value: unknown = isObject(data) ? data[ANSWER_FIELDS[operation]] : undefined;
  if (typeof value === "string") return value;
  throw stranger(reply.status);
}

function stranger(status: number): KekFailure {
  return new KekFailure("unavailable", `expected transit's answer, got something else (${status})`, {
    fix: "Check the address, http against https too: a proxy, a login page or another service answered.",
  });
}

/** Transit's words for a ciphertext that the key did not make, or not for this context. */
const NOT_OURS = /message authentication failed/i;
const DAMAGED = /invalid ciphertext|ciphertext version|no prefix|could not decode|illegal base64/i;

function refusal(operation: Operation, status: number, errors: string): KekFailure {
  const said = `transit refused to ${operation} (${status}): ${quoted(errors)}`;
  if (status === 403) {
    return new KekFailure("denied", said, {
      fix: `Grant path "…/${operation}/<key>" { capabilities = ["update"] }, and check that the login is valid.`,
    });
  }
  if (status >= 500 || status === 429 || status === 412 || status < 400 || /sealed/i.test(errors)) {
    return new KekFailure("unavailable", said, { fix: "Check that the server is unsealed and active." });
  }
  if (operation === "decrypt" && NOT_OURS.test(errors)) {
    return new KekFailure("wrong_key", "the transit key does not open the slot");
  }
  if (operation === "decrypt" && DAMAGED.test(errors)) {
    return new KekFailure("corrupt", `transit does not take the slot for its own: ${quoted(errors)}`);
  }
  return new KekFailure("denied", said, { fix: "Check mount and key; the key's type must be aes256-gcm96." });
}

function networkFailure(thrown: unknown): KekFailure {
  if (!(thrown instanceof CallFailure)) {
    return new KekFailure("unavailable", `transit cannot be asked: ${messageOf(thrown)}`, { cause: thrown });
  }
  return new KekFailure(thrown.reason === "denied" ? "denied" : "unavailable", thrown.message, {
    cause: thrown,
    ...(thrown.fix === undefined ? {} : { fix: thrown.fix }),
  });
}
