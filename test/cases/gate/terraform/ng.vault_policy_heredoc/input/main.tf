locals {
  environments = ["prod"]
}

resource "vault_mount" "kv" {
  path = "kv"
  type = "kv-v2"
}

resource "vault_policy" "operator" {
  for_each = toset(local.environments)
  name     = "operator-${each.key}"
  policy   = <<-EOT
    path "${vault_mount.kv.path}/data/${each.key}/*" {
      capabilities = ["read"]
    }
    path "sys/policies/acl/*" {
      capabilities = ["create", "update"]
    }
  EOT
}
