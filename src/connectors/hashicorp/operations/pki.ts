import { X509Certificate, type KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificateList, type TBSCertList } from "@peculiar/asn1-x509";
import type { Fact } from "../../../facts/index.ts";
import {
  Misshapen,
  count,
  flag,
  names,
  nonEmptyText,
  nullableTexts,
  optional,
  optionalSeconds,
  setInstant,
  setSeconds,
  setText,
  text,
  type Json,
} from "../json.ts";
import { ext, fact, type Answered, type Family } from "../operation.ts";
import { listRow, readRow } from "../rows.ts";

function certificateAt(data: Json): X509Certificate {
  try {
    return new X509Certificate(text(data, "certificate"));
  } catch (thrown) {
    if (thrown instanceof Misshapen) throw thrown;
    throw new Misshapen("certificate", "an X.509 certificate", data["certificate"]);
  }
}

function certificate(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "", name: serial = "" } = answered.params;
  const cert = certificateAt(data);
  const key = publicKey(cert);
  return [
    fact(answered, "certificate", `${mount}cert/${serial}`, {
      mount,
      name: commonName(cert) ?? serial,
      serial,
      subject: oneLine(cert.subject),
      issuer: oneLine(cert.issuer),
      not_before: cert.validFromDate.toISOString(),
      not_after: cert.validToDate.toISOString(),
      key_algorithm: key?.asymmetricKeyType ?? "unknown",
      key_bits: keyBits(key),
      signature_algorithm: cert.signatureAlgorithm,
      is_ca: cert.ca,
      revoked_at: setInstant(data, "revocation_time"),
      sans: (cert.subjectAltName ?? "").split(", ").filter((name) => name !== ""),
    }),
  ];
}

/** Absent for algorithms that this build of OpenSSL does not know. */
function publicKey(cert: X509Certificate): KeyObject | undefined {
  try {
    return cert.publicKey;
  } catch {
    return undefined;
  }
}

/** Bits of a named curve or of an Edwards curve, by RFC 5480 and RFC 8032. */
const CURVE_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp224r1: 224,
  secp384r1: 384,
  secp521r1: 521,
  ed25519: 256,
  ed448: 456,
};

function keyBits(key: KeyObject | undefined): number | undefined {
  const { modulusLength, namedCurve } = key?.asymmetricKeyDetails ?? {};
  return modulusLength ?? CURVE_BITS[namedCurve ?? key?.asymmetricKeyType ?? ""];
}

/** Node gives one attribute a line. Empty for a certificate without a subject. */
function oneLine(distinguishedName: string | undefined): string {
  return (distinguishedName ?? "").split("\n").join(", ");
}

function commonName(cert: X509Certificate): string | undefined {
  return /(?:^|\n)CN=(.+)/.exec(cert.subject)?.[1];
}

function issuer(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "", name: issuerId = "" } = answered.params;
  const cert = certificateAt(data);
  return [
    fact(answered, "certificate_issuer", `${mount}issuer/${issuerId}`, {
      mount,
      name: setText(data, "issuer_name") ?? issuerId,
      issuer_id: issuerId,
      serial: cert.serialNumber.toLowerCase().replace(/(..)(?=.)/g, "$1:"),
      usage: nonEmptyText(data, "usage").split(","),
      leaf_not_after_behavior: nonEmptyText(data, "leaf_not_after_behavior"),
      issuing_certificates: nullableTexts(data, "issuing_certificates"),
      crl_distribution_points: nullableTexts(data, "crl_distribution_points"),
      ocsp_servers: nullableTexts(data, "ocsp_servers"),
      revoked: flag(data, "revoked"),
      not_after: cert.validToDate.toISOString(),
    }),
  ];
}

/** What servers that do not know the setting hold a common name against (Vault before 1.12), and its default in those that do. */
const CN_VALIDATIONS: readonly string[] = ["email", "hostname"];

/** A server that knows it never answers with an empty list: a role without one is given the default when it is read. */
const cnValidations = optional(names);

function role(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "", name = "" } = answered.params;
  return [
    fact(answered, "certificate_role", `${mount}roles/${name}`, {
      mount,
      name,
      ttl_s: setSeconds(data, "ttl"),
      max_ttl_s: setSeconds(data, "max_ttl"),
      key_type: nonEmptyText(data, "key_type"),
      key_bits: count(data, "key_bits"),
      fixed_end_at: setInstant(data, "not_after"),
      allow_any_name: flag(data, "allow_any_name"),
      allow_wildcard_certificates: flag(data, "allow_wildcard_certificates"),
      allow_subdomains: flag(data, "allow_subdomains"),
      allow_glob_domains: flag(data, "allow_glob_domains"),
      allowed_domains: nullableTexts(data, "allowed_domains"),
      allowed_uri_sans: nullableTexts(data, "allowed_uri_sans"),
      allowed_other_sans: nullableTexts(data, "allowed_other_sans"),
      enforce_hostnames: flag(data, "enforce_hostnames"),
      cn_validations: cnValidations(data, "cn_validations") ?? [...CN_VALIDATIONS],
      no_store: flag(data, "no_store"),
      ext: ext({ issuer_ref: setText(data, "issuer_ref") }),
    }),
  ];
}

function revocationConfig(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "" } = answered.params;
  return [
    fact(answered, "revocation_list", `${mount}config/crl`, {
      mount,
      enabled: !flag(data, "disable"),
      expiry_s: setSeconds(data, "expiry"),
      auto_rebuild: flag(data, "auto_rebuild"),
      ocsp_enabled: !flag(data, "ocsp_disable"),
    }),
  ];
}

/** A mount that was never told answers with what holds then: not enabled. `max_ttl` is newer Vault's alone. */
function acme(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "" } = answered.params;
  return [
    fact(answered, "acme_config", `${mount}config/acme`, {
      mount,
      enabled: flag(data, "enabled"),
      eab_policy: nonEmptyText(data, "eab_policy"),
      default_directory_policy: nonEmptyText(data, "default_directory_policy"),
      allowed_roles: names(data, "allowed_roles"),
      allowed_issuers: names(data, "allowed_issuers"),
      dns_resolver: setText(data, "dns_resolver"),
      max_ttl_s: optionalSeconds(data, "max_ttl"),
    }),
  ];
}

function address(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "" } = answered.params;
  return [
    fact(answered, "authority_address", `${mount}config/cluster`, {
      mount,
      address: setText(data, "path"),
      aia_address: setText(data, "aia_path"),
    }),
  ];
}

/** What certificates name of issuers that state no addresses; templates of it stand as they are written. */
function urls(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "" } = answered.params;
  return [
    fact(answered, "authority_address", `${mount}config/urls`, {
      mount,
      crl_distribution_points: nullableTexts(data, "crl_distribution_points"),
      ocsp_servers: nullableTexts(data, "ocsp_servers"),
    }),
  ];
}

/** The list itself, which is of the default issuer: without one there is none. */
function revocationList(answered: Answered): Fact[] {
  const { mount = "" } = answered.params;
  const list = parsedList(nonEmptyText(answered.data, "certificate"));
  return [
    fact(answered, "revocation_list", `${mount}cert/crl`, {
      mount,
      last_update_at: list.thisUpdate.getTime().toISOString(),
      next_update_at: list.nextUpdate?.getTime().toISOString(),
      revoked_count: list.revokedCertificates?.length ?? 0,
    }),
  ];
}

function parsedList(pem: string): TBSCertList {
  try {
    const der = Buffer.from(pem.replace(/-----[A-Z0-9 ]+-----/g, ""), "base64");
    return AsnConvert.parse(der, CertificateList).tbsCertList;
  } catch {
    throw new Misshapen("certificate", "an X.509 revocation list", pem);
  }
}

/** Certificate authorities: issuers, roles, every stored certificate, and what is revoked. */
export const pki: Family = {
  id: "pki",
  operations: [
    listRow(
      { id: "pki.issuers", title: "Issuers", path: "{mount}issuers", hides: ["certificate_issuer"] },
      ["pki.issuer"],
      { needs: [], resource: "{mount}issuer/" },
    ),
    readRow(
      { id: "pki.issuer", title: "An issuer", path: "{mount}issuer/{name}", hides: ["certificate_issuer"] },
      issuer,
    ),
    listRow({ id: "pki.roles", title: "Names of roles", path: "{mount}roles", hides: ["certificate_role"] }, [
      "pki.role",
    ]),
    readRow(
      { id: "pki.role", title: "Limits of a role", path: "{mount}roles/{name}", hides: ["certificate_role"] },
      role,
    ),
    readRow(
      {
        id: "pki.crl_config",
        title: "Settings of revocation",
        path: "{mount}config/crl",
        hides: ["revocation_list"],
      },
      revocationConfig,
    ),
    readRow(
      {
        id: "pki.acme",
        title: "Whether it issues by ACME, and to whom",
        path: "{mount}config/acme",
        hides: ["acme_config"],
      },
      acme,
      // Vault from 1.14 on.
      { absent: "feature" },
    ),
    readRow(
      {
        id: "pki.cluster",
        title: "Addresses of the authority",
        path: "{mount}config/cluster",
        hides: ["authority_address"],
      },
      address,
      // Older servers have none.
      { absent: "feature" },
    ),
    readRow(
      {
        id: "pki.urls",
        title: "Where its certificates say that revocation is found",
        path: "{mount}config/urls",
        hides: ["authority_address"],
      },
      urls,
      // Where nothing was set Vault before 1.11 says that there is nothing, and later servers name no address.
      { absent: "nothing" },
    ),
    readRow(
      { id: "pki.crl", title: "The revocation list", path: "{mount}cert/crl", hides: ["revocation_list"] },
      revocationList,
      // A mount that has no issuer yet fails with 500 instead of a 404.
      { needs: [], absent: "nothing", nothingText: /no default issuer currently configured/ },
    ),
    listRow(
      { id: "pki.certificates", title: "Serial numbers", path: "{mount}certs", hides: ["certificate"] },
      ["pki.certificate"],
      { resource: "{mount}cert/" },
    ),
    readRow(
      { id: "pki.certificate", title: "A certificate", path: "{mount}cert/{name}", hides: ["certificate"] },
      certificate,
      { needs: [] },
    ),
  ],
  roots: [
    "pki.issuers",
    "pki.roles",
    "pki.crl_config",
    "pki.acme",
    "pki.cluster",
    "pki.urls",
    "pki.crl",
    "pki.certificates",
  ],
};
