# METADATA
# title: Key does not rotate by itself
# description: |
#   A key that is never replaced protects ever more data, and all of it is lost with it. The engine makes a new version on
#   a schedule when it is told to; earlier versions stay for decryption.
# schemas:
#   - input: schema.key
# custom:
#   severity: medium
#   needs: [key, key_rotation, store]
#   rests_on_absence: false
#   unstated: >-
#     Whether the key rotates, and how often: the store says nothing of it, as of keys of a type that it rotates not, or that it does
#     without the period.
#   families: [key_rot]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Longest rotation period.
#       strictest: min
#       by_tier: {critical: 90, high: 180, standard: 365, low: 730}
#   remediation:
#     aws: >-
#       `aws kms enable-key-rotation --key-id <key> --rotation-period-in-days <days within the limit>` (`rotation_period_in_days`, in a template
#       `RotationPeriodInDays`). Asymmetric keys, HMAC keys and keys
#       of custom stores are replaced by a new key and a moved alias: `aws kms update-alias --alias-name <alias>
#       --target-key-id <new>`.
#     azure: >-
#       `az keyvault key rotation-policy update --vault-name <vault> --name <key> --value <file>`, with an action `Rotate` within the limit.
#     gcp: >-
#       `gcloud kms keys update <key> --keyring <ring> --location <location> --rotation-period 90d --next-rotation-time <instant>`.
#     hashicorp: "`vault write <mount>/keys/<key>/config auto_rotate_period=2160h`"
#   remedies:
#     arm:
#       any:
#         text: >-
#           Let `{label}` rotate by itself.
#         example: |-
#           "rotationPolicy": {
#             "attributes": { "expiryTime": "P90D" },
#             "lifetimeActions": [
#               { "trigger": { "timeBeforeExpiry": "P30D" }, "action": { "type": "rotate" } }
#             ]
#           }
#     cloudformation:
#       any:
#         text: >-
#           Let `{label}` rotate, at least every 90 days where no tier is stated (critical 90, high 180, standard 365).
#         example: |-
#           EnableKeyRotation: true
#           RotationPeriodInDays: 90
#     terraform:
#       aws:
#         text: >-
#           Let `{reference}` rotate, at least every 90 days where no tier is stated (critical 90, high 180, standard 365).
#         example: |-
#           enable_key_rotation     = true
#           rotation_period_in_days = 90
#       azure:
#         text: >-
#           Let `{reference}` rotate by itself.
#         example: |-
#           rotation_policy {
#             expire_after         = "P90D"
#             notify_before_expiry = "P29D"
#             automatic {
#               time_before_expiry = "P30D"
#             }
#           }
#       gcp:
#         text: >-
#           Let `{reference}` rotate by itself.
#         example: |-
#           rotation_period = "7776000s"
#       hashicorp:
#         text: >-
#           Let `{reference}` rotate by itself (in seconds).
#         example: |-
#           auto_rotate_period = 7776000
#   sources:
#     - NIST SP 800-57 Part 1 Rev. 5, section 5.3, cryptoperiods, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - Vault API documentation, transit, auto_rotate_period, https://developer.hashicorp.com/vault/api-docs/secret/transit
package countersign.key.key_rotation_not_configured

import data.countersign.lib.names

limit_days := data.params.key_rotation_not_configured.limit_days

rotation := input.subject.rotation

applicable if {
	input.subject.kind == "key"
	not "deletion_pending" in input.subject.traits
	not "provider_managed" in input.subject.traits
	not "key_rotation_schedule" in input.subject.store.absent_features
}

compliant if {
	rotation.enabled
	rotation.period_days > 0
	rotation.period_days <= limit_days
}

violations contains {
	"actual": "none",
	"expected": sprintf("a period of at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": "the key does not rotate by itself",
} if {
	rotation.enabled == false
}

violations contains {
	"actual": rotation.period_days,
	"expected": sprintf("a period of at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("the rotation period is %s, the limit is %s", [names.quantity(rotation.period_days, "day", "days"), names.quantity(limit_days, "day", "days")]),
} if {
	rotation.enabled
	rotation.period_days > limit_days
}
