import { readFile, writeFile } from "node:fs/promises";
import { crc32 } from "node:zlib";

const FOOTER = { index: 32, count: 38, sum: 42, bytes: 54 } as const;
const WORDS = 6;

/**
 * Writes one text of the same length for another in the outcomes of a pack, and its checksums anew, as whoever may write the
 * file could. Gives how many entries were changed. `most`: of so many entries.
 */
export async function forge(path: string, from: string, to: string, most = Infinity): Promise<number> {
  const pack = await readFile(path);
  const footer = pack.subarray(pack.length - FOOTER.bytes);
  const at = footer.readUIntLE(FOOTER.index, 6);
  const count = footer.readUInt32LE(FOOTER.count);
  const index = pack.subarray(at, at + count * WORDS * 4);
  let changed = 0;
  for (let record = 0; record < count && changed < most; record += 1) {
    const word = (place: number): number => index.readUInt32LE((record * WORDS + place) * 4);
    const start = word(1) * 2 ** 32 + word(0) + word(2);
    const outcomes = pack.subarray(start, start + word(3));
    const text = outcomes.toString("latin1");
    if (!text.includes(from)) continue;
    outcomes.write(text.replaceAll(from, to), "latin1");
    index.writeUInt32LE(crc32(outcomes), (record * WORDS + 5) * 4);
    changed += 1;
  }
  footer.writeUInt32LE(crc32(index), FOOTER.sum);
  await writeFile(path, pack);
  return changed;
}
