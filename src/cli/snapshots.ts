import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { CountersignError } from "../base/index.ts";
import { reperform, type Reperformed } from "../collect/index.ts";
import { connectors } from "../connectors/index.ts";
import {
  afterNow,
  isBefore,
  listSnapshots,
  readFacts,
  readManifest,
  secondOfName,
  type SnapshotManifest,
  type SnapshotOrder,
} from "../facts/index.ts";
import { MAX_EARLIER, stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import { reportable, unreadSources, type Told } from "./unread.ts";

export interface SnapshotOptions extends ConfigOptions {
  /** A snapshot's id, or its directory; the newest where absent. */
  readonly from?: string;
  /** By which option of the command a snapshot is named; `--from` unless said. */
  readonly naming?: string;
}

/** A snapshot as it is worked with: everything in it made again from its records. */
export interface OpenedSnapshot extends Reperformed {
  readonly directory: string;
}

/** Opens a snapshot and holds all that it says against its records. E_NOT_FOUND, E_INTEGRITY. */
export async function openSnapshot(
  environment: Environment,
  options: SnapshotOptions,
): Promise<OpenedSnapshot> {
  const { directory, named } = await snapshotDirectory(environment, options);
  const perform = async () => await reperform(directory, [...connectors.values()]);
  const made = await (named ? whole(directory, perform) : perform());
  const { snapshot_id } = made.manifest;
  // The newest is found by its name: another's name would put it into another's place.
  if (named && basename(directory) !== snapshot_id) {
    throw new CountersignError(
      "E_INTEGRITY",
      `expected the snapshot ${basename(directory)} in ${directory}, got ${snapshot_id}`,
      { fix: "Give the directory its snapshot's name again." },
    );
  }
  for (const { storeId, recorded, present } of made.revised) {
    environment.terminal.err(
      `${storeId}: read by revision ${recorded} of its connector, judged by revision ${present}; its facts were made anew, and what it asks today and was not asked then is a gap\n`,
    );
  }
  return { ...made, directory };
}

/** The id of the last snapshot beside this one and before it that a report may rest on; undefined where there is none. */
export async function lastReportable({ directory, manifest }: OpenedSnapshot): Promise<string | undefined> {
  return await lastBefore(dirname(directory), manifest, (told) => reportable(told) !== "no");
}

/** The id of the newest snapshot before this one in which all of `stores` told something; undefined where there is none. */
export async function lastThatRead(
  environment: Environment,
  options: ConfigOptions,
  before: SnapshotOrder,
  stores: readonly string[],
): Promise<string | undefined> {
  const parent = join(stateDirectory(environment, options), "snapshots");
  return await lastBefore(parent, before, (told) => {
    const names = told.manifest.sources.map(({ store_id }) => store_id);
    const unread = unreadSources(told);
    return stores.every((name) => names.includes(name) && !unread.includes(name));
  });
}

/**
 * The newest of the `MAX_EARLIER` before a snapshot that fits. Damaged ones are passed over: what is found is advice, and read whole
 * before it is judged.
 */
async function lastBefore(
  parent: string,
  before: SnapshotOrder,
  fits: (told: Told) => boolean,
): Promise<string | undefined> {
  const ids = await listSnapshots(parent);
  if (!ids.includes(before.snapshot_id)) return undefined;
  // Names tell the second alone: which of two in one second came first is in their manifests.
  const until = secondOfName(before.snapshot_id) ?? "";
  const earlier = ids.filter((id) => {
    const second = secondOfName(id);
    return id !== before.snapshot_id && second !== undefined && second <= until;
  });
  let newest: SnapshotManifest | undefined;
  for (const id of earlier.toReversed().slice(0, MAX_EARLIER)) {
    if (newest !== undefined && secondOfName(id) !== secondOfName(newest.snapshot_id)) break;
    try {
      const manifest = await readManifest(join(parent, id));
      if (!isBefore(manifest, before) || (newest !== undefined && isBefore(manifest, newest))) continue;
      if (fits({ manifest, facts: await readFacts(join(parent, id), manifest) })) newest = manifest;
    } catch (thrown) {
      if (!(thrown instanceof CountersignError)) throw thrown;
    }
  }
  return newest?.snapshot_id;
}

/** A snapshot in its place: what is missing there has been taken away, and an older one is no substitute. */
async function whole<T>(directory: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (!(thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND")) throw thrown;
    throw new CountersignError(
      "E_INTEGRITY",
      `expected a whole snapshot in ${directory}, got a part of one`,
      {
        fix: "Restore the directory from a backup. Without one, move it away: the report then rests on the snapshot before it.",
        cause: thrown,
      },
    );
  }
}

/**
 * The snapshot that was taken last; undefined where there is none. One from after now would stay the newest whatever is
 * collected, and where the clock is wrong now, an older one would be taken for the newest: E_CLOCK in either case.
 */
async function newestOf(
  parent: string,
  ids: readonly string[],
  { now, naming }: { readonly now: Date; readonly naming: string },
): Promise<string | undefined> {
  const [wrong] = afterNow(ids, now);
  if (wrong !== undefined) {
    throw new CountersignError(
      "E_CLOCK",
      `expected every snapshot in ${parent} to lie before now, ${now.toISOString()}, got ${wrong}`,
      {
        fix: `Set the clock right where it is wrong now. Where it was wrong then, name the snapshot that you mean with ${naming}, and move that one away.`,
      },
    );
  }
  const last = ids.at(-1);
  const second = last === undefined ? undefined : secondOfName(last);
  const rivals = second === undefined ? [] : ids.filter((id) => secondOfName(id) === second);
  if (rivals.length < 2) return last;
  const manifests = await Promise.all(
    rivals.map(async (id) => await whole(join(parent, id), async () => await readManifest(join(parent, id)))),
  );
  return manifests.reduce((newest, one) => (isBefore(newest, one) ? one : newest)).snapshot_id;
}

/** Where the snapshot is, and whether it was found by its name among those of the state directory. */
async function snapshotDirectory(
  environment: Environment,
  { from, naming = "--from", ...options }: SnapshotOptions,
): Promise<{ readonly directory: string; readonly named: boolean }> {
  const parent = join(stateDirectory(environment, options), "snapshots");
  const ids = await listSnapshots(parent);
  if (from === undefined) {
    const newest = await newestOf(parent, ids, { now: environment.ports.clock.now(), naming });
    if (newest !== undefined) return { directory: join(parent, newest), named: true };
    throw new CountersignError("E_NOT_FOUND", `expected a snapshot in ${parent}, got none`, {
      fix: `Run \`countersign collect\` first, or name a snapshot with ${naming}.`,
    });
  }
  if (ids.includes(from)) return { directory: join(parent, from), named: true };
  const directory = resolve(environment.cwd, from);
  if (existsSync(directory)) return { directory, named: false };
  throw new CountersignError("E_NOT_FOUND", `expected a snapshot's id or directory, got ${from}`, {
    fix: `The snapshots here are in ${parent}.`,
  });
}
