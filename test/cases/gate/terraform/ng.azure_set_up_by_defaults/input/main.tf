variable "purge_protection" {
  type    = bool
  default = false
}

variable "open_vaults" {
  type    = set(string)
  default = ["ledger"]
}

resource "azurerm_key_vault" "payments" {
  name                          = "payments"
  location                      = "westeurope"
  resource_group_name           = "payments"
  tenant_id                     = "00000000-0000-0000-0000-000000000000"
  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  public_network_access_enabled = false
  purge_protection_enabled      = var.purge_protection
}

resource "azurerm_key_vault" "open" {
  for_each                   = var.open_vaults
  name                       = each.key
  location                   = "westeurope"
  resource_group_name        = "payments"
  tenant_id                  = "00000000-0000-0000-0000-000000000000"
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
}
