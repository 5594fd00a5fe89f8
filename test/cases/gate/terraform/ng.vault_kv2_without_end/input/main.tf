variable "password" {
  type      = string
  sensitive = true
}

variable "days" {
  type = number
}

resource "vault_mount" "app" {
  path = "app"
  type = "kv-v2"
}

resource "vault_mount" "short" {
  path = "short"
  type = "kv-v2"
}

resource "vault_kv_secret_backend_v2" "short" {
  mount                = vault_mount.short.path
  delete_version_after = 2592000
}

resource "vault_mount" "open" {
  path = "open"
  type = "kv-v2"
}

resource "vault_kv_secret_backend_v2" "open" {
  mount                = vault_mount.open.path
  delete_version_after = var.days
}

resource "vault_kv_secret_v2" "without_end" {
  mount     = vault_mount.app.path
  name      = "db"
  data_json = jsonencode({ password = var.password })

  custom_metadata {
    data = { owner = "payments", tier = "low" }
  }
}

resource "vault_kv_secret_v2" "own_end" {
  mount     = vault_mount.app.path
  name      = "api"
  data_json = jsonencode({ password = var.password })

  custom_metadata {
    delete_version_after = 2592000
    data                 = { owner = "payments", tier = "low" }
  }
}

resource "vault_kv_secret_v2" "end_of_engine" {
  mount     = vault_mount.short.path
  name      = "db"
  data_json = jsonencode({ password = var.password })

  custom_metadata {
    data = { owner = "payments", tier = "low" }
  }
}

resource "vault_kv_secret_v2" "perhaps" {
  mount     = vault_mount.open.path
  name      = "db"
  data_json = jsonencode({ password = var.password })

  custom_metadata {
    data = { owner = "payments", tier = "low" }
  }
}
