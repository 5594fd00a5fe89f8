import { networkOf, withinNetwork } from "../base/index.ts";

/** A standing condition as grants tell it: what compares, the key, and one value or a list of them. */
const SHAPE =
  /^((?:ForAnyValue:|ForAllValues:)?(?:ArnLike|IpAddress|StringEquals|StringLike)) (\S+) (\S+|\[".*"\])$/;

interface Asked {
  readonly what: string;
  readonly values: readonly string[];
}

/**
 * Whether whoever meets all of the conditions `narrow` meets all of `wide`, as far as their values are known and ordered: networks within
 * networks, texts within patterns, lists within lists. False where that is not worked out. Both as lines, as grants tell them.
 */
export function isWithin(narrow: string, wide: string): boolean {
  const [own, others] = [narrow, wide].map((lines) => lines.split("\n")) as [string[], string[]];
  return others.every((one) => own.some((line) => line === one || isLineWithin(line, one)));
}

function isLineWithin(narrow: string, wide: string): boolean {
  const [own, other] = [askedBy(narrow), askedBy(wide)];
  if (own === undefined || other === undefined || own.what !== other.what) return false;
  return own.values.every((value) => other.values.some((one) => isValueWithin(value, one, own.what)));
}

function askedBy(line: string): Asked | undefined {
  const [, operator, key, values = ""] = SHAPE.exec(line) ?? [];
  if (operator === undefined || key === undefined) return undefined;
  const what = `${operator} ${key.toLowerCase()}`;
  if (!values.startsWith("[")) return { what, values: [values] };
  try {
    return { what, values: JSON.parse(values) as string[] };
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return undefined;
  }
}

function isValueWithin(value: string, other: string, what: string): boolean {
  if (value === other) return true;
  if (what.includes("IpAddress")) {
    const [network, around] = [networkOf(value), networkOf(other)];
    return (
      network !== undefined &&
      around !== undefined &&
      network.prefix >= around.prefix &&
      withinNetwork(network, around)
    );
  }
  // Of patterns only what begins alike and ends with the one star is compared: what a star may be there, it may be here.
  if (!what.includes("StringLike") || !/^[^*?$]+\*$/.test(other)) return false;
  return !value.includes("$") && value.startsWith(other.slice(0, -1));
}
