import { digestOf } from "../base/index.ts";
import type { Credential, PlacedChange } from "./declared.ts";

/**
 * Credentials that are written down, as subjects of the kind `change`. What two ways of looking find on the same line is one, told as
 * whoever knows its name tells it. Its name never holds the credential; the same rule twice in a file is counted.
 */
export function credentialChanges(found: readonly Credential[]): PlacedChange[] {
  const best = new Map<string, Credential>();
  for (const one of found) {
    const key = `${one.place.file}\n${one.place.line}`;
    const known = best.get(key);
    if (known === undefined || (known.address === undefined && one.address !== undefined)) best.set(key, one);
  }
  return changes([...best.values()]);
}

/** Those that a search of texts found beside what formats declare: where a format knows one, it tells more. */
export function spottedChanges(
  spotted: readonly Credential[],
  declared: readonly Credential[],
): PlacedChange[] {
  const byFile = Map.groupBy(declared, ({ place }) => place.file);
  return changes(
    spotted.filter(({ place, commit }) => {
      if (commit !== undefined) return true;
      return !(byFile.get(place.file) ?? []).some((known) => sameLine(known.place, place));
    }),
  );
}

/** Characters within which two places of one line are one: a minified file has but one line. */
const NEAR_CHARS = 200;

function sameLine(known: Credential["place"], place: Credential["place"]): boolean {
  if (place.line < known.line || place.line > known.end_line) return false;
  if (known.line !== known.end_line) return true;
  return place.end_column >= known.column - NEAR_CHARS && place.column <= known.end_column + NEAR_CHARS;
}

function changes(found: readonly Credential[]): PlacedChange[] {
  const seen = new Map<string, number>();
  return found.map(({ place, rule, address, name, commit }) => {
    const where = commit === undefined ? place.file : `${place.file}@${commit.slice(0, 12)}`;
    const named = `${where} ${address ?? name ?? rule}`;
    const nth = (seen.get(named) ?? 0) + 1;
    seen.set(named, nth);
    return {
      format: "credential",
      declaration: { address: nth === 1 ? named : `${named} ${nth}`, place },
      subject: {
        kind: "change",
        id: `credential:${digestOf([where, address ?? name ?? rule, nth])}`,
        name: address ?? `${name ?? rule} in ${where}`,
        change_type: "credential",
        gaps: [],
        credential: {
          rule,
          file: place.file,
          in_history: commit !== undefined,
          ...(address === undefined ? {} : { address }),
          ...(commit === undefined ? {} : { commit }),
        },
      },
    };
  });
}
