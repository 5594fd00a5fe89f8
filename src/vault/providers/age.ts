import { timingSafeEqual } from "node:crypto";
import { CountersignError, messageOf } from "../../base/index.ts";
import { Type, closed, type Static } from "../../schema/index.ts";
import { askKek, contextDigest, slotKey } from "../kek-call.ts";
import { KekFailure, type KekProvider } from "../kek.ts";
import { OutsideReference, readOutsideText, type SecretSource } from "../secret-source.ts";
import { SecretBytes } from "../secret-bytes.ts";

const DIGEST_BYTES = 32;

/** Identities in one file. */
const MAX_IDENTITIES = 16;

/** A key of the age tool. Source: c2sp.org/age. */
export const AgeKey = closed({
  type: Type.Literal("age"),
  recipient: Type.String({
    pattern: "^age1[02-9ac-hj-np-z]{58}$",
    description: "public key that slots are made for, as age-keygen prints it (X25519)",
  }),
  identity: OutsideReference("identity file of that recipient, as age-keygen writes it"),
});

export type AgeKey = Static<typeof AgeKey>;

/**
 * A key pair of age. Anybody can encrypt to the recipient, so a slot of it proves nothing of who made the vault: an anchor
 * or a pin must. What it wraps is an age file of `SHA-256(LP(context)) ‖ slot key`: age has no additional data, but only
 * who opens the file can put its key under another context.
 */
export function ageProvider({ recipient, identity }: AgeKey, secrets: SecretSource): KekProvider {
  return {
    type: "age",
    capabilities: { aad: true, authenticatedWrap: false, humanPresence: false },
    identity: () => Promise.resolve(recipient),
    async wrap(key, context, signal) {
      return await askKek(signal, badRecipient, async () => {
        const { Encrypter } = await import("age-encryption");
        const encrypter = new Encrypter();
        encrypter.addRecipient(recipient);
        using payload = SecretBytes.take(Buffer.concat([contextDigest(context), key.expose()]));
        return await encrypter.encrypt(payload.expose());
      });
    },
    async unwrap(wrapped, context, signal) {
      return await askKek(signal, decryptionFailure, async () => {
        const { Decrypter } = await import("age-encryption");
        const decrypter = new Decrypter();
        decrypter.addIdentity(await matchingIdentity(await readOutsideText(secrets, identity), recipient));
        using payload = SecretBytes.take(await decrypter.decrypt(wrapped));
        return keyFor(payload.expose(), context);
      });
    },
  };
}

/** The one identity of the file whose recipient is the configured one. */
async function matchingIdentity(file: string, recipient: string): Promise<string> {
  const { identityToRecipient } = await import("age-encryption");
  for (const identity of identitiesIn(file)) {
    if ((await recipientOf(identity, identityToRecipient)) === recipient) return identity;
  }
  throw new KekFailure("wrong_key", `the identity given is not that of ${recipient}`, {
    fix: "Give the identity file that belongs to the recipient.",
  });
}

/** The lines of an identity file that are no comments. E_INPUT. */
export function identitiesIn(file: string): string[] {
  const identities = file
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (identities.length > 0 && identities.length <= MAX_IDENTITIES) return identities;
  throw notAnIdentity(`expected 1 to ${MAX_IDENTITIES} age identities, got ${identities.length}`);
}

async function recipientOf(
  identity: string,
  convert: (identity: string) => Promise<string>,
): Promise<string> {
  try {
    return await convert(identity);
  } catch {
    // The library's own message could quote the identity.
    throw notAnIdentity("expected an age identity (AGE-SECRET-KEY-1…), got something else");
  }
}

/** The file is no part of the vault: whatever is wrong with it says nothing of the vault's files. */
function notAnIdentity(message: string): CountersignError {
  return new CountersignError("E_INPUT", message, { fix: "Give the file that age-keygen wrote." });
}

function keyFor(payload: Buffer, context: Uint8Array): SecretBytes {
  const bound = payload.subarray(0, DIGEST_BYTES);
  if (bound.length !== DIGEST_BYTES || !timingSafeEqual(bound, contextDigest(context))) {
    throw new KekFailure("corrupt", "the age file was made for another slot");
  }
  return slotKey(SecretBytes.copyOf(payload.subarray(DIGEST_BYTES)));
}

/** Encrypting fails for no other reason. */
function badRecipient(thrown: unknown): KekFailure {
  return new KekFailure(
    "corrupt",
    `expected an age recipient, got another text: ${messageOf(thrown).slice(0, 200)}`,
    {
      fix: "Copy the recipient from `age-keygen -y`; one character of it is wrong.",
      cause: thrown,
    },
  );
}

function decryptionFailure(thrown: unknown): KekFailure {
  if (!/no identity matched/.test(messageOf(thrown))) return asCorrupt(thrown);
  return new KekFailure("wrong_key", "the age identity does not open the slot", { cause: thrown });
}

function asCorrupt(thrown: unknown): KekFailure {
  return new KekFailure("corrupt", `the age file is damaged: ${messageOf(thrown).slice(0, 200)}`, {
    cause: thrown,
  });
}
