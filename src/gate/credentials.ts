import { digestOf } from "../base/index.ts";
import type { Credential, PlacedChange, Provider } from "./declared.ts";

/**
 * Credentials that are written down, as subjects of the kind `change`. What two ways of looking find in the same place is one, told as
 * whoever knows its name tells it; what has another name is another, for a plan has but one line. Its name never holds the credential; the
 * same rule twice in a file is counted.
 */
export function credentialChanges(found: readonly Credential[]): PlacedChange[] {
  const kept = new Set<Credential>();
  for (const some of Map.groupBy(found, (one) => `${judged(one).file}\n${judged(one).line}`).values()) {
    const own: Credential[] = [];
    for (const one of some.toSorted((a, b) => named(b) - named(a)))
      if (!own.some((known) => sameCredential(known, one))) own.push(one);
    for (const one of own) kept.add(one);
  }
  return changes(found.filter((one) => kept.has(one)));
}

const named = ({ address }: Credential): number => (address === undefined ? 0 : 1);

/** Where it stands in the file that is judged. */
const judged = ({ place, related }: Credential): Credential["place"] => related ?? place;

/** Of one that has no name nothing tells it from another near it; one text may be the value of several names. */
function sameCredential(known: Credential, one: Credential): boolean {
  const near = one.address === undefined || known.address === one.address;
  const [a, b] = [judged(known), judged(one)];
  return near
    ? sameLine(a, b)
    : a.column < b.end_column && b.column < a.end_column && a.end_line === b.end_line;
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

/** Whose resource of Terraform it is written into, by its type: a remedy is written for that provider. */
const PROVIDERS: readonly (readonly [RegExp, Provider])[] = [
  [/(?:^|\.)aws_\w+\./, "aws"],
  [/(?:^|\.)azurerm_\w+\./, "azure"],
  [/(?:^|\.)google_\w+\./, "gcp"],
  [/(?:^|\.)vault_\w+\./, "hashicorp"],
];

function providerOf(address = ""): { readonly provider?: Provider } {
  const [, provider] = PROVIDERS.find(([type]) => type.test(address)) ?? [];
  return provider === undefined ? {} : { provider };
}

function changes(found: readonly Credential[]): PlacedChange[] {
  const seen = new Map<string, number>();
  return found.map(({ place, related, rule, address, name, commit, format }) => {
    // Where a file is made of others, what it is called does not depend on whether these are there.
    const { file } = related ?? place;
    const where = commit === undefined ? file : `${file}@${commit.slice(0, 12)}`;
    const named = `${where} ${address ?? name ?? rule}`;
    const nth = (seen.get(named) ?? 0) + 1;
    seen.set(named, nth);
    return {
      format: "credential",
      ...(format === undefined ? {} : { writtenIn: format }),
      ...providerOf(address),
      declaration: {
        address: nth === 1 ? named : `${named} ${nth}`,
        place,
        ...(related === undefined ? {} : { related: new Map([[place, related]]) }),
      },
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
