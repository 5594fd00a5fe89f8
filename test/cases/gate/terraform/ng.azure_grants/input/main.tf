data "azurerm_subscription" "current" {}

data "azurerm_client_config" "current" {}

data "azurerm_role_definition" "reader" {
  name = "Key Vault Secrets User"
}

resource "azurerm_resource_group" "app" {
  name     = "app"
  location = "westeurope"
}

resource "azurerm_user_assigned_identity" "app" {
  name                = "app"
  location            = azurerm_resource_group.app.location
  resource_group_name = azurerm_resource_group.app.name
}

resource "azurerm_key_vault" "payments" {
  name                          = "payments"
  purge_protection_enabled      = true
  public_network_access_enabled = false

  access_policy {
    tenant_id          = data.azurerm_client_config.current.tenant_id
    object_id          = azurerm_user_assigned_identity.app.principal_id
    secret_permissions = ["Get"]
  }
}

resource "azurerm_key_vault_access_policy" "deployer" {
  key_vault_id            = azurerm_key_vault.payments.id
  tenant_id               = data.azurerm_client_config.current.tenant_id
  object_id               = data.azurerm_client_config.current.object_id
  secret_permissions      = ["Get", "List", "Set", "Delete", "Purge"]
  key_permissions         = ["Create", "Decrypt"]
  certificate_permissions = ["Create"]
}

resource "azurerm_role_assignment" "group" {
  scope                = azurerm_resource_group.app.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_role_assignment" "subscription" {
  scope              = data.azurerm_subscription.current.id
  role_definition_id = data.azurerm_role_definition.reader.id
  principal_id       = var.team
}

resource "azurerm_role_assignment" "administrator" {
  scope                = azurerm_key_vault.payments.id
  role_definition_name = "Key Vault Administrator"
  principal_id         = data.azurerm_client_config.current.object_id
}

resource "azurerm_role_definition" "manager" {
  name  = "Vault manager"
  scope = data.azurerm_subscription.current.id

  permissions {
    actions = ["Microsoft.KeyVault/vaults/*", "Microsoft.Authorization/roleAssignments/*"]
  }
}

resource "azurerm_role_assignment" "manager" {
  scope              = azurerm_key_vault.payments.id
  role_definition_id = azurerm_role_definition.manager.role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.app.principal_id
}

variable "team" {
  type = string
}
