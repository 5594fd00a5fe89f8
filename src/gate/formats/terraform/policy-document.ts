import { at, itemsOf, textOf, type Entry, type MapNode, type Node, type Spot } from "../../text/node.ts";
import { documentOf } from "../../resources/aws/index.ts";
import type { Resource } from "./resource.ts";

/** Documents whose statements come before this one's own. */
const SOURCES = ["source_json", "source_policy_documents"];

/** Documents whose statements take the place of those of the same `sid`. */
const OVERRIDING = ["override_json", "override_policy_documents"];

/** Documents within each other; what people write has three. */
const MAX_MERGED = 20;

/** The document that an item of `source_policy_documents` refers to; undefined where that is not known. */
export type Referred = (node: Node) => Resource | undefined;

/**
 * The policy that `data.aws_iam_policy_document` will make, as IAM's JSON, where it is known only when the change is applied. Source: the AWS
 * provider's documentation of that data source: `effect` is `Allow` and `version` 2012-10-17 where none is set; statements of source documents
 * come first, its own and those of overriding documents take the place of those of the same `sid`, or are added.
 */
export function policyDocument({ attributes, spot }: Resource, referred: Referred, depth = 0): Node {
  const merged = (names: readonly string[]): readonly (readonly Node[])[] =>
    names.flatMap((name) =>
      documentsIn(at(attributes, name)).map((item) => statementsOf(item, { name, referred, depth })),
    );
  const written = at(attributes, "statement");
  const own = written?.kind === "unknown" ? [written] : itemsOf(written).map(statementOf);
  const statements = [...merged(SOURCES), own, ...merged(OVERRIDING)].reduce(overridden, []);
  const version = at(attributes, "version") ?? { ...place(spot), kind: "text" as const, text: "2012-10-17" };
  const list: Node = { ...place(spot), kind: "list", items: statements };
  return mapOf(spot, [
    ["Version", version],
    ["Statement", list],
  ]);
}

function documentsIn(merged: Node | undefined): readonly Node[] {
  if (merged === undefined || textOf(merged) === "") return [];
  return merged.kind === "list" ? merged.items : [merged];
}

/** Statements with those of another document, of which each takes the place of one of its `Sid`. What may be replaced is not known. */
function overridden(statements: readonly Node[], others: readonly Node[]): readonly Node[] {
  const merged = [...statements];
  for (const other of others) {
    const sid = sidOf(other);
    const nth = merged.findIndex((one) => typeof sid === "string" && sidOf(one) === sid);
    merged.forEach((one, index) => {
      const own = sidOf(one);
      const mayBe =
        own !== undefined && sid !== undefined && (typeof own !== "string" || typeof sid !== "string");
      if (mayBe) merged[index] = { ...place(one), kind: "unknown", why: MAY_BE_REPLACED };
    });
    if (nth === -1) merged.push(other);
    else merged[nth] = other;
  }
  return merged;
}

const MAY_BE_REPLACED = "another document that is merged into it may replace a statement";

/** What a statement is called; undefined of one without a name, a node of one of which that is not known. */
function sidOf(statement: Node): Node | string | undefined {
  if (statement.kind === "unknown") return statement;
  const sid = at(statement, "Sid");
  return textOf(sid) === "" ? undefined : (textOf(sid) ?? sid);
}

interface Merging {
  readonly name: string;
  readonly referred: Referred;
  readonly depth: number;
}

/** The statements of a document that is merged, as text or as another that is made when the change is applied. */
function statementsOf(item: Node, { name, referred, depth }: Merging): readonly Node[] {
  const other = depth < MAX_MERGED ? referred(item) : undefined;
  const document = other === undefined ? documentOf(item) : policyDocument(other, referred, depth + 1);
  const statement = at(document, "Statement");
  if (statement === undefined) return [notRead(item, name)];
  return statement.kind === "list" ? statement.items : [statement];
}

function notRead(item: Node, name: string): Node {
  return { ...place(item), kind: "unknown", why: `${name} is merged into it, which is not read` };
}

const LISTS = [
  ["actions", "Action"],
  ["not_actions", "NotAction"],
  ["resources", "Resource"],
  ["not_resources", "NotResource"],
] as const;

function statementOf(statement: Node): Node {
  if (statement.kind !== "map") return statement;
  const found: [string, Node][] = [
    ["Effect", at(statement, "effect") ?? { ...place(statement), kind: "text", text: "Allow" }],
  ];
  const sid = at(statement, "sid");
  if (sid !== undefined && textOf(sid) !== "") found.push(["Sid", sid]);
  for (const [name, element] of LISTS) {
    const node = at(statement, name);
    if (node !== undefined && !isEmpty(node)) found.push([element, node]);
  }
  for (const [name, element] of [
    ["principals", "Principal"],
    ["not_principals", "NotPrincipal"],
  ] as const) {
    const node = at(statement, name);
    if (node !== undefined && !isEmpty(node)) found.push([element, principalsOf(node)]);
  }
  const conditions = at(statement, "condition");
  if (conditions !== undefined && !isEmpty(conditions)) found.push(["Condition", conditionsOf(conditions)]);
  return mapOf(statement, found);
}

function isEmpty(node: Node): boolean {
  return node.kind === "list" && node.items.length === 0;
}

/** Blocks of a type and identifiers; `*` for both is everyone. */
function principalsOf(node: Node): Node {
  if (node.kind !== "list") return node;
  const byType = new Map<string, Node[]>();
  for (const block of node.items) {
    const type = textOf(at(block, "type"));
    const identifiers = at(block, "identifiers");
    if (type === undefined || identifiers === undefined) return unread(block);
    if (type === "*") return { ...place(block), kind: "text", text: "*" };
    byType.set(type, [
      ...(byType.get(type) ?? []),
      ...(identifiers.kind === "list" ? identifiers.items : [identifiers]),
    ]);
  }
  return mapOf(
    node,
    [...byType].map(([type, items]) => [type, { ...place(node), kind: "list", items }]),
  );
}

function conditionsOf(node: Node): Node {
  if (node.kind !== "list") return node;
  const byTest = new Map<string, [string, Node][]>();
  for (const block of node.items) {
    const [test, variable] = [textOf(at(block, "test")), textOf(at(block, "variable"))];
    const values = at(block, "values");
    if (test === undefined || variable === undefined || values === undefined) return unread(block);
    byTest.set(test, [...(byTest.get(test) ?? []), [variable, values]]);
  }
  return mapOf(
    node,
    [...byTest].map(([test, variables]) => [test, mapOf(node, variables)]),
  );
}

function unread(node: Node): Node {
  return {
    ...place(node),
    kind: "unknown",
    why: node.kind === "unknown" ? node.why : "a part of it is not known",
  };
}

function place({ source, start, end }: Spot): Spot {
  return { source, start, end };
}

function mapOf(spot: Spot, entries: readonly (readonly [string, Node])[]): MapNode {
  const made = entries.map(([name, value]): [string, Entry] => [name, { key: place(value), value }]);
  return { ...place(spot), kind: "map", entries: new Map(made) };
}
