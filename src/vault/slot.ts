import { randomBytes } from "node:crypto";
import { InstantText, Type, closed, literals, type Static } from "../schema/index.ts";
import { lengthPrefixed, u32 } from "./bytes.ts";
import { open, seal } from "./cae.ts";
import { KekFailure, type KekProvider } from "./kek.ts";
import { KEY_BYTES, RootKey } from "./root-key.ts";
import { SecretBytes } from "./secret-bytes.ts";

/** Most ways into one vault. */
export const MAX_SLOTS = 16;

const Base64 = Type.String({ pattern: "^[A-Za-z0-9+/]+={0,2}$", maxLength: 16_384 });

/** `daily` opens in operation; `recovery` is kept for the day when that one is lost. */
const SlotPurpose = literals(["daily", "recovery"]);

/** One way into the vault: the root key under a slot key that one provider wraps. Readable before unlocking. */
export const Slot = closed({
  id: Type.String({ pattern: "^[0-9a-f]{16}$" }),
  type: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,31}$" }),
  /** Which key of that type. */
  identity: Type.String({ minLength: 1, maxLength: 1024 }),
  purpose: SlotPurpose,
  created_at: InstantText,
  /** The slot key, as the provider wrapped it. */
  wrapped: Base64,
  /** The root key, sealed under the slot key. */
  sealed: Base64,
});

export type Slot = Static<typeof Slot>;
export type SlotPurpose = Static<typeof SlotPurpose>;

/** What a slot belongs to; comes from the reader, never from the slot. */
export interface SlotPlace {
  readonly vaultId: Buffer;
  readonly epoch: number;
}

type SlotHead = Pick<Slot, "id" | "type" | "identity" | "purpose">;

/** Makes a slot in which `provider` holds `root`. Throws `KekFailure`. */
export async function makeSlot(
  root: RootKey,
  vaultId: Buffer,
  provider: KekProvider,
  purpose: SlotPurpose,
  createdAt: string,
  signal: AbortSignal,
): Promise<Slot> {
  const identity = await provider.identity();
  const head: SlotHead = { id: randomBytes(8).toString("hex"), type: provider.type, identity, purpose };
  const context = contextOf({ vaultId, epoch: root.epoch }, head);
  using slotKey = SecretBytes.random(KEY_BYTES);
  const wrapped = await provider.wrap(slotKey, context, signal);
  const sealed = root.expose((bytes) => seal(slotKey.toKey(), "slot", boundTo(context, wrapped), bytes));
  return {
    ...head,
    created_at: createdAt,
    wrapped: Buffer.from(wrapped).toString("base64"),
    sealed: sealed.toString("base64"),
  };
}

/** The root key in `slot`, by the provider that holds it. Throws `KekFailure`: the slot's own damage is `corrupt`. */
export async function openSlot(
  slot: Slot,
  place: SlotPlace,
  provider: KekProvider,
  signal: AbortSignal,
): Promise<RootKey> {
  // Type and identity are those of the provider that the reader configured, whatever the slot says.
  const head = { ...slot, type: provider.type, identity: await provider.identity() };
  const context = contextOf(place, head);
  const wrapped = Buffer.from(slot.wrapped, "base64");
  using slotKey = await provider.unwrap(wrapped, context, signal);
  if (slotKey.length !== KEY_BYTES) {
    throw new KekFailure("corrupt", `expected a key of ${KEY_BYTES} bytes, got ${slotKey.length}`);
  }
  const sealed = Buffer.from(slot.sealed, "base64");
  const secret = open(slotKey.toKey(), "slot", boundTo(context, wrapped), sealed);
  if (secret?.length === KEY_BYTES) return new RootKey(secret, place.vaultId, place.epoch);
  secret?.[Symbol.dispose]();
  throw new KekFailure(
    "corrupt",
    "the slot does not open under its own key: it was altered or belongs elsewhere",
  );
}

/** The slot that `provider` may open; a vault has at most one for one key. */
export async function slotFor(slots: readonly Slot[], provider: KekProvider): Promise<Slot | undefined> {
  const identity = await provider.identity();
  return slots.find((slot) => slot.type === provider.type && slot.identity === identity);
}

function contextOf({ vaultId, epoch }: SlotPlace, { id, type, identity, purpose }: SlotHead): Buffer {
  const parts = [id, type, identity, purpose].map(lengthPrefixed);
  return Buffer.concat([vaultId, u32(epoch), ...parts]);
}

function boundTo(context: Buffer, wrapped: Uint8Array): Buffer {
  return Buffer.concat([context, lengthPrefixed(wrapped)]);
}
