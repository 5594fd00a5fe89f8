terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "env" {
  type    = string
  default = "prod"
}

resource "aws_ssm_parameter" "host" {
  name  = "/${var.env}/smtp-host"
  type  = "String"
  value = "smtp.example.org"
}

resource "aws_ssm_parameter" "zones" {
  name  = "/${var.env}/zones"
  type  = "StringList"
  value = "a,b"
}
