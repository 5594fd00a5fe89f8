import { join } from "node:path";
import { CountersignError, DurableDirectory } from "../base/index.ts";
import type { Anchor, AnchorPlace } from "./anchor.ts";
import { NO_GENERATION, decodeGeneration, openIndex, type Generation } from "./generation.ts";
import { DIGEST_BYTES, digestInHistory, type IndexDocument } from "./index-document.ts";
import type { LedgerHead } from "./ledger-heads.ts";
import type { RootKey } from "./root-key.ts";
import { generationsOf, type VaultTerms } from "./terms.ts";
import { unlocked } from "./unlocking.ts";

/** The newest generation, unlocked. */
export interface Head {
  readonly generation: Generation;
  readonly root: RootKey;
  readonly index: IndexDocument;
}

/**
 * Reads, trusts and unlocks the newest generation. The newest alone: a damaged one is an error, never a reason to fall
 * back to an older. `before`: an earlier state that this process has unlocked; a generation of the same epoch has the same
 * root key, which its seal proves, and no key outside is asked again. That may take a second, and who is slower at it than
 * others would always come after them.
 *
 * @throws CountersignError E_NOT_FOUND (no vault), E_INTEGRITY, E_ROLLBACK, E_VAULT_LOCKED, E_DENIED, E_UNREACHABLE, E_DISK.
 */
export async function readHead(terms: VaultTerms, before?: Head): Promise<Head> {
  await refuseReplaced(terms);
  const anchors = await knownAnchors(terms);
  const generation = await newestGeneration(terms, anchors);
  refuseForeign(generation, terms, anchors);
  refuseForgotten(generation, terms, anchors);
  refuseOlder(generation, anchors);
  // What no anchor knows yet may not be durable: acting upon it, a power cut would make an honest disk look rolled back.
  if (anchors.some((anchor) => anchor.generation < generation.number)) await generationsOf(terms).settle();
  const root = rootOf(generation, before) ?? (await unlocked(generation, terms, anchors));
  try {
    const index = openIndex(generation, root);
    refuseBrokenHistory(generation, index, anchors);
    refuseStranger(root, index, terms, anchors);
    return { generation, root, index };
  } catch (thrown) {
    root[Symbol.dispose]();
    throw thrown;
  }
}

function rootOf({ epoch, vaultId }: Generation, before: Head | undefined): RootKey | undefined {
  if (before?.generation.epoch !== epoch || !before.generation.vaultId.equals(vaultId)) return undefined;
  return before.root.copy();
}

/** Every directory of a vault is one of its own: a link or a file in its place was put there by another. E_INTEGRITY, E_DISK. */
async function refuseReplaced({ directory, files }: VaultTerms): Promise<void> {
  for (const below of ["", "blob", "gen", "log"])
    await new DurableDirectory(join(directory, below), files, 0).refuseReplaced();
}

async function knownAnchors(terms: VaultTerms): Promise<Anchor[]> {
  const anchors: Anchor[] = [];
  const empty: AnchorPlace[] = [];
  for (const place of terms.anchors) {
    const anchor = await place.latest();
    if (anchor === undefined) empty.push(place);
    else anchors.push(anchor);
    const head = await place.ledgerHeads?.latest();
    if (lacksHeads(place, anchor, head)) throw headless(place);
    if (head !== undefined && !(await terms.ledger.holds(head))) throw cut(place, head);
  }
  const taken = empty.find((place) => isForgetful(place, anchors));
  if (taken !== undefined) throw forgetful(taken);
  return anchors;
}

/**
 * Whether an empty place was taken away, by what others remember. The ledger is told of a vault before the others are; these
 * know of it before anything is put into it.
 */
export function isForgetful({ first }: AnchorPlace, others: readonly Anchor[]): boolean {
  return others.some(({ generation }) => first || generation > 1);
}

/** Whether a place that knows of commits knows nothing of the ledger that has them: its ledger heads were taken away. */
export function lacksHeads(
  { ledgerHeads }: AnchorPlace,
  anchor: Anchor | undefined,
  head: LedgerHead | undefined,
): boolean {
  return ledgerHeads !== undefined && (anchor?.generation ?? 0) > 1 && head === undefined;
}

function headless({ name }: AnchorPlace): CountersignError {
  const message = `expected ${name} to remember the ledger as it remembers the vault, got nothing`;
  return new CountersignError("E_ROLLBACK", message, {
    fix:
      "Its ledger heads were taken away, e.g. so that leaves could be cut off unseen: find out by whom, and bring them back. " +
      "To go on without, compare the fingerprint with your records, then `countersign vault adopt --fingerprint <it>`.",
  });
}

function forgetful({ name, first }: AnchorPlace): CountersignError {
  const fix = first
    ? "It was taken away, and what it told of access logs with it: find out by whom, and bring it back. " +
      "To go on without, compare the fingerprint with your records, then `countersign vault adopt --fingerprint <it>`."
    : `If you have just configured it: \`countersign vault anchor ${name}\`. Else it was taken away, e.g. so that an older ` +
      "vault would not show, or its disk is not there: find out by whom, and bring it back.";
  return new CountersignError(
    "E_ROLLBACK",
    `expected ${name} to remember the vault as other places do, got nothing`,
    { fix },
  );
}

function cut({ name }: AnchorPlace, { leaves }: LedgerHead): CountersignError {
  return new CountersignError(
    "E_ROLLBACK",
    `expected a ledger with the ${leaves} leaves that ${name} knows, got others or fewer`,
    {
      fix:
        "Leaves were cut off or written anew, and what they told of commits and access logs with them: find out by whom, and " +
        "bring them back. To go on without, compare the fingerprint with your records, then `countersign vault adopt --fingerprint <it>`.",
    },
  );
}

async function newestGeneration(terms: VaultTerms, anchors: readonly Anchor[]): Promise<Generation> {
  const newest = await generationsOf(terms).newest();
  if (newest !== undefined) return decodeGeneration(newest.bytes, newest.number);
  if (anchors.length > 0) throw rollback(`generation ${highestOf(anchors)}`, "no vault at all");
  if (terms.pin !== undefined) throw rollback("some generation", "no vault at all");
  throw noVault(terms.directory);
}

export function noVault(directory: string): CountersignError {
  return new CountersignError("E_NOT_FOUND", `expected a vault in ${directory}, got none`, {
    fix: "Make one with `countersign vault init`, or bring one back with `countersign vault restore`.",
  });
}

function highestOf(anchors: readonly Anchor[]): number {
  return Math.max(...anchors.map(({ generation }) => generation));
}

/** The vault must be the one that anchors and pin name, and one of them must name it. E_INTEGRITY, E_ROLLBACK. */
export function refuseForeign(
  { vaultId }: Generation,
  { pin }: Pick<VaultTerms, "pin">,
  anchors: readonly Anchor[],
): void {
  const expected = [
    ...anchors.map((anchor) => anchor.vault_id),
    ...(pin?.vaultId === undefined ? [] : [pin.vaultId]),
  ];
  const got = vaultId.toString("hex");
  const other = expected.find((id) => id !== got);
  if (other !== undefined) {
    throw new CountersignError("E_INTEGRITY", `expected the vault ${other}, got the vault ${got}`, {
      fix: "Another vault lies where yours was: find out who put it there. What belongs to it cannot be trusted.",
    });
  }
  if (anchors.length > 0 || pin !== undefined) return;
  throw new CountersignError(
    "E_ROLLBACK",
    "expected something here that remembers this vault, got neither anchor nor pin",
    {
      fix:
        "On a new machine: compare the fingerprint with your records, then `countersign vault adopt --fingerprint <it>`. " +
        "After a `vault init` that was interrupted, nothing is in it: remove its directory, then try again.",
    },
  );
}

/**
 * A pin says whose a vault is, not how old. Where a vault that was used lies beside places that all forgot it, they were taken
 * away, or it was moved and nobody has said so. E_ROLLBACK.
 */
function refuseForgotten({ number }: Generation, terms: VaultTerms, anchors: readonly Anchor[]): void {
  if (number === 1 || anchors.length > 0 || terms.anchors.length === 0) return;
  throw new CountersignError(
    "E_ROLLBACK",
    `expected something here that remembers generation ${number} of the vault, or an earlier one, got nothing but the pin`,
    {
      fix:
        "On a new machine: `countersign vault adopt --fingerprint <hex>`. Else ledger and anchors were taken away, e.g. so " +
        "that an older vault would not show: find out by whom, and bring them back.",
    },
  );
}

/** No anchor may know a later generation, nor another of this number. E_ROLLBACK, E_INTEGRITY. */
export function refuseOlder({ number, digest }: Generation, anchors: readonly Anchor[]): void {
  for (const anchor of anchors) {
    if (number < anchor.generation)
      throw rollback(`generation ${anchor.generation} or a later one`, `generation ${number}`);
    if (number === anchor.generation && digest !== anchor.sha256) {
      throw new CountersignError(
        "E_INTEGRITY",
        `expected generation ${number} with digest ${anchor.sha256}, got ${digest}`,
      );
    }
  }
}

function rollback(expected: string, got: string): CountersignError {
  return new CountersignError("E_ROLLBACK", `expected ${expected} of the vault, got ${got}`, {
    fix:
      "The vault was put back to an earlier state: by an attacker, or by a restore that nobody declared. " +
      "Bring back its newest files, or declare the restore with `countersign vault adopt`.",
  });
}

/** The index knows every generation before its own; what an anchor saw must be among them. E_INTEGRITY. */
export function refuseBrokenHistory(
  generation: Generation,
  index: IndexDocument,
  anchors: readonly Anchor[],
): void {
  const { number, previous } = generation;
  const length = Buffer.from(index.history, "base64").length;
  const last = number === 1 ? NO_GENERATION : digestInHistory(index, number - 1);
  if (length !== (number - 1) * DIGEST_BYTES || last !== previous) {
    throw new CountersignError(
      "E_INTEGRITY",
      `expected generation ${number} to follow all before it, got another history`,
    );
  }
  for (const anchor of anchors.filter((one) => one.generation < number)) {
    if (digestInHistory(index, anchor.generation) === anchor.sha256) continue;
    throw new CountersignError(
      "E_INTEGRITY",
      `expected a vault that grew from generation ${anchor.generation} with digest ${anchor.sha256}, got one with another past`,
      { fix: "The vault was replaced by a copy that went another way: bring back its own files." },
    );
  }
}

/** The root key must be, or descend from, each one that an anchor or the pin names: see `RootKey.vouchFor`. E_INTEGRITY. */
export function refuseStranger(
  root: RootKey,
  index: IndexDocument,
  { pin }: Pick<VaultTerms, "pin">,
  anchors: readonly Anchor[],
): void {
  const earlier = predecessors(root, index);
  for (const key of earlier) key[Symbol.dispose]();
  const line = new Map([root, ...earlier].map(({ epoch, fingerprint }) => [epoch, fingerprint]));
  const strange = anchors.find(({ epoch, fingerprint }) => line.get(epoch) !== fingerprint);
  const expected = strange?.fingerprint ?? pin?.fingerprint;
  const fits = strange === undefined && (pin === undefined || [...line.values()].includes(pin.fingerprint));
  if (fits) return;
  throw new CountersignError(
    "E_INTEGRITY",
    `expected a root key with fingerprint ${expected ?? ""}, got ${root.fingerprint}`,
    {
      fix: "Somebody made a vault of their own for your key: bring back your own files.",
    },
  );
}

/** The root keys of all earlier epochs, newest first, each vouched for by the next; the caller disposes of them. E_INTEGRITY. */
export function predecessors(root: RootKey, index: IndexDocument): RootKey[] {
  const keys: RootKey[] = [];
  try {
    for (const { epoch, sealed } of [...index.predecessors].reverse()) {
      const next = keys.at(-1) ?? root;
      const earlier = next.predecessor({ epoch, sealed: Buffer.from(sealed, "base64") });
      if (earlier !== undefined) keys.push(earlier);
      if (earlier === undefined || epoch !== next.epoch - 1) throw unvouched(next, "another");
    }
    const first = keys.at(-1) ?? root;
    if (first.epoch === 1) return keys;
    throw unvouched(first, "none");
  } catch (thrown) {
    for (const key of keys) key[Symbol.dispose]();
    throw thrown;
  }
}

function unvouched({ epoch }: RootKey, got: string): CountersignError {
  return new CountersignError(
    "E_INTEGRITY",
    `expected epoch ${epoch} to vouch for the one before, got ${got}`,
  );
}

/** Where a vault was, none is made in its place: it would look like a substitute. E_ROLLBACK. */
export async function refuseRemembered({ anchors, directory, pin }: VaultTerms): Promise<void> {
  if (pin !== undefined) {
    throw new CountersignError(
      "E_ROLLBACK",
      `expected no pin for a vault that is to be made, got ${pin.fingerprint}, and no vault in ${directory}`,
      {
        fix: "Bring back that vault's files; to give it up for good, take embedded_vault.id and .fingerprint out of countersign.yaml.",
      },
    );
  }
  for (const place of anchors) {
    const anchor = await place.latest();
    if (anchor === undefined) continue;
    throw new CountersignError(
      "E_ROLLBACK",
      `expected no memory of a vault in ${place.name}, got one of ${anchor.vault_id}, and no vault in ${directory}`,
      { fix: "Bring back that vault's files; to give it up for good, name another state directory." },
    );
  }
}
