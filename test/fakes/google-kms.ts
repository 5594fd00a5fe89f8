import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { protos } from "@google-cloud/kms";
import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { crc32c } from "../../src/connectors/gcp/crc32c.ts";

const { EncryptRequest, EncryptResponse, DecryptRequest, DecryptResponse } = protos.google.cloud.kms.v1;

type Encrypted = protos.google.cloud.kms.v1.IEncryptResponse;
type Decrypted = protos.google.cloud.kms.v1.IDecryptResponse;
type EncryptAsked = protos.google.cloud.kms.v1.EncryptRequest;
type DecryptAsked = protos.google.cloud.kms.v1.DecryptRequest;

const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface FakeGoogleKms {
  /** `127.0.0.1:<port>`, plain text. */
  readonly endpoint: string;
  /** Adds a key by its resource name. */
  addKey(name: string): void;
  /** Whose calls are refused, by key name: the gRPC code. */
  readonly refusals: Map<string, status>;
  /** Alters answers on their way. */
  alter: { encrypted?: (answer: Encrypted) => Encrypted; decrypted?: (answer: Decrypted) => Decrypted };
  stop(): Promise<void>;
}

/**
 * Google Cloud KMS's `Encrypt` and `Decrypt` over gRPC, on the messages of the vendor's own package. Fields, checksums and
 * error codes follow the RPC reference "Package google.cloud.kms.v1" (cloud.google.com/kms/docs/reference/rpc) and the guide
 * "Verifying end-to-end data integrity" (cloud.google.com/kms/docs/data-integrity-guidelines): a wrong checksum and a
 * ciphertext that does not open are INVALID_ARGUMENT, a key that is not there NOT_FOUND, a version that is not enabled
 * FAILED_PRECONDITION. The words of the error for a ciphertext that does not open are those that its users report.
 */
export async function startGoogleKms(): Promise<FakeGoogleKms> {
  const keys = new Map<string, Buffer>();
  const refusals = new Map<string, status>();
  const fake: Pick<FakeGoogleKms, "alter"> = { alter: {} };
  const keyOf = (name: string): Buffer => {
    const refused = refusals.get(name);
    if (refused !== undefined) throw new Refusal(refused, `refused for ${name}`);
    const key = keys.get(name);
    if (key === undefined) throw new Refusal(status.NOT_FOUND, `CryptoKey ${name} not found.`);
    return key;
  };
  const server = new Server();
  server.addService(SERVICE, {
    encrypt: unary((asked: EncryptAsked) => {
      const answer = encrypt(asked, keyOf(asked.name));
      return fake.alter.encrypted?.(answer) ?? answer;
    }),
    decrypt: unary((asked: DecryptAsked) => {
      const answer = decrypt(asked, keyOf(asked.name));
      return fake.alter.decrypted?.(answer) ?? answer;
    }),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return Object.assign(fake, {
    endpoint: `127.0.0.1:${port}`,
    addKey: (name: string) => void keys.set(name, randomBytes(32)),
    refusals,
    stop: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  });
}

class Refusal extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

function unary<Asked, Answer>(answer: (asked: Asked) => Answer) {
  return (call: ServerUnaryCall<Asked, Answer>, done: sendUnaryData<Answer>): void => {
    try {
      done(null, answer(call.request));
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      done({ code: thrown.code, details: thrown.message });
    }
  };
}

function encrypt(asked: EncryptAsked, key: Buffer): Encrypted {
  const plaintext = Buffer.from(asked.plaintext);
  const aad = Buffer.from(asked.additionalAuthenticatedData);
  requireChecksum("plaintext_crc32c", plaintext, asked.plaintextCrc32c);
  requireChecksum("additional_authenticated_data_crc32c", aad, asked.additionalAuthenticatedDataCrc32c);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(aad);
  const ciphertext = Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return {
    name: `${asked.name}/cryptoKeyVersions/1`,
    ciphertext,
    ciphertextCrc32c: { value: crc32c(ciphertext) },
    verifiedPlaintextCrc32c: asked.plaintextCrc32c !== null,
    verifiedAdditionalAuthenticatedDataCrc32c: asked.additionalAuthenticatedDataCrc32c !== null,
    protectionLevel: "SOFTWARE",
  };
}

function decrypt(asked: DecryptAsked, key: Buffer): Decrypted {
  const sealed = Buffer.from(asked.ciphertext);
  const aad = Buffer.from(asked.additionalAuthenticatedData);
  requireChecksum("ciphertext_crc32c", sealed, asked.ciphertextCrc32c);
  requireChecksum("additional_authenticated_data_crc32c", aad, asked.additionalAuthenticatedDataCrc32c);
  const plaintext = opened(key, sealed, aad);
  if (plaintext === undefined) {
    const words = "Decryption failed: verify that 'name' refers to the correct CryptoKey.";
    throw new Refusal(status.INVALID_ARGUMENT, words);
  }
  return {
    plaintext,
    plaintextCrc32c: { value: crc32c(plaintext) },
    usedPrimary: true,
    protectionLevel: "SOFTWARE",
  };
}

function opened(key: Buffer, sealed: Buffer, aad: Buffer): Buffer | undefined {
  if (sealed.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(aad).setAuthTag(sealed.subarray(-TAG_BYTES));
  const body = decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([body, decipher.final()]);
  } catch {
    return undefined;
  }
}

function requireChecksum(field: string, bytes: Buffer, given: { value?: unknown } | null | undefined): void {
  if (given === null || given === undefined || String(given.value) === String(crc32c(bytes))) return;
  throw new Refusal(
    status.INVALID_ARGUMENT,
    `The checksum in field ${field} did not match the data in the corresponding field.`,
  );
}

const method = (name: string) => ({
  path: `/google.cloud.kms.v1.KeyManagementService/${name}`,
  requestStream: false as const,
  responseStream: false as const,
});

const SERVICE = {
  encrypt: {
    ...method("Encrypt"),
    requestSerialize: (asked: EncryptAsked) => Buffer.from(EncryptRequest.encode(asked).finish()),
    requestDeserialize: (bytes: Buffer) => EncryptRequest.decode(bytes),
    responseSerialize: (answer: Encrypted) => Buffer.from(EncryptResponse.encode(answer).finish()),
    responseDeserialize: (bytes: Buffer) => EncryptResponse.decode(bytes),
  },
  decrypt: {
    ...method("Decrypt"),
    requestSerialize: (asked: DecryptAsked) => Buffer.from(DecryptRequest.encode(asked).finish()),
    requestDeserialize: (bytes: Buffer) => DecryptRequest.decode(bytes),
    responseSerialize: (answer: Decrypted) => Buffer.from(DecryptResponse.encode(answer).finish()),
    responseDeserialize: (bytes: Buffer) => DecryptResponse.decode(bytes),
  },
};
