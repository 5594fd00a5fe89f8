path "secret/data/*" {
  capabilities = ["read", "scan"]
}
