# METADATA
# title: Trust policy of a role lets strangers come to secrets
# description: |
#   A role that others may assume lends them all that it may. One whose trust policy lets in everyone, another organisation's
#   account, or any customer of a token issuer, opens to them each secret that the role reads, or comes to over further roles, which
#   are named. The cause is the role that lets them in, and none of those further on that let in it alone: here it is told once, with how many secrets it opens, and each of these names it (`public_access`). A vendor's
#   account counts as any other; `allowed_external` says how many are expected. Of whom the policy asks no external id that was agreed on is told: whoever can
#   have the vendor use the role's ARN as a customer of its own comes in then (the confused deputy). What those accounts' own policies allow is
#   theirs to change, and not asked for.
# schemas:
#   - input: schema.principal
# custom:
#   severity: critical
#   needs: [cloud_grant]
#   applies_to: [iam_role]
#   rests_on_absence: false
#   unstated: >-
#     Whether strangers come in by its trust policy, or to what: a condition there, or access of the role that is only possible, leaves
#     that open.
#   families: [pub]
#   params:
#     allowed_external:
#       type: integer
#       unit: count
#       description: Number of accounts and identities of other organisations that are expected to come in by one role.
#       default: 0
#   remediation:
#     aws: >-
#       `aws iam get-role --role-name <role>`, then name accounts or roles of your own in the trust policy, and for token issuers whose
#       token it must be, by `sub`: `aws iam update-assume-role-policy --role-name <role> --policy-document file://trust.json`. Where the
#       finding says that no external id is asked of a vendor, agree on one and ask for it there (`sts:ExternalId`). A vendor that is
#       meant to come in, and of whom one is asked, is allowed by the parameter `allowed_external`; any other is taken out of the policy.
#       Take from the role what the vendor does not need. Where somebody came in who was not meant to, rotate what it opened.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Name accounts or roles of your own in the `AssumeRolePolicyDocument` of `{label}`; ask a vendor for an external id, and an issuer for the
#           subject of its token.
#         example: |-
#           Condition:
#             StringEquals:
#               sts:ExternalId: agreed-with-the-vendor
#     iam_policy:
#       any:
#         text: >-
#           Name accounts or roles of your own as `Principal`; ask a vendor for an external id, and an issuer for the subject of its token.
#         example: |-
#           "Condition": { "StringEquals": { "sts:ExternalId": "agreed-with-the-vendor" } }
#     terraform:
#       any:
#         text: >-
#           Name accounts or roles of your own in the trust policy (`assume_role_policy`) of `{reference}`; ask a vendor for an external id, and an
#           issuer for the subject of its token.
#         example: |-
#           condition {
#             test     = "StringEquals"
#             variable = "sts:ExternalId"
#             values   = ["agreed-with-the-vendor"]
#           }
#   sources:
#     - AWS IAM User Guide, access to accounts owned by third parties, https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
#     - AWS IAM User Guide, the confused deputy problem, https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
#     - NIST SP 800-53 Rev. 5, AC-3 and AC-20, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.strangers_let_in

import data.countersign.lib.names

allowed_external := data.params.strangers_let_in.allowed_external

admits := input.subject.access.admits

applicable if input.subject.principal_type == "iam_role"

# Whoever is let in comes to nothing.
compliant if {
	admits.reached_secret_count == 0
	input.subject.access.certainty in {"certain", "conditional"}
}

compliant if {
	admits.public + admits.possible_public == 0
	admits.external + admits.possible_external <= allowed_external
}

unexpected if admits.public > 0

unexpected if admits.external > allowed_external

opened := sprintf("opens %s to them", [names.quantity(admits.opened_secret_count, "secret", "secrets")]) if admits.leads_to_count == 0

opened := sprintf("opens %s to them, over %s", [names.quantity(admits.opened_secret_count, "secret", "secrets"), ahead]) if {
	admits.leads_to_count > 0
	admits.opened_itself_count == 0
}

opened := sprintf("opens %s to them itself, and %d over %s", [names.quantity(admits.opened_itself_count, "secret", "secrets"), admits.opened_secret_count - admits.opened_itself_count, ahead]) if {
	admits.leads_to_count > 0
	admits.opened_itself_count > 0
}

ahead := names.few_of(admits.leads_to, admits.leads_to_count)

# Of a vendor that may use the role for any of its customers, and of one that may not.
default asked := ""

asked := "; no external id is asked" if {
	admits.unasked_count > 0
	admits.unasked_count == admits.public + admits.external
}

asked := sprintf("; no external id is asked of %s", [names.few_of(admits.unasked, admits.unasked_count)]) if {
	admits.unasked_count > 0
	admits.unasked_count < admits.public + admits.external
}

let_in := names.few_of(admits.names, admits.public + admits.external)

violations contains {
	"actual": let_in,
	"expected": "named principals of one's own accounts",
	"message": sprintf("the trust policy lets in %s, and %s%s", [let_in, opened, asked]),
} if {
	unexpected
	admits.opened_secret_count > 0
}
