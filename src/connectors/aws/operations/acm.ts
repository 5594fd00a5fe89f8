import { isMasked, type Fact } from "../../../facts/index.ts";
import { Misshapen, nonEmptyText, objectAt, objects, optionalTexts, text, type Json } from "../../shape.ts";
import { ext, fact, mountOf, type Answered, type Family } from "../operation.ts";
import {
  asksOf,
  instant,
  listOrNone,
  objectOrNone,
  optionalInstant,
  optionalText,
  rowsOf,
  sameAsAsked,
  tags,
} from "../rows.ts";

/**
 * What a listing is narrowed to where nothing is said: two types of keys, two origins of them. All are named, so that none is
 * left out. Source: ListCertificates and Filters, AWS Certificate Manager API Reference.
 */
const ALL = {
  CertificateStatuses: [
    "EXPIRED",
    "FAILED",
    "INACTIVE",
    "ISSUED",
    "PENDING_VALIDATION",
    "REVOKED",
    "VALIDATION_TIMED_OUT",
  ],
  CertificateKeyPairOrigins: ["ACME", "AWS_MANAGED", "CUSTOMER_PROVIDED"],
  Includes: {
    keyTypes: [
      "EC_prime256v1",
      "EC_secp384r1",
      "EC_secp521r1",
      "RSA_1024",
      "RSA_2048",
      "RSA_3072",
      "RSA_4096",
    ],
  },
};

/** Statuses of a request that led to no certificate, or has not yet. Source: CertificateDetail, `Status`. */
const UNISSUED = new Set(["FAILED", "PENDING_VALIDATION", "VALIDATION_TIMED_OUT"]);

/** Length of a key by what ACM calls its type, e.g. `RSA-2048`, `EC-prime256v1`. */
function bitsOf(type: string): number | undefined {
  const [, bits] = /^(?:RSA[-_]|EC[-_](?:prime|secp))(\d{3,5})/.exec(type) ?? [];
  return bits === undefined ? undefined : Number(bits);
}

function certificate(answered: Answered): Fact[] {
  const own = objectAt(answered.body, "Certificate");
  const arn = sameAsAsked(nonEmptyText(own, "CertificateArn"), answered, "arn", "Certificate.CertificateArn");
  const state = nonEmptyText(own, "Status");
  const type = nonEmptyText(own, "Type");
  if (UNISSUED.has(state) && own["NotAfter"] === undefined) return [];
  const key_algorithm = nonEmptyText(own, "KeyAlgorithm");
  return [
    fact(answered, "certificate", arn, {
      mount: mountOf(answered),
      // A certificate that was imported may be for no domain.
      name: optionalText(own, "DomainName") ?? arn.slice(arn.lastIndexOf("/") + 1),
      serial: nonEmptyText(own, "Serial"),
      subject: text(own, "Subject"),
      issuer: nonEmptyText(own, "Issuer"),
      not_before: instant(own, "NotBefore"),
      not_after: instant(own, "NotAfter"),
      key_algorithm,
      key_bits: bitsOf(key_algorithm),
      signature_algorithm: optionalText(own, "SignatureAlgorithm"),
      is_ca: listOrNone(own, "KeyUsages").some((usage) => text(usage, "Name") === "CERTIFICATE_SIGNING"),
      revoked_at: revokedAt(own, state),
      sans: (optionalTexts(own, "SubjectAlternativeNames") ?? []).sort(),
      state,
      renewed_by_store: nonEmptyText(own, "RenewalEligibility") === "ELIGIBLE",
      used_by: optionalTexts(own, "InUseBy")?.sort(),
      ext: ext({
        type,
        renewal_status: optionalText(objectOrNone(own, "RenewalSummary"), "RenewalStatus"),
        authority: optionalText(own, "CertificateAuthorityArn"),
      }),
    }),
  ];
}

function revokedAt(own: Json, state: string): string | undefined {
  const at = optionalInstant(own, "RevokedAt");
  if (state === "REVOKED" && at === undefined) throw new Misshapen("RevokedAt", "an instant", undefined);
  return at;
}

const row = rowsOf("acm", "regional", "{arn}");

/** AWS Certificate Manager, without `ExportCertificate`, which hands out keys. */
export const acm: Family = {
  id: "acm",
  operations: [
    {
      ...row("certificates", "Certificates of every status, key and origin", "ListCertificates"),
      hides: ["certificate", "resource_labels"],
      resource: "arn:{partition}:acm:{region}:{account}:certificate/",
      input: () => ({ ...ALL, MaxItems: 1000 }),
      pages: { token: "NextToken", input: "NextToken" },
      entries: [
        { list: "CertificateSummaryList", id: (entry) => optionalText(entry, "CertificateArn") ?? "" },
      ],
      next: (answered) =>
        objects(answered.body, "CertificateSummaryList")
          .map((entry) => nonEmptyText(entry, "CertificateArn"))
          .filter((arn) => !isMasked(arn))
          .flatMap((arn) => asksOf(answered, ["acm.certificate", "acm.tags"], { arn })),
    },
    {
      ...row("certificate", "Ends, key, renewal and use of a certificate", "DescribeCertificate"),
      hides: ["certificate"],
      input: ({ arn }) => ({ CertificateArn: arn }),
      // What a domain's owner is to publish, and whom to ask.
      unread: ["/Certificate/DomainValidationOptions", "/Certificate/RenewalSummary/DomainValidationOptions"],
      facts: certificate,
    },
    {
      ...row("tags", "Tags of a certificate", "ListTagsForCertificate"),
      hides: ["resource_labels"],
      input: ({ arn }) => ({ CertificateArn: arn }),
      facts: (answered) => {
        const { arn = "" } = answered.params;
        objects(answered.body, "Tags");
        return [
          fact(answered, "resource_labels", `${arn}#labels`, {
            resource: `${answered.record.store_id}:${arn}`,
            labels: labelsOf(answered.body),
          }),
        ];
      },
    },
  ],
  roots: ["acm.certificates"],
};

/** A tag of ACM may have no value. */
function labelsOf(body: Json): Record<string, string> {
  return tags({ Tags: objects(body, "Tags").map((tag) => ({ Value: "", ...tag })) });
}
