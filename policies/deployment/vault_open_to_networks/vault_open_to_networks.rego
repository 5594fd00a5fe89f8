# METADATA
# title: Vault answers callers of any network
# description: |
#   A token that was stolen from a pipeline or a laptop opens such a vault from wherever it is taken. A vault whose network denies what no rule
#   names, or that private endpoints alone reach, needs the caller to be inside as well. It does not stand in for who may read.
# schemas:
#   - input: schema.deployment
# custom:
#   severity: low
#   needs: [deployment_network]
#   rests_on_absence: false
#   families: [net]
#   remediation:
#     azure: >-
#       Switch public access off (`publicNetworkAccess: Disabled`) and reach the vault by a private endpoint, or deny by default
#       (`networkAcls.defaultAction: Deny`) and name the networks that need it.
#   remedies:
#     arm:
#       any:
#         text: >-
#           Close `{label}` to public networks and reach it by a private endpoint, or deny by default and name the networks.
#         example: |-
#           "properties": {
#             "publicNetworkAccess": "Disabled",
#             "networkAcls": { "defaultAction": "Deny", "bypass": "AzureServices" }
#           }
#     terraform:
#       any:
#         text: >-
#           Close `{reference}` to public networks and reach it by an `azurerm_private_endpoint`, or deny by default and name the networks.
#         example: |-
#           public_network_access_enabled = false
#           network_acls {
#             default_action = "Deny"
#             bypass         = "AzureServices"
#           }
#   sources:
#     - Azure Key Vault documentation, network security, https://learn.microsoft.com/azure/key-vault/general/network-security
#     - NIST SP 800-53 Rev. 5, SC-7, boundary protection, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.deployment.vault_open_to_networks

applicable if input.subject.deployment_type == "key_vault"

compliant if input.subject.any_network == false

violations contains {
	"actual": "any network",
	"expected": "named networks, or private endpoints alone",
	"message": "the vault answers callers of any network",
} if {
	input.subject.any_network
}
