terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

locals {
  tags = {
    owner      = "payments"
    tier       = "critical"
    expires_at = "2026-12-31"
  }
}

resource "aws_secretsmanager_secret" "orders" {
  name       = "prod/orders"
  kms_key_id = "alias/secrets"
  tags       = merge(local.tags, { rotation_period_days = "30" })
}

resource "aws_secretsmanager_secret" "users" {
  name       = "prod/users"
  kms_key_id = "alias/secrets"
  tags       = merge(local.tags, { rotation_period_days = "30" })
}

data "aws_iam_policy_document" "both" {
  statement {
    actions   = ["secretsmanager:PutResourcePolicy"]
    resources = [aws_secretsmanager_secret.orders.arn, aws_secretsmanager_secret.users.arn]
  }
}

data "aws_iam_policy_document" "overridden" {
  override_policy_documents = [data.aws_iam_policy_document.both.json]
}

data "aws_iam_policy_document" "one_and_more" {
  statement {
    actions   = ["secretsmanager:PutResourcePolicy"]
    resources = [aws_secretsmanager_secret.orders.arn, "${aws_secretsmanager_secret.users.arn}-x"]
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "app" {
  for_each = toset(["both", "overridden", "more"])

  name               = each.key
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "both" {
  role   = aws_iam_role.app["both"].id
  policy = data.aws_iam_policy_document.both.json
}

resource "aws_iam_role_policy" "overridden" {
  role   = aws_iam_role.app["overridden"].id
  policy = data.aws_iam_policy_document.overridden.json
}

resource "aws_iam_role_policy" "more" {
  role   = aws_iam_role.app["more"].id
  policy = data.aws_iam_policy_document.one_and_more.json
}
