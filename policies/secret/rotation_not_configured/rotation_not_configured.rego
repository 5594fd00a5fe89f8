# METADATA
# title: Secret has no rotation
# description: |
#   Rotation that depends on someone's memory does not happen. Either the store rotates the value by itself (a database
#   static role), or a label declares the period of whatever rotates it from outside. A period longer than the tier
#   allows is as good as none. Plain configuration, copies, which follow their original, and what is to be deleted are not
#   judged. Whether rotation really takes place is judged by `rotation_schedule_missed`.
# schemas:
#   - input: schema.secret
# custom:
#   severity: medium
#   needs: [secret_metadata, secret_rotation]
#   rests_on_absence: true
#   unstated: >-
#     How often the value is rotated: the store states no period; a schedule of days and hours has none.
#   families: [rot_config]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Longest rotation period.
#       strictest: min
#       by_tier: {critical: 30, high: 90, standard: 90, low: 365}
#     accept_declared:
#       type: boolean
#       description: Whether a period that a label declares counts, or only rotation by the store itself.
#       default: true
#   remediation:
#     aws: >-
#       Let Secrets Manager rotate it: `aws secretsmanager rotate-secret --secret-id <name> --rotation-lambda-arn
#       <function> --rotation-rules AutomaticallyAfterDays=30`; for databases the function comes from the service's
#       templates, and some services rotate by themselves (`--manage-master-user-password`). A parameter is rotated by a
#       job of yours alone: tag it `rotation_period_days`, or move it to Secrets Manager.
#     azure: >-
#       A vault rotates no secret by itself: let a function do so when Event Grid tells of the near end
#       (`Microsoft.KeyVault.SecretNearExpiry`), and tag the secret `rotation_period_days`; or use a managed identity and no secret at all.
#     gcp: >-
#       `gcloud secrets update <name> --rotation-period 2592000s --next-rotation-time <instant> --add-topics <topic>`, and let a job that is told by
#       the topic add the new version.
#     hashicorp: >-
#       Let the store rotate it: a database static role with `rotation_period`
#       (`vault write <mount>/static-roles/<role> … rotation_period=720h`), or a dynamic role. Where a job of yours
#       rotates a KV value, declare it with
#       `vault kv metadata patch -mount=<mount> -custom-metadata=rotation_period_days=30 <path>`.
#     embedded: >-
#       State how old the credential may become: `countersign vault put <name> --max-age-days <days>`.
#   remedies:
#     arm:
#       azure_secret:
#         text: >-
#           Key Vault rotates no secret by itself. Say on `{label}` how often a job of yours rotates it (told by Event Grid,
#           `Microsoft.KeyVault.SecretNearExpiry`).
#         example: |-
#           "tags": { "rotation_period_days": "30" }
#     cloudformation:
#       aws_parameter:
#         text: >-
#           Parameter Store rotates nothing. Make `{label}` an `AWS::SecretsManager::Secret` with an `AWS::SecretsManager::RotationSchedule`, or say
#           how often a job of yours rotates it.
#         example: |-
#           Tags:
#             rotation_period_days: "30"
#       aws_secret:
#         text: >-
#           Add a rotation schedule for `{label}`, at least every 90 days (30 for a critical secret or one without a tier).
#         example: |-
#           {label}Rotation:
#             Type: AWS::SecretsManager::RotationSchedule
#             Properties:
#               SecretId: !Ref {label}
#               RotationLambdaARN: !GetAtt RotateFunction.Arn
#               RotationRules:
#                 AutomaticallyAfterDays: 30
#     terraform:
#       aws_parameter:
#         text: >-
#           Parameter Store rotates nothing. Keep the value in `aws_secretsmanager_secret` with a rotation, or say on `{reference}` how often a job of
#           yours rotates it.
#         example: |-
#           tags = {
#             rotation_period_days = "30"
#           }
#       aws_secret:
#         text: >-
#           Let a function rotate `{reference}`, at least every 90 days (30 for a critical secret or one without a tier).
#         example: |-
#           resource "aws_secretsmanager_secret_rotation" "{label}" {
#             secret_id           = {reference}.id
#             rotation_lambda_arn = aws_lambda_function.rotate.arn
#             rotation_rules {
#               automatically_after_days = 30
#             }
#           }
#       azure_secret:
#         text: >-
#           Key Vault rotates no secret by itself. Say on `{reference}` how often a job of yours rotates it (told by Event Grid,
#           `Microsoft.KeyVault.SecretNearExpiry`).
#         example: |-
#           tags = {
#             rotation_period_days = "30"
#           }
#       database_static_role:
#         text: >-
#           Set the period of `{reference}`, in seconds.
#         example: |-
#           rotation_period = 2592000
#       gcp_secret:
#         text: >-
#           Set a rotation on `{reference}`, and let a job that the topic tells add the new version.
#         example: |-
#           topics {
#             name = google_pubsub_topic.rotate.id
#           }
#           rotation {
#             next_rotation_time = "2027-01-01T00:00:00Z"
#             rotation_period    = "2592000s"
#           }
#       kv:
#         text: >-
#           Vault rotates no KV value. Say on `{reference}` how often a job of yours rotates it, or let a database role make it.
#         example: |-
#           custom_metadata {
#             data = {
#               rotation_period_days = "30"
#             }
#           }
#   sources:
#     - NIST SP 800-53 Rev. 5, IA-5 f and g, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, database secrets engine, static roles, https://developer.hashicorp.com/vault/docs/secrets/databases#static-roles
package countersign.secret.rotation_not_configured

import data.countersign.lib.names

limit_days := data.params.rotation_not_configured.limit_days

accepted_sources contains "store"

accepted_sources contains "declared" if data.params.rotation_not_configured.accept_declared

rotation := input.subject.rotation

in_force if {
	rotation.enabled
	rotation.source in accepted_sources
}

applicable if {
	input.subject.value_removed == false
	not "configuration" in input.subject.traits
	not "copy" in input.subject.traits
	not "deletion_pending" in input.subject.traits
}

compliant if {
	in_force
	rotation.period_days > 0
	rotation.period_days <= limit_days
}

violations contains {
	"actual": "none",
	"expected": sprintf("a period of at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": "nothing rotates the value, and no label declares that something does",
} if {
	not in_force
}

violations contains {
	"actual": rotation.period_days,
	"expected": sprintf("a period of at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("the rotation period is %s, the limit is %s", [names.quantity(rotation.period_days, "day", "days"), names.quantity(limit_days, "day", "days")]),
} if {
	in_force
	rotation.period_days > limit_days
}

violations contains {
	"actual": 0,
	"expected": sprintf("a period of at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": "the rotation period is 0: the value is not rotated",
} if {
	in_force
	rotation.period_days == 0
}
