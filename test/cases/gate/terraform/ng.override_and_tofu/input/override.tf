resource "aws_secretsmanager_secret_rotation" "db" {
  rotation_rules {
    automatically_after_days = 900
  }
}
