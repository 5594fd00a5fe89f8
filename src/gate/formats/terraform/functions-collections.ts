import { unknownIn, type Entry, type Node, type Spot } from "../../text/node.ts";
import {
  boolean,
  isList,
  isSymbolic,
  list,
  map,
  nothing,
  number,
  placed,
  set,
  sorted,
  text,
  unknown,
  wordOf,
  type Value,
  type ValueFunction,
} from "./values.ts";

/** What a function comes to whose arguments have to be lists, and are not all known to be. */
function ofLists(
  args: readonly Value[],
  spot: Spot,
  make: (lists: readonly (readonly Node[])[]) => Value,
): Value | undefined {
  const open = args.find(({ kind }) => kind === "unknown");
  if (open?.kind === "unknown") return unknown(spot, open.why);
  if (!args.every(isList)) return undefined;
  return make(args.map((one) => (isList(one) ? one.items : [])));
}

function amongOf(value: Value): readonly Node[] {
  return isList(value) ? value.items : value.kind === "unknown" ? (value.among ?? []) : [];
}

/** An item by which nothing can be told apart from others: not known, or a text that stands for one. */
function openItem(items: readonly Node[]): Node | undefined {
  return items.find((item) => unknownIn(item) !== undefined || isSymbolic(item));
}

function whyOf(node: Node): string {
  return unknownIn(node)?.why ?? "an item of it is known only after apply";
}

const keyOf = (node: Node): string => `${node.kind} ${wordOf(node) ?? JSON.stringify(flat(node))}`;

function flat(node: Node): unknown {
  if (node.kind === "list") return node.items.map(flat);
  if (node.kind === "map") return sorted(node.entries).map(([name, { value }]) => [name, flat(value)]);
  return node.kind === "null" ? null : keyOf(node);
}

/** Of what is the same one. Two texts that stand for others may turn out to be the same: that is no matter in a set. */
function distinct(items: readonly Node[]): Node[] {
  const seen = new Map<string, Node>();
  for (const item of items) {
    const key = unknownIn(item) === undefined ? keyOf(item) : `unknown ${seen.size}`;
    if (!seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
}

function byWord(a: Node, b: Node): number {
  const [one, other] = [wordOf(a) ?? "", wordOf(b) ?? ""];
  return one < other ? -1 : one > other ? 1 : 0;
}

const toSet: ValueFunction = ([value], spot) => {
  if (value?.kind === "unknown") return placed(value, spot);
  return isList(value) ? set(spot, distinct(value.items).sort(byWord)) : undefined;
};

const same: ValueFunction = ([value], spot) => value && placed(value, spot);

function merged(args: readonly Value[], spot: Spot): Value | undefined {
  const open = args.find(({ kind }) => kind === "unknown");
  if (open?.kind === "unknown") return unknown(spot, open.why);
  const all: [string, Entry][] = [];
  for (const one of args) {
    if (one.kind === "map") all.push(...one.entries);
    else if (one.kind !== "null") return undefined;
  }
  return map(spot, all);
}

function flattened(items: readonly Node[], depth = 0): Node[] {
  return items.flatMap((item) => (isList(item) && depth < 50 ? flattened(item.items, depth + 1) : [item]));
}

function lookup([of, key, otherwise]: readonly Value[], spot: Spot): Value | undefined {
  if (of?.kind === "unknown") return unknown(spot, of.why);
  if (of?.kind !== "map" || key === undefined) return undefined;
  if (key.kind === "unknown") return unknown(spot, key.why);
  if (isSymbolic(key)) return unknown(spot, "its key is known only after apply");
  const found: Value | undefined = of.entries.get(wordOf(key) ?? "")?.value ?? otherwise;
  return found && placed(found, spot);
}

/** The first that is there; one that is not known may be. */
function firstOf(args: readonly Value[], spot: Spot): Value | undefined {
  const found = args.find((one) => one.kind !== "null" && !(one.kind === "text" && one.text === ""));
  if (found?.kind === "unknown") return unknown(spot, found.why);
  return found && placed(found, spot);
}

function withoutItems(
  args: readonly Value[],
  spot: Spot,
  keep: (inOthers: boolean) => boolean,
): Value | undefined {
  return ofLists(args, spot, ([first = [], ...others]) => {
    const open = openItem([first, ...others].flat());
    if (open !== undefined) return unknown(spot, whyOf(open));
    const kept = first.filter((item) =>
      keep(others.every((other) => other.some((one) => keyOf(one) === keyOf(item)))),
    );
    return set(spot, distinct(kept).sort(byWord));
  });
}

function oneOf([of]: readonly Value[], spot: Spot): Value | undefined {
  if (of?.kind === "unknown") return unknown(spot, of.why);
  if (!isList(of) || of.items.length > 1) return undefined;
  return placed(of.items[0] ?? nothing(spot), spot);
}

/** Texts put together; undefined where one of them is none. */
function woven(
  parts: readonly Node[],
  spot: Spot,
  make: (words: readonly string[]) => string | undefined,
): Value | undefined {
  const open = parts.map(unknownIn).find((one) => one !== undefined);
  if (open !== undefined) return unknown(spot, open.why);
  const words = parts.map(wordOf);
  if (words.some((word) => word === undefined)) return undefined;
  const made = make(words as string[]);
  return made === undefined ? undefined : text(spot, made, parts.some(isSymbolic));
}

/** `%s`, `%d` and `%v` of texts, numbers and booleans; else unknown. Source: Terraform, "format Function". */
function formatted([form, ...args]: readonly Value[], spot: Spot): Value | undefined {
  if (form === undefined) return undefined;
  const written = wordOf(form);
  if (written === undefined) return unknown(spot, "its form is not known");
  if (/%(?![sdv%])/.test(written.replaceAll("%%", ""))) return unknown(spot, "its form is not worked out");
  return woven([form, ...args], spot, (words) => {
    let next = 0;
    return written.replace(/%[sdv%]/g, (verb) => {
      if (verb === "%%") return "%";
      next += 1;
      return words[next] ?? "";
    });
  });
}

function ranged(args: readonly Value[], spot: Spot): Value | undefined {
  const numbers = args.map((one) => (one.kind === "number" ? one.number : Number.NaN));
  const [first = 0, second, step = 1] = numbers;
  const [from, to] = second === undefined ? [0, first] : [first, second];
  const count = Math.ceil((to - from) / step);
  if (!Number.isFinite(count)) return undefined;
  if (count > 10_000) return unknown(spot, "it is too large");
  return list(
    spot,
    Array.from({ length: Math.max(0, count) }, (_, place) => number(spot, from + place * step)),
  );
}

/** Whether all of some booleans are, or any is. */
function ofBooleans(args: readonly Value[], spot: Spot, decisive: boolean): Value | undefined {
  return ofLists(args, spot, ([items = []]) => {
    if (items.some((item) => wordOf(item) === String(decisive))) return boolean(spot, decisive);
    const open = openItem(items);
    return open === undefined ? boolean(spot, !decisive) : unknown(spot, whyOf(open));
  });
}

/** `format` of each item of the one list that it is given. */
function formattedList(args: readonly Value[], spot: Spot): Value | undefined {
  const [form, ...others] = args;
  const [only, ...more] = others.filter(({ kind }) => kind === "list");
  if (form === undefined || !isList(only) || more.length > 0) return unknown(spot, "it is not worked out");
  const made = only.items.map((item) =>
    formatted([form, ...others.map((one) => (one === only ? item : one))], spot),
  );
  return made.every((one) => one !== undefined) ? list(spot, made) : undefined;
}

/** Functions that gather items without a look at what they say, but for keys. */
export const COLLECTIONS: Readonly<Record<string, ValueFunction>> = {
  alltrue: (args, spot) => ofBooleans(args, spot, false),
  anytrue: (args, spot) => ofBooleans(args, spot, true),
  coalesce: firstOf,
  coalescelist: (args, spot) => {
    const found = args.find((one) => one.kind === "unknown" || (isList(one) && one.items.length > 0));
    if (found?.kind === "unknown") return unknown(spot, found.why);
    return found && placed(found, spot);
  },
  compact: (args, spot) =>
    ofLists(args, spot, ([items = []]) => {
      const open = items.find((item) => item.kind === "unknown");
      if (open !== undefined) return unknown(spot, whyOf(open));
      return list(
        spot,
        items.filter((item) => item.kind !== "null" && wordOf(item) !== ""),
      );
    }),
  concat: (args, spot) => {
    const made = ofLists(args, spot, (lists) => list(spot, lists.flat()));
    // Whatever else is in it, what is known is.
    return made?.kind === "unknown" ? { ...made, among: args.flatMap((one) => amongOf(one)) } : made;
  },
  contains: ([of, item], spot) => {
    if (of?.kind === "unknown") return unknown(spot, of.why);
    if (!isList(of) || item === undefined) return undefined;
    const open = openItem([...of.items, item]);
    const isIn = of.items.some((one) => keyOf(one) === keyOf(item));
    return open === undefined ? boolean(spot, isIn) : unknown(spot, whyOf(open));
  },
  distinct: (args, spot) =>
    ofLists(args, spot, ([items = []]) => {
      const open = openItem(items);
      return open === undefined ? list(spot, distinct(items)) : unknown(spot, whyOf(open));
    }),
  element: ([of, at], spot) => {
    if (of?.kind === "unknown") return unknown(spot, of.why);
    if (at?.kind === "unknown") return unknown(spot, at.why);
    if (!isList(of) || of.items.length === 0 || at?.kind !== "number") return undefined;
    const found = of.items[((at.number % of.items.length) + of.items.length) % of.items.length];
    return found && placed(found, spot);
  },
  flatten: ([of], spot) => {
    if (of?.kind === "unknown") return unknown(spot, of.why);
    if (!isList(of)) return undefined;
    const items = flattened(of.items);
    const open = items.find((item) => item.kind === "unknown");
    return open === undefined ? list(spot, items) : unknown(spot, whyOf(open));
  },
  format: formatted,
  formatlist: formattedList,
  join: ([by, ...lists], spot) => {
    const open = [by, ...lists].find((one) => one?.kind === "unknown");
    if (open?.kind === "unknown") return unknown(spot, open.why);
    if (by === undefined || !lists.every(isList)) return undefined;
    const items = lists.flatMap((one) => (isList(one) ? one.items : []));
    return woven([by, ...items], spot, ([separator, ...words]) => words.join(separator));
  },
  keys: ([of], spot) => {
    if (of?.kind === "unknown") return unknown(spot, of.why);
    if (of?.kind !== "map") return undefined;
    return list(
      spot,
      [...of.entries.keys()].sort().map((name) => text(spot, name)),
    );
  },
  length: ([of], spot) => {
    if (of?.kind === "unknown") return unknown(spot, of.why);
    if (isList(of)) return number(spot, of.items.length);
    if (of?.kind === "map") return number(spot, of.entries.size);
    if (of !== undefined && isSymbolic(of)) return unknown(spot, "it is known only after apply");
    return of?.kind === "text" ? number(spot, Array.from(of.text).length) : undefined;
  },
  lookup,
  merge: merged,
  one: oneOf,
  range: ranged,
  reverse: (args, spot) => ofLists(args, spot, ([items = []]) => list(spot, [...items].reverse())),
  setintersection: (args, spot) => withoutItems(args, spot, (inOthers) => inOthers),
  setsubtract: (args, spot) => withoutItems(args, spot, (inOthers) => !inOthers),
  setunion: (args, spot) => ofLists(args, spot, (lists) => set(spot, distinct(lists.flat()).sort(byWord))),
  slice: ([of, from, to], spot) => {
    if (of?.kind === "unknown") return unknown(spot, of.why);
    if (!isList(of) || from?.kind !== "number" || to?.kind !== "number") return undefined;
    return list(spot, of.items.slice(from.number, to.number));
  },
  sort: (args, spot) =>
    ofLists(args, spot, ([items = []]) => {
      const open = openItem(items);
      return open === undefined ? list(spot, [...items].sort(byWord)) : unknown(spot, whyOf(open));
    }),
  tobool: ([value], spot) => {
    const word = value?.kind === "text" ? value.text : undefined;
    return word === "true" || word === "false"
      ? boolean(spot, word === "true")
      : value && placed(value, spot);
  },
  tolist: (args, spot) => ofLists(args, spot, ([items = []]) => list(spot, items)),
  tomap: same,
  tonumber: ([value], spot) => {
    if (value?.kind !== "text") return value && placed(value, spot);
    if (isSymbolic(value)) return unknown(spot, "it is known only after apply");
    return value.text.trim() === "" ? undefined : number(spot, Number(value.text));
  },
  toset: toSet,
  tostring: ([value], spot) => {
    if (value === undefined || value.kind === "unknown" || value.kind === "null")
      return value && placed(value, spot);
    const word = wordOf(value);
    return word === undefined ? undefined : text(spot, word, isSymbolic(value));
  },
  values: ([of], spot) => {
    if (of?.kind === "unknown") return unknown(spot, of.why);
    if (of?.kind !== "map") return undefined;
    return list(
      spot,
      sorted(of.entries).map(([, { value }]) => value),
    );
  },
  zipmap: (args, spot) =>
    ofLists(args, spot, ([keys = [], values = []]) => {
      const open = openItem(keys);
      if (open !== undefined) return unknown(spot, whyOf(open));
      return map(
        spot,
        keys.map((key, place): [string, Entry] => [
          wordOf(key) ?? "",
          { key, value: values[place] ?? nothing(spot) },
        ]),
      );
    }),
};
