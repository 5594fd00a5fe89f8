resource "vault_auth_backend" "cluster" {
  type = "kubernetes"

  tune {
    default_lease_ttl = "1h"
    max_lease_ttl     = "4h"
  }
}

resource "vault_kubernetes_auth_backend_role" "app" {
  backend                          = vault_auth_backend.cluster.path
  role_name                        = "app"
  bound_service_account_names      = ["app"]
  bound_service_account_namespaces = ["payments"]
  token_bound_cidrs                = ["10.20.0.0/16"]
  token_policies                   = []
  token_ttl                        = 1200
  token_max_ttl                    = 3600
}
