variable "who" {}
variable "sid" {}
data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Read"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:role/app"]
    }
  }
}
data "aws_iam_policy_document" "open" {
  statement {
    sid       = "Read"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
data "aws_iam_policy_document" "a_opened" {
  source_policy_documents   = [data.aws_iam_policy_document.base.json]
  override_policy_documents = [data.aws_iam_policy_document.open.json]
}
data "aws_iam_policy_document" "b_closed" {
  source_policy_documents   = [data.aws_iam_policy_document.open.json]
  override_policy_documents = [data.aws_iam_policy_document.base.json]
}
data "aws_iam_policy_document" "c_own" {
  source_policy_documents   = [data.aws_iam_policy_document.open.json]
  statement {
    sid       = "Read"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:role/app"]
    }
  }
}
data "aws_iam_policy_document" "d_perhaps" {
  source_policy_documents   = [data.aws_iam_policy_document.open.json]
  statement {
    sid       = var.sid
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:role/app"]
    }
  }
}
data "aws_iam_policy_document" "e_encoded" {
  override_policy_documents = [jsonencode({ Version = "2012-10-17", Statement = [{ Sid = var.sid, Effect = "Allow", Principal = "*", Action = "secretsmanager:*", Resource = "*" }] })]
}
data "aws_iam_policy_document" "f_unread" {
  source_policy_documents   = [data.aws_iam_policy_document.open.json]
  override_policy_documents = [var.who]
}
resource "aws_secretsmanager_secret" "s" {
  for_each = { a = data.aws_iam_policy_document.a_opened.json, b = data.aws_iam_policy_document.b_closed.json, c = data.aws_iam_policy_document.c_own.json, d = data.aws_iam_policy_document.d_perhaps.json, e = data.aws_iam_policy_document.e_encoded.json, f = data.aws_iam_policy_document.f_unread.json }
  name = each.key
  policy = each.value
}
