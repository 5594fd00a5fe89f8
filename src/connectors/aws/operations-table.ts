import { LOG_FAMILIES } from "./audit-log/operations.ts";
import { FAMILIES, TOLD } from "./operations/index.ts";
import { EVERYTHING, type Family } from "./operation.ts";

/** The table of operations as Markdown; `README.md` holds it and a test keeps the two equal. */
export function awsOperationsTable(): string {
  return tableOf(FAMILIES);
}

/** The same of what reads the records of CloudTrail. */
export function awsLogOperationsTable(): string {
  return tableOf(LOG_FAMILIES);
}

function tableOf(families: readonly Family[]): string {
  const rows = families.flatMap(({ operations }) =>
    operations.map(({ id, title, service, action, needs, scope, hides, resource }) => {
      const hidden = hides === TOLD ? "everything" : hides.map(code).join(" ");
      const below =
        resource === EVERYTHING
          ? "the whole source"
          : /[/:]$/.test(resource)
            ? `all below ${code(resource)}`
            : code(resource);
      const actions = needs.length === 0 ? "none" : needs.map(code).join(" ");
      return `| ${code(id)} | ${title} | ${code(`${service} ${action}`)} | ${actions} | ${scope} | ${hidden} | ${below} |`;
    }),
  );
  return [
    "| operation | what it tells | API action | IAM actions | asked | facts, hidden by a refusal | of |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** IAM actions that the collector may need, each with the operations that fail without it. */
export function awsPermissions(): ReadonlyMap<string, readonly string[]> {
  const needed = FAMILIES.flatMap(({ operations }) =>
    operations.flatMap(({ id, needs }) => needs.map((action) => ({ action, id }))),
  );
  return new Map(
    [...Map.groupBy(needed, ({ action }) => action)].map(([action, of]) => [action, of.map(({ id }) => id)]),
  );
}

function code(text: string): string {
  return `\`${text}\``;
}
