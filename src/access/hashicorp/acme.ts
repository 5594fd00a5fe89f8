import type { AclRule, FactOf } from "../../facts/index.ts";
import type { Holder } from "./principals.ts";
import { SessionBuilder } from "./session.ts";
import type { StoreFacts } from "./store-facts.ts";

/** Stands alone where all roles may be used. */
const ALL = "*";

const PROVING = "it proves the names that it asks for (ACME, RFC 8555)";

/**
 * Whether ACME's clients can have certificates of a role, for what is enabled. A directory for each role is there beside the one
 * without a role, whatever that one's policy; a role that keeps no certificates cannot be used. Source: Vault 1.21
 * `acme_wrappers.go`.
 */
export function acmeServes(
  { allowed_roles }: Pick<FactOf<"acme_config">, "allowed_roles">,
  { name, no_store }: Pick<FactOf<"certificate_role">, "name" | "no_store">,
): boolean {
  const any = allowed_roles.length === 1 && allowed_roles[0] === ALL;
  return no_store !== true && (any || allowed_roles.includes(name));
}

/**
 * Clients of ACME show no token: whoever reaches the server has certificates of a mount that asks for no external account. Where it
 * asks new accounts alone for one, those from before may be anyone's; where it could not be read, nobody knows.
 */
export function acmeHolders(store: StoreFacts): Holder[] {
  const configs = new Map(store.of("acme_config").map((fact) => [fact.id, fact]));
  const mounts = Map.groupBy(store.of("certificate_role"), ({ scope, mount }) => `${scope}\n${mount}`);
  return [...mounts.values()].flatMap((roles) => holder(store, roles, configs));
}

function holder(
  store: StoreFacts,
  roles: readonly FactOf<"certificate_role">[],
  configs: ReadonlyMap<string, FactOf<"acme_config">>,
): Holder[] {
  const [first] = roles;
  if (first === undefined) return [];
  const { scope, mount, store_id } = first;
  const path = `${mount}config/acme`;
  const id = `${store_id}:${store.namespaceOf(scope)}${path}`;
  const config = configs.get(id);
  if (config === undefined && !store.hidden("acme_config", id)) return [];
  if (config !== undefined && (!config.enabled || config.eab_policy === "always-required")) return [];
  const served = roles.filter((role) => config === undefined || acmeServes(config, role));
  const paths = served.map(({ name }) => `${mount}issue/${name}`);
  // The directory without a role may sign whatever is proven: what any role would, and more.
  if (config?.default_directory_policy === "sign-verbatim") paths.push(`${mount}sign-verbatim`);
  if (paths.length === 0) return [];
  const builder = new SessionBuilder(store, scope).condition(PROVING).unwritten(path, paths.map(updating));
  if (config === undefined) builder.doubt(`whether ${mount} issues by ACME could not be read`);
  else builder.from(config.record);
  if (config !== undefined && config.eab_policy !== "not-required")
    builder.doubt("accounts from before an external one was asked for may remain");
  const none = { external: false, disabled: false, collector: false };
  const principal = {
    id,
    store_id,
    ...none,
    principal_type: "anyone",
    public: true,
    name: `anyone, by ${path}`,
  } as const;
  return [{ principal, sessions: [builder.build(undefined)] }];
}

/** The rule that ACME amounts to. */
function updating(path: string, index: number): AclRule {
  return { index, path, capabilities: ["update"], line: 1, column: 1, end_line: 1, end_column: 1 };
}
