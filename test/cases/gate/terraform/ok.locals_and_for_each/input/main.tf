provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_kms_key" "main" {
  description             = "Secrets"
  enable_key_rotation     = true
  rotation_period_in_days = 90
}

locals {
  secrets = {
    api = { days = 30 }
    db  = { days = 7 }
  }
  common = { owner = "payments", tier = "high" }
}

resource "aws_secretsmanager_secret" "this" {
  for_each   = local.secrets
  name       = "prod/${each.key}"
  kms_key_id = aws_kms_key.main.arn
  tags       = merge(local.common, { Name = upper(each.key) })
}

resource "aws_secretsmanager_secret_rotation" "this" {
  for_each            = aws_secretsmanager_secret.this
  secret_id           = each.value.id
  rotation_lambda_arn = "arn:aws:lambda:eu-central-1:111122223333:function:rotate"

  rotation_rules {
    automatically_after_days = local.secrets[each.key].days
  }
}
