terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "given" {
  type      = string
  ephemeral = true
  sensitive = true
}

resource "aws_kms_key" "secrets" {
  description             = "secrets"
  enable_key_rotation     = true
  rotation_period_in_days = 90
}

resource "aws_secretsmanager_secret" "db" {
  name       = "prod/db"
  kms_key_id = aws_kms_key.secrets.key_id

  tags = {
    owner = "payments"
    tier  = "critical"
  }
}

resource "aws_secretsmanager_secret_rotation" "db" {
  secret_id          = aws_secretsmanager_secret.db.id
  rotate_immediately = false

  rotation_lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:rotate"

  rotation_rules {
    schedule_expression = "rate(10 days)"
  }
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id                = aws_secretsmanager_secret.db.id
  secret_string_wo         = var.given
  secret_string_wo_version = 1
}

resource "aws_ssm_parameter" "db" {
  name             = "/prod/db"
  type             = "SecureString"
  key_id           = aws_kms_key.secrets.key_id
  value_wo         = var.given
  value_wo_version = 1

  tags = {
    owner = "payments"
  }
}
