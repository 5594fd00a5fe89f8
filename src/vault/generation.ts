import { CountersignError, canonicalJson, sha256 } from "../base/index.ts";
import { Type, compileSchema, strictJson, type CompiledSchema } from "../schema/index.ts";
import { ByteReader, lengthPrefixed, u32, u64 } from "./bytes.ts";
import { CAE_OVERHEAD, SUITE, open, seal } from "./cae.ts";
import { DIGEST_BYTES, indexSchema, type IndexDocument } from "./index-document.ts";
import type { RootKey } from "./root-key.ts";
import type { SecretBytes } from "./secret-bytes.ts";
import { MAX_SLOTS, Slot } from "./slot.ts";

const MAGIC = Buffer.from("EVG1", "ascii");
const VERSION = 1;
const PREFIX = Buffer.concat([MAGIC, Buffer.from([VERSION, SUITE])]);

export const VAULT_ID_BYTES = 16;

const MAX_SLOTS_BYTES = 64 * 1024;
const MAX_INDEX_BYTES = 16 * 1024 * 1024;

/** Longest generation file. */
export const MAX_GENERATION_BYTES = 128 + MAX_SLOTS_BYTES + MAX_INDEX_BYTES + CAE_OVERHEAD;

/** Generations are numbered in twelve digits. */
export const MAX_GENERATION = 999_999_999_999;

const slotsSchema = compileSchema(Type.Array(Slot, { minItems: 1, maxItems: MAX_SLOTS }));

/** What a generation says before it is unlocked. Nothing of it is authenticated until `openIndex` has succeeded. */
export interface Generation {
  readonly number: number;
  readonly vaultId: Buffer;
  readonly epoch: number;
  /** SHA-256 of the generation before, hex; 64 zeros for the first. */
  readonly previous: string;
  readonly createdMs: number;
  readonly slots: readonly Slot[];
  /** SHA-256 of the file, hex. */
  readonly digest: string;
  readonly bytes: Buffer;
}

export type GenerationHead = Omit<Generation, "bytes" | "digest">;

/** The digest that stands before the first generation. */
export const NO_GENERATION = "0".repeat(64);

/** A generation that is to be written. */
export interface EncodedGeneration {
  /** The file; its layout is in `README.md`. */
  readonly bytes: Buffer;
  /** SHA-256 of the index before it was sealed, hex. */
  readonly indexDigest: string;
}

/** E_INPUT where slots or index pass their bounds. */
export function encodeGeneration(
  head: GenerationHead,
  root: RootKey,
  index: IndexDocument,
): EncodedGeneration {
  const slots = encoded("slots", head.slots, slotsSchema, MAX_SLOTS_BYTES);
  const document = encoded("index", index, indexSchema, MAX_INDEX_BYTES);
  try {
    const before = Buffer.concat([
      PREFIX,
      head.vaultId,
      u64(head.number),
      u32(head.epoch),
      Buffer.from(head.previous, "hex"),
      u64(head.createdMs),
      lengthPrefixed(slots),
      u32(document.length + CAE_OVERHEAD),
    ]);
    const bytes = Buffer.concat([before, seal(root.indexKey, "index", before, document)]);
    return { bytes, indexDigest: sha256(document) };
  } finally {
    document.fill(0);
  }
}

/** What a reader would refuse is never written. */
function encoded<T>(what: string, value: T, schema: CompiledSchema<T>, maxBytes: number): Buffer {
  if (!schema.fits(value)) {
    throw new CountersignError("E_INPUT", `expected ${what} within their bounds, got ${schema.complaint()}`);
  }
  const bytes = Buffer.from(canonicalJson(value), "utf8");
  if (bytes.length <= maxBytes) return bytes;
  throw new CountersignError(
    "E_INPUT",
    `expected a vault whose ${what} fit ${maxBytes} bytes, got ${bytes.length}`,
    {
      fix: "Remove credentials that are no longer used.",
    },
  );
}

/** Reads a generation file. `number` is what its name says. E_INTEGRITY. */
export function decodeGeneration(bytes: Buffer, number: number): Generation {
  const reader = new ByteReader(bytes, `generation ${number}`);
  reader.expect(PREFIX, "EVG1, version 1, suite 1");
  const vaultId = Buffer.from(reader.take(VAULT_ID_BYTES));
  const said = reader.u64();
  const epoch = reader.u32();
  const previous = reader.take(DIGEST_BYTES).toString("hex");
  const createdMs = reader.u64();
  const slots = strictJson(reader.lengthPrefixed(MAX_SLOTS_BYTES), slotsSchema, "the slots");
  reader.lengthPrefixed(MAX_INDEX_BYTES + CAE_OVERHEAD);
  reader.end();
  if (said !== number) {
    throw new CountersignError("E_INTEGRITY", `expected generation ${number} in its file, got ${said}`);
  }
  return { number, vaultId, epoch, previous, createdMs, slots, digest: sha256(bytes), bytes };
}

/** The index of a generation, which authenticates all of the file. E_INTEGRITY. */
export function openIndex(generation: Generation, root: RootKey): IndexDocument {
  using document = unsealed(generation, root);
  return strictJson(document.expose(), indexSchema, `the index of generation ${generation.number}`);
}

/** SHA-256 of the index that a generation holds, hex: what it says, without reading it. E_INTEGRITY. */
export function sealedIndexDigest(generation: Generation, root: RootKey): string {
  using document = unsealed(generation, root);
  return sha256(document.expose());
}

function unsealed({ bytes, number }: Generation, root: RootKey): SecretBytes {
  const slotsLength = bytes.readUInt32BE(FIXED_BYTES);
  const start = FIXED_BYTES + 4 + slotsLength + 4;
  const document = open(root.indexKey, "index", bytes.subarray(0, start), bytes.subarray(start));
  if (document !== undefined) return document;
  throw new CountersignError(
    "E_INTEGRITY",
    `expected generation ${number} as it was sealed, got an altered one`,
  );
}

/** Everything before the slots. */
const FIXED_BYTES = PREFIX.length + VAULT_ID_BYTES + 8 + 4 + DIGEST_BYTES + 8;
