import { canonicalJson } from "../../src/base/index.ts";
import { lengthPrefixed, u32 } from "../../src/vault/bytes.ts";
import { CAE_OVERHEAD, seal } from "../../src/vault/cae.ts";
import {
  decodeGeneration,
  encodeGeneration,
  openIndex,
  type Generation,
} from "../../src/vault/generation.ts";
import type { IndexDocument } from "../../src/vault/index-document.ts";
import type { KekProvider, VaultTerms } from "../../src/vault/index.ts";
import type { RootKey } from "../../src/vault/root-key.ts";
import { openSlot, slotFor, type Slot } from "../../src/vault/slot.ts";
import { generationsOf } from "../../src/vault/terms.ts";
import type { FakeDisk } from "./fake-file-system.ts";

/** Bytes before the slots. */
const FIXED = 74;

export function pathOf(number: number): string {
  return `/state/vault/gen/${String(number).padStart(12, "0")}`;
}

export function generationOn(disk: FakeDisk, number: number): Generation {
  return decodeGeneration(disk.bytesOf(pathOf(number)), number);
}

/** The root key and the index of a generation, as whoever holds `provider` may have them. */
export async function unlockedBy(
  provider: KekProvider,
  generation: Generation,
): Promise<{ root: RootKey; index: IndexDocument }> {
  const slot = (await slotFor(generation.slots, provider))!;
  const root = await openSlot(slot, generation, provider, new AbortController().signal);
  return { root, index: openIndex(generation, root) };
}

/** Fingerprint of the newest root key, as whoever made the vault knows it; zeros where there is no vault. */
export async function fingerprintThere(terms: VaultTerms): Promise<string> {
  const newest = await generationsOf(terms).newest();
  if (newest === undefined) return "0".repeat(32);
  const { root } = await unlockedBy(terms.providers[0]!, decodeGeneration(newest.bytes, newest.number));
  return root.fingerprint;
}

/** The same file with other slots, as whoever has no key can make it. */
export function withSlots({ bytes }: Generation, slots: Buffer | readonly Slot[]): Buffer {
  const text = Buffer.isBuffer(slots) ? slots : Buffer.from(canonicalJson(slots));
  const rest = bytes.subarray(FIXED + 4 + bytes.readUInt32BE(FIXED));
  return Buffer.concat([bytes.subarray(0, FIXED), lengthPrefixed(text), rest]);
}

/** The same generation with another index, as whoever has the root key can make it. */
export function withIndex(generation: Generation, root: RootKey, index: Buffer | IndexDocument): Buffer {
  if (!Buffer.isBuffer(index)) return encodeGeneration(generation, root, index).bytes;
  const start = FIXED + 4 + generation.bytes.readUInt32BE(FIXED);
  const before = Buffer.concat([generation.bytes.subarray(0, start), u32(index.length + CAE_OVERHEAD)]);
  return Buffer.concat([before, seal(root.indexKey, "index", before, index)]);
}
