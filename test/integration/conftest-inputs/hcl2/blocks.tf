# what it is
terraform {
  required_version = ">= 1.5"
}
resource "aws_s3_bucket" "a" {
  bucket = "name" // why
  tags   = { Owner = "x", "quoted key" = 1, (var.key) = 2, a.b.c = true, 3 : null, "${local.k}-x" = "y", true = 1, f(1) = 2 }
  acl    = var.acl
  rule {
    id = 1
  }
  rule {
    id = 2
  }
  dynamic "setting" {
    for_each = data.x.y
    content {
      name = setting.key
    }
  }
}
resource "aws_s3_bucket" "b" {}
resource "aws_iam_role" "a" { name = "r" }
resource aws_iam_role bare { name = "r" }
locals { one = 1 }
locals { two = 2 }
variable "x" {}
