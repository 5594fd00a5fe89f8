# METADATA
# title: Access to vaults is given too widely
# description: |
#   A role that is given at a resource group, a subscription or above holds for every vault in it, those too that somebody makes there next year.
#   Whoever may give access gives it to themselves, and whoever may do everything with what is in a vault both reads its secrets and ends them: neither
#   belongs to one principal for good.
# schemas:
#   - input: schema.deployment
# custom:
#   severity: high
#   needs: [deployment_grant]
#   rests_on_absence: false
#   families: [priv, sod]
#   unstated: what decides beside, such as a condition of the assignment or a setting of the vaults, is not worked out
#   remediation:
#     azure: >-
#       Give the role at the one vault or secret that is needed (`scope` of the assignment, `scope = azurerm_key_vault.<name>.id`), and one that reads or
#       writes alone (Key Vault Secrets User, Key Vault Secrets Officer). Let people become Key Vault Administrator, Owner or User Access Administrator for
#       some hours by Privileged Identity Management. Of access policies, name the permissions that are needed (`permissions`, `secret_permissions`).
#   remedies:
#     arm:
#       any:
#         text: >-
#           Give a role that only reads or only administers, at the secret or the vault that is needed (4633458b-17de-408a-b874-0445c86b69e6 is Key
#           Vault Secrets User).
#         example: |-
#           "scope": "[resourceId('Microsoft.KeyVault/vaults/secrets', 'payments', 'db')]",
#           "properties": {
#             "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')]",
#             "principalId": "[reference('app').principalId]",
#             "principalType": "ServicePrincipal"
#           }
#     terraform:
#       any:
#         text: >-
#           Give a role that only reads or only administers, at the secret or the vault that is needed, in the place of `{reference}`.
#         example: |-
#           resource "azurerm_role_assignment" "{label}" {
#             scope                = azurerm_key_vault_secret.db.resource_versionless_id
#             role_definition_name = "Key Vault Secrets User"
#             principal_id         = azurerm_user_assigned_identity.app.principal_id
#           }
#   sources:
#     - Azure Key Vault documentation, Azure RBAC for key vault data plane operations, https://learn.microsoft.com/azure/key-vault/general/rbac-guide
#     - Azure RBAC documentation, best practices, https://learn.microsoft.com/azure/role-based-access-control/best-practices
#     - NIST SP 800-53 Rev. 5, AC-6, least privilege, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.deployment.vault_grant_too_wide

import data.countersign.lib.names

applicable if input.subject.deployment_type == "vault_grant"

around_vaults := {
	"management_group": "a management group",
	"resource_group": "a resource group",
	"subscription": "a subscription",
	"tenant": "the whole tenant",
}

# Too much for one principal, at whatever it is given.
everything := {
	"all_data": "do everything with secrets, keys and certificates",
	"grant_access": "give access",
}

# Fit for one vault, and too much for all of a group.
of_one_vault := {
	"manage_vaults": "manage vaults",
	"read_secrets": "read secrets",
}

grant := input.subject.grant

too_wide contains everything[ability] if some ability in grant.abilities

too_wide contains of_one_vault[ability] if {
	around_vaults[grant.scope]
	some ability in grant.abilities
}

# Whether templates read secrets of all vaults around is a setting of each.
may_read_more if {
	around_vaults[grant.scope]
	"deploy_secrets" in grant.abilities
}

# What is little enough for one principal is so for whomever it is given to.
compliant if {
	grant.scope
	grant.abilities
	count(too_wide) == 0
	not may_read_more
}

role := grant.role

role := "an access policy" if not grant.role

at_what := around_vaults[grant.scope]

at_what := sprintf("one %s", [grant.scope]) if {
	grant.scope
	not around_vaults[grant.scope]
}

at_what := "what is not known" if not grant.scope

who := names.short(grant.principal)

who := "somebody" if not grant.principal

violations contains {
	"actual": sprintf("%s at %s", [names.short(role), at_what]),
	"expected": "what one task needs, at one vault or what is in it",
	"message": sprintf("%s may %s at %s by %s", [who, concat(", ", sort(too_wide)), at_what, names.short(role)]),
} if {
	count(too_wide) > 0
	not grant.is_conditional
}
