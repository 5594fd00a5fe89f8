import { plainValue, unknownIn, type Node, type Spot } from "../../text/node.ts";
import { boolean, failure, isSymbolic, number, symbolicIn, unknown, wordOf, type Value } from "./values.ts";

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

const ORDER: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** An operator on its one or two operands. What one operand decides by itself is decided by it, whatever the other will be. */
export function operate(operator: string, operands: readonly Value[], spot: Spot): Value {
  const [left, right] = operands;
  if (left === undefined) return failure(spot, "an operand is missing");
  if (right === undefined) return unary(operator, left, spot);
  if (operator === "&&" || operator === "||") return logic(operator === "||", [left, right], spot);
  if (operator === "==" || operator === "!=") return equality(operator === "==", [left, right], spot);
  const open = [left, right].find((one) => one.kind === "unknown" || isSymbolic(one));
  if (open !== undefined) return unknown(spot, whyOf(open));
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a === undefined || b === undefined) return failure(spot, "an operand is no number");
  const counts = ARITHMETIC[operator];
  if (counts !== undefined) return number(spot, Number(counts(a, b).toPrecision(15)));
  const orders = ORDER[operator];
  return orders === undefined ? unknown(spot, `${operator} is not worked out`) : boolean(spot, orders(a, b));
}

function whyOf(open: Value): string {
  return open.kind === "unknown" ? open.why : "it is known only after apply";
}

function unary(operator: string, operand: Value, spot: Spot): Value {
  if (operand.kind === "unknown" || isSymbolic(operand)) return unknown(spot, whyOf(operand));
  if (operator === "!") {
    const word = wordOf(operand);
    return word === "true" || word === "false"
      ? boolean(spot, word === "false")
      : failure(spot, "what is denied is neither true nor false");
  }
  const of = numberOf(operand);
  return of === undefined ? failure(spot, "an operand is no number") : number(spot, -of);
}

function numberOf(node: Node): number | undefined {
  const word = wordOf(node);
  if (word === undefined || word.trim() === "" || node.kind === "boolean") return undefined;
  const found = Number(word);
  return Number.isFinite(found) ? found : undefined;
}

function logic(decisive: boolean, operands: readonly Value[], spot: Spot): Value {
  const words = operands.map((one) => (isSymbolic(one) ? undefined : wordOf(one)));
  if (words.includes(String(decisive))) return boolean(spot, decisive);
  if (words.every((word) => word === String(!decisive))) return boolean(spot, !decisive);
  const open = operands.find((one) => one.kind === "unknown" || isSymbolic(one));
  return open === undefined
    ? failure(spot, "an operand is neither true nor false")
    : unknown(spot, whyOf(open));
}

function equality(isSame: boolean, [left, right]: readonly [Value, Value], spot: Spot): Value {
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    // What is there by a symbol is there.
    if (one.kind === "null" && (other.kind === "text" || other.kind === "map" || other.kind === "list"))
      return boolean(spot, !isSame);
  }
  const open = [left, right].find((one) => unknownIn(one) !== undefined || symbolicIn(one));
  if (open !== undefined) return unknown(spot, unknownIn(open)?.why ?? "it is known only after apply");
  return boolean(spot, (comparable(left) === comparable(right)) === isSame);
}

function comparable(node: Value): string {
  if (node.kind !== "map") return JSON.stringify(plainValue(node) ?? null);
  const entries = [...node.entries].map(([name, { value }]): [string, string] => [name, comparable(value)]);
  return `{${JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)))}}`;
}
