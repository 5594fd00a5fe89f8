terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

data "aws_caller_identity" "current" {}

resource "aws_kms_key" "open" {
  description             = "for everyone"
  deletion_window_in_days = 7

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Account"
        Effect    = "Allow"
        Action    = "kms:*"
        Resource  = "*"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
      },
      {
        Sid       = "Everyone"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:CreateGrant"]
        Resource  = "*"
        Principal = "*"
      },
    ]
  })
}

resource "aws_kms_alias" "open" {
  name          = "alias/open"
  target_key_id = aws_kms_key.open.key_id
}

resource "aws_kms_key" "closed" {
  description         = "for the account"
  enable_key_rotation = true
}
