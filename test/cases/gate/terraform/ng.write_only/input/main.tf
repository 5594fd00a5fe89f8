resource "aws_secretsmanager_secret_version" "v" {
  secret_id = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x-abcdef"
  secret_string_wo = "Correct-horse-9battery"
  secret_string_wo_version = 1
}

resource "aws_ssm_parameter" "p" {
  name = "/prod/db/password"
  type = "SecureString"
  value_wo = "Correct-horse-9battery"
}

resource "aws_ssm_parameter" "q" {
  name = "/prod/db/password2"
  type = "SecureString"
  insecure_value = "Correct-horse-9battery"
}

resource "aws_db_instance" "d" {
  password_wo = "Correct-horse-9battery"
}

resource "aws_rds_cluster" "d" {
  master_password_wo = "Correct-horse-9battery"
}

resource "azurerm_key_vault_secret" "s" {
  name = "x"
  key_vault_id = "y"
  value_wo = "Correct-horse-9battery"
}

resource "google_secret_manager_secret_version" "s" {
  secret = "x"
  secret_data_wo = "Correct-horse-9battery"
}

resource "vault_kv_secret_v2" "s" {
  mount = "kv"
  name = "x"
  data_json_wo = jsonencode({ password = "Correct-horse-9battery" })
}

resource "aws_secretsmanager_secret_version" "later" {
  secret_id     = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:y-abcdef"
  secret_string = "REPLACE_ME"
}

provider "aws" {
  region     = "eu-central-1"
  access_key = "mock_access_key"
  secret_key = "none"
}

action "aws_lambda_invoke" "open" {
  config {
    function_name = "open"
  }
}
