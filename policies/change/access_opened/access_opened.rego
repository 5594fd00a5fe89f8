# METADATA
# title: Change opens a secret to anyone or to outsiders
# description: |
#   A statement that lets in everyone, or an account or identity outside of the organisation, hands the secret to people whom nobody here can
#   take access from again. It is to be seen before it is applied, since a value that was read once outside has to be replaced.
# schemas:
#   - input: schema.change
# custom:
#   severity: critical
#   needs: [access_change]
#   rests_on_absence: false
#   unstated: >-
#     Whether an outsider gains access: that is only possible by what is known, or the account is one in which the change itself may be applied.
#   families: [hard]
#   remediation:
#     any: >-
#       Name the principals that need the secret in the statement, and no wildcard or account. Where an outsider is to have it, agree on that, and
#       waive this finding with a reason and an end.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Name roles of your own as principals, or bound the statement to your organisation.
#         example: |-
#           Condition:
#             StringEquals:
#               aws:PrincipalOrgID: o-1234567890
#     iam_policy:
#       any:
#         text: >-
#           Name roles of your own as principals, or bound the statement to your organisation.
#         example: |-
#           "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-1234567890" } }
#     kubernetes:
#       any:
#         text: >-
#           Bind service accounts, users or groups of your own, in the place of `system:anonymous`, `system:unauthenticated` or
#           `system:authenticated`.
#         example: |-
#           subjects:
#             - kind: ServiceAccount
#               name: reader
#               namespace: payments
#     terraform:
#       gcp:
#         text: >-
#           Name service accounts, users or groups of your own in the place of `allUsers` and `allAuthenticatedUsers`.
#         example: |-
#           member = google_service_account.reader.member
#       hashicorp:
#         text: >-
#           Take the rule out of the policy, or bind the auth role by which anyone gets it.
#       any:
#         text: >-
#           Name roles of your own as principals, or bound the statement to your organisation.
#         example: |-
#           condition {
#             test     = "StringEquals"
#             variable = "aws:PrincipalOrgID"
#             values   = ["o-1234567890"]
#           }
#     vault_policy:
#       any:
#         text: >-
#           Take the rule out of the policy, or bind the auth role by which anyone gets it.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-6, least privilege, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
package countersign.change.access_opened

access := input.subject.access

outside if access.principal.public

outside if access.principal.external

gains if access.direction in {"gained", "widened"}

loses if access.direction in {"lost", "narrowed"}

applicable if input.subject.change_type == "access"

compliant if loses

compliant if {
	access.principal.public == false
	access.principal.external == false
}

violations contains {
	"actual": sprintf("%s: %s", [access.principal.name, concat(", ", access.actions)]),
	"expected": "no access from outside",
	"message": sprintf("%s gains access from outside to %s: %s", [access.principal.name, access.target.name, concat(", ", access.actions)]),
} if {
	gains
	outside
	access.certainty != "possible"
}
