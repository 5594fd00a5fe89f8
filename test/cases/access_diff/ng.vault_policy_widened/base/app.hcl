path "app/data/db" {
  capabilities = ["read"]
}
