import { itemsOf, plainValue, textOf, type Entry, type Node, type Spot } from "../../text/node.ts";
import {
  failure,
  isSymbolic,
  list,
  map,
  nothing,
  placed,
  spotOf,
  text,
  unknown,
} from "../terraform/values.ts";
import { isSlip, parseExpression, written, type Expression, type Slip } from "./expression.ts";
import { truth } from "./function.ts";
import { GATHERING, LOOKING, openAmong } from "./functions.ts";
import { entryOf, field, open, openIn, symbolOf, type ArmValue } from "./values.ts";

/** What one reading of a file shares. */
export interface Run {
  /** How much more is worked out, and how deep it is at present. */
  readonly steps: { left: number; depth: number };
  /** Expressions by their texts. */
  readonly parsed: Map<string, Expression | Slip>;
  /** Tells a text that is no expression. */
  readonly misread: (spot: Spot, slip: string) => void;
}

/** What a deployment gives a template. */
export interface Given {
  /** By name, a map with `value` or `reference`; undefined: not known which. */
  readonly parameters: Node | undefined;
  /** In what the values are worked out; undefined: they are as they are written. */
  readonly env: Env | undefined;
}

/** What a template calls by names of its own. */
export interface Names {
  readonly run: Run;
  readonly template: Node;
  /** Outside of loops and functions. */
  readonly env: Env;
  /** Of a template within another; undefined of what somebody deploys. */
  readonly given: Given | undefined;
  /** How a parameter is declared. */
  declared(name: string): Node | undefined;
  /** What a variable is written as; undefined also of one that is repeated. */
  writtenVariable(name: string): Node | undefined;
  parameter(name: string, spot: Spot): ArmValue;
  variable(name: string, spot: Spot): ArmValue;
  /** A function of the template's own, `<namespace>.<name>`: a map with `parameters` and `output`. */
  ownFunction(name: string): Node | undefined;
}

/** In what an expression is worked out. */
export interface Env {
  readonly names: Names;
  /** Where each loop is, by its name in lower case; undefined: not known, one stands for all. */
  readonly loops: ReadonlyMap<string, number | undefined>;
  /** The loop that makes the resource. */
  readonly loop?: string;
  /** Arguments, in a function of the template's own. */
  readonly args?: ReadonlyMap<string, ArmValue>;
  readonly lambdas: ReadonlyMap<string, ArmValue>;
}

/** Of one file: what people write needs some thousands. */
export const MAX_STEPS = 2_000_000;

/** Values and expressions within each other, through variables and functions too. */
const MAX_DEEP = 400;

/** Most times that a value is repeated. Source: Azure Resource Manager, "Template limits". */
export const MAX_COPIES = 800;

/** A value of a template with its expressions worked out; what is not known of it is of kind `unknown`, or a symbolic text. */
export function evaluate(node: Node, env: Env): ArmValue {
  return stepped(node, env, () => {
    if (node.kind === "text") return ofText(node, node.text, env);
    if (node.kind === "list")
      return list(
        node,
        node.items.map((item) => evaluate(item, env)),
      );
    return node.kind === "map" ? object(node, env) : node;
  });
}

function stepped(spot: Spot, { names }: Env, make: () => ArmValue): ArmValue {
  const { steps } = names.run;
  steps.left -= 1;
  if (steps.left < 0) return unknown(spot, "the template takes too much to work out");
  if (steps.depth > MAX_DEEP) return unknown(spot, "what it rests on goes too deep");
  steps.depth += 1;
  try {
    return make();
  } finally {
    steps.depth -= 1;
  }
}

function ofText(spot: Spot, said: string, env: Env): ArmValue {
  const read = expressionOf(spot, said, env);
  if (read === undefined) return text(spot, literalOf(said));
  if (isSlip(read)) return unknown(spot, `expected an expression, got one with ${read.slip}`);
  return placed(work(read, env, spot), spot);
}

function literalOf(said: string): string {
  const read = written(said);
  return "literal" in read ? read.literal : said;
}

/** The expression that a text is; undefined where it is none. One that cannot be read is told. */
export function expressionOf(
  spot: Spot,
  said: string,
  { names: { run } }: Env,
): Expression | Slip | undefined {
  const read = written(said);
  if ("literal" in read) return undefined;
  const known = run.parsed.get(read.expression);
  const made = known ?? parseExpression(read.expression);
  if (known === undefined) run.parsed.set(read.expression, made);
  if (isSlip(made)) run.misread(spot, made.slip);
  return made;
}

function object(node: Node & { kind: "map" }, env: Env): ArmValue {
  const entries: [string, Entry][] = [];
  for (const [key, entry] of node.entries) {
    if (key.toLowerCase() === "copy" && isCopies(entry.value)) {
      for (const item of itemsOf(entry.value)) {
        const name = textOf(field(item, "name")) ?? "";
        entries.push([name, { key: spotOf(item), value: repeated(item, name, env) }]);
      }
      continue;
    }
    const name = key.startsWith("[") ? ofText(entry.key, key, env) : undefined;
    if (name !== undefined && openIn(name) !== undefined) return unknown(node, "a key of it is not known");
    entries.push([textOf(name) ?? key, { key: entry.key, value: evaluate(entry.value, env) }]);
  }
  return map(node, entries);
}

/** Whether a list under `copy` says what is repeated. */
function isCopies(node: Node): boolean {
  return node.kind === "list" && node.items.every((item) => entryOf(item, "input") !== undefined);
}

/** `input` as often as `count` says. */
export function repeated(item: Node, name: string, env: Env): ArmValue {
  const count = countOf(item, env);
  const input = entryOf(item, "input")?.value;
  if (count.kind !== "number")
    return unknown(item, `how often ${name} is repeated is not known, since ${whyOf(count)}`);
  if (count.number > MAX_COPIES) return unknown(item, `${name} is repeated more than ${MAX_COPIES} times`);
  const items = Array.from({ length: count.number }, (_, nth) =>
    input === undefined
      ? nothing(item)
      : evaluate(input, { ...env, loops: new Map(env.loops).set(name.toLowerCase(), nth) }),
  );
  return list(item, items);
}

export function countOf(copy: Node, env: Env): ArmValue {
  const written = field(copy, "count");
  return written === undefined ? unknown(copy, "it has no count") : evaluate(written, env);
}

export function whyOf(value: ArmValue): string {
  return value.kind === "unknown" ? value.why : (openIn(value) ?? "it is of another type than it should be");
}

/** What an expression comes to. */
export function work(expression: Expression, env: Env, spot: Spot): ArmValue {
  return stepped(spot, env, () => {
    switch (expression.kind) {
      case "text":
        return text(spot, expression.text);
      case "number":
        return { ...spotOf(spot), kind: "number", number: expression.number };
      case "member":
        return member(expression, env, spot);
      case "call":
        return call(expression, env, spot);
    }
  });
}

function member(expression: Expression & { kind: "member" }, env: Env, spot: Spot): ArmValue {
  const of = work(expression.of, env, spot);
  const key = work(expression.key, env, spot);
  const symbol = `${symbolOf(of)}.${symbolOf(key)}`;
  if (of.kind === "unknown") return open(spot, of.why, symbol);
  const why = openIn(key);
  if (why !== undefined) return open(spot, why, symbol);
  if (of.kind === "null" && expression.safe) return nothing(spot);
  const word = textOf(key) ?? "";
  const found =
    of.kind === "list" && key.kind === "number"
      ? of.items[key.number < 0 ? of.items.length + key.number : key.number]
      : entryOf(of, word)?.value;
  if (found !== undefined) return placed(found, spot);
  return expression.safe
    ? nothing(spot)
    : failure(spot, `there is no ${word === "" ? "such item" : word} in it`);
}

type Call = Expression & { readonly kind: "call" };

type Special = (call: Call, env: Env, spot: Spot) => ArmValue;

function call(expression: Call, env: Env, spot: Spot): ArmValue {
  const name = expression.name.toLowerCase();
  const special = Object.hasOwn(SPECIAL, name) ? SPECIAL[name] : undefined;
  if (special !== undefined) return special(expression, env, spot);
  const args = expression.args.map((one) => work(one, env, spot));
  if (name.includes(".")) return ownCall(expression.name, args, env, spot);
  const symbol = `${name}(${args.map(symbolOf).join(",")})`;
  const gathers = Object.hasOwn(GATHERING, name) ? GATHERING[name] : undefined;
  const looks = Object.hasOwn(LOOKING, name) ? LOOKING[name] : undefined;
  const why = openAmong(args);
  if (gathers === undefined && looks === undefined)
    return open(spot, `${expression.name}() is worked out when the template is deployed`, symbol);
  const made = gathers?.(args, spot) ?? (why === undefined ? looks?.(args, spot) : undefined);
  if (made !== undefined) return made;
  return why === undefined
    ? failure(spot, `${expression.name} cannot be called so`)
    : open(spot, why, symbol);
}

function ownCall(name: string, args: readonly ArmValue[], env: Env, spot: Spot): ArmValue {
  const own = env.names.ownFunction(name);
  const output = field(own, "output", "value");
  if (output === undefined) return failure(spot, `there is no function ${name}`);
  const named = itemsOf(field(own, "parameters")).map(
    (one, nth) => [textOf(field(one, "name"))?.toLowerCase() ?? "", args[nth] ?? nothing(spot)] as const,
  );
  return placed(
    evaluate(output, { names: env.names, loops: new Map(), lambdas: new Map(), args: new Map(named) }),
    spot,
  );
}

/** Functions that do not work out all of their arguments, or that need to know where they are. */
const SPECIAL: Readonly<Record<string, Special>> = {
  parameters: ({ args: [first] }, env, spot) => {
    const name = nameIn(first, env, spot);
    if (name === undefined) return unknown(spot, "which parameter it names is not known");
    if (env.args === undefined) return placed(env.names.parameter(name, spot), spot);
    return env.args.get(name.toLowerCase()) ?? failure(spot, `the function has no parameter ${name}`);
  },
  variables: ({ args: [first] }, env, spot) => {
    const name = nameIn(first, env, spot);
    if (name === undefined) return unknown(spot, "which variable it names is not known");
    return placed(env.names.variable(name, spot), spot);
  },
  copyindex: copyIndex,
  if: conditional,
  and: (expression, env, spot) => junction(expression, env, spot, false),
  or: (expression, env, spot) => junction(expression, env, spot, true),
  coalesce: ({ args }, env, spot) => {
    for (const one of args) {
      const value = work(one, env, spot);
      if (value.kind !== "null") return value;
    }
    return nothing(spot);
  },
  lambdavariables: ({ args: [first] }, env, spot) =>
    env.lambdas.get(nameIn(first, env, spot)?.toLowerCase() ?? "") ??
    failure(spot, "there is no such name in it"),
  map: ({ args: [over, lambda] }, env, spot) => {
    const items = itemsThrough(over, env, spot);
    return items.kind === "list" && lambda !== undefined
      ? list(
          spot,
          items.items.map((item, nth) => applied(lambda, item, nth, env, spot)),
        )
      : items;
  },
  filter: ({ args: [over, lambda] }, env, spot) => {
    const items = itemsThrough(over, env, spot);
    if (items.kind !== "list" || lambda === undefined) return items;
    const kept: Node[] = [];
    for (const [nth, item] of items.items.entries()) {
      const holds = applied(lambda, item, nth, env, spot);
      if (holds.kind !== "boolean") return open(spot, whyOf(holds), `filter(${symbolOf(items)})`);
      if (holds.boolean) kept.push(item);
    }
    return list(spot, kept);
  },
};

function nameIn(expression: Expression | undefined, env: Env, spot: Spot): string | undefined {
  const value = expression && work(expression, env, spot);
  return value === undefined || isSymbolic(value) ? undefined : textOf(value);
}

function itemsThrough(over: Expression | undefined, env: Env, spot: Spot): ArmValue {
  if (over === undefined) return failure(spot, "it goes through nothing");
  const value = work(over, env, spot);
  if (value.kind === "list") return value;
  return open(spot, whyOf(value), `each(${symbolOf(value)})`);
}

function applied(lambda: Expression, item: Node, nth: number, env: Env, spot: Spot): ArmValue {
  if (lambda.kind !== "call" || lambda.name.toLowerCase() !== "lambda")
    return failure(spot, "it is no lambda");
  const body = lambda.args.at(-1);
  const names = lambda.args.slice(0, -1).map((one) => nameIn(one, env, spot)?.toLowerCase() ?? "");
  const index: ArmValue = { ...spotOf(spot), kind: "number", number: nth };
  const lambdas = new Map(env.lambdas);
  names.forEach((name, place) => lambdas.set(name, place === 0 ? item : index));
  return body === undefined ? failure(spot, "it is no lambda") : work(body, { ...env, lambdas }, spot);
}

/** `copyIndex([loop], [offset])`: without a name the loop that makes the resource, or the only one that there is. */
function copyIndex({ args }: Call, env: Env, spot: Spot): ArmValue {
  const values = args.map((one) => work(one, env, spot));
  const name = textOf(values[0])?.toLowerCase() ?? env.loop ?? [...env.loops.keys()].at(-1);
  const offset = values.find(({ kind }) => kind === "number");
  if (name === undefined || !env.loops.has(name)) return failure(spot, "there is no such loop around it");
  const place = env.loops.get(name);
  if (place === undefined)
    return open(spot, `how often ${name} is repeated is not known`, `copyIndex('${name}')`);
  const from = offset?.kind === "number" ? offset.number : 0;
  return { ...spotOf(spot), kind: "number", number: place + from };
}

/** Where it is not known which of two values holds, both being the same is enough. */
function conditional({ args }: Call, env: Env, spot: Spot): ArmValue {
  const [condition, yes, no] = args;
  if (condition === undefined || yes === undefined || no === undefined)
    return failure(spot, "if cannot be called so");
  const holds = work(condition, env, spot);
  if (holds.kind === "boolean") return work(holds.boolean ? yes : no, env, spot);
  const both = [work(yes, env, spot), work(no, env, spot)];
  const [one, other] = both;
  const isSame =
    both.every((value) => openIn(value) === undefined) && one !== undefined && other !== undefined;
  if (isSame && JSON.stringify(plainValue(one)) === JSON.stringify(plainValue(other))) return one;
  return open(spot, whyOf(holds), `if(${[holds, ...both].map(symbolOf).join(",")})`);
}

/** `and` is settled by one `false`, `or` by one `true`. */
function junction({ args, name }: Call, env: Env, spot: Spot, by: boolean): ArmValue {
  const values: ArmValue[] = [];
  for (const one of args) {
    const value = work(one, env, spot);
    if (value.kind === "boolean" && value.boolean === by) return truth(spot, by);
    values.push(value);
  }
  const missing = values.find(({ kind }) => kind !== "boolean");
  return missing === undefined
    ? truth(spot, !by)
    : open(spot, whyOf(missing), `${name}(${values.map(symbolOf).join(",")})`);
}
