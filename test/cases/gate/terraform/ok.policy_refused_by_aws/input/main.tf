resource "aws_secretsmanager_secret" "db" {
  name       = "db"
  kms_key_id = aws_kms_key.main.arn
  tags       = { owner = "payments", tier = "critical" }
}

resource "aws_secretsmanager_secret_rotation" "db" {
  secret_id           = aws_secretsmanager_secret.db.id
  rotation_lambda_arn = "arn:aws:lambda:eu-central-1:111122223333:function:rotate"
  rotation_rules {
    automatically_after_days = 30
  }
}

resource "aws_secretsmanager_secret_policy" "db" {
  secret_arn = aws_secretsmanager_secret.db.arn
  policy = jsonencode({
    version   = "2012-10-17"
    statement = [{ effect = "Allow", principal = "*", action = "secretsmanager:*", resource = "*" }]
  })
}

resource "aws_kms_key" "main" {
  enable_key_rotation     = true
  rotation_period_in_days = 90
  tags                    = { owner = "payments", tier = "critical" }
}

resource "aws_iam_role" "app" {
  name = "app"
  tags = { owner = "payments" }
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "allow", Principal = "*", Action = "sts:AssumeRole" }]
  })
}
