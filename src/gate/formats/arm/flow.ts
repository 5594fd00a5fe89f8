import { entriesOf, itemsOf, textOf, type Node } from "../../text/node.ts";
import { expressionOf, work, type Env, type Names } from "./evaluate.ts";
import { isSlip, written, type Expression } from "./expression.ts";
import { entryOf, field } from "./values.ts";

/** Where a value comes from. */
export type Flow =
  /** A text that is written, and is the value as it is. */
  | { readonly kind: "literal"; readonly node: Node }
  | {
      readonly kind: "parameter";
      readonly scope: Names;
      readonly name: string;
      readonly path: readonly string[];
    }
  /** `listKeys` and the like. */
  | { readonly kind: "list_function" }
  /** It was not followed to the end. */
  | { readonly kind: "lost" };

/** Functions that say of what they are given only how it is, such as whether it is empty, or that make an id of it. */
const TELLING_NOTHING = new Set([
  ...[
    "and",
    "bool",
    "contains",
    "copyindex",
    "empty",
    "endswith",
    "equals",
    "extensionresourceid",
    "greater",
  ],
  ...["greaterorequals", "guid", "indexof", "lastindexof", "length", "less", "lessorequals"],
  ...["managementgroupresourceid", "newguid", "not", "or", "pickzones", "providers", "range", "reference"],
  ...[
    "resourceid",
    "startswith",
    "subscriptionresourceid",
    "tenantresourceid",
    "uniquestring",
    "utcnow",
    "xor",
  ],
]);

/** Any key of what is gone into. */
const ANY = "*";

/** Parameters, variables and functions within each other. */
const MAX_FOLLOWED = 200;

/** Where a value comes from: through variables, parameters of templates within, and functions. */
export function flowsOf(node: Node, env: Env): Flow[] {
  return new Tracer().from({ node, env, path: [], isWhole: true, depth: 0 });
}

interface Followed {
  readonly env: Env;
  /** What of it is taken. */
  readonly path: readonly string[];
  /** Whether the value is just this; else it is put into something. */
  readonly isWhole: boolean;
  readonly depth: number;
}

class Tracer {
  /** What was followed once is not followed again. */
  readonly #seen = new Map<Names, Set<string>>();

  from({ node, ...of }: Followed & { readonly node: Node }): Flow[] {
    const { steps } = of.env.names.run;
    steps.left -= 1;
    if (of.depth > MAX_FOLLOWED || steps.left < 0) return [{ kind: "lost" }];
    const [key, ...path] = of.path;
    if (node.kind === "text") return this.#text(node, node.text, of);
    const children = node.kind === "list" ? itemsOf(node) : entriesOf(node).map(([, { value }]) => value);
    if (key === undefined) return children.flatMap((child) => this.from({ ...of, node: child }));
    const named = node.kind === "map" && key !== ANY ? entryOf(node, key)?.value : undefined;
    if (named !== undefined) return this.from({ ...of, node: named, path });
    // A list is gone into by a place that is not looked at.
    if (node.kind !== "list" && key !== ANY) return [];
    return children.flatMap((child) => this.from({ ...of, node: child, path }));
  }

  #text(node: Node, said: string, of: Followed): Flow[] {
    const expression = expressionOf(node, said, of.env);
    if (expression !== undefined)
      return isSlip(expression) ? [{ kind: "lost" }] : this.#of(expression, node, of);
    const read = written(said);
    const isSaid = "literal" in read && read.literal.trim() !== "" && of.isWhole && of.path.length === 0;
    return isSaid ? [{ kind: "literal", node }] : [];
  }

  #of(expression: Expression, spot: Node, of: Followed): Flow[] {
    if (expression.kind === "number") return [];
    if (expression.kind === "text")
      return of.isWhole && of.path.length === 0 && expression.text.trim() !== ""
        ? [{ kind: "literal", node: spot }]
        : [];
    if (expression.kind === "member") {
      const key = expression.key.kind === "text" ? expression.key.text : ANY;
      return this.#of(expression.of, spot, { ...of, path: [key, ...of.path] });
    }
    const { args } = expression;
    const [first, ...others] = args;
    const name = expression.name.toLowerCase();
    const called = first?.kind === "text" ? first.text : undefined;
    if (name === "parameters" && called !== undefined)
      return of.env.args === undefined ? this.#parameter(called, of) : [];
    if (name === "variables" && called !== undefined) return this.#variable(called, of);
    if (name === "if" && first !== undefined) {
      const [yes, no] = others;
      // In a loop it may be the one once, and the other then.
      const holds = of.env.loops.size === 0 ? work(first, of.env, spot) : undefined;
      const taken = holds?.kind !== "boolean" ? [yes, no] : [holds.boolean ? yes : no];
      return taken.flatMap((one) => (one === undefined ? [] : this.#of(one, spot, of)));
    }
    if (name === "coalesce") return args.flatMap((one) => this.#of(one, spot, of));
    if (name === "tryget" && first !== undefined) {
      const path = others.map((one) => (one.kind === "text" ? one.text : ANY));
      return this.#of(first, spot, { ...of, path: [...path, ...of.path] });
    }
    if (name.startsWith("list")) return [{ kind: "list_function" }];
    if (TELLING_NOTHING.has(name)) return [];
    return args.flatMap((one) => this.#of(one, spot, { ...of, path: [], isWhole: false }));
  }

  #parameter(name: string, { path, env, isWhole, depth }: Followed): Flow[] {
    const scope = env.names;
    if (!this.#isNew(scope, `parameter ${name.toLowerCase()} ${String(isWhole)} ${path.join(".")}`))
      return [];
    const own: Flow = { kind: "parameter", scope, name, path };
    const { given } = scope;
    if (given?.parameters?.kind !== "map") return [own];
    const value = field(entryOf(given.parameters, name)?.value, "value");
    if (value === undefined || given.env === undefined) return [own];
    return [own, ...this.from({ node: value, env: given.env, path, isWhole, depth: depth + 1 })];
  }

  #variable(name: string, { path, env, isWhole, depth }: Followed): Flow[] {
    const scope = env.names;
    if (!this.#isNew(scope, `variable ${name.toLowerCase()} ${String(isWhole)} ${path.join(".")}`)) return [];
    const direct = scope.writtenVariable(name);
    const of = { env: scope.env, depth: depth + 1 };
    if (direct !== undefined) return this.from({ node: direct, path, isWhole, ...of });
    const copies = itemsOf(field(scope.template, "variables", "copy"));
    const copy = copies.find((one) => textOf(field(one, "name"))?.toLowerCase() === name.toLowerCase());
    const input = field(copy, "input");
    return input === undefined ? [] : this.from({ node: input, path: path.slice(1), isWhole, ...of });
  }

  #isNew(scope: Names, key: string): boolean {
    const seen = this.#seen.get(scope) ?? new Set<string>();
    this.#seen.set(scope, seen);
    return seen.has(key) ? false : Boolean(seen.add(key));
  }
}
