import type { KeyObject } from "node:crypto";
import { CountersignError } from "../base/index.ts";
import { Count, Digest, InstantText, Type, closed, compileSchema, type Static } from "../schema/index.ts";
import { lengthPrefixed, u32, u64 } from "./bytes.ts";
import { open, seal } from "./cae.ts";
import { ENTRY_NAME_PATTERN } from "./names.ts";
import { KEY_BYTES, type RootKey } from "./root-key.ts";
import { SecretBytes } from "./secret-bytes.ts";

/** Most credentials in one vault. */
export const MAX_ENTRIES = 50_000;

/** Versions of one credential that are kept; an older one goes when a newer comes. */
export const MAX_VERSIONS = 5;

/** Of SHA-256. */
export const DIGEST_BYTES = 32;

const Base64 = Type.String({ pattern: "^[A-Za-z0-9+/]*={0,2}$" });

/** One value of a credential: where it lies, and its key, wrapped. */
export const EntryVersion = closed({
  version: Type.Integer({ minimum: 1 }),
  created_at: InstantText,
  content_type: Type.String({ minLength: 1, maxLength: 127 }),
  /** SHA-256 of the blob file. */
  blob: Digest,
  /** The data encryption key, sealed under the epoch's wrap key. */
  dek: Base64,
});

export type EntryVersion = Static<typeof EntryVersion>;

/** A credential: its versions, oldest first, at least one. */
export const Entry = closed({
  name: Type.String({ pattern: ENTRY_NAME_PATTERN }),
  created_at: InstantText,
  /** Days after which a new value is due, where its owner said so. */
  max_age_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 36_500 })),
  /** Note for people, e.g. where the credential was issued. Never a credential. */
  note: Type.Optional(Type.String({ maxLength: 1024 })),
  versions: Type.Array(EntryVersion, { minItems: 1, maxItems: MAX_VERSIONS }),
});

export type Entry = Static<typeof Entry>;

/** What is remembered of the vault's own upkeep: the latest instant of each. */
const UpkeepInstants = closed({
  backup: Type.Optional(InstantText),
  kek_added: Type.Optional(InstantText),
  kek_removed: Type.Optional(InstantText),
  restore_tested: Type.Optional(InstantText),
  root_rotated: Type.Optional(InstantText),
});

export type Upkeep = keyof Static<typeof UpkeepInstants>;

export const IndexDocument = closed({
  format: Type.Literal("evlt-index/1"),
  created_at: InstantText,
  /** SHA-256 of every earlier generation, first to last, 32 bytes each: an older file is told from a foreign one. */
  history: Base64,
  /** Root keys of all earlier epochs, each sealed under the next, oldest first. */
  predecessors: Type.Array(closed({ epoch: Count, sealed: Base64 }), { maxItems: 1000 }),
  /** Sorted by name. */
  entries: Type.Array(Entry, { maxItems: MAX_ENTRIES }),
  /** Highest version that each removed name had, so that no version comes twice. */
  removed: Type.Record(Type.String({ pattern: ENTRY_NAME_PATTERN }), Type.Integer({ minimum: 1 })),
  upkeep: UpkeepInstants,
});

export type IndexDocument = Static<typeof IndexDocument>;

export const indexSchema = compileSchema(IndexDocument);

export const entrySchema = compileSchema(Entry);

/**
 * SHA-256 of generation `number` as the index remembers it, hex; empty where it remembers none. Decodes that part alone, four
 * digits for three bytes: a check asks for every generation of a long past.
 */
export function digestInHistory({ history }: IndexDocument, number: number): string {
  const start = (number - 1) * DIGEST_BYTES;
  const firstGroup = Math.floor(start / 3);
  const part = Buffer.from(
    history.slice(firstGroup * 4, Math.ceil((start + DIGEST_BYTES) / 3) * 4),
    "base64",
  );
  return part.subarray(start - firstGroup * 3, start - firstGroup * 3 + DIGEST_BYTES).toString("hex");
}

/** Where a data encryption key belongs; comes from the index's own structure, and is sealed into it. */
export interface DekPlace {
  readonly vaultId: Buffer;
  readonly name: string;
  readonly version: number;
  readonly blob: string;
}

/** `dek` sealed under the epoch's wrap key, for the index. */
export function wrapDek(root: RootKey, place: DekPlace, dek: SecretBytes): string {
  return seal(root.wrapKey, "dek", boundTo(root, place), dek.expose()).toString("base64");
}

/** The data encryption key of one version. E_INTEGRITY when it is not this place's. */
export function unwrapDek(root: RootKey, place: DekPlace, wrapped: string): KeyObject {
  using dek = open(root.wrapKey, "dek", boundTo(root, place), Buffer.from(wrapped, "base64"));
  if (dek?.length === KEY_BYTES) return dek.toKey();
  throw foreign(place);
}

/** The same data encryption key under another epoch's wrap key. E_INTEGRITY. */
export function rewrapDek(from: RootKey, to: RootKey, place: DekPlace, wrapped: string): string {
  using dek = open(from.wrapKey, "dek", boundTo(from, place), Buffer.from(wrapped, "base64"));
  if (dek === undefined) throw foreign(place);
  return wrapDek(to, place, dek);
}

function boundTo(root: RootKey, { vaultId, name, version, blob }: DekPlace): Buffer {
  const where = [u32(root.epoch), lengthPrefixed(name), u64(version), Buffer.from(blob, "hex")];
  return Buffer.concat([vaultId, ...where]);
}

function foreign({ name, version }: DekPlace): CountersignError {
  return new CountersignError(
    "E_INTEGRITY",
    `expected the key of ${name} version ${version} as it was wrapped, got another or altered one`,
  );
}
