import { digestOf } from "../base/index.ts";
import type { Credential, PlacedChange } from "./declared.ts";

/**
 * Credentials that are written down, as subjects of the kind `change`. What two ways of looking find on the same line is one, told as
 * whoever knows its name tells it. Its name never holds the credential; the same rule twice in a file is counted.
 */
export function credentialChanges(found: readonly Credential[], inHistory = false): PlacedChange[] {
  const best = new Map<string, Credential>();
  for (const one of found) {
    const key = `${one.place.file}\n${one.place.line}`;
    const known = best.get(key);
    if (known === undefined || (known.address === undefined && one.address !== undefined)) best.set(key, one);
  }
  const seen = new Map<string, number>();
  return [...best.values()].map(({ place, rule, address }) => {
    const named = `${place.file} ${address ?? rule}`;
    const nth = (seen.get(named) ?? 0) + 1;
    seen.set(named, nth);
    return {
      format: "credential",
      declaration: { address: nth === 1 ? named : `${named} ${nth}`, place },
      subject: {
        kind: "change",
        id: `credential:${digestOf([place.file, address ?? rule, nth])}`,
        name: address ?? `${rule} in ${place.file}`,
        change_type: "credential",
        gaps: [],
        credential: {
          rule,
          file: place.file,
          in_history: inHistory,
          ...(address === undefined ? {} : { address }),
        },
      },
    };
  });
}
