import { CountersignError, invariant, type ErrorCode } from "../base/index.ts";
import type { Anchor } from "./anchor.ts";
import type { Generation } from "./generation.ts";
import { KEK_CODES, KekFailure, type KekProvider } from "./kek.ts";
import type { RootKey } from "./root-key.ts";
import { openSlot, slotFor } from "./slot.ts";
import type { VaultTerms } from "./terms.ts";

/** The root key, through the first configured key that gives it. As `readHead`. */
export async function unlocked(
  generation: Generation,
  terms: Pick<VaultTerms, "opened" | "pin" | "providers" | "signal">,
  anchors: readonly Anchor[],
): Promise<RootKey> {
  const { vaultId, epoch, slots } = generation;
  const known = anchors.length > 0 || terms.pin !== undefined;
  const failures: KekFailure[] = [];
  const unread: CountersignError[] = [];
  const missed = new Map<string, CountersignError | KekFailure>();
  for (const provider of terms.providers) {
    const slot = await slotFor(slots, provider);
    if (slot === undefined) continue;
    if (!provider.capabilities.authenticatedWrap && !known) throw unpinned(provider);
    try {
      const root = await openSlot(slot, { vaultId, epoch }, provider, terms.signal);
      terms.opened?.({ slot, slots, missed });
      return root;
    } catch (thrown) {
      if (thrown instanceof KekFailure) failures.push(thrown);
      else if (thrown instanceof CountersignError && UNREAD.has(thrown.code)) unread.push(thrown);
      else throw thrown;
      missed.set(slot.id, thrown);
    }
  }
  // Whether these are the bytes that were committed: then a slot that does not open was given the wrong key.
  const committed = anchors.some(({ sha256 }) => sha256 === generation.digest);
  if (failures.length > 0) throw lockedError(failures, committed);
  throw unread[0] ?? (await noSlot(generation, terms.providers, committed));
}

/** How a key that cannot be read where it lies shows. It tells nothing of the vault, and another may still open it. */
const UNREAD: ReadonlySet<ErrorCode> = new Set(["E_DISK", "E_INPUT", "E_NOT_FOUND", "E_REFERENCE"]);

/** Anybody can wrap for a public key: such a slot proves nothing of who made the vault. */
function unpinned(provider: KekProvider): CountersignError {
  return new CountersignError(
    "E_ROLLBACK",
    `expected an anchor or a pin beside a ${provider.type} slot, got neither`,
    {
      fix: "Give embedded_vault.id and embedded_vault.fingerprint in countersign.yaml: anybody can make a slot for a public key.",
    },
  );
}

async function noSlot(
  { slots }: Generation,
  providers: readonly KekProvider[],
  committed: boolean,
): Promise<CountersignError> {
  const configured: string[] = [];
  for (const provider of providers) configured.push(`${provider.type} ${await provider.identity()}`);
  const held = slots.map(({ type, identity }) => `${type} ${identity}`).join(", ");
  const got = configured.length === 0 ? "no key configured" : configured.join(", ");
  const [code, doubt] = committed ? (["E_VAULT_LOCKED", ""] as const) : (["E_INTEGRITY", ALTERED] as const);
  return new CountersignError(code, `expected a key for one of the slots ${held}, got ${got}${doubt}`, {
    fix: "Configure one of these keys under embedded_vault.keys in countersign.yaml.",
  });
}

/** Where no anchor knows these very bytes, a key that fits no slot and a slot made to fit no key look alike. */
const ALTERED = " (or the slot was altered)";

/** Damage goes before outage, outage before a wrong key: each reads as what it is. */
const PRECEDENCE = ["corrupt", "unavailable", "denied", "wrong_key"] as const;

function lockedError(failures: readonly KekFailure[], committed: boolean): CountersignError {
  const [worst] = PRECEDENCE.flatMap((reason) => failures.filter((failure) => failure.reason === reason));
  invariant(worst !== undefined, "expected a failure that says why");
  const said = failures.map(({ message }) => message).join("; ");
  const doubt = worst.reason === "wrong_key" && !committed ? ALTERED : "";
  return new CountersignError(
    worst.reason === "wrong_key" && !committed ? "E_INTEGRITY" : KEK_CODES[worst.reason],
    `expected a key that opens the vault, got: ${said}${doubt}`,
    {
      cause: worst,
      ...(worst.fix === undefined ? {} : { fix: worst.fix }),
    },
  );
}
