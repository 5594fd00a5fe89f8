import { invariant } from "../../../base/index.ts";
import { FACT_KINDS, type FactKind } from "../../../facts/index.ts";
import type { Family, Operation } from "../operation.ts";
import { TOLD, places } from "./places.ts";
import { SERVICE_FAMILIES } from "./services.ts";

/** The whole table, by family, in the order of its documentation. */
export const FAMILIES: readonly Family[] = [places, ...SERVICE_FAMILIES];

/** Every operation that this connector can perform, by id. There is no way to ask anything else. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  FAMILIES.flatMap(({ operations }) => operations.map((operation) => [operation.id, operation] as const)),
);

/** Every kind of fact that a source may yield; any answer may hold a pasted credential. */
export const YIELDED: readonly FactKind[] = FACT_KINDS.filter(
  (kind) => kind === "pasted_credential" || TOLD.includes(kind),
);

/** The operation called `id`; asking for another is our own bug. */
export function operationOf(id: string): Operation {
  const operation = OPERATIONS.get(id);
  invariant(operation !== undefined, `expected an operation of the aws connector, got ${id}`);
  return operation;
}

export { TOLD, probes, regionNames } from "./places.ts";
