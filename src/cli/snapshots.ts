import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CountersignError, fileError, sha256 } from "../base/index.ts";
import { renormalise, type Renormalised } from "../collect/index.ts";
import { connectors } from "../connectors/index.ts";
import { listSnapshots, readRecords, type RawRecord } from "../facts/index.ts";
import { stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";

export interface SnapshotOptions extends ConfigOptions {
  /** A snapshot's id, or its directory; the newest where absent. */
  readonly from?: string;
}

/** A snapshot as it is worked with: its facts made again from its records. */
export interface OpenedSnapshot extends Renormalised {
  readonly directory: string;
  readonly manifestSha256: string;
  readonly records: readonly RawRecord[];
}

/** Opens a snapshot and holds its facts against its records. E_NOT_FOUND, E_INTEGRITY. */
export async function openSnapshot(
  environment: Environment,
  options: SnapshotOptions,
): Promise<OpenedSnapshot> {
  const directory = await snapshotDirectory(environment, options);
  const made = await renormalise(directory, [...connectors.values()]);
  const path = join(directory, "manifest.json");
  const manifestBytes = await readFile(path).catch((thrown: unknown) => {
    throw fileError(thrown, path, "read");
  });
  for (const { storeId, recorded, present } of made.revised) {
    environment.terminal.err(
      `${storeId}: read by revision ${recorded} of its connector, judged by revision ${present}; its facts were made anew\n`,
    );
  }
  const records = await readRecords(directory, made.manifest);
  return { ...made, directory, manifestSha256: sha256(manifestBytes), records };
}

async function snapshotDirectory(
  environment: Environment,
  { from, ...options }: SnapshotOptions,
): Promise<string> {
  const parent = join(stateDirectory(environment, options), "snapshots");
  const ids = await listSnapshots(parent);
  if (from === undefined) {
    const newest = ids.at(-1);
    if (newest !== undefined) return join(parent, newest);
    throw new CountersignError("E_NOT_FOUND", `expected a snapshot in ${parent}, got none`, {
      fix: "Run `countersign collect` first, or name a snapshot with --from.",
    });
  }
  return ids.includes(from) ? join(parent, from) : resolve(environment.cwd, from);
}
