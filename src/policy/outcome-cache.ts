import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { digestOf, fileError, makeDirectory } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import { resolveParams, type ParamSettings } from "./params.ts";
import { Pack, PackWriter } from "./outcome-pack.ts";

/** Bump when the same bundle would give other outcomes for the same subject, so that kept ones are not taken. */
const EVALUATION_REVISION = 1;

/**
 * Outcomes kept from one run to the next. A subject's outcomes depend on its own bytes, the bundle and the parameters:
 * a cache stands for one bundle with its parameters, and is asked by the subject's line.
 */
export interface OutcomeCache {
  /** The outcome lines of this very subject, if they were kept; they stay for the next run. */
  take(subject: Uint8Array): Uint8Array | undefined;
  /**
   * Ends a group of what was taken. What it gives is called once when nothing of this group is needed any more: its memory
   * then serves what is taken later. Groups are let go in the order in which they were taken.
   */
  endGroup(): () => void;
  /** Keeps a subject's outcome lines for the next run. */
  keep(subject: Uint8Array, outcomes: Uint8Array): void;
  /** What was taken and kept becomes the next run's cache; nothing else stays. */
  commit(): void;
  /** Ends the use. Without a commit before, the cache stays as it was. */
  close(): void;
}

const FILE = "outcomes.pack";

/**
 * A cache in one packed file in `directory`. What was kept for another bundle or other parameters, and whatever does not
 * carry its checksum, or is no regular file, counts as not kept and is evaluated again. One process at a time. E_DISK.
 */
export async function openOutcomeCache(
  directory: string,
  bundle: Bundle,
  settings: ParamSettings = {},
): Promise<OutcomeCache> {
  const params = resolveParams(bundle.catalogue, settings);
  const key = Buffer.from(digestOf([EVALUATION_REVISION, bundle.digest, params]), "hex");
  const path = join(directory, FILE);
  await makeDirectory(directory).catch((thrown: unknown) => {
    throw fileError(thrown, path, "write");
  });
  return onDisk(path, () => new PackedCache(path, key));
}

function onDisk<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw fileError(thrown, path, "write");
  }
}

/**
 * A run leaves the entries that it takes where they are and writes new ones behind them. Where there is no such pack,
 * or more than half of it is dead, it writes a new file instead.
 */
class PackedCache implements OutcomeCache {
  private readonly path: string;
  private readonly partial: string;
  private readonly kept: Pack | undefined;
  private readonly appending: boolean;
  private readonly writer: PackWriter;
  private committed = false;

  constructor(path: string, key: Buffer) {
    this.path = path;
    this.partial = `${path}.${process.pid}.tmp`;
    this.kept = Pack.open(path, key);
    this.appending = this.kept !== undefined && !this.kept.wasteful;
    if (!this.appending) rmSync(this.partial, { force: true }); // of a process that died and had this one's number
    this.writer = this.appending
      ? new PackWriter(path, key, this.kept?.size ?? 0)
      : new PackWriter(this.partial, key, 0);
  }

  take(subject: Uint8Array): Uint8Array | undefined {
    const { kept } = this;
    const found = kept?.find(subject);
    if (kept === undefined || found === undefined) return undefined;
    if (this.appending) this.writer.list(kept.record(found.record));
    else this.keep(subject, found.outcomes);
    return found.outcomes;
  }

  endGroup(): () => void {
    return this.kept?.endGroup() ?? (() => undefined);
  }

  keep(subject: Uint8Array, outcomes: Uint8Array): void {
    onDisk(this.path, () => this.writer.append(subject, outcomes));
  }

  commit(): void {
    onDisk(this.path, () => {
      this.writer.end();
      // Not synced: what a crash leaves fails its checksums and counts as absent.
      if (!this.appending) renameSync(this.partial, this.path);
    });
    this.committed = true;
  }

  close(): void {
    this.kept?.close();
    if (!this.committed) this.writer.rollBack();
    this.writer.close();
    if (!this.appending) rmSync(this.partial, { force: true });
  }
}
