resource "vault_audit" "file" {
  type = "file"

  options = {
    file_path = "/var/log/vault.log"
    log_raw   = true
  }
}

data "vault_policy_document" "limited" {
  rule {
    path                = "app/data/*"
    capabilities        = ["create", "read", "update", "sudo"]
    required_parameters = ["data"]
    max_wrapping_ttl    = 90

    denied_parameter {
      key   = "ttl"
      value = []
    }
  }
}

resource "vault_policy" "limited" {
  name   = "limited"
  policy = data.vault_policy_document.limited.hcl
}

resource "vault_ldap_auth_backend" "corp" {
  path                = "ldap"
  url                 = "ldaps://ldap.example.com"
  binddn              = "cn=vault"
  bindpass_wo         = "not-a-name-9f2k"
  bindpass_wo_version = 1
}
