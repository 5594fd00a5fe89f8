variable "name" {
  type = string
}

variable "rotated" {
  type    = bool
  default = true
}

resource "aws_secretsmanager_secret" "this" {
  name       = "service/${var.name}"
  kms_key_id = "alias/secrets"
}

resource "aws_secretsmanager_secret_rotation" "this" {
  count               = var.rotated ? 1 : 0
  secret_id           = aws_secretsmanager_secret.this.id
  rotation_lambda_arn = "arn:aws:lambda:eu-central-1:123456789012:function:rotate"

  rotation_rules {
    automatically_after_days = 30
  }
}

module "readers" {
  source = "../readers"

  secret = aws_secretsmanager_secret.this.arn
  name   = var.name
}
