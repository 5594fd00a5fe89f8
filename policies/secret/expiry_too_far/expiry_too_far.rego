# METADATA
# title: Secret ends too late
# description: |
#   An end in the year 2099 is none: it satisfies the question whether one is stated, and nobody is ever reminded by it. The
#   days that are left to the earliest stated end are compared with the limit of the secret's tier. A value that is rotated
#   ends with the next rotation, whatever its label says, where the period is within the limit as well: by the store itself, or
#   by a job that a label declares, where the age of the value shows that it keeps to it. A secret without an end is
#   judged by `expiry_not_set`.
# schemas:
#   - input: schema.secret
# custom:
#   severity: low
#   needs: [secret_metadata, secret_rotation, store]
#   rests_on_absence: true
#   unstated: >-
#     How often the store rotates the value: its schedule is none of whose period is understood; or whether a declared rotation is
#     kept, the age of the value not being known.
#   families: [exp_set]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: >-
#         Most days that may be left to a secret's end, and that a label may declare for a rotation to be one. The defaults are the one and the two years that NIST SP 800-57 gives
#         keys of authentication.
#       strictest: min
#       by_tier: {critical: 365, high: 365, standard: 730, low: 730}
#   remediation:
#     azure: >-
#       `az keyvault secret set-attributes --vault-name <vault> --name <name> --expires <instant>`, with an end that someone will act on.
#     gcp: >-
#       `gcloud secrets update <name> --expire-time <instant>`, with an end that someone will act on.
#     hashicorp: >-
#       State an end that someone will act on,
#       `vault kv metadata patch -mount=<mount> -custom-metadata=expires_at=2027-06-30T00:00:00Z <path>`, or let versions end
#       by themselves with `vault kv metadata patch -mount=<mount> -delete-version-after=2160h <path>`.
#   remedies:
#     arm:
#       azure_secret:
#         text: >-
#           Set an end of `{label}` that is at most a year away (two for tiers standard and low), in seconds since 1970 (1814313600 is 2027-06-30).
#         example: |-
#           "attributes": { "enabled": true, "exp": 1814313600 }
#     cloudformation:
#       aws_parameter:
#         text: >-
#           State an end of `{label}` that is at most a year away (two for tiers standard and low).
#         example: |-
#           Tags:
#             expires_at: "2027-06-30"
#       aws_secret:
#         text: >-
#           State an end of `{label}` that is at most a year away (two for tiers standard and low), or let it rotate.
#         example: |-
#           Tags:
#             - Key: expires_at
#               Value: "2027-06-30"
#     terraform:
#       aws:
#         text: >-
#           State an end of `{reference}` that is at most a year away (two for tiers standard and low), or let it rotate.
#         example: |-
#           tags = {
#             expires_at = "2027-06-30"
#           }
#       azure_secret:
#         text: >-
#           Set an end of `{reference}` that is at most a year away (two for tiers standard and low).
#         example: |-
#           expiration_date = "2027-06-30T00:00:00Z"
#       gcp_secret:
#         text: >-
#           State an end of `{reference}` that is at most a year away (two for tiers standard and low).
#         example: |-
#           labels = {
#             expires_at = "2027-06-30"
#           }
#       kv:
#         text: >-
#           State an end of `{reference}` that is at most a year away (two for tiers standard and low).
#         example: |-
#           custom_metadata {
#             data = {
#               expires_at = "2027-06-30"
#             }
#           }
#   sources:
#     - NIST SP 800-57 Part 1 Rev. 5, section 5.3.6, cryptoperiods, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - NIST SP 800-53 Rev. 5, IA-5 f, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - OWASP Secrets Management Cheat Sheet, secret lifecycle, https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
package countersign.secret.expiry_too_far

import data.countersign.lib.rotation

limit_days := data.params.expiry_too_far.limit_days

applicable if {
	input.subject.value_removed == false
	input.subject.expiry_set
	not "secret_expiry" in input.subject.store.absent_features
}

compliant if input.subject.expires_in_days <= limit_days

compliant if rotation.ends(input.subject, limit_days)

violations contains {
	"actual": days,
	"expected": sprintf("at most %d days", [limit_days]),
	"message": sprintf("the secret ends in %d days, the limit is %d", [days, limit_days]),
} if {
	days := input.subject.expires_in_days
	days > limit_days
	not rotation.ends(input.subject, limit_days)
	not rotation.perhaps_ends(input.subject)
	not rotation.perhaps_kept(input.subject, limit_days)
}
