/** Reading foreign JSON in tests without `any`: each accessor says what it expected and where. */

export type Json = Readonly<Record<string, unknown>>;

/** The value at a path of keys, or undefined. */
export function at(value: unknown, ...keys: readonly (string | number)[]): unknown {
  let here = value;
  for (const key of keys) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here;
}

export function textAt(value: unknown, ...keys: readonly (string | number)[]): string {
  const found = at(value, ...keys);
  if (typeof found !== "string")
    throw new Error(`expected a string at ${keys.join(".")}, got ${typeof found}`);
  return found;
}

export function textsAt(value: unknown, ...keys: readonly (string | number)[]): string[] {
  const found = at(value, ...keys);
  if (!Array.isArray(found)) throw new Error(`expected a list at ${keys.join(".")}, got ${typeof found}`);
  return found.map(String);
}
