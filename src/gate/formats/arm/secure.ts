import { itemsOf, textOf, type Node } from "../../text/node.ts";
import { entryOf, field } from "./values.ts";

/** Types of types: what Bicep writes has five. */
const MAX_REFERENCES = 30;

/** Whether a parameter, an output, or a part of one at a path, is of a secure type: also by a type of the template's own. */
export function isSecure(schema: Node, path: readonly string[], template: Node): boolean {
  let found: Node | undefined = schema;
  let left = path;
  for (let times = 0; times < MAX_REFERENCES && found !== undefined; times += 1) {
    if (/^secure(?:string|object)$/i.test(textOf(field(found, "type")) ?? "")) return true;
    const reference: string | undefined = textOf(field(found, "$ref"))?.replace(/^#\/definitions\//, "");
    const [key, ...rest]: readonly string[] = left;
    if (reference !== undefined) {
      found = entryOf(field(template, "definitions"), reference)?.value;
      continue;
    }
    if (key === undefined) return false;
    left = rest;
    found = entryOf(field(found, "properties"), key)?.value ?? itemOf(found, key);
  }
  return false;
}

/** The type of what stands in a list, or under a key of no name of its own. */
function itemOf(schema: Node, key: string): Node | undefined {
  const prefix = itemsOf(field(schema, "prefixItems"));
  const items = field(schema, "items") ?? field(schema, "additionalProperties");
  return prefix[Number(key)] ?? (items?.kind === "map" ? items : undefined);
}
