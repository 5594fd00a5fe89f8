path "app/data/db" {
  capabilities = [
