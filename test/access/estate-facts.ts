import { FactSet, type AclRule, type Fact, type FactOf, type Gap } from "../../src/facts/index.ts";
import { digestOf } from "../../src/base/index.ts";
import { parsePolicy } from "../../src/hashicorp/index.ts";

const STORE = "vault";
const NONE = {
  identity_policies: [],
  num_uses: 0,
  ttl_s: 3600,
  token_type: "service",
  created_at: "2026-09-01T00:00:00Z",
};

/** Builds the facts of a small or large store, as the connector would; every fact has a record of its own. */
export class EstateFacts {
  readonly #facts: Fact[] = [];
  readonly gaps: Gap[] = [];

  constructor(product = "vault") {
    this.#add("store", STORE, { product, version: "1.21.2", initialized: true, sealed: false });
  }

  set(): FactSet {
    return new FactSet(this.#facts, this.gaps);
  }

  mount(path: string, engine = "kv", engine_version = "2"): this {
    return this.#add("mount", path, { path, engine, engine_version });
  }

  /** A namespace below the root, or further down: `a/b/`. */
  namespace(path: string): this {
    const above = path.split("/").slice(0, -2).join("/");
    const scope = above === "" ? STORE : `${STORE}/${above}`;
    return this.#add("namespace", path, { path, scope });
  }

  secret(mount: string, name: string, secret_type = "kv"): this {
    return this.#add("secret", `${mount}${name}`, { mount, name, secret_type });
  }

  /** A secret whose labels were read. */
  labelled(mount: string, name: string, labels: Record<string, string> = {}): this {
    this.#add("secret_metadata", `${mount}${name}`, { mount, name, labels });
    return this.secret(mount, name);
  }

  key(mount: string, name: string): this {
    const own = { mount, name, key_type: "aes256-gcm96", latest_version: 1, exportable: false };
    return this.#add("key", `${mount}keys/${name}`, own);
  }

  certificateRole(mount: string, name: string): this {
    return this.#add("certificate_role", `${mount}roles/${name}`, { mount, name });
  }

  acme(mount: string, own: Omit<FactOf<"acme_config">, keyof Fact | "mount">): this {
    return this.#add("acme_config", `${mount}config/acme`, { mount, ...own });
  }

  /** Settings of an auth method. */
  config(mount: string, method: string, settings: Record<string, unknown>): this {
    return this.#add("auth_config", `${mount}config`, { mount, method, settings });
  }

  policy(name: string, text: string): this {
    const { rules } = parsePolicy(text, { name });
    return this.policyRules(name, rules);
  }

  policyRules(name: string, rules: readonly AclRule[] | undefined): this {
    const ext = rules === undefined ? {} : { ext: { hashicorp: { rules } } };
    return this.#add("policy_document", `sys/policies/acl/${name}`, {
      name,
      policy_type: "acl",
      text: "…",
      ...ext,
    });
  }

  method(path: string, method: string, accessor: string): this {
    return this.#add("auth_method", path, { path, method, accessor });
  }

  role(
    mount: string,
    name: string,
    own: Partial<FactOf<"auth_role">> & Pick<FactOf<"auth_role">, "method">,
  ): this {
    const folder = { userpass: "users", token: "roles" }[own.method] ?? "role";
    const bounds = own.method === "approle" ? { bind_secret_id: ["true"] } : {};
    const base = { mount, name, role_type: "role" as const, policies: [], bounds };
    return this.#add("auth_role", `${mount}${folder}/${name}`, { ...base, ...own });
  }

  roleAlias(mount: string, name: string, alias_name: string): this {
    return this.#add("auth_role_alias", `${mount}role/${name}`, { mount, name, alias_name });
  }

  entity(name: string, own: Partial<FactOf<"principal">> = {}): this {
    return this.#add("principal", `identity/entity/id/${name}-id`, {
      name,
      principal_type: "entity",
      native_id: `${name}-id`,
      policies: [],
      disabled: false,
      labels: {},
      aliases: [],
      direct_group_ids: [],
      inherited_group_ids: [],
      ...own,
    });
  }

  group(name: string, own: Partial<FactOf<"group">> = {}): this {
    return this.#add("group", `identity/group/id/${name}-id`, {
      name,
      native_id: `${name}-id`,
      group_type: "internal",
      policies: [],
      member_entity_ids: [],
      member_group_ids: [],
      parent_group_ids: [],
      labels: {},
      ...own,
    });
  }

  token(accessor: string, own: Partial<FactOf<"token">> = {}): this {
    return this.#add("token", `auth/token/accessor/${accessor}`, {
      accessor,
      display_name: `token-${accessor}`,
      path: "auth/token/create",
      policies: [],
      root: false,
      orphan: true,
      labels: {},
      collector: false,
      ...NONE,
      ...own,
    });
  }

  gap(resource: string, hides: Gap["hides"]): this {
    const detail = "permission denied";
    this.gaps.push({
      store_id: STORE,
      scope: STORE,
      operation: "test",
      reason: "denied",
      detail,
      hides,
      resource: idOf(resource),
    });
    return this;
  }

  #add(kind: Fact["kind"], path: string, own: Record<string, unknown>): this {
    const id = kind === "store" ? STORE : idOf(path);
    const envelope = { kind, id, store_id: STORE, scope: STORE, record: digestOf([kind, id]) };
    this.#facts.push({ ...envelope, ...own } as unknown as Fact);
    return this;
  }
}

/** The fact id of a path in the store. */
export function idOf(path: string): string {
  return `${STORE}:${path}`;
}

/** An alias on an auth method. */
export function aliasOf(name: string, mount_accessor: string, labels: Record<string, string> = {}) {
  return { alias_id: `alias-${name}`, name, mount_accessor, labels };
}
