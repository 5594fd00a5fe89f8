path "kv/data/web/*" {
  capabilities = [
