terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_secretsmanager_secret" "db" {
  name                    = "prod/db"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret" "old" {
  name = "prod/old"
}

resource "aws_ssm_parameter" "kept" {
  name  = "/prod/kept"
  type  = "SecureString"
  value = "not-a-real-value"
}
