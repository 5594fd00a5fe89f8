path "secret/data/app" {
  capabilities = ["read"]
}
path "secret/data/web" {
  capabilities = ["raed"]
}
