resource "azurerm_resource_group" "app" {
  name     = "app"
  location = "westeurope"
}

resource "azurerm_role_assignment" "where" {
  scope                = var.scope
  role_definition_name = "Key Vault Secrets User"
  principal_id         = "11111111-2222-3333-4444-555555555555"
}

resource "azurerm_role_assignment" "what" {
  scope                = azurerm_resource_group.app.id
  role_definition_name = var.role
  principal_id         = "11111111-2222-3333-4444-555555555555"
}

resource "azurerm_role_assignment" "whom" {
  scope                = "/subscriptions/0000/resourceGroups/app/providers/Microsoft.KeyVault/vaults/payments"
  role_definition_name = "Key Vault Secrets User"
  principal_id         = var.team
}

resource "azurerm_role_definition" "open" {
  name  = "Opened later"
  scope = azurerm_resource_group.app.id

  permissions {
    data_actions     = ["Microsoft.KeyVault/vaults/*"]
    not_data_actions = var.without
  }
}

resource "azurerm_role_assignment" "open" {
  scope              = azurerm_resource_group.app.id
  role_definition_id = azurerm_role_definition.open.role_definition_resource_id
  principal_id       = "11111111-2222-3333-4444-555555555555"
}

resource "azurerm_key_vault_access_policy" "open" {
  key_vault_id       = var.vault
  object_id          = "11111111-2222-3333-4444-555555555555"
  secret_permissions = var.permissions
}

resource "azurerm_key_vault_certificate" "web" {
  name         = "web"
  key_vault_id = var.vault
}

# No id of a scope, though it is one of a vault.
resource "azurerm_role_assignment" "certificate" {
  scope                = azurerm_key_vault_certificate.web.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = "11111111-2222-3333-4444-555555555555"
}

variable "scope" {}
variable "role" {}
variable "team" {}
variable "without" {}
variable "vault" {}
variable "permissions" {}
