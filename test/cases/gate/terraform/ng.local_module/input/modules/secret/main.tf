variable "name" {
  type = string
}

variable "settings" {
  type = object({
    days   = optional(number, 30)
    key_id = optional(string)
  })
  default = {}
}

resource "aws_secretsmanager_secret" "this" {
  name       = "prod/${var.name}"
  kms_key_id = var.settings.key_id
  tags       = { owner = "payments", tier = "high" }
}

resource "aws_secretsmanager_secret_rotation" "this" {
  secret_id           = aws_secretsmanager_secret.this.id
  rotation_lambda_arn = "arn:aws:lambda:eu-central-1:111122223333:function:rotate"

  rotation_rules {
    automatically_after_days = var.settings.days
  }
}

output "arn" {
  value = aws_secretsmanager_secret.this.arn
}
