path "kv/data/app/*" {
  capabilities = ["read"]
}

path "kv/data/*" {
  capabilities = ["read", "update"]
}
