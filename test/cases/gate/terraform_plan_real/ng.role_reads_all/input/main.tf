terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

data "aws_caller_identity" "current" {}

resource "aws_secretsmanager_secret" "db" {
  name = "prod/db"
}

resource "aws_iam_role" "app" {
  name = "app"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
    }]
  })

  inline_policy {
    name = "all"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [
        { Effect = "Allow", Action = "logs:PutLogEvents", Resource = "*" },
        { Effect = "Allow", Action = "secretsmanager:*", Resource = "*" },
      ]
    })
  }
}

resource "aws_iam_role" "one" {
  name               = "one"
  assume_role_policy = aws_iam_role.app.assume_role_policy
}

resource "aws_iam_role_policy" "of_one" {
  name = "one"
  role = aws_iam_role.one.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.db.arn }]
  })
}
