variable "protected" {
  type = bool
}

variable "ends" {
  type = string
}

resource "azurerm_key_vault" "payments" {
  name                          = "payments"
  purge_protection_enabled      = var.protected
  public_network_access_enabled = false
  rbac_authorization_enabled    = true
}

resource "azurerm_key_vault_secret" "db" {
  name            = "db-password"
  key_vault_id    = azurerm_key_vault.payments.id
  value           = var.ends
  expiration_date = var.ends
  tags            = { owner = "payments", tier = "high" }
}

resource "azurerm_key_vault_certificate_issuer" "ca" {
  name          = "digicert"
  key_vault_id  = azurerm_key_vault.payments.id
  provider_name = "DigiCert"
}
