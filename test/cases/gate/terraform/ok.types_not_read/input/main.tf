resource "vault_generic_endpoint" "anna" {
  path      = "auth/userpass/users/anna"
  data_json = jsonencode({ policies = ["root"] })
}

resource "azurerm_key_vault_certificate_issuer" "payments" {
  name = "payments"
}

resource "azurerm_key_vault_certificate_issuer" "ledger" {
  name = "ledger"
}

resource "aws_iam_instance_profile" "web" {
  name = "web"
}

resource "aws_instance" "web" {
  ami = "ami-0a1b2c3d"
}

resource "azurerm_key_vault_managed_storage_account" "logs" {
  name = "logs"
}

resource "google_kms_key_ring_import_job" "own" {
  import_job_id = "own"
}

resource "azurerm_key_vault" "read" {
  name                          = "read"
  purge_protection_enabled      = true
  public_network_access_enabled = false
  rbac_authorization_enabled    = true
}

resource "google_kms_key_ring" "read" {
  name = "read"
}
