terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}


resource "aws_kms_key" "secrets" {
  description             = "secrets"
  enable_key_rotation     = true
  rotation_period_in_days = 90
}

resource "aws_secretsmanager_secret" "db" {
  name       = "prod/db"
  kms_key_id = aws_kms_key.secrets.arn

  tags = {
    owner = "payments"
    tier  = "critical"
  }
}

resource "aws_secretsmanager_secret_rotation" "db" {
  secret_id           = aws_secretsmanager_secret.db.id

  rotation_rules {
    automatically_after_days = 30
  }
}

