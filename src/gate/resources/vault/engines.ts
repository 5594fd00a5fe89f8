import { protectionOf, transportOf } from "../../../hashicorp/index.ts";
import { at, booleanOf, itemsOf, textOf, unknownIn, type Node } from "../../text/node.ts";
import { present } from "./attributes.ts";
import { extOf } from "./roles.ts";
import type { VaultTerms } from "./terms.ts";

/** Plugins by the block that sets one up. Source: `vault_database_secret_backend_connection`. */
const PLUGINS: Readonly<Record<string, string>> = {
  cassandra: "cassandra-database-plugin",
  couchbase: "couchbase-database-plugin",
  elasticsearch: "elasticsearch-database-plugin",
  hana: "hana-database-plugin",
  influxdb: "influxdb-database-plugin",
  mongodb: "mongodb-database-plugin",
  mongodbatlas: "mongodbatlas-database-plugin",
  mssql: "mssql-database-plugin",
  mysql: "mysql-database-plugin",
  mysql_aurora: "mysql-aurora-database-plugin",
  mysql_legacy: "mysql-legacy-database-plugin",
  mysql_rds: "mysql-rds-database-plugin",
  oracle: "oracle-database-plugin",
  postgresql: "postgresql-database-plugin",
  redis: "redis-database-plugin",
  redis_elasticache: "redis-elasticache-database-plugin",
  redshift: "redshift-database-plugin",
  snowflake: "snowflake-database-plugin",
};

/** A connection to a database; of its address only whether it is encrypted. */
export function connection(terms: VaultTerms): void {
  const { attributes } = terms;
  const mount = terms.mount("backend");
  const name = terms.name("name");
  const found = Object.keys(PLUGINS).find(
    (one) => itemsOf(attributes.node(one)).length > 0 || attributes.node(one)?.kind === "map",
  );
  const block = found === undefined ? undefined : attributes.node(found);
  const plugin = attributes.text("plugin_name") ?? PLUGINS[found ?? ""] ?? "unknown";
  const details = block?.kind === "list" ? block.items[0] : block;
  const protection = protectionOf(plugin, transportOf(transportDetails(details)));
  const told = present({
    mount,
    name,
    plugin,
    allowed_roles: attributes.texts("allowed_roles"),
    protection,
    password_policy: attributes.text("password_policy"),
  });
  terms.tell("connection", `${mount}config/${name}`, told);
}

/** What the connector is told of a connection. A certificate that is set and not known is there all the same. */
function transportDetails(block: Node | undefined): Record<string, unknown> {
  const there = (name: string): string =>
    at(block, name) !== undefined && textOf(at(block, name)) !== "" ? "set" : "";
  return {
    connection_url: textOf(at(block, "connection_url")),
    tls_ca: there("tls_ca"),
    tls_certificate_key: there("tls_certificate_key"),
    tls_skip_verify: booleanOf(at(block, "tls_skip_verify")) === true,
  };
}

export function databaseRole(terms: VaultTerms): void {
  const { attributes } = terms;
  const mount = terms.mount("backend");
  const name = terms.name("name");
  const told = present({
    mount,
    name,
    engine: "database",
    default_ttl_s: attributes.seconds("default_ttl"),
    max_ttl_s: attributes.seconds("max_ttl"),
    connection: attributes.text("db_name"),
    ext: extOf({ credential_type: attributes.text("credential_type") }),
  });
  terms.tell("dynamic_role", `${mount}roles/${name}`, told);
}

/** A user whose password the store rotates: by a period or a schedule, one of which the provider asks for. */
export function staticRole(terms: VaultTerms): void {
  const { attributes, drafting, scope } = terms;
  const mount = terms.mount("backend");
  const name = terms.name("name");
  const path = `${mount}static-roles/${name}`;
  const id = terms.tell("secret", path, { mount, name, secret_type: "database_static_role" });
  const names = ["rotation_period", "rotation_schedule", "rotation_window"] as const;
  if (names.some((one) => unknownIn(attributes.node(one)) !== undefined)) {
    attributes.hideUnknown(drafting, { scope, resource: id, kinds: ["secret_rotation"] });
    return;
  }
  const told = present({
    mount,
    name,
    enabled: true,
    period_s: attributes.seconds("rotation_period"),
    schedule: attributes.text("rotation_schedule"),
    window_s: attributes.seconds("rotation_window"),
    username: attributes.text("username"),
    ext: extOf({ connection: attributes.text("db_name") }),
  });
  terms.tell("secret_rotation", path, told);
  terms.part(
    id,
    "secret_rotation",
    attributes.has("rotation_schedule") ? "rotation_schedule" : "rotation_period",
  );
}

/** Roles of engines that hand out credentials of clouds, by the attributes that bound them. */
export function cloudRole(
  terms: VaultTerms,
  engine: string,
  form: { readonly name: string; readonly path?: string; readonly ttl: string; readonly max: string },
): void {
  const { attributes } = terms;
  const mount = terms.mount("backend", engine);
  const name = terms.name(form.name);
  const told = present({
    mount,
    name,
    engine,
    default_ttl_s: attributes.seconds(form.ttl),
    max_ttl_s: attributes.seconds(form.max),
    ext: extOf({ credential_type: attributes.text("credential_type") }),
  });
  terms.tell("dynamic_role", `${mount}${form.path ?? "roles"}/${name}`, told);
}

/** A key of transit. Defaults are the provider's and the server's. */
export function transitKey(terms: VaultTerms): void {
  const { attributes } = terms;
  const mount = terms.mount("backend");
  const name = terms.name("name");
  const told = present({
    mount,
    name,
    key_type: attributes.text("type") ?? "aes256-gcm96",
    latest_version: attributes.count("latest_version"),
    min_decryption_version: attributes.count("min_decryption_version"),
    min_encryption_version: attributes.count("min_encryption_version"),
    exportable: attributes.flag("exportable") ?? false,
    deletion_allowed: attributes.flag("deletion_allowed") ?? false,
    plaintext_backup_allowed: attributes.flag("allow_plaintext_backup") ?? false,
  });
  const id = terms.tell("key", `${mount}keys/${name}`, told);
  const period = attributes.seconds("auto_rotate_period");
  if (unknownIn(attributes.node("auto_rotate_period")) === undefined)
    terms.tell(
      "key_rotation",
      `${mount}keys/${name}`,
      present({ mount, name, enabled: period !== undefined, period_s: period }),
      [],
    );
  else attributes.hideUnknown(terms.drafting, { scope: terms.scope, resource: id, kinds: ["key_rotation"] });
  terms.part(id, "key_rotation", "auto_rotate_period");
}

/** A role that issues certificates. Source: `vault_pki_secret_backend_role`, whose defaults are the server's. */
export function certificateRole(terms: VaultTerms): void {
  const { attributes } = terms;
  const mount = terms.mount("backend");
  const name = terms.name("name");
  const validations = attributes.texts("cn_validations");
  const told = present({
    mount,
    name,
    ttl_s: attributes.seconds("ttl"),
    max_ttl_s: attributes.seconds("max_ttl"),
    key_type: attributes.text("key_type") ?? "rsa",
    key_bits: attributes.count("key_bits") ?? 2048,
    allow_any_name: attributes.flag("allow_any_name") ?? false,
    allow_wildcard_certificates: attributes.flag("allow_wildcard_certificates") ?? true,
    allow_subdomains: attributes.flag("allow_subdomains") ?? false,
    allow_glob_domains: attributes.flag("allow_glob_domains") ?? false,
    allowed_domains: attributes.texts("allowed_domains"),
    allowed_uri_sans: attributes.texts("allowed_uri_sans"),
    allowed_other_sans: attributes.texts("allowed_other_sans"),
    enforce_hostnames: attributes.flag("enforce_hostnames") ?? true,
    cn_validations: validations.length === 0 ? ["email", "hostname"] : validations,
    no_store: attributes.flag("no_store") ?? false,
    ext: extOf({ issuer_ref: attributes.text("issuer_ref") }),
  });
  terms.tell("certificate_role", `${mount}roles/${name}`, told);
}

export function passwordPolicy(terms: VaultTerms): void {
  const name = terms.name("name");
  const text = terms.attributes.text("policy");
  if (text !== undefined) terms.tell("password_policy", `sys/policies/password/${name}`, { name, text });
}
