namespace "default" {
  variables {
    path "nomad/jobs/*" {
      capabilities = ["read"]
    }
  }
}
