variable "p" {}
variable "c" {}
variable "more" {}
variable "accounts" {}
variable "extra" {}
variable "x" {}

resource "aws_secretsmanager_secret" "a_cond" {
  name = "a_cond"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "secretsmanager:*", Resource = "*", Condition = var.c }] })
}

resource "aws_secretsmanager_secret" "c_concat" {
  name = "c_concat"
  policy = jsonencode({ Version = "2012-10-17", Statement = concat([{ Effect = "Allow", Principal = "*", Action = "secretsmanager:*", Resource = "*" }], var.more) })
}

resource "aws_secretsmanager_secret" "d_deny" {
  name = "d_deny"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "secretsmanager:*", Resource = "*" }, {Effect = "Deny", Principal = { AWS = var.p }, Action = "secretsmanager:GetSecretValue", Resource = "*"}] })
}

resource "aws_secretsmanager_secret" "f_merge" {
  name = "f_merge"
  policy = jsonencode({ Version = "2012-10-17", Statement = [merge({ Effect = "Allow", Principal = "*", Action = "secretsmanager:*", Resource = "*" }, var.extra)] })
}

resource "aws_secretsmanager_secret" "h_heredoc" {
  name = "h_heredoc"
  policy = <<-EOT
  { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*" }, { "Effect": "Allow", "Principal": { "AWS": "${var.p}" }, "Action": "secretsmanager:GetSecretValue", "Resource": "*" }] }
EOT

}

resource "aws_secretsmanager_secret" "i_res" {
  name = "i_res"
  policy = <<-EOT
  { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": ["*", "${var.p}"] }] }
EOT

}

resource "aws_secretsmanager_secret" "j_version" {
  name = "j_version"
  policy = jsonencode({ Version = var.p, Statement = [{ Effect = "Allow", Principal = "*", Action = "secretsmanager:*", Resource = "*" }] })
}

resource "aws_secretsmanager_secret" "k_sid" {
  name = "k_sid"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = var.p, Effect = "Allow", Principal = "*", Action = "secretsmanager:*", Resource = "*" }] })
}

resource "aws_secretsmanager_secret" "l_splice" {
  name = "l_splice"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = concat(["*"], var.accounts) }, Action = "secretsmanager:*", Resource = "*" }] })
}

resource "aws_secretsmanager_secret" "n_tern" {
  name = "n_tern"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = var.x ? "*" : "*" }, Action = "secretsmanager:*", Resource = "*" }] })
}

resource "aws_secretsmanager_secret" "o_res" {
  name = "o_res"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "secretsmanager:*", Resource = var.p }] })
}
