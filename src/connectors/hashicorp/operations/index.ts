import { invariant } from "../../../base/index.ts";
import type { Family, Operation } from "../operation.ts";
import { AUTH_FAMILIES } from "./auth.ts";
import { database } from "./database.ts";
import { identity } from "./identity.ts";
import { kv1, kv2 } from "./kv.ts";
import { namespace } from "./namespace.ts";
import { pki } from "./pki.ts";
import { server } from "./server.ts";
import { tokens } from "./token.ts";
import { transit } from "./transit.ts";

/** The whole table, by family, in the order of its documentation. */
export const FAMILIES: readonly Family[] = [
  server,
  namespace,
  tokens,
  identity,
  kv2,
  kv1,
  pki,
  transit,
  database,
  ...new Set(AUTH_FAMILIES.values()),
];

/** Every operation that this connector can perform, by id. There is no way to ask anything else. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  FAMILIES.flatMap(({ operations }) => operations.map((operation) => [operation.id, operation] as const)),
);

/** The operation called `id`; asking for another is our own bug. */
export function operationOf(id: string): Operation {
  const operation = OPERATIONS.get(id);
  invariant(operation !== undefined, `expected an operation of the hashicorp connector, got ${id}`);
  return operation;
}

export { AUTH_FAMILIES } from "./auth.ts";
export { engineFamily, namespaceAsks } from "./namespace.ts";
export { server } from "./server.ts";
export { BEHIND_LOGIN, callerName } from "./token.ts";
