path "secret/data/{{identity.entity.name}}/*" {
  capabilities = ["create", "read", "update"]
}
