import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { digestOf, fileError, makeDirectory } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import { resolveParams, type ParamSettings } from "./params.ts";
import { Pack, PackWriter } from "./outcome-pack.ts";
import { Sample, type Taken } from "./sample.ts";

/** Bump when the same bundle would give other outcomes for the same document, so that kept ones are not taken. */
const EVALUATION_REVISION = 6;

/**
 * Outcomes kept from one run to the next. They depend on the subject's document, the bundle and the parameters: a cache
 * stands for one bundle with its parameters, and is asked by the document.
 */
export interface OutcomeCache {
  /** The line of outcomes of this very document, if it was kept; it stays for the next run. */
  take(document: Uint8Array): Uint8Array | undefined;
  /**
   * Ends a group of what was taken. What it gives is called once when nothing of this group is needed any more: its memory
   * then serves what is taken later. Groups are let go in the order in which they were taken.
   */
  endGroup(): () => void;
  /** Keeps a document's line of outcomes for the next run. */
  keep(document: Uint8Array, outcomes: Uint8Array): void;
  /** A random sample of what was taken so far, to be evaluated again: checksums do not stop who writes them anew. */
  sampled(): readonly Taken[];
  /** What was taken and kept becomes the next run's cache; nothing else stays. */
  commit(): void;
  /** Nothing stays: what was kept is not what evaluation gives. */
  discard(): void;
  /** Ends the use. Without a commit or a discard before, the cache stays as it was. */
  close(): void;
}

const FILE = "outcomes.pack";

export interface CacheOptions {
  readonly settings?: ParamSettings;
  /**
   * Uniform in [0, 1). With it, what was kept is taken, and a sample of it evaluated again. Without it nothing is taken:
   * everything is evaluated, and kept for the next run.
   */
  readonly random?: () => number;
}

/**
 * A cache in one packed file in `directory`. What was kept for another bundle or other parameters, and whatever does not
 * carry its checksum, or is no regular file, counts as not kept and is evaluated again. One process at a time. E_DISK.
 */
export async function openOutcomeCache(
  directory: string,
  bundle: Bundle,
  { settings = {}, random }: CacheOptions = {},
): Promise<OutcomeCache> {
  const params = resolveParams(bundle.catalogue, settings);
  const key = Buffer.from(digestOf([EVALUATION_REVISION, bundle.digest, params]), "hex");
  const path = join(directory, FILE);
  await makeDirectory(directory).catch((thrown: unknown) => {
    throw fileError(thrown, path, "write");
  });
  return onDisk(path, () => new PackedCache(path, key, random));
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
  private readonly sample: Sample;
  private left: "committed" | "discarded" | undefined;

  constructor(path: string, key: Buffer, random: (() => number) | undefined) {
    this.path = path;
    this.partial = `${path}.${process.pid}.tmp`;
    this.kept = random === undefined ? undefined : Pack.open(path, key);
    this.sample = new Sample(random ?? (() => 0));
    this.appending = this.kept !== undefined && !this.kept.wasteful;
    if (!this.appending) rmSync(this.partial, { force: true }); // of a process that died and had this one's number
    this.writer = this.appending
      ? new PackWriter(path, key, this.kept?.size ?? 0)
      : new PackWriter(this.partial, key, 0);
  }

  take(document: Uint8Array): Uint8Array | undefined {
    const { kept } = this;
    const found = kept?.find(document);
    if (kept === undefined || found === undefined) return undefined;
    if (this.appending) this.writer.list(kept.index, found.record);
    else this.keep(document, found.outcomes);
    this.sample.offer({ document, outcomes: found.outcomes });
    return found.outcomes;
  }

  sampled(): readonly Taken[] {
    return this.sample.all();
  }

  endGroup(): () => void {
    return this.kept?.endGroup() ?? (() => undefined);
  }

  keep(document: Uint8Array, outcomes: Uint8Array): void {
    onDisk(this.path, () => this.writer.append(document, outcomes));
  }

  commit(): void {
    onDisk(this.path, () => {
      this.writer.end();
      // Not synced: what a crash leaves fails its checksums and counts as absent.
      if (!this.appending) renameSync(this.partial, this.path);
    });
    this.left = "committed";
  }

  discard(): void {
    this.left = "discarded";
  }

  close(): void {
    this.kept?.close();
    if (this.left !== "committed") this.writer.rollBack();
    this.writer.close();
    if (!this.appending) rmSync(this.partial, { force: true });
    if (this.left === "discarded") onDisk(this.path, () => rmSync(this.path, { force: true }));
  }
}
