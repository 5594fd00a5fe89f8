import { join } from "node:path";
import { listSnapshots } from "../facts/index.ts";
import type { Collected } from "../gate/index.ts";
import { stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import { openSnapshot } from "./snapshots.ts";

/** Names the snapshot that was taken last. */
const NEWEST = "latest";

/** The snapshot that `--against` names: its id or directory, or `latest`. What `openSnapshot` throws. */
export async function collectedIn(
  environment: Environment,
  against: string,
  { config }: Pick<ConfigOptions, "config">,
): Promise<Collected> {
  const { facts, manifest } = await openSnapshot(environment, {
    ...(config === undefined ? {} : { config }),
    naming: "--against",
    ...(against === NEWEST ? {} : { from: against }),
  });
  return { name: manifest.snapshot_id, facts, takenAt: manifest.taken_at };
}

/** The snapshot that was taken last, where one is kept here. What `openSnapshot` throws. */
export async function newestCollected(
  environment: Environment,
  options: Pick<ConfigOptions, "config">,
): Promise<Collected | undefined> {
  const kept = await listSnapshots(join(stateDirectory(environment, options), "snapshots"));
  return kept.length === 0 ? undefined : collectedIn(environment, NEWEST, options);
}
