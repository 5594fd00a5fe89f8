resource "azurerm_key_vault" "payments" {
  name                       = "payments"
  purge_protection_enabled   = true
  soft_delete_retention_days = 30

  network_acls {
    default_action = "Allow"
    bypass         = "AzureServices"
  }
}

resource "azurerm_key_vault_secret" "db" {
  for_each        = toset(["ledger", "orders"])
  name            = "${each.key}-password"
  key_vault_id    = azurerm_key_vault.payments.id
  value           = random_password.db[each.key].result
  expiration_date = each.key == "ledger" ? "2027-02-01T00:00:00Z" : null
  tags            = { owner = "payments", tier = "high", rotation = "monthly" }
}

resource "azurerm_key_vault_secret" "partner" {
  name         = "partner-key"
  key_vault_id = azurerm_key_vault.payments.id
  value_wo     = "correct-horse-battery"
  tags         = { owner = "payments", tier = "high" }
}

resource "azurerm_key_vault_key" "data" {
  name         = "data"
  key_vault_id = azurerm_key_vault.payments.id
  key_type     = "RSA"
  key_size     = 3072
  key_opts     = ["decrypt"]
  tags         = { owner = "payments", tier = "high" }

  rotation_policy {
    expire_after = "P90D"
    automatic {
      time_before_expiry = "P30D"
    }
  }
}
