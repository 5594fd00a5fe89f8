terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_ssm_parameter" "plain" {
  name  = "/prod/db/password"
  type  = "String"
  value = "not-a-real-password"
}

resource "aws_ssm_parameter" "secure" {
  name  = "/prod/api/key"
  type  = "SecureString"
  value = var.api_key
}

variable "api_key" {
  type      = string
  sensitive = true
  default   = "not-a-real-key-either"
}
