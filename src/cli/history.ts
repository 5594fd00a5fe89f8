import { dirname, join } from "node:path";
import { CountersignError, compareStrings, sha256, sortedBy } from "../base/index.ts";
import { reperform } from "../collect/index.ts";
import { connectors } from "../connectors/index.ts";
import {
  type Earlier,
  type JudgeRequest,
  type Judgement,
  type JudgementHead,
  type NotRead,
} from "../evidence/index.ts";
import {
  isBefore,
  listSnapshots,
  readManifestFile,
  secondOfName,
  type SnapshotManifest,
} from "../facts/index.ts";
import type { JudgementStore } from "./judgements.ts";
import type { OpenedSnapshot } from "./snapshots.ts";

/** From so many on, a person is told that judging them takes its time. */
const MANY = 10;

type Judgeable = Pick<JudgeRequest, "manifest" | "manifestSha256" | "facts" | "firstRules">;

export interface EarlierRequest {
  readonly snapshot: Pick<OpenedSnapshot, "directory" | "manifest">;
  /** At most so many; 0: none are looked for. */
  readonly limit: number;
  readonly rulesSha256: string;
  /** Judges a snapshot with the present rules. */
  readonly judge: (snapshot: Judgeable) => Promise<Judgement>;
  /** Where judgements are kept from one assessment to the next. */
  readonly store?: JudgementStore;
  /** Where the snapshots of that state directory are: one that is there is not gone, although not beside this one. */
  readonly snapshotsDirectory?: string;
  readonly tell: (note: string) => void;
  /** Looked at between two snapshots: there may be many. */
  readonly signal: AbortSignal;
}

interface Candidate {
  readonly directory: string;
  readonly manifest: SnapshotManifest;
  readonly manifestSha256: string;
}

/**
 * The snapshots beside this one that are older, judged with the present rules: kept judgements where there are any, made
 * again from the snapshots where not. Those of other stores too: whoever takes a source out of the configuration would else
 * take its findings with it unseen. One that cannot be read, or that was judged once and is gone, is named, and fails
 * nothing: whoever removes a snapshot would else move the dates of findings unseen.
 */
export async function earlierSnapshots(request: EarlierRequest): Promise<Earlier> {
  const { snapshot, limit, store, rulesSha256, tell } = request;
  const { manifest } = snapshot;
  const parent = dirname(snapshot.directory);
  const judged = new Set(await store?.names());
  const there = await listSnapshots(parent);
  const gone = await goneOnes(request, there, judged);
  const names =
    limit === 0 ? [] : [...there, ...gone].filter(olderThan(manifest.snapshot_id)).sort(compareStrings);
  const recent = names.slice(-Math.max(limit, 1));
  const candidates: Candidate[] = [];
  const notRead: NotRead[] = [];
  for (const name of recent) {
    if (gone.has(name)) {
      if (mayBeBefore(await store?.head(name), manifest))
        notRead.push({ snapshot_id: name, reason: JUDGED_AND_GONE });
      continue;
    }
    const found = await readable(name, judged, () => candidate(join(parent, name)));
    if ("reason" in found) notRead.push(found);
    else if (isBefore(found.manifest, manifest)) candidates.push(found);
  }
  const unjudged = await missing(candidates, store, rulesSha256);
  if (unjudged >= MANY) tell(`Judging ${unjudged} earlier snapshots with the present rules; it is kept.\n`);
  return {
    olderCount: names.length - recent.length,
    judgements: judgements(
      request,
      judged,
      notRead,
      sortedBy(candidates, ({ manifest: { taken_at, snapshot_id } }) => `${taken_at} ${snapshot_id}`),
    ),
  };
}

const JUDGED_AND_GONE = "judged once, now gone";

/** Snapshots that were judged here once and are neither beside the present one nor in the state directory. */
async function goneOnes(
  { snapshotsDirectory }: EarlierRequest,
  there: readonly string[],
  judged: ReadonlySet<string>,
): Promise<Set<string>> {
  const kept = new Set(there);
  if (snapshotsDirectory !== undefined)
    for (const name of await listSnapshots(snapshotsDirectory)) kept.add(name);
  return new Set([...judged].filter((name) => !kept.has(name)));
}

/** Names tell the second: of those that were taken within one, the manifests tell. */
function olderThan(own: string): (name: string) => boolean {
  const last = secondOfName(own);
  return (name) => {
    const second = secondOfName(name);
    return name !== own && second !== undefined && last !== undefined && second <= last;
  };
}

/** Whether what is left of a snapshot says that it was before, or does not say when it was. */
function mayBeBefore(head: JudgementHead | undefined, present: SnapshotManifest): boolean {
  return head === undefined || isBefore(head, present);
}

async function candidate(directory: string): Promise<Candidate> {
  const { manifest, text } = await readManifestFile(directory);
  return { directory, manifest, manifestSha256: sha256(text) };
}

async function missing(
  candidates: readonly Candidate[],
  store: JudgementStore | undefined,
  rulesSha256: string,
): Promise<number> {
  let count = 0;
  for (const found of candidates) {
    if ((await store?.has(nameOf(found), rulesSha256)) !== true) count += 1;
  }
  return count;
}

const nameOf = ({ manifest, manifestSha256 }: Candidate) => ({
  snapshot_id: manifest.snapshot_id,
  manifest_sha256: manifestSha256,
});

async function* judgements(
  request: EarlierRequest,
  judged: ReadonlySet<string>,
  notRead: readonly NotRead[],
  candidates: readonly Candidate[],
): AsyncGenerator<Judgement | NotRead> {
  yield* notRead;
  for (const found of candidates) {
    if (request.signal.aborted) {
      throw new CountersignError("E_INTERRUPTED", "interrupted while judging earlier snapshots", {
        fix: "Run the same command again: what was judged so far is kept. `--history 30` looks at fewer.",
      });
    }
    yield await readable(found.manifest.snapshot_id, judged, () => judgementOf(request, found));
  }
}

async function judgementOf(
  { store, rulesSha256, judge }: EarlierRequest,
  found: Candidate,
): Promise<Judgement> {
  const kept = await store?.find(nameOf(found), rulesSha256);
  if (kept !== undefined) return kept;
  const firstRules = await store?.firstRules(nameOf(found));
  const { manifest, facts } = await reperform(found.directory, [...connectors.values()]);
  const { manifestSha256 } = found;
  const made = await judge({
    manifest,
    manifestSha256,
    facts,
    ...(firstRules === undefined ? {} : { firstRules }),
  });
  await store?.keep(made);
  return made;
}

/** What of an earlier snapshot fails no report of the present one: that it is damaged, gone, or of another connector. */
const UNREADABLE: readonly string[] = ["E_CONFIG", "E_DISK", "E_INTEGRITY", "E_NOT_FOUND"];

async function readable<T>(
  snapshotId: string,
  judged: ReadonlySet<string>,
  read: () => Promise<T>,
): Promise<T | NotRead> {
  try {
    return await read();
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || !UNREADABLE.includes(thrown.code)) throw thrown;
    const reason = judged.has(snapshotId) ? `judged once, now ${thrown.code}` : thrown.code;
    return { snapshot_id: snapshotId, reason };
  }
}
