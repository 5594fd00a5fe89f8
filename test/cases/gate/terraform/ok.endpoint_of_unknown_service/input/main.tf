variable "service" {}

resource "aws_vpc_endpoint" "secrets" {
  vpc_id            = "vpc-0a1b2c3d"
  service_name      = var.service
  vpc_endpoint_type = "Interface"
}
