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

  default_tags {
    tags = {
      owner = "payments"
    }
  }
}

resource "aws_secretsmanager_secret" "here" {
  name       = "prod/here"
  kms_key_id = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-4333-8444-555555555555"

  replica {
    region = "us-east-1"
  }
}

resource "aws_secretsmanager_secret" "there" {
  provider    = aws.us
  name_prefix = "prod-there-"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
      Principal = { AWS = "arn:aws:iam::210987654321:root" }
    }]
  })
}
