terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_secretsmanager_secret" "db" {
  name                    = "prod/database"
  recovery_window_in_days = 0

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_secretsmanager_secret" "new" {
  name = "prod/old"
}

moved {
  from = aws_secretsmanager_secret.old
  to   = aws_secretsmanager_secret.new
}

removed {
  from = aws_ssm_parameter.kept

  lifecycle {
    destroy = false
  }
}
