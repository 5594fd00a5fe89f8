import { isStandIn } from "../../../secret-scan/index.ts";
import type { Credential } from "../../declared.ts";
import { at, entriesOf, itemsOf, placeOf, textOf, type Node } from "../../text/node.ts";
import type { Configuration } from "./configuration.ts";
import { isTrue } from "./values.ts";

/** A credential that the configuration states. */
export const LITERAL_RULE = "terraform-sensitive-literal";

/**
 * Texts that the configuration states for what is sensitive: of attributes that the provider or the plan marks, by the resource's address
 * without keys, and defaults of variables that are sensitive or that such an attribute takes. Their texts are looked at and not kept.
 */
export function* literals(
  configuration: Configuration,
  sensitive: ReadonlyMap<string, readonly Node[]>,
): Generator<Credential> {
  const variables = new Set<string>();
  for (const [address, { node }] of configuration.resources()) {
    for (const marks of sensitive.get(address) ?? [])
      yield* within(at(node, "expressions"), {
        marks,
        address,
        isRoot: !address.startsWith("module."),
        variables,
      });
  }
  for (const [name, { value }] of entriesOf(at(configuration.root, "variables"))) {
    if (!isTrue(at(value, "sensitive")) && !variables.has(name)) continue;
    const literal = at(value, "default");
    if (isLiteral(literal)) yield { rule: LITERAL_RULE, place: placeOf(literal), address: `var.${name}` };
  }
}

interface Terms {
  /** A tree in which `true` stands for what is sensitive. */
  readonly marks: Node;
  readonly address: string;
  readonly isRoot: boolean;
  /** Variables of the root module that something sensitive takes alone. */
  readonly variables: Set<string>;
}

function* within(expressions: Node | undefined, terms: Terms): Generator<Credential> {
  for (const [name, { value: mark }] of entriesOf(terms.marks)) {
    const expression = at(expressions, name);
    if (expression === undefined) continue;
    const address = `${terms.address}.${name}`;
    if (isTrue(mark)) yield* stated(expression, { ...terms, address });
    else if (mark.kind === "map") yield* within(expression, { ...terms, marks: mark, address });
    else
      for (const [place, item] of itemsOf(mark).entries()) {
        const inner = expression.kind === "list" ? expression.items[place] : undefined;
        if (item.kind === "map" && inner !== undefined)
          yield* within(inner, { ...terms, marks: item, address });
      }
  }
}

function* stated(expression: Node, { address, isRoot, variables }: Terms): Generator<Credential> {
  const literal = at(expression, "constant_value");
  if (isLiteral(literal)) yield { rule: LITERAL_RULE, place: placeOf(literal), address };
  for (const [name, { value }] of entriesOf(literal))
    if (isLiteral(value)) yield { rule: LITERAL_RULE, place: placeOf(value), address: `${address}.${name}` };
  const references = itemsOf(at(expression, "references")).flatMap((item) => textOf(item) ?? []);
  const [only] = references;
  if (isRoot && references.length === 1 && only?.startsWith("var.")) variables.add(only.slice(4));
}

function isLiteral(node: Node | undefined): node is Node {
  return !isStandIn(textOf(node) ?? "");
}
