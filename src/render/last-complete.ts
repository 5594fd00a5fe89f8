import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readBounded, syncDirectory, utf8Text } from "../base/index.ts";
import { place } from "../evidence/index.ts";
import { FILES, LAST_COMPLETE_FOLDER } from "./layout.ts";

/** A report whose populations were whole, beside one of which they are not. */
export interface KeptReport {
  /** Of the snapshot that it is of. */
  readonly as_of: string;
}

/** Longest package head that is looked at: it grows with policies, sources and scopes, not with secrets. */
const MAX_HEAD_BYTES = 64 * 1024 * 1024;

/** Links the files of the newest complete report in `outDir` into `<directory>/last-complete`. Nothing where there is none. */
export async function takeLastComplete(
  outDir: string,
  directory: string,
  names: readonly string[],
): Promise<KeptReport | undefined> {
  const places = [outDir, join(outDir, LAST_COMPLETE_FOLDER)];
  const found = await Promise.all(places.map(async (from) => ({ from, as_of: await completeAsOf(from) })));
  const complete = found.flatMap(({ from, as_of }) => (as_of === undefined ? [] : [{ from, as_of }]));
  const newest = complete.toSorted((a, b) => Date.parse(b.as_of) - Date.parse(a.as_of))[0];
  if (newest === undefined) return undefined;
  const folders = new Set<string>();
  for (const name of names) {
    if (!(await isFile(join(newest.from, name)))) continue;
    const to = join(directory, LAST_COMPLETE_FOLDER, name);
    await place(join(newest.from, name), to);
    folders.add(dirname(to));
  }
  for (const folder of folders) await syncDirectory(folder);
  return { as_of: newest.as_of };
}

/** Of when the report in a directory is, where its populations are whole; a report without its manifest is none. */
async function completeAsOf(directory: string): Promise<string | undefined> {
  if (!(await isFile(join(directory, FILES.manifest)))) return undefined;
  const file = join(directory, FILES.head);
  try {
    const bytes = await readBounded(file, {
      what: "a report's package",
      maxBytes: MAX_HEAD_BYTES,
      code: "E_DISK",
    });
    const { as_of, incomplete } = JSON.parse(utf8Text(bytes, { file, code: "E_DISK" })) as {
      as_of?: unknown;
      incomplete?: unknown;
    };
    return incomplete === undefined && typeof as_of === "string" ? as_of : undefined;
  } catch {
    // Of what cannot be read nobody can say that it is complete.
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  return await lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
