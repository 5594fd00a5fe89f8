import { at, entriesOf, itemsOf, plainValue, textOf, type Node } from "../../text/node.ts";

/** Conditions that one names may name others: deeper than this is a circle. */
const MAX_DEPTH = 50;

/** Whether a condition holds; undefined where that rests on what is known only when the template is deployed. */
export function conditionValue(name: string, root: Node, value: (node: Node) => Node): boolean | undefined {
  const all = at(root, "Conditions");
  const named = (one: string | undefined, depth: number): boolean | undefined => {
    const found = one === undefined ? undefined : at(all, one);
    return found === undefined || depth > MAX_DEPTH ? undefined : of(found, depth + 1);
  };
  const of = (node: Node, depth: number): boolean | undefined => {
    const [[key, { value: argument }] = ["", { value: node }]] = entriesOf(node);
    const inner = (): (boolean | undefined)[] => itemsOf(argument).map((item) => of(item, depth));
    switch (key) {
      case "Condition":
        return named(textOf(argument), depth);
      case "Fn::Equals":
        return equal(itemsOf(argument).map((item) => plainValue(value(item))));
      case "Fn::And":
        return every(inner());
      case "Fn::Or":
        return not(every(inner().map(not)));
      case "Fn::Not":
        return not(inner()[0]);
      default:
        return undefined;
    }
  };
  return named(name, 0);
}

/** Compared as texts, as CloudFormation does. */
function equal([left, right]: readonly unknown[]): boolean | undefined {
  const [one, other] = [left, right].map((value) => (isScalar(value) ? String(value) : undefined));
  return one === undefined || other === undefined ? undefined : one === other;
}

function isScalar(value: unknown): value is boolean | number | string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function every(values: readonly (boolean | undefined)[]): boolean | undefined {
  if (values.includes(false)) return false;
  return values.length === 0 || values.includes(undefined) ? undefined : true;
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}
