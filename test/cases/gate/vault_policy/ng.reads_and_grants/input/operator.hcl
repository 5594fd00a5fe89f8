path "kv/data/billing/card" {
  capabilities = ["read"]
}

path "sys/policies/acl/*" {
  capabilities = ["create", "update"]
}
