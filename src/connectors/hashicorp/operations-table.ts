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

function code(text: string): string {
  return `\`${text}\``;
}
