resource "vault_policy" "app" {
  name   = "app"
  policy = "path \"secret/data/app\" { capabilities = [\"read\"] }"
}

resource "vault_kubernetes_auth_backend_role" "app" {
  role_name                        = "app"
  bound_service_account_names      = ["*"]
  bound_service_account_namespaces = ["*"]
  token_policies                   = ["app"]
}

resource "vault_approle_auth_backend_role" "same" {
  role_name      = "same"
  token_policies = ["app"]
  token_ttl      = 120
}
