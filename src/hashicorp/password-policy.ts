import { integerOf } from "./decode.ts";
import { parseItems } from "./items.ts";
import type { Item } from "./tree.ts";

/** What passwords a policy makes; what is not certain is absent. */
export interface PasswordStrength {
  /** In characters. */
  readonly length?: number;
  /**
   * Least entropy in whole bits, cut off at 2^53 - 1: `min-chars` of each rule drawn from its own characters, the others
   * from all of them. The server draws anew until all rules are kept, so that every password that keeps them is as likely.
   */
  readonly bits?: number;
}

/**
 * Reads a password policy as the server does: the last of several lengths, a leading 0 is octal, a fraction is cut off, and
 * `Length` stands in where there is no `length`; a character that several rules name, or one rule twice, is one. E_HCL.
 * Sources: Vault 1.21 `sdk/helper/random`, hashicorp/hcl v1 `decoder.go`, mapstructure `decodeInt`.
 */
export function passwordStrength(name: string, text: string): PasswordStrength {
  const items = parseItems(name, text, { uniqueKeys: false });
  const length = lengthIn(items);
  const bits = length === undefined ? undefined : bitsOf(length, charsetsIn(items));
  return { ...(length === undefined ? {} : { length }), ...(bits === undefined ? {} : { bits }) };
}

function lengthIn(items: readonly Item[]): number | undefined {
  const named = (fits: (key: string) => boolean): Item[] =>
    items.filter(({ keys: [key] }) => typeof key === "string" && fits(key));
  const exact = named((key) => key === "length");
  const found = exact.length > 0 ? exact : named((key) => key.toLowerCase() === "length");
  // Of several spellings the server takes any one.
  if (new Set(found.map(({ keys: [key] }) => key)).size !== 1) return undefined;
  const lengths = found.map(countIn);
  return lengths.includes(undefined) ? undefined : lengths.at(-1);
}

function countIn({ keys, value }: Item): number | undefined {
  if (keys.length !== 1 || value.kind !== "literal" || typeof value.text !== "string") return undefined;
  const { type, text } = value;
  const number =
    type === "number" ? integerOf(text) : type === "float" ? Math.trunc(Number(text)) : undefined;
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

interface Charset {
  readonly characters: ReadonlySet<string>;
  readonly least: number;
}

/** The rules of a policy; undefined where one is of another shape than the documented. */
function charsetsIn(items: readonly Item[]): Charset[] | undefined {
  const rules = items
    .filter(({ keys: [key] }) => typeof key === "string" && key.toLowerCase() === "rule")
    .flatMap(opened)
    .map(charsetOf);
  return rules.length === 0 || rules.includes(undefined)
    ? undefined
    : rules.filter((rule) => rule !== undefined);
}

/** `rule "charset" { … }` in each of its spellings: labels may be keys of inner blocks, and blocks members of lists. */
function opened(item: Item): Item[] {
  const { keys, value } = item;
  if (value.kind === "list") return value.items.flatMap((inner) => opened({ ...item, value: inner }));
  if (value.kind !== "block" || keys.length >= 2) return [item];
  return value.items.flatMap((inner) => opened({ ...inner, keys: [...keys, ...inner.keys] }));
}

function charsetOf({ keys, value }: Item): Charset | undefined {
  if (keys.length !== 2 || keys[0] !== "rule" || keys[1] !== "charset" || value.kind !== "block")
    return undefined;
  const field = (key: string): Item[] => value.items.filter(({ keys: [first] }) => first === key);
  const [charset, ...charsets] = field("charset");
  const [least, ...others] = field("min-chars");
  const named = (charset === undefined ? 0 : 1) + (least === undefined ? 0 : 1);
  if (charset?.keys.length !== 1 || charsets.length + others.length > 0 || named !== value.items.length)
    return undefined;
  const { value: text } = charset;
  if (text.kind !== "literal" || text.type !== "string" || typeof text.text !== "string") return undefined;
  const count = least === undefined ? 0 : countIn(least);
  return count === undefined || text.text === ""
    ? undefined
    : { characters: new Set(text.text), least: count };
}

function bitsOf(length: number, rules: readonly Charset[] | undefined): number | undefined {
  if (rules === undefined) return undefined;
  const all = new Set(rules.flatMap(({ characters }) => [...characters]));
  const required = rules.reduce((sum, { least }) => sum + least, 0);
  if (required > length) return undefined;
  const drawn = rules.map(({ characters, least }) => least * Math.log2(characters.size));
  const bits = drawn.reduce((sum, some) => sum + some, (length - required) * Math.log2(all.size));
  return Math.min(Math.floor(bits), Number.MAX_SAFE_INTEGER);
}
