resource "azurerm_key_vault" "pay" {
  name                     = "pay-prod"
  tenant_id                = "00000000-0000-0000-0000-000000000001"
  purge_protection_enabled = true
  rbac_authorization_enabled = true
}

resource "azurerm_key_vault_network_acls" "pay" {
  key_vault_id   = azurerm_key_vault.pay.id
  default_action = "Deny"
}

resource "azurerm_key_vault" "other" {
  name                     = "other-prod"
  tenant_id                = "00000000-0000-0000-0000-000000000001"
  purge_protection_enabled = true
  rbac_authorization_enabled = true
}

resource "azapi_update_resource" "other" {
  type        = "Microsoft.KeyVault/vaults@2024-11-01"
  resource_id = azurerm_key_vault.other.id
  body        = { properties = { networkAcls = { defaultAction = "Deny" } } }
}
