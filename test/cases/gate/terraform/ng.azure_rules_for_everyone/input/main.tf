variable "offices" {
  type = list(string)
}

resource "azurerm_key_vault" "payments" {
  name                       = "payments"
  location                   = "westeurope"
  resource_group_name        = "payments"
  tenant_id                  = "00000000-0000-0000-0000-000000000000"
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true

  network_acls {
    bypass         = "AzureServices"
    default_action = "Deny"
    ip_rules       = ["0.0.0.0/0"]
  }
}

resource "azurerm_key_vault" "ledger" {
  name                       = "ledger"
  location                   = "westeurope"
  resource_group_name        = "payments"
  tenant_id                  = "00000000-0000-0000-0000-000000000000"
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true

  network_acls {
    bypass         = "AzureServices"
    default_action = "Deny"
    ip_rules       = var.offices
  }
}

resource "azurerm_key_vault" "archive" {
  name                       = "archive"
  location                   = "westeurope"
  resource_group_name        = "payments"
  tenant_id                  = "00000000-0000-0000-0000-000000000000"
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true

  network_acls {
    bypass         = "AzureServices"
    default_action = "Deny"
    ip_rules       = ["203.0.113.7", "198.51.100.0/24"]
  }
}
