import { SERVER_KINDS } from "../../facts/index.ts";
import { FAMILIES } from "./operations/index.ts";

/** The table of operations as Markdown; `README.md` holds it and a test keeps the two equal. */
export function operationsTable(): string {
  const rows = FAMILIES.flatMap(({ operations }) =>
    operations.map(({ id, title, method, path, needs, hides, resource }) => {
      const hidden =
        id === "token.self"
          ? "everything but `health` and `store`"
          : hides === SERVER_KINDS
            ? "everything"
            : hides.map(code).join(" ");
      const below =
        resource === "" || /[/:]$|\{path\}$/.test(resource)
          ? `all below ${code(resource === "" ? "{namespace}" : resource)}`
          : code(resource);
      return `| ${code(id)} | ${title} | ${code(`${method} ${path}`)} | ${needs.length === 0 ? "none" : needs.join(", ")} | ${hidden} | ${below} |`;
    }),
  );
  return [
    "| operation | what it tells | request below `/v1/` | capabilities | facts, hidden by a refusal | of |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** Rules that the collector may need, as capabilities on a path, each with the operations that fail without it. */
export function hashicorpPermissions(): ReadonlyMap<string, readonly string[]> {
  const needed = FAMILIES.flatMap(({ operations }) =>
    operations
      .filter(({ needs }) => needs.length > 0)
      .map(({ id, path, needs }) => ({ rule: `${needs.join(", ")} on ${path}`, id })),
  );
  return new Map(
    [...Map.groupBy(needed, ({ rule }) => rule)].map(([rule, of]) => [rule, of.map(({ id }) => id)]),
  );
}

function code(text: string): string {
  return `\`${text}\``;
}
