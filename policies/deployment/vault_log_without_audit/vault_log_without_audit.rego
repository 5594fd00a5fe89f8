# METADATA
# title: Setting for a vault's logs leaves out who used it
# description: |
#   A diagnostic setting that sends metrics or policy evaluations alone looks like a log, and shows nobody who reads a secret or uses a key. After a
#   theft it is not known what was taken.
# schemas:
#   - input: schema.deployment
# custom:
#   severity: medium
#   needs: [deployment_log]
#   rests_on_absence: false
#   families: [log_on]
#   remediation:
#     azure: >-
#       Take the category `AuditEvent`, or the group `audit`, into the setting (`enabled_log { category_group = "audit" }`, `logs: [{categoryGroup: "audit",
#       enabled: true}]`), and send it to a workspace or storage account that those who use the vault cannot write.
#   remedies:
#     arm:
#       any:
#         text: >-
#           Take the logs of who used the vault into the setting.
#         example: |-
#           "logs": [{ "categoryGroup": "audit", "enabled": true }]
#     terraform:
#       any:
#         text: >-
#           Take the logs of who used the vault into `{reference}`.
#         example: |-
#           enabled_log {
#             category_group = "audit"
#           }
#   sources:
#     - Azure Key Vault documentation, Azure Key Vault logging, https://learn.microsoft.com/azure/key-vault/general/logging
#     - NIST SP 800-53 Rev. 5, AU-12, audit record generation, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.deployment.vault_log_without_audit

applicable if input.subject.deployment_type == "vault_log"

compliant if input.subject.audit_logged

violations contains {
	"actual": "no calls of secrets and keys",
	"expected": "the category AuditEvent, or the group audit or allLogs",
	"message": "the setting sends no log of who uses what lies in the vault",
} if {
	input.subject.audit_logged == false
}
