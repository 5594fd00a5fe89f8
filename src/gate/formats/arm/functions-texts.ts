import { itemsOf, textOf, type Spot } from "../../text/node.ts";
import { jsonValue, list, number, text } from "../terraform/values.ts";
import { truth, type ArmFunction } from "./function.ts";
import type { ArmValue } from "./values.ts";

type OfText = (text: string, spot: Spot, args: readonly ArmValue[]) => ArmValue | undefined;

const ofText =
  (of: OfText): ArmFunction =>
  ([first, ...rest], spot) => {
    const word = textOf(first);
    return word === undefined ? undefined : of(word, spot, rest);
  };

const MAX_PADDED = 10_000;

/** What a text says. Source: Azure Resource Manager, "String functions for ARM templates". */
export const TEXTS: Readonly<Record<string, ArmFunction>> = {
  tolower: ofText((word, spot) => text(spot, word.toLowerCase())),
  toupper: ofText((word, spot) => text(spot, word.toUpperCase())),
  trim: ofText((word, spot) => text(spot, word.trim())),
  replace: ofText((word, spot, [from, to]) => {
    const [old, other] = [textOf(from), textOf(to)];
    return old === undefined || old === "" || other === undefined
      ? undefined
      : text(spot, word.split(old).join(other));
  }),
  split: ofText((word, spot, [by]) => {
    const marks = by?.kind === "list" ? itemsOf(by).map(textOf) : [textOf(by)];
    const [mark, ...others] = marks;
    if (mark === undefined || mark === "") return undefined;
    let parts = word.split(mark);
    for (const one of others) {
      if (one === undefined || one === "") return undefined;
      parts = parts.flatMap((part) => part.split(one));
    }
    return list(
      spot,
      parts.map((part) => text(spot, part)),
    );
  }),
  substring: ofText((word, spot, [from, length]) => {
    if (from?.kind !== "number") return undefined;
    const end = length?.kind === "number" ? from.number + length.number : undefined;
    return text(spot, word.slice(from.number, end));
  }),
  startswith: ofText((word, spot, [part]) => {
    const beginning = textOf(part)?.toLowerCase();
    return beginning === undefined ? undefined : truth(spot, word.toLowerCase().startsWith(beginning));
  }),
  endswith: ofText((word, spot, [part]) => {
    const end = textOf(part)?.toLowerCase();
    return end === undefined ? undefined : truth(spot, word.toLowerCase().endsWith(end));
  }),
  indexof: ([where, what], spot) => {
    const [word, part] = [textOf(where), textOf(what)];
    if (word === undefined || part === undefined) return undefined;
    return number(spot, word.toLowerCase().indexOf(part.toLowerCase()));
  },
  padleft: ofText((word, spot, [width, filling]) =>
    width?.kind === "number" && width.number <= MAX_PADDED
      ? text(spot, word.padStart(width.number, textOf(filling) ?? " "))
      : undefined,
  ),
  join: ([parts, by], spot) => {
    const words = itemsOf(parts).map(textOf);
    const between = textOf(by);
    if (parts?.kind !== "list" || between === undefined || words.includes(undefined)) return undefined;
    return text(spot, words.join(between));
  },
  int: ([value], spot) => {
    if (value?.kind === "number") return number(spot, Math.trunc(value.number));
    const word = textOf(value) ?? "";
    return /^-?\d{1,15}$/.test(word) ? number(spot, Number(word)) : undefined;
  },
  base64: ofText((word, spot) => text(spot, Buffer.from(word).toString("base64"))),
  base64tostring: ofText((word, spot) =>
    text(spot, Buffer.from(word, "base64").toString("utf8").toWellFormed()),
  ),
  uricomponent: ofText((word, spot) => text(spot, encodeURIComponent(word.toWellFormed()))),
  json: ofText((word, spot) => jsonValue(word, spot)),
  datetimetoepoch: ofText((word, spot) => {
    const at = /^\d{4}-\d{2}-\d{2}/.test(word) ? Date.parse(zoned(word)) : Number.NaN;
    return Number.isNaN(at) ? undefined : number(spot, Math.floor(at / 1000));
  }),
};

/** Without a zone a time is in UTC. */
function zoned(word: string): string {
  const plain = word.trim().replace(" ", "T");
  return /T/.test(plain) && !/(?:Z|[+-]\d{2}:?\d{2})$/i.test(plain) ? `${plain}Z` : plain;
}
