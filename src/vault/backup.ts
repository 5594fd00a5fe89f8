import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { basename, dirname, join } from "node:path";
import { extract, pack } from "tar-stream";
import { CountersignError, DurableDirectory, messageOf, type FileSystem } from "../base/index.ts";
import { MAX_BLOB_BYTES } from "./blob.ts";
import { MAX_GENERATION_BYTES } from "./generation.ts";
import { identitiesIn } from "./providers/age.ts";
import type { SecretBytes } from "./secret-bytes.ts";

/** Longest backup that is made or read. */
export const MAX_BACKUP_BYTES = 1024 * 1024 * 1024;

const MAX_FILES = 1_000_000;

/** What a backup holds, and nothing else: no path of it can lead out of the vault's directory. */
const MEMBER = /^(?:gen\/\d{12}|blob\/([0-9a-f]{2})\/\1[0-9a-f]{62}|log\/[0-9A-Za-z-]{1,64}\.jsonl)$/;

/** Files of a vault by their path in its directory. */
export type BackupFiles = ReadonlyMap<string, Buffer>;

/**
 * A tar of the files, encrypted for age recipients (`age1…`): the stock `age -d | tar x` opens it too. What it holds is
 * still under the vault's own keys. E_INPUT for a recipient that is none, and for a vault of more than half of `MAX_BACKUP_BYTES`.
 */
export async function sealBackup(
  files: BackupFiles,
  recipients: readonly string[],
  at: Date,
): Promise<Buffer> {
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      const message = `expected an age recipient (age1…), got ${JSON.stringify(recipient.slice(0, 80))}`;
      throw new CountersignError("E_INPUT", message, {
        cause,
        fix: "Make a key pair: age-keygen -o backup.key",
      });
    }
  }
  if (recipients.length === 0)
    throw new CountersignError("E_INPUT", "expected a recipient of the backup, got none");
  const size = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  if (size > MAX_BACKUP_BYTES / 2) {
    const message = `expected a vault of at most ${MAX_BACKUP_BYTES / 2} bytes, got ${size}`;
    throw new CountersignError("E_INPUT", message, {
      fix: "Move old access logs elsewhere, then try again.",
    });
  }
  const archive = pack();
  for (const [name, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    archive.entry({ name, mode: 0o600, mtime: at }, bytes);
  }
  archive.finalize();
  return Buffer.from(await encrypter.encrypt(await buffer(archive)));
}

/**
 * The files in a backup, by an age identity file as age-keygen writes it. E_VAULT_LOCKED for another's, E_INPUT where it
 * holds no identity, E_INTEGRITY.
 */
export async function openBackup(sealed: Uint8Array, identity: SecretBytes): Promise<Map<string, Buffer>> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  try {
    // The library takes identities as text alone.
    for (const one of identitiesIn(identity.expose().toString("utf8"))) decrypter.addIdentity(one);
  } catch {
    // Neither its message nor the cause is passed on: the library's could quote the identity.
    throw new CountersignError(
      "E_INPUT",
      "expected an age identity (AGE-SECRET-KEY-1…), got something else",
      {
        fix: "Give the file that age-keygen wrote.",
      },
    );
  }
  let tar: Uint8Array;
  try {
    tar = await decrypter.decrypt(sealed);
  } catch (cause) {
    const other = /no identity matched/i.test(messageOf(cause));
    const got = other ? "one for another key" : "one that does not decrypt";
    const message = `expected a backup for this identity, got ${got}`;
    throw new CountersignError(other ? "E_VAULT_LOCKED" : "E_INTEGRITY", message, {
      cause,
      fix: "Give the identity file that belongs to the backup's recipient, and the backup as it was written.",
    });
  }
  return await unpacked(tar);
}

async function unpacked(tar: Uint8Array): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const archive = extract();
  Readable.from([tar]).pipe(archive);
  try {
    for await (const entry of archive) {
      const { name, type, size } = entry.header;
      const largest = name.startsWith("gen/") ? MAX_GENERATION_BYTES : MAX_BLOB_BYTES;
      const bounded = name.startsWith("log/") || size <= largest;
      if (type !== "file" || !MEMBER.test(name) || files.has(name) || !bounded || files.size >= MAX_FILES) {
        throw new CountersignError(
          "E_INTEGRITY",
          `expected files of a vault in the backup, got ${JSON.stringify(name.slice(0, 100))}`,
        );
      }
      files.set(name, await buffer(entry));
    }
  } catch (thrown) {
    if (thrown instanceof CountersignError) throw thrown;
    throw new CountersignError("E_INTEGRITY", `expected a tar in the backup, got: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  if (![...files.keys()].some((name) => name.startsWith("gen/"))) {
    throw new CountersignError("E_INTEGRITY", "expected a generation in the backup, got none");
  }
  return files;
}

/** Writes the files of a backup where no vault is; generations last, so that half of one is no vault. E_INPUT, E_DISK. */
export async function restoreFiles(files: BackupFiles, directory: string, system: FileSystem): Promise<void> {
  const generations = new DurableDirectory(join(directory, "gen"), system, MAX_GENERATION_BYTES);
  if ((await generations.names()).length > 0) {
    throw new CountersignError("E_INPUT", `expected no vault in ${directory}, got one`, {
      fix:
        "Move it aside first, or restore into another state directory. After a restore that was interrupted, " +
        "`countersign vault adopt --fingerprint <hex>` ends it.",
    });
  }
  for (const path of ["", "blob", "log", "gen"])
    await new DurableDirectory(join(directory, path), system, 0).make();
  const made = new Set<string>();
  const last = (path: string): number => (path.startsWith("gen/") ? 1 : 0);
  for (const [path, bytes] of [...files].sort(([a], [b]) => last(a) - last(b) || (a < b ? -1 : 1))) {
    const place = new DurableDirectory(join(directory, dirname(path)), system, Math.max(bytes.length, 1));
    if (!made.has(dirname(path))) await place.make();
    made.add(dirname(path));
    // An access log that lies here may have gone on since.
    if ((await place.place(basename(path), bytes)) || path.startsWith("log/")) continue;
    // Half of an earlier restore is gone on with; anything else there is not ours to mix with.
    if ((await place.read(basename(path))).equals(bytes)) continue;
    throw new CountersignError("E_INPUT", `expected ${path} of the backup in ${directory}, got another`, {
      fix: "Move the directory aside, then restore again.",
    });
  }
}
