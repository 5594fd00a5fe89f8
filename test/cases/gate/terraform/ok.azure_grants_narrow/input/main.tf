resource "azurerm_user_assigned_identity" "app" {
  name                = "app"
  location            = "westeurope"
  resource_group_name = "app"
}

resource "azurerm_storage_account" "logs" {
  name                = "logs"
  resource_group_name = "app"
}

resource "azurerm_key_vault" "payments" {
  name                          = "payments"
  purge_protection_enabled      = true
  public_network_access_enabled = false
  rbac_authorization_enabled    = true
}

resource "azurerm_role_assignment" "vault" {
  scope                = azurerm_key_vault.payments.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_role_assignment" "secret" {
  scope                = "/subscriptions/0000/resourceGroups/app/providers/Microsoft.KeyVault/vaults/payments/secrets/db"
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

# No vault is in a storage account, and reading blobs opens none.
resource "azurerm_role_assignment" "account" {
  scope                = azurerm_storage_account.logs.id
  role_definition_name = "Owner"
  principal_id         = var.team
}

resource "azurerm_role_assignment" "blobs" {
  scope                = "/subscriptions/0000"
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = var.team
}

variable "team" {
  type = string
}
