resource "aws_secretsmanager_secret" "by_terraform" {
  name = "prod/terraform"
}
