import type { Entry, Node } from "../../text/node.ts";
import type { Expression } from "../../text/hcl-tree.ts";
import { evaluate } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import { list, map, nothing, placed, set, spotOf, unknown, type Value } from "./values.ts";

/**
 * A value as a variable of a type has it: attributes that are optional are there, with their defaults or as `null`. Source: Terraform, "Type
 * Constraints", "Optional Object Type Attributes".
 */
export function conformed(value: Value, type: Expression | undefined, scope: Scope, depth = 0): Value {
  if (type === undefined || depth > 20 || value.kind === "null" || value.kind === "unknown") return value;
  // The JSON syntax has types as texts.
  if (type.kind === "literal")
    return typeof type.value === "string" && type.value.includes("optional(")
      ? unknown(value, "its type is not read")
      : value;
  if (type.kind !== "call") return value;
  const [of] = type.args;
  if (type.name === "optional") return conformed(value, of, scope, depth + 1);
  if (type.name === "object" && of?.kind === "object" && value.kind === "map")
    return conformedObject(value, of, scope, depth);
  if (value.kind === "list" && (type.name === "list" || type.name === "set"))
    return (type.name === "set" ? set : list)(
      value,
      value.items.map((item) => conformed(item, of, scope, depth + 1)),
    );
  if (value.kind === "map" && type.name === "map")
    return map(
      value,
      [...value.entries].map(([name, entry]): [string, Entry] => [
        name,
        { ...entry, value: conformed(entry.value, of, scope, depth + 1) },
      ]),
    );
  return value;
}

function conformedObject(
  value: Value & { kind: "map" },
  of: Expression & { kind: "object" },
  scope: Scope,
  depth: number,
): Value {
  const entries: [string, Entry][] = [];
  for (const { key, value: type } of of.entries) {
    const name = key.kind === "literal" ? String(key.value) : undefined;
    if (name === undefined) return unknown(value, "its type is not read");
    const given = value.entries.get(name);
    const isOptional = type.kind === "call" && type.name === "optional";
    if (given !== undefined && given.value.kind !== "null") {
      entries.push([name, { ...given, value: conformed(given.value, type, scope, depth + 1) }]);
      continue;
    }
    const otherwise = isOptional ? type.args[1] : undefined;
    const made: Node =
      otherwise === undefined ? nothing(value) : placed(evaluate(otherwise, scope), spotOf(value));
    const inner = isOptional ? type.args[0] : type;
    entries.push([name, { key: spotOf(value), value: conformed(made, inner, scope, depth + 1) }]);
  }
  return map(value, entries);
}
