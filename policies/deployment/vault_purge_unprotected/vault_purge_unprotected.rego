# METADATA
# title: Vault lets what is deleted be purged at once
# description: |
#   A Key Vault keeps deleted secrets and keys for some days. Without purge protection whoever may purge ends that at once, an intruder and a
#   slip as well, and all that was encrypted under a key is lost with it.
# schemas:
#   - input: schema.deployment
# custom:
#   severity: medium
#   needs: [deployment_deletion]
#   rests_on_absence: false
#   families: [del, key_del]
#   remediation:
#     azure: >-
#       Set `enablePurgeProtection: true` (`purge_protection_enabled = true`, `az keyvault update --name <vault> --enable-purge-protection true`). It cannot
#       be switched off again.
#   remedies:
#     arm:
#       any:
#         text: >-
#           Protect `{label}` from purging. It cannot be switched off again.
#         example: |-
#           "properties": {
#             "enableSoftDelete": true,
#             "softDeleteRetentionInDays": 90,
#             "enablePurgeProtection": true
#           }
#     terraform:
#       any:
#         text: >-
#           Protect `{reference}` from purging. It cannot be switched off again.
#         example: |-
#           purge_protection_enabled   = true
#           soft_delete_retention_days = 90
#   sources:
#     - Azure Key Vault documentation, soft-delete overview, https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
#     - NIST SP 800-53 Rev. 5, CP-9, system backup, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.deployment.vault_purge_unprotected

applicable if input.subject.deployment_type == "key_vault"

compliant if input.subject.purge_protected

violations contains {
	"actual": "no purge protection",
	"expected": "purge protection",
	"message": "purge protection is off: whoever may purge ends at once, and for good, what is deleted in the vault",
} if {
	input.subject.purge_protected == false
}
