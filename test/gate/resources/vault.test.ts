import { describe, expect, it } from "vitest";
import { hashicorp } from "../../../src/connectors/index.ts";
import { isGap, type Fact, type FactKind } from "../../../src/facts/index.ts";
import { Drafting, Register } from "../../../src/gate/drafting.ts";
import type { Resource } from "../../../src/gate/formats/terraform/resource.ts";
import { tellVault } from "../../../src/gate/resources/vault/index.ts";
import { readJson } from "../../../src/gate/text/json.ts";
import { SourceText } from "../../../src/gate/text/source-text.ts";
import { replayed } from "../../connectors/hashicorp/replays.ts";

type Data = Readonly<Record<string, unknown>>;

/** How Terraform calls what the API answers: most attributes have the API's names. */
interface Same {
  readonly operation: string;
  readonly type: string;
  readonly kinds: readonly FactKind[];
  readonly attributes: (params: Readonly<Record<string, string>>, data: Data) => Data;
  /** What only a store knows, or what its provider has no attribute for. */
  readonly without?: readonly string[];
}

const bare = (mount: string | undefined): string => (mount ?? "").replace(/^auth\//, "").replace(/\/$/, "");

const role = (name: string) => (params: Readonly<Record<string, string>>, data: Data) => ({
  ...data,
  backend: bare(params["mount"]),
  [name]: params["name"],
});

const SAME: readonly Same[] = [
  {
    operation: "approle.role",
    type: "vault_approle_auth_backend_role",
    kinds: ["auth_role"],
    attributes: role("role_name"),
  },
  {
    operation: "kubernetes.role",
    type: "vault_kubernetes_auth_backend_role",
    kinds: ["auth_role"],
    attributes: role("role_name"),
  },
  {
    operation: "jwt.role",
    type: "vault_jwt_auth_backend_role",
    kinds: ["auth_role"],
    attributes: role("role_name"),
  },
  {
    operation: "ldap.user",
    type: "vault_ldap_auth_backend_user",
    kinds: ["auth_role"],
    attributes: (params, data) => ({
      ...role("username")(params, data),
      groups: String(data["groups"])
        .split(",")
        .filter((name) => name !== ""),
    }),
  },
  {
    operation: "ldap.group",
    type: "vault_ldap_auth_backend_group",
    kinds: ["auth_role"],
    attributes: role("groupname"),
  },
  {
    operation: "token.role",
    type: "vault_token_auth_backend_role",
    kinds: ["auth_role"],
    attributes: (params, data) => ({ ...data, role_name: params["name"] }),
  },
  {
    operation: "transit.key",
    type: "vault_transit_secret_backend_key",
    kinds: ["key", "key_rotation"],
    attributes: role("name"),
    without: ["created_at", "imported", "latest_version_created_at"],
  },
  {
    operation: "pki.role",
    type: "vault_pki_secret_backend_role",
    kinds: ["certificate_role"],
    attributes: role("name"),
    without: ["fixed_end_at"],
  },
  {
    operation: "database.role",
    type: "vault_database_secret_backend_role",
    kinds: ["dynamic_role"],
    attributes: role("name"),
  },
  {
    operation: "database.static_role",
    type: "vault_database_secret_backend_static_role",
    kinds: ["secret_rotation"],
    attributes: role("name"),
    without: ["last_rotated_at", "window_s"],
  },
  {
    operation: "kv2.config",
    type: "vault_kv_secret_backend_v2",
    kinds: ["secret_engine_config"],
    attributes: (params, data) => ({ ...data, mount: bare(params["mount"]) }),
  },
  {
    operation: "identity.group",
    type: "vault_identity_group",
    kinds: ["group"],
    attributes: (_params, data) => data,
    without: ["alias_mount_accessor", "alias_name", "created_at", "parent_group_ids"],
  },
  {
    operation: "identity.entity",
    type: "vault_identity_entity",
    kinds: ["principal"],
    attributes: (_params, data) => data,
    without: ["aliases", "created_at", "direct_group_ids", "inherited_group_ids", "updated_at"],
  },
];

function told(type: string, attributes: Data, source: string): readonly Fact[] {
  const file = new SourceText("plan.json", JSON.stringify(attributes));
  const node = readJson(file);
  if (node.kind !== "map") throw new Error("expected attributes");
  const resource: Resource = {
    type,
    address: `${type}.it`,
    mode: "managed",
    attributes: node,
    spot: node,
    provider: "vault",
    exists: true,
  };
  const drafting = new Drafting(source, "");
  tellVault([resource], drafting, new Register());
  return drafting.side().facts;
}

/** Without where a fact comes from, and what is empty or nothing, which is as good as missing. */
function comparable(fact: Fact, without: readonly string[]): unknown {
  const left = new Set([...without, "record", "scope", "store_id"]);
  return Object.fromEntries(
    Object.entries(fact).filter(
      ([name, value]) =>
        !left.has(name) && !(Array.isArray(value) && value.length === 0) && value !== undefined,
    ),
  );
}

describe("resources of Vault's provider", () => {
  const records = replayed("vault").filter(({ scope, store_id }) => scope === store_id);
  it.each(SAME)(
    "tell of $type what the connector tells of $operation",
    ({ operation, type, kinds, attributes, without = [] }) => {
      const answers = records.filter((record) => record.operation === operation && record.status === 200);
      expect(answers.length).toBeGreaterThan(0);
      for (const record of answers) {
        const { body } = record;
        if (!("text" in body)) throw new Error(`expected a recorded answer to ${operation}`);
        const { data } = JSON.parse(body.text) as { data: Data };
        const facts = hashicorp.normalise(record).filter((one): one is Fact => !isGap(one));
        const own = told(type, attributes(record.params as Record<string, string>, data), record.store_id);
        for (const kind of kinds) {
          const of = (all: readonly Fact[]): unknown[] =>
            all.filter((fact) => fact.kind === kind).map((fact) => comparable(fact, without));
          expect(of(own), `${operation} ${kind}`).toEqual(of(facts));
        }
      }
    },
  );
});
