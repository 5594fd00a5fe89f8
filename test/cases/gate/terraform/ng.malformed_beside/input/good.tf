provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_kms_key" "main" {
  description             = "Secrets"
  enable_key_rotation     = true
  rotation_period_in_days = 90
}

resource "aws_secretsmanager_secret" "plain" {
  name = "prod/plain"
  tags = { owner = "payments", tier = "high" }
}
