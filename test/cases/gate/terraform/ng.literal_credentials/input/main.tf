provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_kms_key" "main" {
  description             = "Secrets"
  enable_key_rotation     = true
  rotation_period_in_days = 90
}

variable "admin_password" {
  type      = string
  sensitive = true
  default   = "correct-horse-battery"
}

resource "aws_secretsmanager_secret" "db" {
  name       = "prod/db"
  kms_key_id = aws_kms_key.main.arn
  tags       = { owner = "payments", tier = "high" }
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = aws_secretsmanager_secret.db.id
  secret_string = "hunter2-hunter2"
}

resource "aws_db_instance" "main" {
  identifier = "main"
  password   = var.admin_password
}
