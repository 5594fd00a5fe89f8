terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

import {
  to = aws_ssm_parameter.found
  id = "/prod/found"
}

resource "aws_ssm_parameter" "found" {
  name  = "/prod/found"
  type  = "SecureString"
  value = "not-a-real-password"
}

data "aws_secretsmanager_secret" "found" {
  name = "prod/found"
}

resource "aws_iam_access_key" "robot" {
  user = "robot"
}

data "aws_iam_policy_document" "found" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy"]
    resources = [data.aws_secretsmanager_secret.found.arn]
  }
}

resource "aws_iam_user_policy" "robot" {
  name   = "found"
  user   = "robot"
  policy = data.aws_iam_policy_document.found.json
}
