terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "us"
  region = "us-east-1"
}

data "aws_iam_role" "app" {
  name = "app"
}

# Of a role that is declared elsewhere.
resource "aws_iam_role_policy" "app" {
  name = "all"
  role = data.aws_iam_role.app.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "secretsmanager:*", Resource = "*" }]
  })
}

# Of a user of whom nothing else is known.
resource "aws_iam_user_policy_attachment" "ops" {
  user       = "ops"
  policy_arn = aws_iam_policy.all.arn
}

resource "aws_iam_policy" "all" {
  provider = aws.us
  name     = "all"
  policy   = data.aws_iam_policy_document.all.json
}

data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy"]
    resources = ["*"]
  }
}

resource "aws_iam_access_key" "ops" {
  user   = "ops"
  status = "Inactive"
}

resource "aws_secretsmanager_secret" "there" {
  provider   = aws.us
  name       = "prod/there"
  kms_key_id = "alias/secrets"

  tags = {
    owner      = "payments"
    tier       = "critical"
    expires_at = "2026-12-31"
  }
}
