import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { compareStrings, fileError, type Clock } from "../base/index.ts";
import { listSnapshots, readManifest } from "../facts/index.ts";
import { readJournal, readJournalHead, type JournalContent } from "./journal.ts";

/** Where a collection keeps what is not yet a snapshot, below the state directory. */
export function collectingDirectory(state: string): string {
  return join(state, "collecting");
}

export function runDirectory(state: string, runId: string): string {
  return join(collectingDirectory(state), runId);
}

export function journalPath(state: string, runId: string): string {
  return join(runDirectory(state, runId), "journal.ndjson");
}

export function snapshotsDirectory(state: string): string {
  return join(state, "snapshots");
}

/**
 * The newest interrupted run of this very configuration that is young enough, if there is one. Says of every other why
 * it is not resumed, and removes those that nobody can resume any more. Called under the lock.
 */
export async function interruptedRun(
  state: string,
  configurationSha256: string,
  terms: { readonly clock: Clock; readonly resumeAgeMs: number; readonly note: (note: string) => void },
): Promise<JournalContent | undefined> {
  const nowMs = terms.clock.now().getTime();
  for (const runId of await runIds(state)) {
    const head = await readJournalHead(journalPath(state, runId));
    const ageMs = head === undefined ? Number.POSITIVE_INFINITY : nowMs - Date.parse(head.started_at);
    if (head?.run_id !== runId) {
      terms.note(`Removed the interrupted run ${runId}: its journal has no readable first line.`);
    } else if (await hasSnapshot(state, head.started_at, runId)) {
      terms.note(`Removed what was left of the run ${runId}: its snapshot is complete.`);
    } else if (ageMs > terms.resumeAgeMs) {
      terms.note(
        `Removed the interrupted run ${runId}: started ${head.started_at}, too long ago to be resumed.`,
      );
    } else if (head.configuration_sha256 !== configurationSha256) {
      terms.note(`Not resumed: the run ${runId} had another configuration. Starting anew.`);
      continue;
    } else {
      return await readJournal(journalPath(state, runId));
    }
    await rm(runDirectory(state, runId), { recursive: true, force: true });
  }
  return undefined;
}

/** Names of the runs that have a directory, newest first. */
async function runIds(state: string): Promise<string[]> {
  const parent = collectingDirectory(state);
  try {
    const entries = await readdir(parent, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort((a, b) => compareStrings(b, a));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(thrown, parent, "read");
  }
}

/** True when the run had come to its end and only its journal was not removed any more. */
async function hasSnapshot(state: string, startedAt: string, runId: string): Promise<boolean> {
  const parent = snapshotsDirectory(state);
  for (const id of (await listSnapshots(parent)).reverse()) {
    // A damaged snapshot is for whoever reads it to complain about; it is not this run's.
    const manifest = await readManifest(join(parent, id)).catch(() => undefined);
    if (manifest?.run_id === runId) return true;
    if (manifest !== undefined && manifest.taken_at < startedAt) return false;
  }
  return false;
}
