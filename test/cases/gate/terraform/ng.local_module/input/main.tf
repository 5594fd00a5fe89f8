provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_kms_key" "main" {
  description             = "Secrets"
  enable_key_rotation     = true
  rotation_period_in_days = 90
}

module "good" {
  source   = "./modules/secret"
  for_each = toset(["api", "db"])
  name     = each.key
  settings = { key_id = aws_kms_key.main.arn }
}

module "keyless" {
  source = "./modules/secret"
  name   = "keyless"
}

resource "aws_secretsmanager_secret_policy" "db" {
  secret_arn = module.good["db"].arn
  policy     = data.aws_iam_policy_document.open.json
}

data "aws_iam_policy_document" "open" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [module.good["db"].arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
