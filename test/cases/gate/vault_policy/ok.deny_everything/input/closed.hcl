path "secret/data/*" {
  capabilities = ["deny"]
}
