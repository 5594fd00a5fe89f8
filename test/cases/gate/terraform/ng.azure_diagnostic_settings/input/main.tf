variable "categories" {
  type = set(string)
}

resource "azurerm_key_vault" "payments" {
  name                          = "payments"
  location                      = "westeurope"
  resource_group_name           = "payments"
  tenant_id                     = "00000000-0000-0000-0000-000000000000"
  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  public_network_access_enabled = false
  purge_protection_enabled      = true
}

resource "azurerm_key_vault" "ledger" {
  name                          = "ledger"
  location                      = "westeurope"
  resource_group_name           = "payments"
  tenant_id                     = "00000000-0000-0000-0000-000000000000"
  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  public_network_access_enabled = false
  purge_protection_enabled      = true
}

resource "azurerm_monitor_diagnostic_setting" "beside" {
  name               = "beside"
  target_resource_id = azurerm_key_vault.payments.id
  storage_account_id = azurerm_storage_account.logs.id

  enabled_metric {
    category = "AllMetrics"
  }
}

resource "azurerm_storage_account" "logs" {
  name = "logs"
}

resource "azurerm_monitor_diagnostic_setting" "audit" {
  name               = "audit"
  target_resource_id = azurerm_key_vault.payments.id
  storage_account_id = azurerm_storage_account.logs.id

  enabled_log {
    category_group = "audit"
  }
}

resource "azurerm_monitor_diagnostic_setting" "metrics" {
  name               = "metrics"
  target_resource_id = azurerm_key_vault.ledger.id
  storage_account_id = azurerm_storage_account.logs.id

  enabled_log {
    category = "AzurePolicyEvaluationDetails"
  }

  enabled_metric {
    category = "AllMetrics"
  }
}

resource "azurerm_monitor_diagnostic_setting" "perhaps" {
  name               = "perhaps"
  target_resource_id = azurerm_key_vault.ledger.id
  storage_account_id = azurerm_storage_account.logs.id

  dynamic "enabled_log" {
    for_each = var.categories
    content {
      category = enabled_log.value
    }
  }
}

resource "azurerm_monitor_diagnostic_setting" "storage" {
  name               = "storage"
  target_resource_id = azurerm_storage_account.logs.id
  storage_account_id = azurerm_storage_account.logs.id

  enabled_metric {
    category = "Transaction"
  }
}
