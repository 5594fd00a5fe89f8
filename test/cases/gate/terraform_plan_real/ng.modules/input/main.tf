terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

module "service" {
  source   = "./modules/service"
  for_each = toset(["orders", "users"])

  name    = each.key
  rotated = each.key == "users"
}

module "spare" {
  source = "./modules/service"
  count  = 0

  name = "spare"
}

resource "aws_secretsmanager_secret" "shards" {
  count      = 2
  name       = "shard/${count.index}"
  kms_key_id = count.index == 0 ? "alias/secrets" : null
}
