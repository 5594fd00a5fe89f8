import type { HclBlock } from "../../text/hcl-tree.ts";
import type { Spot } from "../../text/node.ts";
import { entriesOfReached, evaluate, isEntries, reach } from "./evaluate.ts";
import { named, type Scope } from "./scope.ts";
import {
  failure,
  isSymbolic,
  isThing,
  number,
  unknown,
  wordOf,
  type Reached,
  type Thing,
  type Value,
} from "./values.ts";

/** One of what a block with `count` or `for_each` stands for. */
export interface Expanded {
  /** Behind its address: `["eu"]`, `[0]`, `[*]` where it is not known how many there are, or nothing. */
  readonly suffix: string;
  /** Its key; undefined of a block that stands for one alone, or of which it is not known. */
  readonly key?: number | string;
  readonly scope: Scope;
}

export interface Expansion {
  /** How it is written to be several. */
  readonly by: "count" | "for_each" | undefined;
  readonly all: readonly Expanded[];
  /** Why it is not known how many there are; then one stands for all. */
  readonly open?: string;
  /** What decides how many there are, as it is written, within its module. */
  readonly deciding?: string;
}

/** Most instances of one block that are looked at one by one. */
const MAX_INSTANCES = 2_000;

/** A set of names that a reference begins with, such as `each`. */
export function namespace(of: string, names: Readonly<Record<string, Reached>>): Thing {
  return {
    isThing: true,
    attribute: (name, spot) => names[name] ?? failure(spot, `there is no ${of}.${name}`),
    index: (_key, spot) => failure(spot, `${of} has no items`),
    entries: () => undefined,
    value: (spot) => unknown(spot, `${of} is no value by itself`),
  };
}

/** What a block stands for, by its `count` or `for_each`. */
export function expanded({ body }: HclBlock, scope: Scope): Expansion {
  const [count, each] = [body.attributes.get("count")?.value, body.attributes.get("for_each")?.value];
  if (count !== undefined) {
    const value = evaluate(count, scope);
    const deciding = `count ${writtenOf(count)}`;
    const times = isSymbolic(value) ? Number.NaN : Number(wordOf(value) ?? Number.NaN);
    if (!(times >= 0 && times <= MAX_INSTANCES)) {
      const why =
        value.kind === "unknown"
          ? value.why
          : `expected at most ${MAX_INSTANCES} instances, got another number`;
      return openBy("count", { scope, why, deciding });
    }
    const all = Array.from({ length: times }, (_, key): Expanded => {
      const own = named(scope, { count: namespace("count", { index: number(count, key) }) });
      return { suffix: `[${key}]`, key, scope: own };
    });
    return { by: "count", all, deciding };
  }
  if (each === undefined) return { by: undefined, all: [{ suffix: "", scope }] };
  return byEach(each, scope);
}

function byEach(each: Spot & Parameters<typeof reach>[0], scope: Scope): Expansion {
  const deciding = `for_each ${writtenOf(each)}`;
  const over = reach(each, scope);
  if (isThing(over) && over.representing !== undefined) {
    const { item, deciding: chosen } = over.representing;
    const why = "it is not known which there are";
    const key: Value = { ...unknown(each, why), each: chosen };
    const own = named(scope, { each: namespace("each", { key, value: item }) });
    return { by: "for_each", all: [{ suffix: "[*]", scope: own }], open: why, deciding: chosen };
  }
  const entries = entriesOfReached(over, each);
  if (!isEntries(entries) || entries.length > MAX_INSTANCES) {
    const why = isEntries(entries) || entries.kind !== "unknown" ? "there are too many" : entries.why;
    return openBy("for_each", { scope, why, deciding });
  }
  const isTexts = !isThing(over) && over.kind === "list";
  const all: Expanded[] = [];
  for (const [key, value] of entries) {
    const called = isTexts ? (value as Value) : key;
    const word = isSymbolic(called) ? undefined : wordOf(called);
    if (word === undefined) return openBy("for_each", { scope, why: "its keys are not known", deciding });
    const names = { key: { ...called }, value };
    all.push({
      suffix: `[${JSON.stringify(word)}]`,
      key: word,
      scope: named(scope, { each: namespace("each", names) }),
    });
  }
  return { by: "for_each", all, deciding };
}

function openBy(
  by: "count" | "for_each",
  { scope, why, deciding }: { scope: Scope; why: string; deciding: string },
): Expansion {
  const key = by === "count" ? "index" : "key";
  const open: Thing = {
    ...namespace(by, {}),
    attribute: (name, spot) => ({ ...unknown(spot, why), ...(name === key ? { each: deciding } : {}) }),
  };
  const own = named(scope, { [by === "count" ? "count" : "each"]: open });
  return { by, all: [{ suffix: "[*]", scope: own }], open: why, deciding };
}

/** As it is written, but for blanks. */
function writtenOf({ source, start, end }: Spot): string {
  return source.text.slice(start, end).replace(/\s+/g, " ");
}

/** What decides how many there are, of a key that stands for each of them. */
export function decidingKey(key: Value): string | undefined {
  return key.each;
}
