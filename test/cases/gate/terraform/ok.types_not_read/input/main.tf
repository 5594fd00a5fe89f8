resource "vault_generic_endpoint" "anna" {
  path      = "auth/userpass/users/anna"
  data_json = jsonencode({ policies = ["root"] })
}

resource "azurerm_key_vault" "payments" {
  name = "payments"
}

resource "azurerm_key_vault" "ledger" {
  name = "ledger"
}

resource "aws_iam_instance_profile" "web" {
  name = "web"
}

resource "aws_instance" "web" {
  ami = "ami-0a1b2c3d"
}
