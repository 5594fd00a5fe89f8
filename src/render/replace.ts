import type { Clock } from "../base/index.ts";
import { PART_FILES, finishReplacing, replaceFiles, type ReplaceTerms } from "../evidence/index.ts";
import { FILES, PARTS_FOLDER } from "./layout.ts";

/** Every file of a report, the manifest first: it vouches for the others. */
const NAMES: ReplaceTerms["names"] = [
  FILES.manifest,
  ...Object.values(FILES).filter((name) => name !== FILES.manifest),
  ...Object.values(PART_FILES).map((name) => `${PARTS_FOLDER}/${name}`),
];

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
