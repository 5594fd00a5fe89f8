# METADATA
# title: Certificate authority offers no current revocation
# description: |
#   A stolen certificate can only be stopped when clients can learn that it was revoked: from a revocation list that is
#   not past its next update, or by OCSP, and from either only where the certificates say where it is: clients
#   that are told by other means cannot be seen in the store. Judged are certificate authorities that are in use.
# schemas:
#   - input: schema.certificate
# custom:
#   severity: medium
#   needs: [authority_address, certificate, certificate_issuer, revocation_list]
#   rests_on_absence: false
#   families: [cert]
#   remediation:
#     aws: >-
#       `aws acm-pca update-certificate-authority --certificate-authority-arn <arn> --revocation-configuration
#       'CrlConfiguration={Enabled=true,ExpirationInDays=7,S3BucketName=<bucket>}'`, or with
#       `OcspConfiguration={Enabled=true}`.
#     hashicorp: >-
#       `vault write <mount>/config/crl disable=false auto_rebuild=true`, then `vault read <mount>/crl/rotate`. Publish
#       where it is to be found with `vault write <mount>/config/urls crl_distribution_points=… ocsp_servers=…`.
#   sources:
#     - RFC 5280, section 5, certificate revocation lists, https://www.rfc-editor.org/rfc/rfc5280
#     - RFC 6960, OCSP, https://www.rfc-editor.org/rfc/rfc6960
#     - Vault documentation, PKI considerations, https://developer.hashicorp.com/vault/docs/secrets/pki/considerations
package countersign.certificate.revocation_unavailable

list := input.subject.revocation_list

current if {
	list.enabled
	list.next_update_in_days >= 0
	list.list_named
}

current if {
	list.ocsp_enabled
	list.ocsp_named
}

stale if {
	list.enabled
	list.next_update_in_days < 0
}

no_list if list.enabled == false

no_list if stale

no_list if list.list_named == false

no_ocsp if list.ocsp_enabled == false

no_ocsp if list.ocsp_named == false

applicable if {
	input.subject.is_ca
	input.subject.revoked == false
	input.subject.expires_in_days >= 0
}

compliant if current

violations contains {
	"actual": "no list and no OCSP",
	"expected": "a current revocation list, or OCSP",
	"message": "the authority keeps no revocation list and answers no OCSP",
} if {
	list.enabled == false
	list.ocsp_enabled == false
}

violations contains {
	"actual": list.next_update_in_days,
	"expected": "a current revocation list, or OCSP",
	"message": sprintf("the revocation list is past its next update, by days: %d", [abs(list.next_update_in_days)]),
} if {
	stale
	no_ocsp
}

violations contains {
	"actual": "certificates that name neither",
	"expected": "certificates that name a current revocation list, or OCSP",
	"message": sprintf("its certificates do not say where %s", [unnamed]),
} if {
	no_list
	no_ocsp
	not stale
}

unnamed := "the revocation list is, nor where OCSP answers" if {
	list.enabled
	list.ocsp_enabled
}

unnamed := "the revocation list is, and it answers no OCSP" if {
	list.enabled
	list.ocsp_enabled == false
}

unnamed := "OCSP answers, and it keeps no revocation list" if {
	list.enabled == false
	list.ocsp_enabled
}
