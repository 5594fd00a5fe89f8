import { syncDirectory, type Clock } from "../base/index.ts";
import { PART_FILES, finishReplacing, replaceFiles, type ReplaceTerms } from "../evidence/index.ts";
import { FILES, LAST_COMPLETE_FOLDER, PARTS_FOLDER } from "./layout.ts";
import { takeLastComplete, type KeptReport } from "./last-complete.ts";

/** Every file of one report, the manifest first: it vouches for the others. */
const OWN: ReplaceTerms["names"] = [
  FILES.manifest,
  ...Object.values(FILES).filter((name) => name !== FILES.manifest),
  ...Object.values(PART_FILES).map((name) => `${PARTS_FOLDER}/${name}`),
];

/** Those of the report, and of the last complete one beside it. */
const NAMES: ReplaceTerms["names"] = [...OWN, ...OWN.map((name) => `${LAST_COMPLETE_FOLDER}/${name}`)];

/**
 * Has a report written aside and puts it into the place of the one in `outDir`, whole or not at all. One report at a time
 * into one directory: E_STATE_LOCKED. E_DISK, and what `write` throws.
 */
export async function replaceReport<T>(
  outDir: string,
  clock: Clock,
  write: (directory: string) => Promise<T>,
): Promise<T> {
  return await replaceFiles(outDir, { names: NAMES, clock }, write);
}

/** Ends what a process that died in `replaceReport` had begun; nothing to do otherwise. E_STATE_LOCKED, E_DISK. */
export async function finishReport(outDir: string, clock: Clock): Promise<void> {
  await finishReplacing(outDir, { names: NAMES, clock });
}

/**
 * For `write` of `replaceReport`, where the report that it wrote into `directory` is incomplete: puts the newest complete report of
 * `outDir` beside it, so that both come into place by the same step. Where the report is complete none is put there, and that step takes
 * away what an earlier one left. Gives the one that is kept. E_DISK.
 */
export async function keepLastComplete(outDir: string, directory: string): Promise<KeptReport | undefined> {
  const kept = await takeLastComplete(outDir, directory, OWN);
  if (kept !== undefined) await syncDirectory(directory);
  return kept;
}
