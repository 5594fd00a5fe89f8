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

resource "azuread_application_password" "ci" {
  application_id = "/applications/00000000-0000-0000-0000-000000000000"
}

resource "azurerm_federated_identity_credential" "ci" {
  name    = "ci"
  subject = "repo:payments/app:ref:refs/heads/main"
}

resource "azurerm_resource_deployment_script_azure_cli" "seed" {
  name = "seed"
}

resource "google_iam_workload_identity_pool_provider" "ci" {
  workload_identity_pool_id = "ci"
}
