import { entriesOf, itemsOf, plainValue, textOf, unknownIn, type Node, type Spot } from "../../text/node.ts";
import { isSymbolic, list, map, nothing, number, placed, spotOf, text } from "../terraform/values.ts";
import { truth, type ArmFunction } from "./function.ts";
import { IDS } from "./functions-ids.ts";
import { TEXTS } from "./functions-texts.ts";
import { entryOf, mapOf, openIn, symbolOf, together, type ArmValue } from "./values.ts";

/**
 * Functions that put values together or look at how they are built, whatever is not known within: they say themselves what they need to know.
 * Undefined: what they would have to know is not known, or they cannot be called so.
 */
export const GATHERING: Readonly<Record<string, ArmFunction>> = {
  ...IDS,
  concat: (args, spot) => (args[0]?.kind === "list" ? joinedLists(args, spot) : together(args, spot)),
  format: ([pattern, ...args], spot) => pattern && formatted(pattern, args, spot),
  createarray: (args, spot) => list(spot, args),
  createobject: (args, spot) => object(args, spot),
  union: (args, spot) => (args[0]?.kind === "list" ? unionOfLists(args, spot) : merged(args, spot, true)),
  shallowmerge: ([all], spot) => (all?.kind === "list" ? merged(all.items, spot, false) : undefined),
  empty: ([value], spot) => {
    const size = sizeOf(value);
    return size === undefined ? undefined : truth(spot, size === 0);
  },
  length: ([value], spot) => {
    const size = sizeOf(value);
    return size === undefined ? undefined : number(spot, size);
  },
  contains: ([where, what], spot) => contained(where, what, spot),
  equals: ([one, other], spot) => equal(one, other, spot),
  first: ([value], spot) => ended(value, 0, spot),
  last: ([value], spot) => ended(value, -1, spot),
  skip: ([value, count], spot) => cut(value, count, spot, (n) => [n]),
  take: ([value, count], spot) => cut(value, count, spot, (n) => [0, n]),
  items: ([value], spot) =>
    value?.kind === "map"
      ? list(
          spot,
          entriesOf(value)
            .toSorted(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
            .map(([key, entry]) =>
              mapOf(spot, [
                ["key", text(spot, key)],
                ["value", entry.value],
              ]),
            ),
        )
      : undefined,
  objectkeys: ([value], spot) =>
    value?.kind === "map"
      ? list(
          spot,
          entriesOf(value).map(([key]) => text(spot, key)),
        )
      : undefined,
  flatten: ([value], spot) => (value?.kind === "list" ? joinedLists(value.items, spot) : undefined),
  array: ([value], spot) =>
    value === undefined || value.kind === "unknown"
      ? undefined
      : value.kind === "list"
        ? value
        : list(spot, [value]),
  tryget: ([value, ...keys], spot) => tried(value, keys, spot),
  string: ([value], spot) => value && together([value], spot),
};

/** Functions that need to know all that they are given. */
export const LOOKING: Readonly<Record<string, ArmFunction>> = {
  ...TEXTS,
  not: ([value], spot) => (value?.kind === "boolean" ? truth(spot, !value.boolean) : undefined),
  xor: ([one, other], spot) =>
    one?.kind === "boolean" && other?.kind === "boolean"
      ? truth(spot, one.boolean !== other.boolean)
      : undefined,
  true: (_args, spot) => truth(spot, true),
  false: (_args, spot) => truth(spot, false),
  null: (_args, spot) => nothing(spot),
  bool: ([value], spot) => {
    if (value?.kind === "boolean") return truth(spot, value.boolean);
    if (value?.kind === "number") return truth(spot, value.number !== 0);
    const word = textOf(value)?.toLowerCase() ?? "";
    return /^(?:true|false|0|1)$/.test(word) ? truth(spot, word === "true" || word === "1") : undefined;
  },
  range: ([from, count], spot) => {
    if (
      from?.kind !== "number" ||
      count?.kind !== "number" ||
      !(count.number >= 0 && count.number <= MAX_RANGE)
    )
      return undefined;
    const items = Array.from({ length: count.number }, (_, nth) => number(spot, from.number + nth));
    return list(spot, items);
  },
  intersection: ([first, ...others], spot) => {
    if (first?.kind !== "list" || !others.every(({ kind }) => kind === "list")) return undefined;
    const kept = first.items.filter((item) =>
      others.every((other) => itemsOf(other).some((one) => same(one, item))),
    );
    return list(spot, kept);
  },
  add: (args, spot) => calculated(args, spot, (a, b) => a + b),
  sub: (args, spot) => calculated(args, spot, (a, b) => a - b),
  mul: (args, spot) => calculated(args, spot, (a, b) => a * b),
  div: (args, spot) => calculated(args, spot, (a, b) => Math.trunc(a / b)),
  mod: (args, spot) => calculated(args, spot, (a, b) => a % b),
  max: (args, spot) => extreme(args, spot, Math.max),
  min: (args, spot) => extreme(args, spot, Math.min),
  less: (args, spot) => compared(args, spot, (order) => order < 0),
  lessorequals: (args, spot) => compared(args, spot, (order) => order <= 0),
  greater: (args, spot) => compared(args, spot, (order) => order > 0),
  greaterorequals: (args, spot) => compared(args, spot, (order) => order >= 0),
};

/** Source: Azure Resource Manager, "range": what it makes is shorter than that. */
const MAX_RANGE = 10_000;

function joinedLists(lists: readonly Node[], spot: Spot): ArmValue | undefined {
  if (!lists.every(({ kind }) => kind === "list")) return undefined;
  return list(spot, lists.flatMap(itemsOf));
}

function unionOfLists(lists: readonly Node[], spot: Spot): ArmValue | undefined {
  const all = joinedLists(lists, spot);
  if (all?.kind !== "list") return undefined;
  // Which of those are the same is not known where one is not: each stays then.
  if (openIn(all) !== undefined) return all;
  const seen = new Set<string>();
  const items = all.items.filter((item) => {
    const key = JSON.stringify(plainValue(item));
    return seen.has(key) ? false : seen.add(key);
  });
  return list(spot, items);
}

/** Objects as one: the last says what a key holds; objects under a key are put together too where `deep`. */
function merged(objects: readonly Node[], spot: Spot, deep: boolean): ArmValue | undefined {
  const entries = new Map<string, ArmValue>();
  const names = new Map<string, string>();
  for (const one of objects) {
    if (one.kind !== "map") return undefined;
    for (const [key, { value }] of one.entries) {
      const name = names.get(key.toLowerCase()) ?? key;
      names.set(key.toLowerCase(), name);
      const former = entries.get(name);
      const both =
        deep && former?.kind === "map" && value.kind === "map" ? merged([former, value], spot, deep) : value;
      entries.set(name, both ?? value);
    }
  }
  return map(
    spot,
    [...entries].map(([key, value]) => [key, { key: spotOf(spot), value }] as const),
  );
}

/** `{0}`, also with an alignment or a format behind it; `{{` stands for a brace. Source: Azure Resource Manager, "format". */
function formatted(pattern: ArmValue, args: readonly ArmValue[], spot: Spot): ArmValue | undefined {
  const wanted = isSymbolic(pattern) ? undefined : textOf(pattern);
  if (wanted === undefined) return undefined;
  const pieces: ArmValue[] = [];
  let end = 0;
  for (const found of wanted.matchAll(/\{\{|\}\}|\{(\d{1,4})(?:[,:][^{}]*)?\}/g)) {
    const [whole, place] = found;
    pieces.push(text(spot, wanted.slice(end, found.index)));
    end = found.index + whole.length;
    const arg = place === undefined ? text(spot, whole.slice(1)) : args[Number(place)];
    if (arg === undefined) return undefined;
    pieces.push(arg);
  }
  return together([...pieces, text(spot, wanted.slice(end))], spot);
}

function object(args: readonly ArmValue[], spot: Spot): ArmValue | undefined {
  const entries: [string, ArmValue][] = [];
  for (let nth = 0; nth < args.length; nth += 2) {
    const [key, value] = [args[nth], args[nth + 1]];
    const name = key === undefined || isSymbolic(key) ? undefined : textOf(key);
    if (name === undefined || value === undefined) return undefined;
    entries.push([name, value]);
  }
  return map(
    spot,
    entries.map(([key, value]) => [key, { key: spotOf(spot), value }] as const),
  );
}

/** How much is in it, where that is known. A text that begins with something known is not empty, and of no known length. */
function sizeOf(value: ArmValue | undefined): number | undefined {
  if (value?.kind === "list") return value.items.length;
  if (value?.kind === "map") return value.entries.size;
  if (value?.kind === "null") return 0;
  return value === undefined || isSymbolic(value) ? undefined : textOf(value)?.length;
}

function contained(
  where: ArmValue | undefined,
  what: ArmValue | undefined,
  spot: Spot,
): ArmValue | undefined {
  if (where === undefined || what === undefined || openIn(what) !== undefined) return undefined;
  if (where.kind === "map") return truth(spot, entryOf(where, textOf(what) ?? "") !== undefined);
  if (where.kind === "list") {
    if (where.items.some((item) => same(item, what))) return truth(spot, true);
    return openIn(where) === undefined ? truth(spot, false) : undefined;
  }
  const [whole, part] = [textOf(where), textOf(what)];
  if (whole === undefined || part === undefined || isSymbolic(where)) return undefined;
  return truth(spot, whole.includes(part));
}

function equal(one: ArmValue | undefined, other: ArmValue | undefined, spot: Spot): ArmValue | undefined {
  if (one === undefined || other === undefined) return undefined;
  if (openIn(one) !== undefined || openIn(other) !== undefined) return undefined;
  return truth(spot, same(one, other));
}

/** Whether two values that are known are the same; `false` where one is not known. */
function same(one: Node, other: Node): boolean {
  if (openIn(one) !== undefined || openIn(other) !== undefined) return false;
  return JSON.stringify(plainValue(one)) === JSON.stringify(plainValue(other));
}

function ended(value: ArmValue | undefined, place: 0 | -1, spot: Spot): ArmValue | undefined {
  if (value?.kind === "list") return value.items.at(place) ?? nothing(spot);
  if (value?.kind !== "text" || isSymbolic(value)) return undefined;
  return text(spot, value.text.at(place) ?? "");
}

function cut(
  value: ArmValue | undefined,
  count: ArmValue | undefined,
  spot: Spot,
  bounds: (count: number) => [number, number?],
): ArmValue | undefined {
  if (count?.kind !== "number") return undefined;
  const [from, to] = bounds(Math.max(0, count.number));
  if (value?.kind === "list") return list(spot, value.items.slice(from, to));
  return value?.kind === "text" && !isSymbolic(value) ? text(spot, value.text.slice(from, to)) : undefined;
}

/** What stands under keys that may not be there. */
function tried(value: ArmValue | undefined, keys: readonly ArmValue[], spot: Spot): ArmValue | undefined {
  let found = value;
  for (const key of keys) {
    if (found === undefined || found.kind === "unknown" || openIn(key) !== undefined) return undefined;
    found =
      found.kind === "list" && key.kind === "number"
        ? found.items[key.number]
        : entryOf(found, textOf(key) ?? symbolOf(key))?.value;
    if (found === undefined) return nothing(spot);
  }
  return found && placed(found, spot);
}

function calculated(
  [one, other]: readonly ArmValue[],
  spot: Spot,
  of: (a: number, b: number) => number,
): ArmValue | undefined {
  if (one?.kind !== "number" || other?.kind !== "number") return undefined;
  return number(spot, of(one.number, other.number));
}

function extreme(
  args: readonly ArmValue[],
  spot: Spot,
  of: (...all: number[]) => number,
): ArmValue | undefined {
  const [first] = args;
  const items = first?.kind === "list" ? first.items : args;
  const numbers = items.flatMap((item) => (item.kind === "number" ? [item.number] : []));
  if (numbers.length === 0 || numbers.length < items.length || numbers.length > MAX_RANGE) return undefined;
  return number(spot, of(...numbers));
}

function compared(
  [one, other]: readonly ArmValue[],
  spot: Spot,
  holds: (order: number) => boolean,
): ArmValue | undefined {
  if (one?.kind === "number" && other?.kind === "number")
    return truth(spot, holds(one.number - other.number));
  const [a, b] = [textOf(one), textOf(other)];
  if (a === undefined || b === undefined) return undefined;
  return truth(spot, holds(a < b ? -1 : a > b ? 1 : 0));
}

/** Whether something of the arguments is not known, and why. */
export function openAmong(args: readonly ArmValue[]): string | undefined {
  for (const one of args) {
    const why = unknownIn(one)?.why ?? openIn(one);
    if (why !== undefined) return why;
  }
  return undefined;
}
