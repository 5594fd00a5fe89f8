# METADATA
# title: Certificate was issued for too long
# description: |
#   A certificate that lives for years outlives the machine, the service and the people that it was made for, and whoever
#   copied its key meanwhile uses it to the end. The life that was given is compared, whatever the limit of the role says:
#   a request may pass that. Authorities, which live longer, revoked and ended certificates are not judged.
# schemas:
#   - input: schema.certificate
# custom:
#   severity: medium
#   needs: [certificate]
#   rests_on_absence: false
#   families: [cert]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: >-
#         Longest life of a certificate. The default is what browsers took from public authorities until March 2026; since
#         then these are held to 200 days, from March 2027 to 100, from March 2029 to 47.
#       strictest: min
#       default: 398
#   remediation:
#     aws: >-
#       Request one from ACM (`aws acm request-certificate`), which lives for 13 months at most and renews, or issue a
#       short one by the private authority with `aws acm-pca issue-certificate --validity Value=90,Type=DAYS`, then
#       revoke the old one with `aws acm-pca revoke-certificate`.
#     hashicorp: >-
#       Issue a short one in its place, switch to it, and revoke the old one:
#       `vault write <mount>/revoke serial_number=<serial>`. Then bound the role with `max_ttl`, and deny the parameter
#       `not_after` in the policies that issue.
#   sources:
#     - CA/Browser Forum, Baseline Requirements for TLS server certificates, section 6.3.2, https://cabforum.org/working-groups/server/baseline-requirements/requirements/
#     - Vault documentation, PKI considerations, keep certificate lifetimes short, https://developer.hashicorp.com/vault/docs/secrets/pki/considerations
#     - NIST SP 800-53 Rev. 5, SC-12 and SC-17, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.certificate.certificate_life_long

import data.countersign.lib.names

limit_days := data.params.certificate_life_long.limit_days

applicable if {
	input.subject.is_ca == false
	input.subject.revoked == false
	input.subject.expires_in_days >= 0
}

compliant if input.subject.lifetime_days <= limit_days

violations contains {
	"actual": days,
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("issued for %s, the limit is %d", [names.quantity(days, "day", "days"), limit_days]),
} if {
	days := input.subject.lifetime_days
	days > limit_days
}
