resource "aws_kms_key" "open" {
  enable_key_rotation =
}

resource "aws_secretsmanager_secret" "next" {
  name       = "prod/next"
  kms_key_id = "alias/main"
  tags       = { owner = "payments", tier = "high" }
}
