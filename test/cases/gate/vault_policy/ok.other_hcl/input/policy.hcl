path "secret/data/only/this" {
  capabilities = ["read"]
}
