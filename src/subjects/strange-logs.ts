import type { LogKeys } from "../access/index.ts";
import type { FactSet } from "../facts/index.ts";

/**
 * Sources whose log names principals, none of them one of the inventory: it may be the log of another store, ingested under this one's name,
 * and then tells nothing of what was done here.
 */
export function strangeLogs(facts: FactSet, keys: LogKeys): ReadonlySet<string> {
  const strange = new Set<string>();
  const familiar = new Set<string>();
  // Where it could not be asked whom the log names, reads of Vault name its entities. Those of AWS name readers of other accounts, too.
  const readers = facts.of("usage").filter(({ principal_key = "" }) => principal_key.startsWith("entity:"));
  for (const { store_id, principal_key = "" } of [...facts.of("log_actor"), ...readers]) {
    (keys.principal(store_id, principal_key) === undefined ? strange : familiar).add(store_id);
  }
  return strange.difference(familiar);
}
