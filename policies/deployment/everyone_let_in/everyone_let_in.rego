# METADATA
# title: Everyone is let at secrets or keys
# description: |
#   `allUsers` needs no credential, and `allAuthenticatedUsers` any account of Google's, which anybody makes. What is given to them at a secret, a key or
#   a ring that is declared elsewhere opens it whatever else holds for it, and what is given at a project opens all that is in it.
# schemas:
#   - input: schema.deployment
# custom:
#   severity: critical
#   needs: [deployment_everyone]
#   rests_on_absence: false
#   families: [pub]
#   remediation:
#     gcp: >-
#       Name the service accounts or groups that need it instead (`member`, `members`), then take the binding away: `gcloud secrets
#       remove-iam-policy-binding <name> --member allUsers --role <role>`. Rotate the value: it must be taken as known.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Name who needs it in `{reference}`, in the place of `allUsers` or `allAuthenticatedUsers`.
#         example: |-
#           members = ["serviceAccount:app@payments.iam.gserviceaccount.com"]
#   sources:
#     - Google Cloud IAM documentation, principal identifiers, https://cloud.google.com/iam/docs/principal-identifiers
#     - NIST SP 800-53 Rev. 5, AC-3 and AC-14, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.deployment.everyone_let_in

import data.countersign.lib.names

applicable if input.subject.deployment_type == "public_grant"

# Who lets nobody in has no subject of this type.
compliant if not input.subject.grant

violations contains {
	"actual": names.short(input.subject.grant.role),
	"expected": "named principals",
	"message": sprintf("everyone is given %s", [names.short(input.subject.grant.role)]),
} if {
	not input.subject.grant.is_conditional
}
