terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_secretsmanager_secret" "db" {
  name       = "prod/db"
  kms_key_id = "alias/secrets"

  tags = {
    owner = "payments"
    tier  = "critical"
  }
}

resource "aws_secretsmanager_secret_rotation" "db" {
  secret_id           = aws_secretsmanager_secret.db.id
  rotation_lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:rotate"

  rotation_rules {
    automatically_after_days = 30
  }
}

# Not the secret, but others that are called as it is, and more.
data "aws_iam_policy_document" "others" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy"]
    resources = ["${aws_secretsmanager_secret.db.arn}-x"]
  }
}

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "app" {
  name   = "others"
  role   = aws_iam_role.app.id
  policy = data.aws_iam_policy_document.others.json
}

resource "aws_iam_role" "encoded" {
  name               = "encoded"
  assume_role_policy = aws_iam_role.app.assume_role_policy
}

resource "aws_iam_role_policy" "encoded" {
  name = "encoded"
  role = aws_iam_role.encoded.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy"]
      Resource = "${aws_secretsmanager_secret.db.arn}-x"
    }]
  })
}
