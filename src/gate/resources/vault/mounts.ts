import type { Attributes } from "./attributes.ts";
import { present } from "./attributes.ts";
import type { VaultTerms } from "./terms.ts";

/** As the store answers it: both lists of keys that audit devices do not hash, in order. */
function unhashed(attributes: Attributes, within?: string): string[] | undefined {
  const names = ["audit_non_hmac_request_keys", "audit_non_hmac_response_keys"];
  const listed = names.flatMap((name) =>
    within === undefined ? attributes.texts(name) : attributes.texts(within, name),
  );
  const found = new Set(listed.filter((name) => name !== ""));
  return found.size === 0 ? undefined : [...found].sort();
}

/** An engine: `vault_mount`, and those that a resource of their own mounts. Source: the provider's documentation of `vault_mount`. */
export function mount(terms: VaultTerms, engine = terms.attributes.text("type"), otherwise?: string): void {
  const { attributes } = terms;
  const path = terms.mount("path", otherwise ?? engine);
  const options = attributes.labels("options");
  const version = engine === "kv-v2" ? "2" : options["version"];
  const type = engine === "kv-v2" || engine === "generic" ? "kv" : (engine ?? "unknown");
  const max = attributes.seconds("max_lease_ttl_seconds");
  const told = present({
    path,
    engine: type,
    engine_version: type === "kv" ? (version ?? "1") : undefined,
    accessor: attributes.text("accessor") ?? `${terms.resource.address}.accessor`,
    description: attributes.text("description"),
    default_ttl_s: attributes.seconds("default_lease_ttl_seconds"),
    max_ttl_s: max,
    effective_max_ttl_s: max,
    listing_visibility: attributes.text("listing_visibility"),
    unhashed_keys: unhashed(attributes),
    local: attributes.flag("local") ?? false,
    seal_wrap: attributes.flag("seal_wrap") ?? false,
    options,
  });
  terms.tell("mount", path, told);
}

/** An auth method: `vault_auth_backend`, and those that have a resource of their own. Lengths of leases are durations in `tune`. */
export function authMethod(terms: VaultTerms, method = terms.attributes.text("type") ?? "unknown"): void {
  const { attributes } = terms;
  const path = terms.authMount("path", method);
  const told = present({
    path,
    method,
    accessor: attributes.text("accessor") ?? `${terms.resource.address}.accessor`,
    description: attributes.text("description"),
    default_ttl_s: attributes.seconds("tune", "default_lease_ttl"),
    max_ttl_s: attributes.seconds("tune", "max_lease_ttl"),
    token_type: attributes.text("tune", "token_type") ?? "default-service",
    listing_visibility: attributes.text("tune", "listing_visibility"),
    unhashed_keys: unhashed(attributes, "tune"),
    local: attributes.flag("local") ?? false,
  });
  terms.tell("auth_method", path, told);
}

/** What the settings of a directory say that policies ask: never its credentials. */
export function ldapConfig(terms: VaultTerms): void {
  const { attributes } = terms;
  const path = terms.authMount("path", "ldap");
  const settings = present({
    url: attributes.text("url"),
    starttls: attributes.flag("starttls") ?? false,
    insecure_tls: attributes.flag("insecure_tls") ?? false,
    tls_min_version: attributes.text("tls_min_version"),
    token_policies: attributes.texts("token_policies"),
    token_no_default_policy: attributes.flag("token_no_default_policy") ?? false,
    token_ttl: attributes.seconds("token_ttl") ?? 0,
    token_max_ttl: attributes.seconds("token_max_ttl") ?? 0,
    token_explicit_max_ttl: attributes.seconds("token_explicit_max_ttl") ?? 0,
    token_period: attributes.seconds("token_period") ?? 0,
    token_bound_cidrs: attributes.texts("token_bound_cidrs"),
  });
  terms.tell("auth_config", `${path}config`, { mount: path, method: "ldap", settings });
}

/** Devices that write what the store is asked. `log_raw` is off where it is not written. */
export function audit(terms: VaultTerms): void {
  const { attributes } = terms;
  const type = attributes.text("type") ?? "unknown";
  const path = terms.mount("path", type);
  const options = attributes.labels("options");
  const destination = type === "file" ? (options["file_path"] ?? options["path"]) : options["address"];
  const told = present({
    path,
    sink_type: type,
    local: attributes.flag("local") ?? false,
    raw_values_logged: /^(?:true|t|1)$/i.test(options["log_raw"] ?? ""),
    destination: type === "syslog" ? undefined : destination,
    options,
  });
  terms.tell("sink", `sys/audit/${path.slice(0, -1)}`, told);
}

/** Settings that all secrets of a KV engine inherit; 0 is the server's own. */
export function kvConfig(terms: VaultTerms): void {
  const { attributes } = terms;
  const path = terms.mount("mount");
  const told = present({
    mount: path,
    max_versions: attributes.count("max_versions") ?? 0,
    cas_required: attributes.flag("cas_required") ?? false,
    delete_version_after_s: attributes.seconds("delete_version_after"),
  });
  terms.tell("secret_engine_config", `${path}config`, told);
}

/**
 * A secret of KV version 2, and what its resource states of its metadata. Its value is not looked at. `engines`: settings of engines, by which
 * versions end where the secret says nothing of that.
 */
export function kvSecret2(terms: VaultTerms, engines: readonly VaultTerms[]): void {
  const { attributes } = terms;
  const at = terms.mount("mount");
  const name = terms.name("name").replace(/^\//, "");
  const own = { mount: at, name };
  const settings = engines.find((one) => one.scope === terms.scope && one.mount("mount") === at);
  const ends = attributes.seconds("custom_metadata", "delete_version_after");
  const told = present({
    ...own,
    max_versions: attributes.count("custom_metadata", "max_versions"),
    cas_required: attributes.flag("custom_metadata", "cas_required"),
    delete_version_after_s: ends,
    deletes_after_s: ends ?? settings?.attributes.seconds("delete_version_after"),
    labels: attributes.labels("custom_metadata", "data"),
  });
  const id = terms.tell("secret", `${at}${name}`, { ...own, secret_type: "kv" }, [
    "secret",
    "secret_metadata",
  ]);
  terms.tell("secret_metadata", `${at}${name}`, told);
  if (ends === undefined)
    settings?.attributes.hideUnknown(terms.drafting, {
      scope: terms.scope,
      resource: id,
      kinds: ["secret_metadata"],
    });
  terms.part(id, "secret_metadata", "custom_metadata");
}

/** A secret whose resource has one path, below which engine it is being the path's to tell: the longest declared mount. */
export function pathSecret(terms: VaultTerms, mounts: readonly string[]): void {
  const path = terms.attributes.text("path")?.replace(/^\/|\/$/g, "");
  if (path === undefined) return;
  const known = mounts.filter((one) => path.startsWith(one)).sort((a, b) => b.length - a.length)[0];
  const at = known ?? `${path.split("/")[0] ?? path}/`;
  const name = path.slice(at.length).replace(/^data\//, "");
  if (name === "") return;
  terms.tell("secret", `${at}${name}`, { mount: at, name, secret_type: "kv" });
}
