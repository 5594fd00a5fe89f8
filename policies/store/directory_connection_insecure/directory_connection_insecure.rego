# METADATA
# title: Logins are checked over a connection that others can read or answer
# description: |
#   To check a login the store asks another: it sends the person's password to a directory, or a workload's token to its
#   Kubernetes cluster, or fetches the keys by which an issuer signs. In the clear, everyone on the way reads what is sent, and
#   answers in the other's place: that any password is right, or that a key of their own is the issuer's. Without a look at
#   the certificate, whoever answers can do the same. Where the settings name several addresses, the least safe counts. What
#   never leaves the machine is taken for safe; a name before an `@`, or what separates addresses other than a comma, never
#   makes a directory's address safe.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [auth_config, auth_method]
#   rests_on_absence: false
#   unstated: >-
#     How the store connects to whom it asks: an address is not simply a host by `ldap:` or `ldaps:`, or no `http:` or `https:`.
#   families: [tls]
#   remediation:
#     hashicorp: >-
#       `vault write auth/<mount>/config url=ldaps://ldap.example.com insecure_tls=false certificate=@directory-ca.pem`, or
#       `starttls=true` for `ldap:`. Then change the password of `binddn`, which went the same way, and have those who logged
#       in change theirs. JWT and Kubernetes: write `jwks_url`, `oidc_discovery_url` or `kubernetes_host` with `https:`, with
#       the authority's certificate in `jwks_ca_pem`, `oidc_discovery_ca_pem` or `kubernetes_ca_cert`, and replace
#       `token_reviewer_jwt`.
#   sources:
#     - Vault API documentation, LDAP auth method, configure, https://developer.hashicorp.com/vault/api-docs/auth/ldap
#     - Vault API documentation, JWT/OIDC auth method, configure, https://developer.hashicorp.com/vault/api-docs/auth/jwt
#     - Vault API documentation, Kubernetes auth method, configure, https://developer.hashicorp.com/vault/api-docs/auth/kubernetes
#     - RFC 4513, LDAP authentication methods and security mechanisms, section 6.3.1, https://www.rfc-editor.org/rfc/rfc4513
#     - NIST SP 800-53 Rev. 5, IA-5(1) c and SC-8, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.directory_connection_insecure

import data.countersign.lib.names

safe := {"local", "verified"}

faults := {
	"plain": "in the clear",
	"unverified": "without a look at its certificate",
}

applicable if count(input.subject.directories) > 0

compliant if {
	every directory in input.subject.directories {
		directory.protection in safe
	}
}

violations contains {
	"actual": directory.protection,
	"expected": "encrypted, to whom a checked certificate names",
	"message": sprintf("logins are checked with %s %s, by %s", [names.few(directory.addresses), fault, names.short(directory.path)]),
} if {
	some directory in input.subject.directories
	fault := faults[directory.protection]
}
