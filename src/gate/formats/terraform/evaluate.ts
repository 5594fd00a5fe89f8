import { plainValue, type Entry, type Node, type Spot } from "../../text/node.ts";
import type { Expression, ForExpression, TemplatePart } from "../../text/hcl-tree.ts";
import { MAX_DEPTH } from "../../text/bounds.ts";
import { callFunction } from "./functions.ts";
import { operate } from "./operators.ts";
import { named, type Scope } from "./scope.ts";
import {
  MAX_TEXT,
  boolean,
  failure,
  isSymbolic,
  isThing,
  list,
  map,
  nothing,
  number,
  placed,
  sorted,
  spotOf,
  text,
  unknown,
  unsettledIn,
  wordOf,
  type Reached,
  type Value,
} from "./values.ts";

/** The value of an expression; a node of kind `unknown` where it cannot be worked out. It stands where the expression does. */
export function evaluate(expression: Expression, scope: Scope): Value {
  const reached = reach(expression, scope);
  return isThing(reached) ? reached.value(expression) : placed(reached, expression);
}

/** What an expression comes to, which may be a resource, of which an attribute is asked then. */
export function reach(expression: Expression, scope: Scope): Reached {
  const { steps } = scope;
  steps.left -= 1;
  if (steps.left < 0) return unknown(expression, "the configuration takes too much to work out");
  if (steps.depth > MAX_DEPTH * 4) return unknown(expression, "what it rests on goes too deep");
  steps.depth += 1;
  try {
    return reached(expression, scope);
  } finally {
    steps.depth -= 1;
  }
}

function reached(expression: Expression, scope: Scope): Reached {
  switch (expression.kind) {
    case "literal":
      return literal(expression, expression.value);
    case "template":
      return template(expression, expression.parts, scope);
    case "tuple":
      return list(
        expression,
        expression.items.map((item) => evaluate(item, scope)),
      );
    case "object":
      return object(expression, scope);
    case "name":
      return scope.names.get(expression.name) ?? scope.root(expression.name, expression);
    case "attribute":
      return attributeOf(reach(expression.of, scope), expression.name, expression);
    case "index":
      return indexOf(reach(expression.of, scope), evaluate(expression.key, scope), expression);
    case "splat":
      return splat(expression, scope);
    case "call":
      return callFunction(expression, scope, { evaluate, reach });
    case "for":
      return expression.key === undefined
        ? forList(expression, scope)
        : forMap(expression, expression.key, scope);
    case "conditional":
      return conditional(expression, scope);
    case "operation":
      return operate(
        expression.operator,
        expression.operands.map((operand) => evaluate(operand, scope)),
        expression,
      );
  }
}

function literal(spot: Spot, value: boolean | number | string | null): Value {
  if (typeof value === "string") return text(spot, value);
  if (typeof value === "number") return number(spot, value);
  return typeof value === "boolean" ? boolean(spot, value) : nothing(spot);
}

function conditional(expression: Expression & { kind: "conditional" }, scope: Scope): Reached {
  const condition = evaluate(expression.condition, scope);
  const isYes = wordOf(condition);
  if (condition.kind === "unknown" || isSymbolic(condition)) {
    const why = condition.kind === "unknown" ? condition.why : "it is known only after apply";
    return sameOf(expression, scope) ?? unknown(expression, why);
  }
  if (isYes !== "true" && isYes !== "false")
    return failure(expression, "its condition is neither true nor false");
  return reach(isYes === "true" ? expression.yes : expression.no, scope);
}

/** What both sides of a condition come to, where that is the same. */
function sameOf({ yes, no }: Expression & { kind: "conditional" }, scope: Scope): Value | undefined {
  const [one, other] = [evaluate(yes, scope), evaluate(no, scope)];
  if (unsettledIn(one) !== undefined || unsettledIn(other) !== undefined) return undefined;
  return JSON.stringify(plainValue(one)) === JSON.stringify(plainValue(other)) ? one : undefined;
}

export function attributeOf(of: Reached, name: string, spot: Spot): Reached {
  if (isThing(of)) return of.attribute(name, spot);
  if (of.kind === "unknown") return placed(withoutReference(of), spot);
  if (of.kind !== "map") return failure(spot, `what it asks ${name} of has no attributes`);
  return of.entries.get(name)?.value ?? failure(spot, `there is no ${name} in it`);
}

function indexOf(of: Reached, key: Value, spot: Spot): Reached {
  if (isThing(of)) return of.index(key, spot);
  if (key.kind === "unknown") return placed(withoutReference(key), spot);
  if (of.kind === "unknown") return placed(withoutReference(of), spot);
  if (isSymbolic(key)) return unknown(spot, "its key is known only after apply");
  const word = wordOf(key) ?? "";
  if (of.kind === "list") return of.items[Number(word)] ?? failure(spot, `there is no item ${word} in it`);
  if (of.kind === "map") return of.entries.get(word)?.value ?? failure(spot, `there is no ${word} in it`);
  return failure(spot, "what it asks an item of has none");
}

/** What is asked of something unknown is not what that refers to. */
function withoutReference(value: Value & { kind: "unknown" }): Value {
  return value.from === undefined ? value : { ...unknown(value, value.why) };
}

function splat(expression: Expression & { kind: "splat" }, scope: Scope): Reached {
  const of = reach(expression.of, scope);
  const one = (item: Reached): Value => evaluate(expression.each, named(scope, { "*": item }));
  if (isThing(of)) {
    const entries = of.entries();
    if (entries === undefined) return list(expression, [one(of)]);
    if (!isEntries(entries)) return placed(entries, expression);
    return list(
      expression,
      entries.map(([, item]) => one(item)),
    );
  }
  if (of.kind === "unknown") return placed(withoutReference(of), expression);
  if (of.kind === "null") return list(expression, []);
  return list(expression, (of.kind === "list" ? of.items : [of]).map(one));
}

function object(expression: Expression & { kind: "object" }, scope: Scope): Value {
  const entries: [string, Entry][] = [];
  for (const { key, value } of expression.entries) {
    const name = evaluate(key, scope);
    const word = isSymbolic(name) ? undefined : wordOf(name);
    if (word === undefined)
      return unknown(
        expression,
        name.kind === "unknown" ? name.why : "a key of it is known only after apply",
      );
    entries.push([word, { key: spotOf(key), value: evaluate(value, scope) }]);
  }
  return map(expression, entries);
}

/** Keys and items of what can be gone through; a value that says why where they are not known. */
export function entriesOfReached(of: Reached, spot: Spot): readonly (readonly [Value, Reached])[] | Value {
  if (isThing(of)) return of.entries() ?? unknown(spot, "what it goes through is one thing");
  if (of.kind === "unknown") return placed(withoutReference(of), spot);
  if (of.kind === "list")
    return of.items.map((item, place) => [of.isSet === true ? item : number(item, place), item] as const);
  if (of.kind === "map")
    return sorted(of.entries).map(([name, { key, value }]) => [text(key, name), value] as const);
  return failure(spot, "it cannot be gone through");
}

/** The scopes of all items, those left out that the condition leaves out; a value that says why where that is not known. */
function scopesOf(
  { names, over, condition }: Pick<ForExpression, "condition" | "names" | "over">,
  spot: Spot,
  scope: Scope,
): readonly Scope[] | Value {
  const entries = entriesOfReached(reach(over, scope), spot);
  if (!isEntries(entries)) return entries;
  const found: Scope[] = [];
  for (const [key, item] of entries) {
    const own = named(scope, {
      ...(names.key === undefined ? {} : { [names.key]: key }),
      [names.value]: item,
    });
    if (condition !== undefined) {
      const holds = evaluate(condition, own);
      if (holds.kind === "unknown") return placed(withoutReference(holds), spot);
      if (wordOf(holds) !== "true") continue;
    }
    found.push(own);
  }
  return found;
}

export function isEntries<T>(entries: Value | readonly T[]): entries is readonly T[] {
  return Array.isArray(entries);
}

function forList(expression: ForExpression & Spot, scope: Scope): Value {
  const scopes = scopesOf(expression, expression, scope);
  if (!isEntries(scopes)) return scopes;
  return list(
    expression,
    scopes.map((own) => evaluate(expression.value, own)),
  );
}

function forMap(expression: ForExpression & Spot, key: Expression, scope: Scope): Value {
  const scopes = scopesOf(expression, expression, scope);
  if (!isEntries(scopes)) return scopes;
  const found = new Map<string, { readonly key: Spot; readonly values: Node[] }>();
  for (const own of scopes) {
    const name = evaluate(key, own);
    const word = isSymbolic(name) ? undefined : wordOf(name);
    if (word === undefined)
      return unknown(expression, name.kind === "unknown" ? name.why : "a key of it is not known");
    const value = evaluate(expression.value, own);
    const known = found.get(word);
    if (known === undefined) found.set(word, { key: spotOf(name), values: [value] });
    else known.values.push(value);
  }
  return map(
    expression,
    [...found].map(([name, { key: at, values }]): [string, Entry] => {
      const [first = nothing(at)] = values;
      return [name, { key: at, value: expression.groups ? list(at, values) : first }];
    }),
  );
}

/** One interpolation alone is its value; all else is a text. */
function template(spot: Spot, parts: readonly TemplatePart[], scope: Scope): Value {
  const [only] = parts;
  if (parts.length === 1 && only?.kind === "value") return evaluate(only.value, scope);
  const made = joined(parts, spot, scope);
  if ("words" in made) return text(spot, made.words, made.isSymbolic);
  if (made.kind !== "unknown") return made;
  const pieces = piecesOf(parts, spot, scope);
  return pieces === undefined ? made : { ...made, pieces };
}

/** What a JSON document is put together of as a text: what is known of it says something, whatever the rest is. Undefined of another text. */
function piecesOf(parts: readonly TemplatePart[], spot: Spot, scope: Scope): readonly Node[] | undefined {
  const [first] = parts;
  if (first?.kind !== "text" || !/^\s*\{/.test(first.text)) return undefined;
  if (parts.some(({ kind }) => kind === "if" || kind === "for")) return undefined;
  return parts.map((part) => {
    const made = partOf(part, spot, scope);
    return "words" in made ? text(spot, made.words) : made;
  });
}

interface Joined {
  readonly words: string;
  readonly isSymbolic: boolean;
}

/** Parts as one text; a value that says why where one of them is not known. */
function joined(parts: readonly TemplatePart[], spot: Spot, scope: Scope): Joined | Value {
  let words = "";
  let isSymbolicSoFar = false;
  for (const part of parts) {
    const made = partOf(part, spot, scope);
    if (!("words" in made)) return made;
    words += made.words;
    isSymbolicSoFar ||= made.isSymbolic;
    if (words.length > MAX_TEXT) return unknown(spot, "it is too long");
  }
  return { words, isSymbolic: isSymbolicSoFar };
}

function partOf(part: TemplatePart, spot: Spot, scope: Scope): Joined | Value {
  if (part.kind === "text") return { words: part.text, isSymbolic: false };
  if (part.kind === "for") {
    const scopes = scopesOf(part, spot, scope);
    if (!isEntries(scopes)) return scopes;
    const all = scopes.map((own) => joined(part.parts, spot, own));
    const open = all.find((one) => !("words" in one));
    if (open !== undefined) return open;
    const known = all as Joined[];
    return {
      words: known.map(({ words }) => words).join(""),
      isSymbolic: known.some((one) => one.isSymbolic),
    };
  }
  const value = evaluate(part.kind === "if" ? part.condition : part.value, scope);
  if (value.kind === "unknown") return placed(withoutReference(value), spot);
  const word = wordOf(value);
  if (word === undefined) return failure(spot, "a part of it is no text");
  if (part.kind === "value") return { words: word, isSymbolic: isSymbolic(value) };
  if (isSymbolic(value)) return unknown(spot, "a condition in it is known only after apply");
  return joined(word === "true" ? part.yes : part.no, spot, scope);
}
