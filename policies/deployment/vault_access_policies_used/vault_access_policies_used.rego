# METADATA
# title: Vault goes by access policies instead of roles
# description: |
#   Whoever may write such a vault, a Contributor of its resource group for one, writes a policy for themselves and reads every secret in it. A policy
#   holds for the whole vault, and knows neither conditions nor an end. With roles, whoever gives access needs a right of their own to give it.
# schemas:
#   - input: schema.deployment
# custom:
#   severity: medium
#   needs: [deployment_access]
#   rests_on_absence: false
#   families: [rbac, sod]
#   remediation:
#     azure: >-
#       Give whoever needs it a role at the vault (`az role assignment create --role "Key Vault Secrets User" --scope <vault>`), then set
#       `enableRbacAuthorization: true` (`rbac_authorization_enabled = true`, `az keyvault update --name <vault> --enable-rbac-authorization true`) and take
#       `accessPolicies` (`access_policy`, `azurerm_key_vault_access_policy`) out.
#   remedies:
#     arm:
#       any:
#         text: >-
#           Let `{label}` go by roles, once every reader has one (`Microsoft.Authorization/roleAssignments`).
#         example: |-
#           "properties": { "enableRbacAuthorization": true }
#     terraform:
#       any:
#         text: >-
#           Let `{reference}` go by roles, once every reader has one (`azurerm_role_assignment`); `enable_rbac_authorization` before version 4.42 of
#           the provider.
#         example: |-
#           rbac_authorization_enabled = true
#   sources:
#     - Azure Key Vault documentation, Azure RBAC compared with access policies, https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy
#     - NIST SP 800-53 Rev. 5, AC-5, separation of duties, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.deployment.vault_access_policies_used

applicable if input.subject.deployment_type == "key_vault"

compliant if input.subject.access_model == "roles"

violations contains {
	"actual": "access policies",
	"expected": "roles",
	"message": "the vault goes by access policies: whoever may write it gives themselves access to all that is in it",
} if {
	input.subject.access_model == "access_policies"
}
