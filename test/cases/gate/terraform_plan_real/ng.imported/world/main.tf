terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_secretsmanager_secret" "found" {
  name = "prod/found"
}

resource "aws_ssm_parameter" "found" {
  name  = "/prod/found"
  type  = "String"
  value = "not-a-real-password"
}

resource "aws_iam_user" "robot" {
  name = "robot"
}
