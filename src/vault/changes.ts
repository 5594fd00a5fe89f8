import { CountersignError, sha256, sortedBy } from "../base/index.ts";
import { decodeBlob, encodeBlob } from "./blob.ts";
import {
  MAX_VERSIONS,
  entrySchema,
  rewrapDek,
  unwrapDek,
  wrapDek,
  type Entry,
  type EntryVersion,
  type IndexDocument,
  type Upkeep,
} from "./index-document.ts";
import { KEY_BYTES, type RootKey } from "./root-key.ts";
import { SecretBytes } from "./secret-bytes.ts";

/** What a change is made in. */
export interface ChangeContext {
  readonly vaultId: Buffer;
  readonly root: RootKey;
  readonly index: IndexDocument;
  /** RFC 3339. */
  readonly at: string;
}

/** A blob file to be, by its name. */
export interface NewBlob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface PutOptions {
  /** Media type; `text/plain` where it is not said. */
  readonly contentType?: string;
  readonly maxAgeDays?: number;
  readonly note?: string;
}

export interface Puts {
  readonly index: IndexDocument;
  readonly blobs: readonly NewBlob[];
  /** Number of the version that each name was given. */
  readonly versions: ReadonlyMap<string, number>;
}

/**
 * A new version of each name, which may be new itself. The oldest version beyond `MAX_VERSIONS` goes. The index is gone
 * through once, however many there are: an import puts thousands. E_INPUT where a note, a type or an age is out of bounds.
 */
export function put(
  context: ChangeContext,
  secrets: ReadonlyMap<string, SecretBytes>,
  { maxAgeDays, note, contentType = "text/plain" }: PutOptions,
): Puts {
  const { index, at } = context;
  const earlier = new Map(index.entries.map((entry) => [entry.name, entry]));
  const gone = new Map(Object.entries(index.removed));
  const made = [...secrets].map(([name, secret]) => {
    const known = earlier.get(name);
    const version = (known?.versions.at(-1)?.version ?? gone.get(name) ?? 0) + 1;
    const head = { version, created_at: at, content_type: contentType };
    const sealed = sealedVersion(context, name, head, secret);
    const entry: Entry = {
      ...known,
      name,
      created_at: known?.created_at ?? at,
      ...(maxAgeDays === undefined ? {} : { max_age_days: maxAgeDays }),
      ...(note === undefined ? {} : { note }),
      versions: [...(known?.versions ?? []), sealed.version].slice(-MAX_VERSIONS),
    };
    refuseUnfit(entry);
    return { entry, version, blob: sealed.blob };
  });
  const removed = Object.fromEntries([...gone].filter(([name]) => !secrets.has(name)));
  const entries = made.map(({ entry }) => entry);
  return {
    index: { ...withEntries(index, entries), removed },
    blobs: made.map(({ blob }) => blob),
    versions: new Map(made.map(({ entry, version }) => [entry.name, version])),
  };
}

/** Before a blob is written for it: no reader would take an index with such an entry. E_INPUT. */
function refuseUnfit(entry: Entry): void {
  if (entrySchema.fits(entry)) return;
  const { path, expected } = entrySchema.misfit();
  throw new CountersignError("E_INPUT", `expected another value: ${path.join(".")} ${expected}`);
}

/** Without `name`; its versions are not given to anything else later. E_NOT_FOUND. */
export function remove(index: IndexDocument, name: string): IndexDocument {
  const last = entryOf(index, name).versions.at(-1)?.version ?? 1;
  const entries = index.entries.filter((entry) => entry.name !== name);
  return { ...index, entries, removed: { ...index.removed, [name]: last } };
}

/** R3: every version of `name` under a new data encryption key, in a new blob. `read` gives the blob files there are. */
export async function rekey(
  context: ChangeContext,
  name: string,
  read: (digest: string) => Promise<Buffer>,
): Promise<{ index: IndexDocument; blobs: NewBlob[] }> {
  const entry = entryOf(context.index, name);
  const made: { version: EntryVersion; blob: NewBlob }[] = [];
  for (const version of entry.versions) {
    using secret = openVersion(context, name, version, await read(version.blob));
    made.push(sealedVersion(context, name, version, secret));
  }
  const index = withEntries(context.index, [{ ...entry, versions: made.map(({ version }) => version) }]);
  return { index, blobs: made.map(({ blob }) => blob) };
}

/** R2: the index under the next epoch's root key. Every data encryption key is wrapped anew; no blob changes. */
export function succeed({ index, root, vaultId, at }: ChangeContext, next: RootKey): IndexDocument {
  const entries = index.entries.map((entry) => ({
    ...entry,
    versions: entry.versions.map((version) => {
      const place = { vaultId, name: entry.name, version: version.version, blob: version.blob };
      return { ...version, dek: rewrapDek(root, next, place, version.dek) };
    }),
  }));
  const { epoch, sealed } = next.vouchFor(root);
  const predecessors = [...index.predecessors, { epoch, sealed: sealed.toString("base64") }];
  return withUpkeep({ ...index, entries, predecessors }, "root_rotated", at);
}

/** Remembers that a piece of the vault's upkeep was done. */
export function withUpkeep(index: IndexDocument, upkeep: Upkeep, at: string): IndexDocument {
  return { ...index, upkeep: { ...index.upkeep, [upkeep]: at } };
}

/** E_NOT_FOUND. */
export function entryOf(index: IndexDocument, name: string): Entry {
  const entry = index.entries.find((one) => one.name === name);
  if (entry !== undefined) return entry;
  throw new CountersignError("E_NOT_FOUND", `expected a credential called ${name} in the vault, got none`, {
    fix: "`countersign vault list` shows what is there; `countersign vault put` adds one.",
  });
}

/** One version; the newest where none is asked for. E_NOT_FOUND. */
export function versionOf({ name, versions }: Entry, wanted?: number): EntryVersion {
  const found = wanted === undefined ? versions.at(-1) : versions.find(({ version }) => version === wanted);
  if (found !== undefined) return found;
  const kept = versions.map(({ version }) => version).join(", ");
  throw new CountersignError(
    "E_NOT_FOUND",
    `expected version ${wanted ?? ""} of ${name}, got versions ${kept}`,
  );
}

/** The secret of one version, from its blob file. E_INTEGRITY. */
export function openVersion(
  { vaultId, root }: Pick<ChangeContext, "root" | "vaultId">,
  name: string,
  { version, blob, dek, content_type }: EntryVersion,
  bytes: Buffer,
): SecretBytes {
  if (sha256(bytes) !== blob) {
    throw new CountersignError(
      "E_INTEGRITY",
      `expected the blob of ${name} version ${version} to be ${blob}, got another`,
    );
  }
  const key = unwrapDek(root, { vaultId, name, version, blob }, dek);
  return decodeBlob(bytes, { vaultId, name, version, contentType: content_type }, key);
}

function sealedVersion(
  { vaultId, root }: ChangeContext,
  name: string,
  head: Pick<EntryVersion, "content_type" | "created_at" | "version">,
  secret: SecretBytes,
): { version: EntryVersion; blob: NewBlob } {
  const { version, created_at, content_type } = head;
  using dek = SecretBytes.random(KEY_BYTES);
  const bytes = encodeBlob({ vaultId, name, version, contentType: content_type }, dek.toKey(), secret);
  const digest = sha256(bytes);
  const wrapped = wrapDek(root, { vaultId, name, version, blob: digest }, dek);
  return {
    version: { version, created_at, content_type, blob: digest, dek: wrapped },
    blob: { digest, bytes },
  };
}

/** Entries stay sorted by name; a name that is there gets the new entry. */
function withEntries(index: IndexDocument, entries: readonly Entry[]): IndexDocument {
  const all = new Map([...index.entries, ...entries].map((entry) => [entry.name, entry]));
  return { ...index, entries: sortedBy(all.values(), ({ name }) => name) };
}
