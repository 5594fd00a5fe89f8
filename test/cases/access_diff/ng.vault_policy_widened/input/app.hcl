path "app/data/db" {
  capabilities = ["read"]
}

path "app/data/*" {
  capabilities = ["read", "update"]
}
