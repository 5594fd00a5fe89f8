/** Longest word that is compared; longer ones are no slip of anybody's. */
const MAX_CHARS = 64;

/**
 * The name that was likely meant: fewest letters inserted, left out or changed, a swap of neighbours counting as one;
 * the first of several. Undefined where more than a third of the letters would have to change.
 */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  if (word.length > MAX_CHARS) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const changes = name.length > MAX_CHARS ? least : distance(word.toLowerCase(), name.toLowerCase());
    if (changes < least) [best, least] = [name, changes];
  }
  return best;
}

/** Optimal string alignment distance. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      line.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (line[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          swapped && row > 1 && column > 1 ? (before[column - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [before, last] = [last, line];
  }
  return last[to.length] ?? 0;
}
