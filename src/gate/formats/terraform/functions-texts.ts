import type { Spot } from "../../text/node.ts";
import {
  boolean,
  isList,
  list,
  number,
  text,
  unknown,
  wordOf,
  type Value,
  type ValueFunction,
} from "./values.ts";

type Texts = readonly string[];

/** A function of texts alone. */
function ofTexts(make: (...words: string[]) => string | undefined): ValueFunction {
  return (args, spot) => {
    const words = args.map(wordOf);
    if (words.some((word) => word === undefined)) return undefined;
    const made = make(...(words as string[]));
    return made === undefined ? undefined : text(spot, made);
  };
}

function asks(make: (word: string, other: string) => boolean): ValueFunction {
  return ([one, other], spot) => {
    const [a, b] = [one && wordOf(one), other && wordOf(other)];
    return a === undefined || b === undefined ? undefined : boolean(spot, make(a, b));
  };
}

function ofNumbers(make: (...numbers: number[]) => number): ValueFunction {
  return (args, spot) => {
    const numbers = args.map((one) => Number(wordOf(one) ?? Number.NaN));
    return numbers.length === 0 || numbers.some(Number.isNaN) ? undefined : number(spot, make(...numbers));
  };
}

function trimmed(word: string, characters: string): string {
  let [from, to] = [0, word.length];
  while (from < to && characters.includes(word.charAt(from))) from += 1;
  while (to > from && characters.includes(word.charAt(to - 1))) to -= 1;
  return word.slice(from, to);
}

function wordsOf(value: Value | undefined): Texts | undefined {
  if (!isList(value)) return undefined;
  const words = value.items.map(wordOf);
  return words.every((word) => word !== undefined) ? words : undefined;
}

function textsOf(words: Texts, spot: Spot): Value {
  return list(
    spot,
    words.map((word) => text(spot, word)),
  );
}

/** Functions that look at what texts say. */
export const TEXTS: Readonly<Record<string, ValueFunction>> = {
  abs: ofNumbers(Math.abs),
  base64decode: ofTexts((word) => Buffer.from(word, "base64").toString("utf8")),
  base64encode: ofTexts((word) => Buffer.from(word, "utf8").toString("base64")),
  basename: ofTexts((word) => word.replace(/\/+$/, "").split("/").at(-1)),
  ceil: ofNumbers(Math.ceil),
  chomp: ofTexts((word) => word.replace(/(?:\r?\n)+$/, "")),
  dirname: ofTexts((word) => word.split("/").slice(0, -1).join("/") || "."),
  endswith: asks((word, end) => word.endsWith(end)),
  floor: ofNumbers(Math.floor),
  index: ([of, item], spot) => {
    const at = wordsOf(of)?.indexOf((item && wordOf(item)) ?? "") ?? -1;
    return at === -1 ? undefined : number(spot, at);
  },
  lower: ofTexts((word) => word.toLowerCase()),
  max: ofNumbers(Math.max),
  min: ofNumbers(Math.min),
  replace: (args, spot) => {
    const [word, from, to] = args.map(wordOf);
    if (word === undefined || from === undefined || to === undefined) return undefined;
    // A regular expression of Go's is not JavaScript's.
    if (/^\/.+\/$/s.test(from)) return unknown(spot, "regular expressions are not worked out");
    return text(
      spot,
      word.replaceAll(from, () => to),
    );
  },
  split: ([by, of], spot) => {
    const [separator, word] = [by && wordOf(by), of && wordOf(of)];
    if (separator === undefined || word === undefined) return undefined;
    return textsOf(word.split(separator), spot);
  },
  startswith: asks((word, start) => word.startsWith(start)),
  strcontains: asks((word, part) => word.includes(part)),
  substr: ofTexts((word, from = "0", length = "-1") => {
    const characters = Array.from(word);
    const start = Number(from) < 0 ? characters.length + Number(from) : Number(from);
    return characters.slice(start, Number(length) < 0 ? undefined : start + Number(length)).join("");
  }),
  title: ofTexts((word) =>
    word.replace(
      /(^|[^\p{L}\p{N}'])(\p{L})/gu,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    ),
  ),
  trim: ofTexts(trimmed),
  trimprefix: ofTexts((word, start = "") => (word.startsWith(start) ? word.slice(start.length) : word)),
  trimspace: ofTexts((word) => word.trim()),
  trimsuffix: ofTexts((word, end = "") =>
    end !== "" && word.endsWith(end) ? word.slice(0, -end.length) : word,
  ),
  upper: ofTexts((word) => word.toUpperCase()),
};
