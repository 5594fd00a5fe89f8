# METADATA
# title: PKI role sets no short enough limit to the life of its certificates
# description: |
#   A stolen certificate is good until it ends, or until every client has learnt that it was revoked. Judged is the limit
#   that the role sets, else its mount or the server; a role that states the end of all its certificates is judged by that.
#   It is a setting and no proof: whoever asks Vault with `not_after` gets an end of their own choice, past `max_ttl`,
#   up to that of the authority. The certificates that were issued are judged by themselves, where the role keeps them.
# schemas:
#   - input: schema.certificate_role
# custom:
#   severity: medium
#   needs: [certificate_role, mount, store_config]
#   rests_on_absence: false
#   unstated: >-
#     How long the role's certificates may live: it sets no limit, and that of its mount or of the server could not be read.
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
#     hashicorp: >-
#       `vault write <mount>/roles/<role> max_ttl=2160h ttl=720h`, and renew by ACME or Vault Agent instead of by hand. So
#       that nobody states an end of their own, deny the parameter in the policies that issue:
#       `path "<mount>/issue/<role>" { capabilities = ["update"] denied_parameters = { "not_after" = [] } }`, and the same
#       for `sign`.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Let certificates of `{reference}` end (in seconds).
#         example: |-
#           max_ttl = 7776000
#   sources:
#     - CA/Browser Forum, Baseline Requirements for TLS server certificates, section 6.3.2, https://cabforum.org/working-groups/server/baseline-requirements/requirements/
#     - Vault documentation, PKI considerations, keep certificate lifetimes short, https://developer.hashicorp.com/vault/docs/secrets/pki/considerations
#     - Vault API documentation, PKI, issuing and roles, https://developer.hashicorp.com/vault/api-docs/secret/pki
#     - NIST SP 800-53 Rev. 5, SC-12 and SC-17, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.certificate_role.certificate_life_unbounded

import data.countersign.lib.names

limit_days := data.params.certificate_life_unbounded.limit_days

expected := sprintf("at most %s", [names.quantity(limit_days, "day", "days")])

fixed if is_number(input.subject.fixed_end_in_days)

# Whole days, begun ones counted.
days := ceil(input.subject.max_life_s / 86400)

applicable if input.subject.kind == "certificate_role"

compliant if {
	not fixed
	days <= limit_days
}

compliant if input.subject.fixed_end_in_days <= limit_days

violations contains {
	"actual": days,
	"expected": expected,
	"message": sprintf("certificates may live for %s by the limit of the %s, the limit is %d", [names.quantity(days, "day", "days"), names.short(input.subject.max_life_source), limit_days]),
} if {
	not fixed
	days > limit_days
}

violations contains {
	"actual": end,
	"expected": expected,
	"message": sprintf("every certificate ends in %s, whenever it is issued, the limit is %d", [names.quantity(end, "day", "days"), limit_days]),
} if {
	end := input.subject.fixed_end_in_days
	end > limit_days
}
