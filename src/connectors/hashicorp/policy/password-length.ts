import { integerOf } from "./decode.ts";
import { parseItems } from "./items.ts";
import type { Item } from "./tree.ts";

/**
 * How many characters a password policy asks for, read as the server reads it: the last of several counts, a leading 0 is
 * octal, a fraction is cut off, and `Length` stands in where there is no `length`. Undefined for whatever is not certain.
 * E_HCL. Sources: Vault 1.21 `sdk/helper/random/parser.go`, hashicorp/hcl v1 `decoder.go`, mapstructure `decodeInt`.
 */
export function passwordLength(name: string, text: string): number | undefined {
  const items = parseItems(name, text, { uniqueKeys: false });
  const named = (fits: (key: string) => boolean): Item[] =>
    items.filter(({ keys: [key] }) => typeof key === "string" && fits(key));
  const exact = named((key) => key === "length");
  const found = exact.length > 0 ? exact : named((key) => key.toLowerCase() === "length");
  // Of several spellings the server takes any one.
  if (new Set(found.map(({ keys: [key] }) => key)).size !== 1) return undefined;
  const lengths = found.map(lengthOf);
  return lengths.includes(undefined) ? undefined : lengths.at(-1);
}

function lengthOf({ keys, value }: Item): number | undefined {
  if (keys.length !== 1 || value.kind !== "literal" || typeof value.text !== "string") return undefined;
  const { type, text } = value;
  const number =
    type === "number" ? integerOf(text) : type === "float" ? Math.trunc(Number(text)) : undefined;
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
