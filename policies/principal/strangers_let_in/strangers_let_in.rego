# METADATA
# title: Trust policy of a role lets strangers come to secrets
# description: |
#   A role that others may assume lends them all that it may. One whose trust policy lets in everyone, another organisation's
#   account, or any customer of a token issuer, opens to them each secret that the role reads, or comes to over further roles, which
#   are named. The cause is the role that lets them in, and none of those further on that let in it alone: here it is told once, with how many secrets it opens, and each of these names it (`public_access`). A vendor's
#   account counts as any other; `allowed_external` says how many are expected. What those accounts' own policies allow is
#   theirs to change, and not asked for.
# schemas:
#   - input: schema.principal
# custom:
#   severity: critical
#   needs: [cloud_grant]
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
#       `aws iam get-role --role-name <role>`, then name accounts or roles of your own in the trust policy, an external id for
#       vendors (`sts:ExternalId`), and for token issuers whose token it must be, by `sub`:
#       `aws iam update-assume-role-policy --role-name <role> --policy-document file://trust.json`. Take from the role what the
#       vendor does not need. Then rotate what it opened: it must be taken as known.
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

default ahead := ""

ahead := sprintf(", over %s", [names.few_of(admits.leads_to, admits.leads_to_count)]) if admits.leads_to_count > 0

let_in := names.few_of(admits.names, admits.public + admits.external)

violations contains {
	"actual": let_in,
	"expected": "named principals of one's own accounts",
	"message": sprintf("the trust policy lets in %s, and opens %s to them%s", [let_in, names.quantity(admits.opened_secret_count, "secret", "secrets"), ahead]),
} if {
	unexpected
	admits.opened_secret_count > 0
}
