import type { AclCapability, AclRule } from "../../facts/index.ts";
import type { AclPolicy } from "./acl.ts";
import type { Dialect } from "./identity.ts";

type Row = readonly [path: string, ...capabilities: AclCapability[]];

/** What a token may do under the `default` policy as the product ships it; it can be edited, but not deleted. */
const DEFAULT_ROWS: readonly Row[] = [
  ["auth/token/lookup-self", "read"],
  ["auth/token/renew-self", "update"],
  ["auth/token/revoke-self", "update"],
  ["sys/capabilities-self", "update"],
  ["identity/entity/id/{{identity.entity.id}}", "read"],
  ["identity/entity/name/{{identity.entity.name}}", "read"],
  ["sys/internal/ui/resultant-acl", "read"],
  ["sys/leases/renew", "update"],
  ["sys/leases/lookup", "update"],
  ["cubbyhole/*", "create", "delete", "list", "read", "update"],
  ["sys/wrapping/wrap", "update"],
  ["sys/wrapping/lookup", "update"],
  ["sys/wrapping/unwrap", "update"],
  ["sys/tools/hash", "update"],
  ["sys/tools/hash/*", "update"],
  ["identity/oidc/provider/+/authorize", "read", "update"],
];

const VAULT_ROWS: readonly Row[] = [
  ["sys/renew", "update"],
  ["sys/control-group/request", "update"],
];

/**
 * The shipped `default` policy, for worlds that name it without its text. Never used for a store that was read.
 * Source: `vault/policy_store.go` and OpenBao's `internal/vault/policy/policy_store.go`.
 */
export function shippedDefault(dialect: Dialect): AclPolicy {
  const rows = dialect === "vault" ? [...DEFAULT_ROWS, ...VAULT_ROWS] : DEFAULT_ROWS;
  return { name: "default", rules: rows.map(ruleOf) };
}

function ruleOf([path, ...capabilities]: Row, index: number): AclRule {
  const line = index + 1;
  return { index, path, capabilities, line, column: 1, end_line: line, end_column: 1 };
}
