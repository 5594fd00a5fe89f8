import { X509Certificate } from "node:crypto";
import { boundByNetworks } from "../../../base/index.ts";
import type { Fact } from "../../../facts/index.ts";
import {
  Misshapen,
  count,
  flag,
  instant,
  labels,
  names,
  namesOrNone,
  nonEmptyText,
  nullableObject,
  nullableTexts,
  objectOf,
  optionalText,
  setInstant,
  setSeconds,
  setText,
  setTexts,
  text,
  withoutNulls,
} from "../json.ts";
import { ext, fact, nameAsked, type Answered } from "../operation.ts";
import { authRole, tokenBounds } from "./auth-role.ts";

/** Bounds that are set: an empty list bounds nothing. */
function boundsOf(bounds: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(bounds)
      .filter(([, values]) => values.length > 0)
      .map(([name, values]) => [name, [...values]]),
  );
}

export function appRole(answered: Answered): Fact[] {
  const { data } = answered;
  const needsSecretId = flag(data, "bind_secret_id");
  const bound = [namesOrNone(data, "token_bound_cidrs"), nullableTexts(data, "secret_id_bound_cidrs")].some(
    boundByNetworks,
  );
  return [
    authRole(answered, {
      path: "role",
      method: "approle",
      role_type: "role",
      policies: namesOrNone(data, "token_policies"),
      ...tokenBounds(data),
      bounds: boundsOf({ bind_secret_id: needsSecretId ? ["true"] : [] }),
      unauthenticated: !needsSecretId && !bound,
      secret_id_num_uses: count(data, "secret_id_num_uses"),
      secret_id_ttl_s: setSeconds(data, "secret_id_ttl"),
      secret_id_bound_cidrs: setTexts(data, "secret_id_bound_cidrs"),
    }),
  ];
}

export function roleId(answered: Answered): Fact[] {
  const { mount = "", name = "" } = answered.params;
  return [
    fact(answered, "auth_role_alias", `${mount}role/${name}`, {
      mount,
      name,
      alias_name: nonEmptyText(answered.data, "role_id"),
    }),
  ];
}

export function secretId(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "", name = "" } = answered.params;
  const accessor = nameAsked(answered, "secret_id_accessor", "accessor");
  return [
    fact(answered, "auth_credential", `${mount}role/${name}/secret-id-accessor/${accessor}`, {
      mount,
      name,
      accessor,
      created_at: instant(data, "creation_time"),
      updated_at: setInstant(data, "last_updated_time"),
      expires_at: setInstant(data, "expiration_time"),
      num_uses: count(data, "secret_id_num_uses"),
      bound_cidrs: nullableTexts(data, "cidr_list"),
      labels: labels(data, "metadata"),
    }),
  ];
}

/**
 * Whether a listed user can log in. The server looks names up in lower case, and makes users so; a password or policies that are
 * set under another spelling it files under that one, where no login looks, and to a question about it answers with the
 * other's data. Names are ASCII. Tried on Vault 1.21; OpenBao's source is the same (`setUser` in `path_users.go`).
 */
export function aliveUser(name: string): boolean {
  return !/[A-Z]/.test(name);
}

export function user(answered: Answered): Fact[] {
  const { data, params } = answered;
  if (!aliveUser(params["name"] ?? "")) return [];
  return [
    authRole(answered, {
      path: "users",
      method: "userpass",
      role_type: "user",
      policies: namesOrNone(data, "token_policies"),
      ...tokenBounds(data),
      alias_name: params["name"],
    }),
  ];
}

export function ldapEntry(role_type: "user" | "group", path: string) {
  return (answered: Answered): Fact[] => [
    authRole(answered, {
      path,
      method: "ldap",
      role_type,
      policies: nullableTexts(answered.data, "policies"),
      alias_name: answered.params["name"],
      groups:
        role_type === "group"
          ? undefined
          : text(answered.data, "groups")
              .split(",")
              .map((group) => group.trim())
              .filter((group) => group !== ""),
    }),
  ];
}

export function kubernetesRole(answered: Answered): Fact[] {
  const { data } = answered;
  const namespaces = nullableTexts(data, "bound_service_account_namespaces");
  // Versions before the selector bind by the names of namespaces alone.
  const selector = optionalText(data, "bound_service_account_namespace_selector");
  if (namespaces.length === 0 && selector === undefined) {
    throw new Misshapen("bound_service_account_namespaces", "a list of names, or a selector to be there", []);
  }
  return [
    authRole(answered, {
      path: "role",
      method: "kubernetes",
      role_type: "role",
      policies: namesOrNone(data, "token_policies"),
      ...tokenBounds(data),
      bounds: boundsOf({
        bound_service_account_names: names(data, "bound_service_account_names"),
        bound_service_account_namespaces: namespaces,
        bound_service_account_namespace_selector: oneOrNone(selector),
        // Written where one is set.
        audience: oneOrNone(optionalText(data, "audience")),
      }),
      ext: ext({ alias_name_source: setText(data, "alias_name_source") }),
    }),
  ];
}

export function jwtRole(answered: Answered): Fact[] {
  const { data } = answered;
  const claims = Object.entries(nullableObject(data, "bound_claims")).map(
    ([claim, value]) => [`bound_claims.${claim}`, claimValues(value)] as const,
  );
  return [
    authRole(answered, {
      path: "role",
      method: "jwt",
      role_type: "role",
      policies: namesOrNone(data, "token_policies"),
      ...tokenBounds(data),
      bounds: boundsOf({
        bound_audiences: nullableTexts(data, "bound_audiences"),
        bound_subject: oneOrNone(setText(data, "bound_subject")),
        ...Object.fromEntries(claims),
      }),
      ext: ext({
        role_type: nonEmptyText(data, "role_type"),
        user_claim: nonEmptyText(data, "user_claim"),
        groups_claim: setText(data, "groups_claim"),
        bound_claims_type: setText(data, "bound_claims_type"),
        claim_mappings: labels(data, "claim_mappings"),
      }),
    }),
  ];
}

function oneOrNone(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}

/** A claim is bound to one value or to any of a list; values are text, numbers or booleans. */
function claimValues(value: unknown): string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).map((item) =>
    typeof item === "string" ? item : JSON.stringify(item),
  );
}

const CERT_BOUNDS = [
  "allowed_common_names",
  "allowed_dns_sans",
  "allowed_email_sans",
  "allowed_names",
  "allowed_organizational_units",
  "allowed_uri_sans",
  "required_extensions",
];

export function certRole(answered: Answered): Fact[] {
  const { data } = answered;
  const trusted = certificates(text(data, "certificate"));
  return [
    authRole(answered, {
      path: "certs",
      method: "cert",
      role_type: "role",
      policies: namesOrNone(data, "token_policies"),
      ...tokenBounds(data),
      bounds: boundsOf({
        certificate_sha256: trusted.map(fingerprint),
        ...Object.fromEntries(CERT_BOUNDS.map((name) => [name, nullableTexts(data, name)])),
        // OpenBao has no such bound.
        allowed_organizations:
          data["allowed_organizations"] === undefined ? [] : nullableTexts(data, "allowed_organizations"),
      }),
      // The server takes the whole text for an authority, or for a client's own, by its first certificate.
      trusts_authority: trusted[0]?.ca,
      ext: ext({
        display_name: setText(data, "display_name"),
        ocsp_enabled: flag(data, "ocsp_enabled"),
        ocsp_fail_open: flag(data, "ocsp_fail_open"),
      }),
    }),
  ];
}

/** The trusted certificates: one, or a chain in one PEM text. */
function certificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Misshapen("certificate", "an X.509 certificate", pem);
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new Misshapen("certificate", "an X.509 certificate", pem);
    }
  });
}

function fingerprint({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(":", "").toLowerCase();
}

export function config(method: string) {
  return (answered: Answered): Fact[] => {
    const { mount = "" } = answered.params;
    // A method that is not configured has no answer; one that is writes every setting, set or not.
    if (Object.keys(answered.data).length === 0) throw new Misshapen("data", "the method's settings", {});
    const settings = objectOf(withoutNulls(answered.data), "data");
    return [fact(answered, "auth_config", `${mount}config`, { mount, method, settings })];
  };
}
