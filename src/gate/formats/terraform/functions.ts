import { Unreadable } from "../../text/bounds.ts";
import { unknownIn, type Node, type Spot } from "../../text/node.ts";
import type { Expression } from "../../text/hcl-tree.ts";
import { COLLECTIONS } from "./functions-collections.ts";
import { TEXTS } from "./functions-texts.ts";
import { named, type Scope, type Worker } from "./scope.ts";
import {
  failure,
  isThing,
  jsonValue,
  placed,
  sorted,
  symbolicIn,
  text,
  unknown,
  unsettledIn,
  wordOf,
  type Reached,
  type Value,
  type ValueFunction,
} from "./values.ts";

type Call = Expression & { readonly kind: "call" };

/**
 * Those that put values together without a look at what texts say. All others are worked out where their arguments are known whole and stand
 * for nothing else.
 */
const GATHERING: Readonly<Record<string, ValueFunction>> = {
  ...COLLECTIONS,
  jsonencode: ([value], spot) => value && encoded(value, spot),
  nonsensitive: ([value], spot) => value && placed(value, spot),
  sensitive: ([value], spot) => value && placed(value, spot),
};

const LOOKING: Readonly<Record<string, ValueFunction>> = {
  ...TEXTS,
  jsondecode: ([value], spot) => {
    const written = value && wordOf(value);
    return written === undefined ? undefined : jsonValue(written, spot);
  },
};

/**
 * A function of Terraform. What is not known here is unknown, and so is what rests on the clock, on chance or on what is not in the tree.
 * Source: Terraform, "Built-in Functions".
 */
export function callFunction(call: Call, scope: Scope, worker: Worker): Reached {
  const { name } = call;
  if (name === "try" || name === "can") return tried(call, scope, worker);
  const args = argumentsOf(call, scope, worker);
  if (!Array.isArray(args)) return args;
  const values = args as readonly Value[];
  if (name === "file" || name === "templatefile") return ofFile(call, values, scope, worker);
  const gathers = GATHERING[name];
  if (gathers !== undefined) return gathers(values, call) ?? failure(call, `${name} cannot be called so`);
  if (name === "jsondecode" && values[0]?.kind === "map") return placed(values[0], call);
  const looks = LOOKING[name];
  if (looks === undefined) return unknown(call, `${name}() is not worked out`);
  const open = values.map(unsettledIn).find((why) => why !== undefined);
  if (open !== undefined) return unknown(call, open);
  return looks(values, call) ?? failure(call, `${name} cannot be called so`);
}

function argumentsOf({ args, spreads, ...spot }: Call, scope: Scope, { evaluate }: Worker): Value | Value[] {
  const values = args.map((one) => evaluate(one, scope));
  if (!spreads) return values;
  const last = values.pop();
  if (last?.kind === "list") return [...values, ...last.items];
  return last?.kind === "unknown" ? last : failure(spot, "its last argument is no list");
}

/** The first that does not fail. One that is not known may fail, or not. */
function tried({ name, args, ...spot }: Call, scope: Scope, { reach }: Worker): Reached {
  for (const one of args) {
    const found = reach(one, scope);
    const failed = !isThing(found) && found.kind === "unknown" && found.failed === true;
    if (name === "can") {
      if (failed || isThing(found) || found.kind !== "unknown")
        return { ...placed(text(spot, ""), spot), kind: "boolean", boolean: !failed };
      return found;
    }
    if (!failed) return found;
  }
  return failure(spot, "all that it tries fails");
}

function ofFile(call: Call, [path, given]: readonly Value[], scope: Scope, { evaluate }: Worker): Value {
  const why = path === undefined ? "it is not named" : unsettledIn(path);
  if (why !== undefined || path === undefined) return unknown(call, why ?? "it is not named");
  const name = wordOf(path) ?? "";
  const written = scope.file(name);
  if (written === undefined) return unknown(call, `file ${name} is not among those that are looked at`);
  if (call.name === "file") return text(call, written);
  if (given === undefined || given.kind === "unknown")
    return unknown(call, given?.why ?? "it is given nothing");
  const names =
    given.kind === "map" ? [...given.entries].map(([key, { value }]) => [key, value] as const) : [];
  try {
    const spot = { source: call.source, start: call.start, end: call.end };
    return placed(
      evaluate(scope.template(written, spot), named(closed(scope), Object.fromEntries(names))),
      call,
    );
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    return failure(call, `${name} is no template`);
  }
}

/** A template sees nothing but what it is given. */
function closed(scope: Scope): Scope {
  return {
    ...scope,
    names: new Map(),
    root: (name, spot) => failure(spot, `the template is not given ${name}`),
  };
}

/** JSON. What is known in part stays a structure: whoever reads a policy reads that as well. */
function encoded(value: Value, spot: Spot): Value {
  if (value.kind === "unknown") return unknown(spot, value.why);
  if (unknownIn(value) !== undefined)
    return value.kind === "map" || value.kind === "list"
      ? placed(value, spot)
      : unknown(spot, unknownIn(value)?.why ?? "it is not known");
  return text(spot, json(value), symbolicIn(value));
}

/** As Terraform writes it: keys in order, and what HTML reads otherwise escaped. */
function json(node: Node): string {
  if (node.kind === "list") return `[${node.items.map(json).join(",")}]`;
  if (node.kind === "map")
    return `{${sorted(node.entries)
      .map(([name, { value }]) => `${quoted(name)}:${json(value)}`)
      .join(",")}}`;
  return node.kind === "text" ? quoted(node.text) : (wordOf(node) ?? "null");
}

function quoted(words: string): string {
  return JSON.stringify(words).replace(
    /[<>&\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
