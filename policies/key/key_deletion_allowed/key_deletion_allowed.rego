# METADATA
# title: Key can be deleted at once
# description: |
#   Deleting a key destroys everything that it encrypted. The engine refuses to, until `deletion_allowed` is set: a second
#   step that a mistake or an intruder has to take. On a key in use it should stay off. A store that waits for some days before it deletes
#   a key gives the same time for a second thought.
# schemas:
#   - input: schema.key
# custom:
#   severity: medium
#   needs: [key]
#   rests_on_absence: false
#   families: [key_del]
#   remediation:
#     aws: >-
#       Nothing is to be set: KMS waits for 7 to 30 days. Let few call `kms:ScheduleKeyDeletion` and `kms:DisableKey`,
#       and be told of either by an EventBridge rule.
#     hashicorp: "`vault write <mount>/keys/<key>/config deletion_allowed=false`"
#   remedies:
#     terraform:
#       aws:
#         text: >-
#           Give the longest time to think again before `{reference}` is deleted.
#         example: |-
#           deletion_window_in_days = 30
#       hashicorp:
#         text: >-
#           Leave deletion of `{reference}` off.
#         example: |-
#           deletion_allowed = false
#       any:
#         text: >-
#           Give the longest time to think again before `{reference}` is deleted (`destroy_scheduled_duration` in Google Cloud,
#           `purge_protection_enabled` of the vault in Azure).
#   sources:
#     - Vault API documentation, transit, deletion_allowed, https://developer.hashicorp.com/vault/api-docs/secret/transit
#     - NIST SP 800-57 Part 1 Rev. 5, section 8.3.4, key destruction, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
package countersign.key.key_deletion_allowed

applicable if input.subject.kind == "key"

compliant if input.subject.deletion_allowed == false

# Where the store waits for days before it deletes, one call destroys nothing.
compliant if "deletion_delayed" in input.subject.traits

violations contains {
	"actual": "deletion allowed",
	"expected": "deletion refused",
	"message": "one call deletes the key and all that it protects",
} if {
	input.subject.deletion_allowed
}
