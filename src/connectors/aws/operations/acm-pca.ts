import { isMasked, type Fact } from "../../../facts/index.ts";
import { Misshapen, flag, nonEmptyText, objectAt, objects, optionalObject, type Json } from "../../shape.ts";
import { ext, fact, mountOf, type Answered, type Family } from "../operation.ts";
import { asksOf, objectOrNone, optionalInstant, optionalText, rowsOf } from "../rows.ts";

/** States of an authority, and what it does in each. Source: CertificateAuthority, `Status`. */
const USAGE: Readonly<Record<string, readonly string[]>> = {
  ACTIVE: ["issuing-certificates"],
  CREATING: [],
  DELETED: [],
  DISABLED: [],
  EXPIRED: [],
  FAILED: [],
  PENDING_CERTIFICATE: [],
};

interface Authority {
  readonly arn: string;
  readonly status: string;
  readonly own: Json;
}

function authorities(answered: Answered): Authority[] {
  return objects(answered.body, "CertificateAuthorities").map((own) => {
    const status = nonEmptyText(own, "Status");
    if (USAGE[status] === undefined) throw new Misshapen("Status", "a state of an authority", status);
    return { arn: nonEmptyText(own, "Arn"), status, own };
  });
}

function issuer(answered: Answered, { arn, status, own }: Authority): Fact {
  const configuration = objectAt(own, "CertificateAuthorityConfiguration");
  const revocation = objectOrNone(own, "RevocationConfiguration");
  const issuer_id = arn.slice(arn.lastIndexOf("/") + 1);
  const crl = switchedOn(revocation, "CrlConfiguration");
  const ocsp = switchedOn(revocation, "OcspConfiguration");
  const not_after = optionalInstant(own, "NotAfter");
  if (status === "ACTIVE" && not_after === undefined)
    throw new Misshapen("NotAfter", "an instant", undefined);
  return fact(answered, "certificate_issuer", arn, {
    mount: mountOf(answered),
    name: optionalText(objectOrNone(configuration, "Subject"), "CommonName") ?? issuer_id,
    issuer_id,
    serial: optionalText(own, "Serial"),
    usage: [...(USAGE[status] ?? [])],
    crl_distribution_points:
      crl === undefined ? [] : [optionalText(crl, "CustomCname") ?? nonEmptyText(crl, "S3BucketName")],
    ocsp_servers:
      ocsp === undefined
        ? []
        : [optionalText(ocsp, "OcspCustomCname") ?? `ocsp.acm-pca.${answered.region}.amazonaws.com`],
    revoked: false,
    not_after,
    ext: ext({
      status,
      type: nonEmptyText(own, "Type"),
      key_algorithm: nonEmptyText(configuration, "KeyAlgorithm"),
      signing_algorithm: nonEmptyText(configuration, "SigningAlgorithm"),
      usage_mode: optionalText(own, "UsageMode"),
      restorable_until: optionalInstant(own, "RestorableUntil"),
    }),
  });
}

/** What an authority without it leaves out. */
function switchedOn(revocation: Json, key: string): Json | undefined {
  const configuration = optionalObject(revocation, key);
  return configuration !== undefined && flag(configuration, "Enabled") ? configuration : undefined;
}

function policy(answered: Answered, written: string | undefined): Fact {
  const { arn = "" } = answered.params;
  return fact(answered, "resource_policy", `${arn}#policy`, {
    resource: `${answered.record.store_id}:${arn}`,
    text: written,
  });
}

const row = rowsOf("acm-pca", "regional", "{arn}");

/** AWS Private CA: who issues certificates, and who else may use it. */
export const acmPca: Family = {
  id: "acm-pca",
  operations: [
    {
      ...row("authorities", "Private certificate authorities of the account", "ListCertificateAuthorities"),
      hides: ["certificate_issuer", "resource_policy"],
      resource: "arn:{partition}:acm-pca:{region}:{account}:certificate-authority/",
      input: () => ({ MaxResults: 1000 }),
      pages: { token: "NextToken", input: "NextToken" },
      entries: [{ list: "CertificateAuthorities", id: (entry) => optionalText(entry, "Arn") ?? "" }],
      facts: (answered) =>
        authorities(answered)
          .filter(({ arn }) => !isMasked(arn))
          .map((authority) => issuer(answered, authority)),
      next: (answered) =>
        authorities(answered)
          .filter(({ status }) => status !== "DELETED")
          .flatMap(({ arn }) => asksOf(answered, ["acm-pca.policy"], { arn })),
    },
    {
      ...row("policy", "Policy of a private certificate authority", "GetPolicy"),
      hides: ["resource_policy"],
      input: ({ arn }) => ({ ResourceArn: arn }),
      // "A resource such as a private CA, S3 bucket, certificate, audit report, or policy cannot be found": here the policy.
      none: ["ResourceNotFoundException"],
      facts: (answered) => [policy(answered, nonEmptyText(answered.body, "Policy"))],
      factsOfNone: (answered) => [policy(answered, undefined)],
    },
  ],
  roots: ["acm-pca.authorities"],
};
