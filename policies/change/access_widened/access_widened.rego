# METADATA
# title: Change gives a principal new or wider access
# description: |
#   Who may do more to a secret by a change is told to whoever approves it, since the statement seldom shows which secrets it reaches. Access to
#   list alone is left out unless it is named.
# schemas:
#   - input: schema.change
# custom:
#   severity: info
#   needs: [access_change]
#   rests_on_absence: false
#   unstated: Whether more may be done, since that is only possible by what is known.
#   families: [hard]
#   params:
#     told_actions:
#       type: strings
#       description: What has to be gained for it to be told.
#       default: [read, write, delete, rotate, share, administer]
#   remediation:
#     any: >-
#       Nothing has to be done where the access is meant; else narrow the statement to the things and actions that are needed.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Where the access is meant, whoever approves the change should know. Else narrow the statement to the actions and secrets that are needed.
#         example: |-
#           - Effect: Allow
#             Action: secretsmanager:GetSecretValue
#             Resource: !Ref DbSecret
#     iam_policy:
#       any:
#         text: >-
#           Where the access is meant, whoever approves the change should know. Else narrow the statement to the actions and secrets that are needed.
#         example: |-
#           "Action": "secretsmanager:GetSecretValue",
#           "Resource": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/db-*"
#     kubernetes:
#       any:
#         text: >-
#           Where the access is meant, whoever approves the change should know. Else narrow the role to the secrets that are needed.
#         example: |-
#           rules:
#             - apiGroups: [""]
#               resources: [secrets]
#               resourceNames: [db]
#               verbs: [get]
#     terraform:
#       gcp:
#         text: >-
#           Where the access is meant, whoever approves the change should know. Else give the role on the secrets that are needed alone.
#         example: |-
#           resource "google_secret_manager_secret_iam_member" "reader" {
#             secret_id = google_secret_manager_secret.db.id
#             role      = "roles/secretmanager.secretAccessor"
#             member    = google_service_account.reader.member
#           }
#       hashicorp:
#         text: >-
#           Where the access is meant, whoever approves the change should know. Else narrow the rule to the paths that are needed.
#         example: |-
#           path "kv/data/payments/db" {
#             capabilities = ["read"]
#           }
#       any:
#         text: >-
#           Where the access is meant, whoever approves the change should know. Else narrow the statement to the actions and secrets that are needed.
#         example: |-
#           statement {
#             actions   = ["secretsmanager:GetSecretValue"]
#             resources = [aws_secretsmanager_secret.db.arn]
#           }
#     vault_policy:
#       any:
#         text: >-
#           Where the access is meant, whoever approves the change should know. Else narrow the rule to the paths that are needed.
#         example: |-
#           path "kv/data/payments/db" {
#             capabilities = ["read"]
#           }
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-6, least privilege, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - ISO/IEC 27002:2022, 5.18, access rights, https://www.iso.org/standard/75652.html
package countersign.change.access_widened

access := input.subject.access

told := [action | some action in access.actions; action in data.params.access_widened.told_actions]

gains if access.direction in {"gained", "widened"}

loses if access.direction in {"lost", "narrowed"}

applicable if input.subject.change_type == "access"

compliant if loses

compliant if {
	access.actions
	count(told) == 0
}

# What holds under conditions is told as that; what is only possible is not decided.
how := "" if access.certainty == "certain"

how := sprintf(" (%s)", [access.certainty]) if access.certainty != "certain"

violations contains {
	"actual": concat(", ", told),
	"expected": "as before",
	"message": sprintf("%s may do more to %s: %s%s", [access.principal.name, access.target.name, concat(", ", told), how]),
} if {
	gains
	access.certainty != "possible"
	count(told) > 0
}
