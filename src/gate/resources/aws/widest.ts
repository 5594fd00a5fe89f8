import { at, entriesOf, textOf, type Node } from "../../text/node.ts";

/** The statement that most likely gives too much: the first that allows everyone, everything, or all of a service; else the first that allows. */
export function widestStatement(statements: readonly Node[]): Node | undefined {
  const allowing = statements.filter((one) => textOf(at(one, "Effect")) === "Allow");
  const all = allowing.find((one) => textsOf(at(one, "Action")).includes("*"));
  const wide = allowing.filter((one) => textsOf(at(one, "Resource")).includes("*"));
  const service = wide.find((one) => textsOf(at(one, "Action")).some((action) => action.endsWith(":*")));
  return openStatement(allowing) ?? all ?? service ?? wide[0] ?? allowing[0];
}

/** The first statement that allows everyone, on whatever condition; undefined where none does. */
export function openStatement(statements: readonly Node[]): Node | undefined {
  return statements.find((one) => textOf(at(one, "Effect")) === "Allow" && isEveryone(at(one, "Principal")));
}

function isEveryone(node: Node | undefined): boolean {
  return textsOf(node).includes("*") || entriesOf(node).some(([, { value }]) => textsOf(value).includes("*"));
}

/** The texts of a list, or the one that stands in its place. */
export function textsOf(node: Node | undefined): readonly string[] {
  return (node?.kind === "list" ? node.items : [node]).flatMap((one) => textOf(one) ?? []);
}
