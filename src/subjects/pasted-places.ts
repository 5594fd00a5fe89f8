import type { FactOf } from "../facts/index.ts";

type Pasted = FactOf<"pasted_credential">;

/** `/<list>/<index>`: before the place in an entry of a listing. */
const ENTRY = /^\/[^/]+\/\d+(?=\/)/;

/**
 * Pasted credentials without those that a listing tells of a place which the thing's own answer tells too: ListSecrets has
 * `/SecretList/0/Description`, DescribeSecret of the same secret `/Description`, and it is one credential in one place.
 */
export function distinctPlaces(pasted: readonly Pasted[]): Pasted[] {
  const byPlace = Map.groupBy(pasted, ({ pointer, ...place }) => placeOf(place, pointer));
  return pasted.filter((one) => {
    const below = one.pointer.replace(ENTRY, "");
    if (below === one.pointer) return true;
    const same = byPlace.get(placeOf(one, below)) ?? [];
    return !same.some(({ operation }) => operation !== one.operation);
  });
}

function placeOf({ resource, rule }: Pick<Pasted, "resource" | "rule">, pointer: string): string {
  return JSON.stringify([resource, rule, pointer]);
}
