# METADATA
# title: Certificate has expired or is about to
# description: |
#   A certificate that ends unnoticed stops whatever presents it. It should be renewed with time to spare: for a
#   short-lived one when a third of its life is left, for others some weeks before. An expired one that still lies in
#   the store shows that nobody cleans up; one that was made for a week or less ends as it should, and has some days to be
#   removed in. Days past the end are whole ones. Revoked certificates are out of use already.
# schemas:
#   - input: schema.certificate
# custom:
#   severity: high
#   needs: [certificate]
#   rests_on_absence: false
#   families: [cert]
#   params:
#     renew_before_days:
#       type: integer
#       unit: day
#       description: Least time left, for certificates that live more than three times as long.
#       default: 30
#     removed_within_days:
#       type: integer
#       unit: day
#       description: >-
#         Days that a certificate made for a week or less may lie in the store after its end. Three are the safety buffer that
#         tidying keeps unless told otherwise.
#       default: 3
#   remediation:
#     aws: >-
#       Certificates of ACM renew by themselves while their validation record stands and something uses them: `aws acm
#       describe-certificate --certificate-arn <arn>` says what is missing. Import others anew with `aws acm
#       import-certificate`, and delete what ended.
#     hashicorp: >-
#       Issue a new one, e.g. `vault write <mount>/issue/<role> common_name=<name>`, and let Vault Agent or an ACME client
#       renew it. For a CA, `vault pki reissue` keeps the subject and key. Remove expired ones with
#       `vault write <mount>/tidy tidy_cert_store=true safety_buffer=72h`.
#   sources:
#     - RFC 5280, section 4.1.2.5, validity, https://www.rfc-editor.org/rfc/rfc5280
#     - NIST SP 800-57 Part 1 Rev. 5, section 5.3, cryptoperiods, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - Vault documentation, PKI considerations, https://developer.hashicorp.com/vault/docs/secrets/pki/considerations
package countersign.certificate.certificate_expiring

import data.countersign.lib.names

least_days := min([data.params.certificate_expiring.renew_before_days, floor(input.subject.lifetime_days / 3)])

applicable if input.subject.revoked == false

compliant if {
	input.subject.expires_in_days >= 0
	input.subject.expires_in_days >= least_days
}

violations contains {
	"actual": days,
	"expected": sprintf("at least %s left", [names.quantity(least_days, "day", "days")]),
	"message": sprintf("days left: %d, asked for: %d", [days, least_days]),
} if {
	days := input.subject.expires_in_days
	days >= 0
	days < least_days
}

# Days left are rounded down, so that within the first day past the end they are -1.
days_past := abs(input.subject.expires_in_days) - 1 if input.subject.expires_in_days < 0

# Nobody renews what was made for a day: another is made.
just_ended if {
	input.subject.lifetime_days <= 7
	days_past < data.params.certificate_expiring.removed_within_days
}

compliant if just_ended

violations contains {
	"actual": days_past,
	"expected": "valid or removed",
	"message": sprintf("expired and still in the store, days past its end: %d", [days_past]),
} if {
	days_past >= 0
	not just_ended
}
