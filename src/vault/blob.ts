import type { KeyObject } from "node:crypto";
import { CountersignError, invariant } from "../base/index.ts";
import { ByteReader, lengthPrefixed, u32, u64 } from "./bytes.ts";
import { CAE_OVERHEAD, SUITE, open, seal } from "./cae.ts";
import { SecretBytes } from "./secret-bytes.ts";

const MAGIC = Buffer.from("EVB1", "ascii");
const VERSION = 1;
const VAULT_ID_BYTES = 16;
const PREFIX = Buffer.concat([MAGIC, Buffer.from([VERSION, SUITE])]);

/** Contents are padded to a multiple of this, so that a file's length tells little of a credential's. */
const PADDING = 256;

export const MAX_SECRET_BYTES = 1024 * 1024;

/** Longest blob file. */
export const MAX_BLOB_BYTES = PREFIX.length + VAULT_ID_BYTES + CAE_OVERHEAD + MAX_SECRET_BYTES + PADDING + 4;

/** Which secret a blob is; comes from the index, never from the blob. */
export interface BlobPlace {
  readonly vaultId: Buffer;
  readonly name: string;
  readonly version: number;
  readonly contentType: string;
}

/** The bytes of a blob file: the secret under `dek`, bound to its place. `secret` holds at most `MAX_SECRET_BYTES`. */
export function encodeBlob(place: BlobPlace, dek: KeyObject, secret: SecretBytes): Buffer {
  invariant(secret.length <= MAX_SECRET_BYTES, `expected a secret of at most ${MAX_SECRET_BYTES} bytes`);
  const length = Math.ceil((4 + secret.length) / PADDING) * PADDING;
  using padded = SecretBytes.take(Buffer.alloc(length));
  padded.expose().set(u32(secret.length));
  padded.expose().set(secret.expose(), 4);
  const head = headOf(place.vaultId);
  return Buffer.concat([head, seal(dek, "blob", boundTo(head, place), padded.expose())]);
}

/** The secret in a blob file. E_INTEGRITY when it is not this place's blob, or a byte is another. */
export function decodeBlob(bytes: Uint8Array, place: BlobPlace, dek: KeyObject): SecretBytes {
  const reader = new ByteReader(bytes, `the blob of ${place.name} version ${place.version}`);
  const head = headOf(place.vaultId);
  reader.expect(head, "the head of a blob of this vault");
  using padded = open(dek, "blob", boundTo(head, place), bytes.subarray(head.length));
  if (padded === undefined) throw damaged(place);
  const content = padded.expose();
  if (content.length < 4) throw damaged(place);
  const length = content.readUInt32BE();
  if (content.length !== Math.ceil((4 + length) / PADDING) * PADDING) throw damaged(place);
  if (content.subarray(4 + length).some((byte) => byte !== 0)) throw damaged(place);
  return SecretBytes.copyOf(content.subarray(4, 4 + length));
}

function headOf(vaultId: Buffer): Buffer {
  return Buffer.concat([PREFIX, vaultId]);
}

function boundTo(head: Buffer, { name, version, contentType }: BlobPlace): Buffer {
  return Buffer.concat([head, lengthPrefixed(name), u64(version), lengthPrefixed(contentType)]);
}

function damaged({ name, version }: BlobPlace): CountersignError {
  return new CountersignError(
    "E_INTEGRITY",
    `expected the blob of ${name} version ${version} as it was sealed, got another or altered one`,
  );
}
