import type { FactKind } from "../../../facts/index.ts";
import type { Drafting, Register } from "../../drafting.ts";
import type { Resource } from "../../formats/terraform/resource.ts";
import { at, textOf, type Entry, type MapNode, type Node } from "../../text/node.ts";
import {
  certificateRole,
  cloudRole,
  connection,
  databaseRole,
  passwordPolicy,
  staticRole,
  transitKey,
} from "./engines.ts";
import { NAMING, Sayings, entity, group } from "./identity.ts";
import { audit, authMethod, kvConfig, kvSecret2, ldapConfig, mount, pathSecret } from "./mounts.ts";
import { declaredPolicy } from "./policies.ts";
import { declarePolicyHolder } from "./policy-holder.ts";
import { ROLE_FORMS, authRole } from "./roles.ts";
import { VaultTerms } from "./terms.ts";

/**
 * What resources of Vault's provider tell whole of what they declare. Who may use a thing is never whole, nor what limits tokens and leases
 * beside their roles: the server's own settings are in no resource. Nor how many audit devices there are beside.
 */
export const VAULT_TOLD: readonly FactKind[] = [
  "auth_config",
  "auth_method",
  "auth_role",
  "certificate_role",
  "connection",
  "dynamic_role",
  "group",
  "key",
  "key_rotation",
  "mount",
  "password_policy",
  "policy_document",
  "principal",
  "secret",
  "secret_engine_config",
  "secret_metadata",
  "secret_rotation",
  "store",
];

/** Kinds that one resource tells of what another declares. */
export const VAULT_JOINED: readonly FactKind[] = [
  "auth_config",
  "group",
  "policy_document",
  "principal",
  "secret_engine_config",
];

type Teller = (terms: VaultTerms) => void;

const TELLERS: Readonly<Record<string, Teller>> = {
  vault_audit: audit,
  vault_auth_backend: (terms) => {
    authMethod(terms);
  },
  vault_aws_secret_backend: (terms) => {
    mount(terms, "aws");
  },
  vault_aws_secret_backend_role: (terms) => {
    cloudRole(terms, "aws", { name: "name", ttl: "default_sts_ttl", max: "max_sts_ttl" });
  },
  vault_azure_secret_backend: (terms) => {
    mount(terms, "azure");
  },
  vault_azure_secret_backend_role: (terms) => {
    cloudRole(terms, "azure", { name: "role", ttl: "ttl", max: "max_ttl" });
  },
  vault_database_secret_backend_connection: connection,
  vault_database_secret_backend_role: databaseRole,
  vault_database_secret_backend_static_role: staticRole,
  vault_gcp_secret_backend: (terms) => {
    mount(terms, "gcp");
  },
  vault_gcp_secret_roleset: (terms) => {
    cloudRole(terms, "gcp", { name: "roleset", path: "roleset", ttl: "ttl", max: "max_ttl" });
  },
  vault_jwt_auth_backend: (terms) => {
    authMethod(terms, terms.attributes.text("type") ?? "jwt");
  },
  vault_kv_secret_backend_v2: kvConfig,
  vault_ldap_auth_backend: (terms) => {
    authMethod(terms, "ldap");
    ldapConfig(terms);
  },
  vault_mount: (terms) => {
    mount(terms);
  },
  vault_password_policy: passwordPolicy,
  vault_pki_secret_backend_role: certificateRole,
  vault_transit_secret_backend_key: transitKey,
};

/** Types of resources that are read. */
export const VAULT_TYPES: ReadonlySet<string> = new Set([
  ...Object.keys(TELLERS),
  ...Object.keys(NAMING),
  ...Object.keys(ROLE_FORMS),
  "vault_generic_secret",
  "vault_identity_entity",
  "vault_identity_group",
  "vault_kv_secret",
  "vault_kv_secret_v2",
  "vault_policy",
]);

/** Attributes by which one resource names another that is only made now, and that mean the same to both. */
const IDS = new Set(["accessor", "id"]);

/**
 * Tells the facts of all that an input declares of Vault or OpenBao, as the connector tells them once it is there. Policies are judged
 * by themselves too, as if somebody held each alone: who will hold them is often in no file.
 */
export function tellVault(all: readonly Resource[], drafting: Drafting, register: Register): void {
  const known = new Map(all.map((resource) => [resource.address, resource]));
  const terms = all
    .filter(({ mode }) => mode === "managed")
    .map((resource) => new VaultTerms(resolved(resource, known), drafting, register));
  const [first] = terms;
  if (first === undefined) return;
  drafting.add("store", { id: drafting.source, product: "vault" });
  register.declare(drafting.source, "vault", first.resource.spot);
  const of = (type: string): VaultTerms[] => terms.filter(({ resource }) => resource.type === type);
  for (const one of terms) TELLERS[one.resource.type]?.(one);
  const mounts = of("vault_mount").map((one) => one.mount("path"));
  for (const one of of("vault_kv_secret_v2")) kvSecret2(one, of("vault_kv_secret_backend_v2"));
  for (const type of ["vault_generic_secret", "vault_kv_secret"])
    for (const one of of(type)) pathSecret(one, mounts);
  const sayings = new Sayings(terms, NAMING);
  const principals = [
    ...of("vault_identity_entity").map((one) => entity(one, sayings)),
    ...of("vault_identity_group").map((one) => group(one, sayings)),
    ...terms.flatMap((one) => {
      const form = ROLE_FORMS[one.resource.type];
      return form === undefined ? [] : [authRole(form, one)];
    }),
  ];
  policies(of("vault_policy"), { known, principals, drafting, register });
}

interface PolicyTerms {
  readonly known: ReadonlyMap<string, Resource>;
  /** Fact ids of those who may hold them. */
  readonly principals: readonly string[];
  readonly drafting: Drafting;
  readonly register: Register;
}

function policies(all: readonly VaultTerms[], { known, principals, drafting, register }: PolicyTerms): void {
  const declared = all.map((terms) => declaredPolicy(terms, known));
  for (const { name, text = "", rules, missing, spot, terms } of declared) {
    const holder = declarePolicyHolder(drafting, register, {
      name,
      text,
      ...(rules === undefined ? {} : { rules }),
      address: terms.resource.address,
      spot: terms.resource.spot,
      spotOf: () => spot,
      scope: terms.scope,
    });
    if (missing !== undefined)
      drafting.hide({ scope: terms.scope, resource: holder, kinds: ["policy_document"], detail: missing });
    for (const id of principals)
      for (const { line } of rules ?? []) register.rule(id, `${name}:${line}`, spot);
  }
}

/** Where the provider mounts an auth method whose path is not set, or is told by no other thing. Source: its documentation, "path". */
function defaultPath({ type, attributes }: Resource): string | undefined {
  const written = at(attributes, "path");
  if (written !== undefined && (written.kind !== "unknown" || written.from !== undefined)) return undefined;
  if (type === "vault_auth_backend") return textOf(at(attributes, "type"));
  return type === "vault_ldap_auth_backend" ? "ldap" : type === "vault_jwt_auth_backend" ? "jwt" : undefined;
}

/** A resource whose attributes name others by what these will be called. */
function resolved(resource: Resource, known: ReadonlyMap<string, Resource>): Resource {
  const put = (node: Node): Node => {
    if (node.kind === "unknown" && node.from !== undefined) {
      const { address, attribute } = node.from;
      const other = known.get(address);
      if (other === undefined || other.mode === "data") return node;
      const text =
        textOf(at(other.attributes, attribute)) ??
        (attribute === "path" ? defaultPath(other) : undefined) ??
        (IDS.has(attribute) ? `${address}.${attribute}` : undefined);
      const { source, start, end } = node;
      return text === undefined ? node : { source, start, end, kind: "text", text };
    }
    if (node.kind === "list") return { ...node, items: node.items.map(put) };
    return node.kind === "map" ? mapped(node) : node;
  };
  const mapped = (node: MapNode): MapNode => {
    const entries = [...node.entries].map(([name, { key, value }]): [string, Entry] => [
      name,
      { key, value: put(value) },
    ]);
    return { ...node, entries: new Map(entries) };
  };
  return { ...resource, attributes: mapped(resource.attributes) };
}
