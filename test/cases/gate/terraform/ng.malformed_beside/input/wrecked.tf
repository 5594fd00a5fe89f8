}
resource "aws_kms_key" "lost" {
}
